//! What an earlier discovery found in what is there now: an answer without Python.

use pivot_complete::reason::Reason;

use super::Named;
use super::findings::cacheable;
use crate::cache::history;
use crate::cache::lock::Lead;
use crate::context::scene::Scene;

/// What an earlier discovery found in what is there now, after a miss for `reason`.
pub fn known_content(scene: &Scene, reason: Reason) -> Option<Named> {
    let (project, config) = scene.project.as_ref().and_then(cacheable)?;
    let may_answer = history::may_answer(reason);
    let findings = may_answer.then(|| history::find(scene, project, config, None)).flatten()?;
    match (&findings.failure, scene.is_tab) {
        (None, _) => {
            let named = Named::of(findings.names, Reason::KnownContent);
            Some(Named { targets: findings.targets, blurbs: Some(findings.blurbs), ..named })
        }
        (Some(_), true) => Some(Named::of(findings.names, Reason::FailedBefore)),
        // An explicit command tries again.
        (Some(_), false) => None,
    }
}

/// Keeps that as the current result, once the answer is given.
pub fn keep_known(scene: &Scene, reason: Reason, lead: Lead) {
    if history::may_answer(reason)
        && let Some((project, config)) = scene.project.as_ref().and_then(cacheable)
    {
        let _ = history::find(scene, project, config, Some(&lead));
    }
    lead.withdraw();
}
