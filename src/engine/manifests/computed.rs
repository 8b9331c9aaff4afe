//! Manifests that Pivot computes, and the names that it tells along with them.

use std::rc::Rc;

use pivot_complete::reason::Reason;

use super::{KnownManifests, encode, walk};
use crate::cache::record;
use crate::context::Context;
use crate::discovery::{KeptRecord, PendingResult, Reuse, ask, lacking_targets};
use crate::files::NotCached;
use crate::python::{Found, Inquiry, Subject};
use crate::report::Failure;

/// What Pivot computed, and what remains to be done with its names.
pub struct Computed {
    /// The manifests.
    pub manifests: KnownManifests,
    /// Why there are names without their targets.
    pub lacking_targets: Option<Failure>,
    found: Option<Rc<Found>>,
    pending: Option<PendingResult>,
}

/// Has Pivot compute the manifests of `stages`, or of all.
pub fn by_pivot(
    context: &Context,
    stages: Option<Vec<Vec<u8>>>,
    inquiry: &Inquiry<'_>,
) -> Result<Computed, Failure> {
    let of_all = stages.is_none();
    let subject = Subject::Manifests(stages);
    let (named, pending) = ask(context, Reuse::Nothing, &subject, inquiry).apart()?;
    let whole = if of_all { named.whole().map(drop) } else { Ok(()) };
    let told = whole.and_then(|()| told(named.found.as_deref()));
    match told {
        Ok(manifests) => {
            let lacking_targets = lacking_targets(&named);
            Ok(Computed { manifests, lacking_targets, found: named.found, pending })
        }
        Err(failure) => {
            // The names are whole all the same, and may be asked for next.
            drop(pending.map(PendingResult::keep));
            Err(failure)
        }
    }
}

fn told(found: Option<&Found>) -> Result<KnownManifests, Failure> {
    let Some(Found { names: Ok(names), frame, .. }) = found else {
        return Ok(KnownManifests::default());
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
    let beyond = frame.manifests.iter().map(|told| (told.stage.clone(), told.beyond.clone()));
    Ok(KnownManifests {
        beyond: beyond.collect(),
        found: computed.map(|computed| (computed.stage.clone(), computed.json.clone())).collect(),
        refused: frame.refused.clone(),
        names: names.clone(),
        ..KnownManifests::default()
    })
}

impl Computed {
    /// The directory of the stages' lock files, where that is one, and which versions told all this.
    pub fn locks_and_versions(&self) -> (Option<&[u8]>, &[u8]) {
        let frame = self.found.as_ref().map(|found| &found.frame);
        let versions = frame.and_then(|frame| frame.versions.as_deref()).unwrap_or_default();
        (frame.and_then(|frame| frame.locks.as_deref()), versions)
    }

    /// Caches the names; only under the very record that this makes can the manifests be kept. Gives
    /// why the names or the manifests are not.
    pub fn keep_names(&mut self, context: &Context) -> Option<NotCached> {
        let KeptRecord { record, mut not_cached } = self.pending.take()?.keep();
        if let Some(found) = &self.found
            && let Some(project) = &context.project
            && let Some(record) = record.as_deref().and_then(record::opened)
        {
            let (computed, seen) = (&found.frame.manifests, &found.frame.seen.sources);
            match walk::record(&found.frame, project, &record) {
                Ok(walk) => {
                    let walked = walk.as_deref().and_then(record::opened);
                    let digest = walked.map_or(0, |walked| walked.contents_digest());
                    self.manifests.fresh =
                        encode::keep(computed, seen, &record, project.root, digest);
                    self.manifests.walk = walk;
                }
                // What cannot be looked at again leaves them unknown.
                Err(why) => not_cached = not_cached.or(Some(why)),
            }
        }
        not_cached
    }
}
