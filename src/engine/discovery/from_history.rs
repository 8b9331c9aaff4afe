//! What an earlier discovery found in what is there now: an answer without Python.

use pivot_complete::reason::Reason;

use super::Names;
use super::findings::cacheable;
use crate::cache::history;
use crate::cache::lock::Lead;
use crate::context::Context;

/// What an earlier discovery found in what is there now, after a miss for `reason`.
pub fn known_content(context: &Context, reason: Reason) -> Option<Names> {
    let (project, config) = context.project.as_ref().and_then(cacheable)?;
    let may_answer = history::may_answer(reason);
    let findings = may_answer.then(|| history::find(context, project, config, None)).flatten()?;
    match (&findings.failure, context.is_tab) {
        (None, _) => Some(Names::of_findings(&findings, Reason::KnownContent)),
        (Some(message), true) => Some(Names {
            failure: message.clone(),
            ..Names::of(findings.names.clone(), Reason::FailedBefore)
        }),
        // An explicit command tries again.
        (Some(_), false) => None,
    }
}

/// Keeps that as the current result, once the answer is given.
pub fn keep_known(context: &Context, reason: Reason, lead: Lead) {
    if history::may_answer(reason)
        && let Some((project, config)) = context.project.as_ref().and_then(cacheable)
    {
        let _ = history::find(context, project, config, Some(&lead));
    }
    lead.withdraw();
}
