//! Manifests that Pivot computes, and the names that it tells along with them.

use std::rc::Rc;

use pivot_complete::reason::Reason;

use super::{Manifests, encode};
use crate::cache::record;
use crate::context::scene::Scene;
use crate::discovery::{Kept, Pending, Wanted, ask};
use crate::files::NotCached;
use crate::process::afterwards;
use crate::python::question::{Found, Question, Wish};
use crate::report::Failure;

/// What Pivot computed, and what remains to be done with its names.
pub struct Computed {
    /// The manifests.
    pub manifests: Manifests,
    found: Option<Rc<Found>>,
    pending: Option<Pending>,
}

/// Has Pivot compute the manifests of `stages`, or of all.
pub fn by_pivot(
    scene: &Scene,
    stages: Option<Vec<Vec<u8>>>,
    question: &Question<'_>,
) -> Result<Computed, Failure> {
    let wish = Wish::Manifests(stages);
    let (named, pending) = ask(scene, Wanted::New, &wish, question).apart()?;
    match told(named.found.as_deref()) {
        Ok(manifests) => Ok(Computed { manifests, found: named.found, pending }),
        Err(failure) => {
            // The names are whole all the same.
            afterwards::push(move || drop(pending.map(Pending::keep)));
            Err(failure)
        }
    }
}

fn told(found: Option<&Found>) -> Result<Manifests, Failure> {
    let Some(Found { names: Ok(names), frame, .. }) = found else {
        return Ok(Manifests::default());
    };
    if !names.is_empty() && frame.versions.is_none() {
        return Err(Failure::new(
            Reason::NoPivot,
            "cannot compute manifests: the pivot found does not tell which Python runs it; \
             name that in PIVOT_COMPLETE_PYTHON",
        ));
    }
    if let Some(words) = frame.why_untold("manifests") {
        let message = format!("cannot compute manifests: {words}");
        return Err(Failure::new(Reason::Refused, message));
    }
    let computed = frame.manifests.iter();
    Ok(Manifests {
        found: computed.map(|computed| (computed.stage.clone(), computed.json.clone())).collect(),
        refused: frame.refused.clone(),
        names: names.clone(),
        ..Manifests::default()
    })
}

impl Computed {
    /// Caches the names; only under the very record that this makes can the manifests be kept. Gives
    /// why there is none.
    pub fn keep_names(&mut self, scene: &Scene) -> Option<NotCached> {
        let Kept { record, not_cached } = self.pending.take()?.keep();
        if let Some(found) = &self.found
            && let Some(project) = &scene.project
            && let Some(record) = record.as_deref().and_then(record::opened)
        {
            let (computed, seen) = (&found.frame.manifests, &found.frame.seen.sources);
            self.manifests.fresh = encode::keep(computed, seen, &record, project.root);
        }
        not_cached
    }
}
