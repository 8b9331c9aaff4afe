//! The `stage:key` targets, where the caches do not tell them.

use pivot_complete::reason::Reason;

use super::names::cached_with_targets;
use super::{Names, Reuse, ask};
use crate::context::Context;
use crate::python::{Inquiry, Subject};
use crate::report::Failure;

/// Names and targets as Pivot tells them, after a `miss`; cached behind the answer.
pub fn ask_with_targets(context: &Context, miss: Reason) -> Result<Names, Failure> {
    let inquiry = Inquiry::about(context);
    // Names alone are no answer here, however fresh.
    let reuse = if miss == Reason::TargetsUnknown { Reuse::Nothing } else { Reuse::Cached };
    let mut named = ask(context, reuse, &Subject::Stages, &inquiry).behind()?;
    if let Ok(cached) = cached_with_targets(context) {
        return Ok(Names { how: named.how, ..cached });
    }
    if named.how == Reason::Shared && named.targets.is_none() {
        // Its leader was not told any.
        named = ask(context, Reuse::Nothing, &Subject::Stages, &inquiry).behind()?;
    }
    named.whole()?;
    match lacking_targets(&named) {
        Some(failure) => Err(failure),
        None => Ok(named),
    }
}

/// Why the targets are not known that Pivot was asked for.
pub fn lacking_targets(named: &Names) -> Option<Failure> {
    if named.targets.is_some() {
        return None;
    }
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
    Some(Failure::new(Reason::TargetsUnknown, message))
}
