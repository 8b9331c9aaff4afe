//! Asks for the stages: takes a turn, and gets what another process found, or leads.

use pivot_complete::reason::Reason;

use super::lead::{Pending, discover_for_all};
use super::{Named, key};
use crate::cache::lock;
use crate::cache::lock::{Lead, Turn};
use crate::context::scene::Scene;
use crate::files::{NotCached, path};
use crate::process::afterwards;
use crate::python::question::{Question, Wish};
use crate::report::Failure;

/// How much an answer may cost, and how new it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A fresh cache will do, or a discovery that runs already.
    Fresh,
    /// A new discovery, or one that runs already: a refresh behind a TAB.
    Renewed,
    /// A discovery that starts after the command did.
    New,
}

/// What came of asking, and what remains to be done with it.
pub struct Asked {
    pub(super) named: Result<Named, Failure>,
    pub(super) pending: Option<Pending>,
}

/// What was cached.
#[derive(Default)]
pub struct Kept {
    /// The record, where there is one.
    pub record: Option<Vec<u8>>,
    /// Why there is none, where there should be one.
    pub not_cached: Option<NotCached>,
}

impl Asked {
    /// The names, cached behind the answer.
    pub fn behind(self) -> Result<Named, Failure> {
        if let Some(pending) = self.pending {
            afterwards::push(move || drop(pending.keep()));
        }
        self.named
    }

    /// The names, and what caches them.
    pub fn apart(self) -> Result<(Named, Option<Pending>), Failure> {
        match self.named {
            Ok(named) => Ok((named, self.pending)),
            Err(failure) => {
                self.pending.map(Pending::keep);
                Err(failure)
            }
        }
    }

    /// The names, cached at once, for an answer that depends on what is cached.
    pub fn now(self) -> Result<(Named, Kept), Failure> {
        let kept = self.pending.map(Pending::keep).unwrap_or_default();
        Ok((self.named?, kept))
    }
}

impl From<Result<Named, Failure>> for Asked {
    fn from(named: Result<Named, Failure>) -> Self {
        Self { named, pending: None }
    }
}

/// Finds names by asking, unless a cache turns out to be fresh by the time it is our turn.
///
/// With the wish for manifests nobody else's answer will do, nor one without Python.
pub fn ask(scene: &Scene, wanted: Wanted, wish: &Wish, question: &Question<'_>) -> Asked {
    let Some(project) = &scene.project else {
        return Ok(Named::of(Vec::new(), Reason::NoProject)).into();
    };
    if let Err(failure) = refuse_nesting(scene) {
        return Err(failure).into();
    }
    match lock::take_turn_here(scene, &key::key(scene, project, wanted)) {
        Turn::Shared(outcome) => outcome.map(Named::of_told).into(),
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")).into(),
        Turn::TimedOut => Err(Failure::new(
            Reason::TimedOut,
            format!(
                "another process has been discovering the stages of {} for {} s; \
                 PIVOT_COMPLETE_TIMEOUT allows it more",
                path(project.root).display(),
                scene.settings.timeout.as_secs_f64()
            ),
        ))
        .into(),
        Turn::Lead(lead) => discover_for_all(scene, wanted, wish, question, lead),
    }
}

/// The same for the stages alone, if nobody asks at this moment; whoever does is enough.
pub fn ask_alone(scene: &Scene, question: &Question<'_>) -> Result<Asked, Reason> {
    scene.project.as_ref().ok_or(Reason::NoProject)?;
    refuse_nesting(scene).map_err(|failure| failure.reason)?;
    let lead = lock::try_lead_here(scene).ok_or(Reason::Shared)?;
    Ok(discover_for_all(scene, Wanted::Fresh, &Wish::Stages, question, lead))
}

/// The same behind a TAB that was answered by a failure, with the `lead` that it has taken.
pub fn ask_again(scene: &Scene, question: &Question<'_>, lead: Lead) -> Asked {
    discover_for_all(scene, Wanted::Renewed, &Wish::Stages, question, lead)
}

/// Every pipeline's stages, as Pivot's `--all` lists them; never cached here.
pub fn ask_all_pipelines(scene: &Scene, question: &Question<'_>) -> Result<Named, Failure> {
    if scene.project.is_none() {
        return Ok(Named::of(Vec::new(), Reason::NoProject));
    }
    refuse_nesting(scene)?;
    Ok(Named::of_names(&question.stages(&Wish::All)?.names?, Reason::Discovered))
}

/// Inside of a discovery, another one would wait for the first.
fn refuse_nesting(scene: &Scene) -> Result<(), Failure> {
    if scene.settings.nested {
        let message = "not inside of a discovery: PIVOT_COMPLETE is set";
        return Err(Failure::new(Reason::Nested, message));
    }
    Ok(())
}
