//! The `stage:key` targets, where the caches do not tell them.

use pivot_complete::reason::Reason;

use super::named::cached_with_targets;
use super::{Named, Wanted, ask};
use crate::context::scene::Scene;
use crate::python::question::{Question, Wish};
use crate::report::Failure;

/// Names and targets as Pivot tells them, after a `miss`; cached behind the answer.
pub fn ask_with_targets(scene: &Scene, miss: Reason) -> Result<Named, Failure> {
    let question = Question::about(scene);
    // Names alone are no answer here, however fresh.
    let wanted = if miss == Reason::TargetsUnknown { Wanted::New } else { Wanted::Fresh };
    let mut named = ask(scene, wanted, &Wish::Stages, &question).behind()?;
    if let Ok(cached) = cached_with_targets(scene) {
        return Ok(Named { how: named.how, ..cached });
    }
    if named.how == Reason::Shared && named.targets.is_none() {
        // Its leader was not told any.
        named = ask(scene, Wanted::New, &Wish::Stages, &question).behind()?;
    }
    if named.targets.is_none() {
        let frame = named.found.as_ref().map(|found| &found.frame);
        let message = match frame.and_then(|frame| frame.why_untold("targets")) {
            Some(words) => format!("cannot tell targets: {words}"),
            None if frame.is_some_and(|frame| frame.versions.is_some()) => {
                "cannot tell targets: the name of one is no line".into()
            }
            None => "cannot tell targets: the pivot found does not tell which Python runs it; \
                     name that in PIVOT_COMPLETE_PYTHON"
                .into(),
        };
        return Err(Failure::new(Reason::TargetsUnknown, message));
    }
    named.whole()?;
    Ok(named)
}
