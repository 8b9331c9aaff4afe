//! Asks for the stages: takes a turn, and gets what another process found, or leads.

use pivot_complete::project::Project;
use pivot_complete::reason::Reason;

use super::lead::{Asked, Reuse, discover_for_all};
use super::{Names, key};
use crate::cache::lock::{self, Lead, Turn};
use crate::context::Context;
use crate::files::path;
use crate::python::{Inquiry, Subject};
use crate::report::Failure;

/// Finds names by asking, unless a cache turns out to be fresh by the time it is our turn.
///
/// For manifests nobody else's answer will do, nor one without Python.
pub fn ask(context: &Context, reuse: Reuse, subject: &Subject, inquiry: &Inquiry<'_>) -> Asked {
    let Some(project) = &context.project else {
        return Ok(Names::of(Vec::new(), Reason::NoProject)).into();
    };
    if let Err(failure) = context.refuse_nesting() {
        return Err(failure).into();
    }
    match lock::take_turn_here(context, &key::key(context, project, reuse)) {
        Turn::Shared(outcome) => outcome.map(Names::of_told).into(),
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")).into(),
        Turn::TimedOut => Err(timed_out(context, project)).into(),
        Turn::Lead(lead) => discover_for_all(context, reuse, subject, inquiry, lead),
    }
}

/// The same for the stages alone, if nobody asks at this moment; whoever does is enough.
pub fn ask_alone(context: &Context, inquiry: &Inquiry<'_>) -> Result<Asked, Reason> {
    context.project.as_ref().ok_or(Reason::NoProject)?;
    context.refuse_nesting().map_err(|failure| failure.reason)?;
    let lead = lock::try_lead_here(context).ok_or(Reason::BeingDiscovered)?;
    Ok(discover_for_all(context, Reuse::Cached, &Subject::Stages, inquiry, lead))
}

/// The same behind a TAB that was answered by a failure, with the `lead` that it has taken.
pub fn ask_again(context: &Context, inquiry: &Inquiry<'_>, lead: Lead) -> Asked {
    discover_for_all(context, Reuse::Running, &Subject::Stages, inquiry, lead)
}

/// Another process has had the turn for too long.
pub fn timed_out(context: &Context, project: &Project<'_>) -> Failure {
    let message = format!(
        "another process has been discovering the stages of {} for {} s; \
         PIVOT_COMPLETE_TIMEOUT allows it more",
        path(project.root).display(),
        context.settings.timeout.as_secs_f64()
    );
    Failure::new(Reason::TimedOut, message)
}
