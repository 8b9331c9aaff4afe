//! The `stage:key` targets: what the caches say of them, or Pivot.

use pivot_complete::cache::lookup::Answer;
use pivot_complete::reason::Reason;

use crate::cache::lookup;
use crate::context::scene::Scene;
use crate::discovery::ask;
use crate::discovery::ask::Wanted;
use crate::python::question::{Question, Wish};
use crate::report::Failure;

/// Names and targets, as lines.
pub fn cached(scene: &Scene) -> Result<(Vec<u8>, Vec<u8>), Reason> {
    match lookup::look_up(scene) {
        Answer::Names(names) => {
            let targets = names.targets().ok_or(Reason::TargetsUnknown)?;
            Ok((names.text().to_vec(), targets.to_vec()))
        }
        Answer::Nothing(_) => Ok(Default::default()),
        Answer::Miss(reason) => Err(reason),
    }
}

/// Names and targets as Pivot tells them, as lines.
pub fn discovered(scene: &Scene, miss: Reason) -> Result<(Vec<u8>, Vec<u8>, Reason), Failure> {
    let question = Question::about(scene);
    // Names alone are no answer here, however fresh.
    let wanted = if miss == Reason::TargetsUnknown { Wanted::New } else { Wanted::Fresh };
    let mut named = ask::ask(scene, wanted, &Wish::Stages, &question)?;
    if let Ok((names, targets)) = cached(scene) {
        return Ok((names, targets, named.how));
    }
    if named.how == Reason::Shared && named.targets.is_none() {
        // Its leader was not told any.
        named = ask::ask(scene, Wanted::New, &Wish::Stages, &question)?;
    }
    let Some(targets) = named.targets.take() else {
        let message = match named.frame.why_untold("targets") {
            Some(words) => format!("cannot tell targets: {words}"),
            None if named.frame.versions.is_some() => {
                "cannot tell targets: the name of one is no line".into()
            }
            None => "cannot tell targets: the pivot found does not tell which Python runs it; \
                     name that in PIVOT_COMPLETE_PYTHON"
                .into(),
        };
        return Err(Failure::new(Reason::TargetsUnknown, message));
    };
    Ok((ask::whole_lines(&named.names)?, targets, named.how))
}
