//! Behind a prompt: finds out what the next TAB would have to wait for, as far as a TAB might.

use pivot_complete::reason::Reason;

use crate::cache::prewarm_pause;
use crate::context::Context;
use crate::discovery::{ask_alone, cached, may_execute, question_key};
use crate::environment::settings::OnMiss;
use crate::files::{CacheDirectory, NotCached, path};
use crate::python::Inquiry;
use crate::report::ANSWERED;
use crate::spec::description;
use crate::trace::Trace;

/// Discovers once, if nobody does, and if a TAB here would be allowed to. Says nothing.
pub fn run() -> u8 {
    let trace = Trace::start("prewarm");
    match Context::here(None).map_err(|failure| failure.reason).and_then(warm) {
        Ok(reason) => trace.note("prewarmed", reason),
        Err(reason) => trace.note("nothing", reason),
    }
    ANSWERED
}

fn warm(context: Context) -> Result<Reason, Reason> {
    let context = context.for_tab();
    if context.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(&context)?;
    if let Ok(named) = cached(&context) {
        return Ok(named.how);
    }
    let project = context.project.as_ref().ok_or(Reason::NoProject)?;
    let directory = CacheDirectory::open(path(project.root), &["cache", "complete"])
        .map_err(|_| Reason::CacheUnwritable)?;
    let question = question_key(&context, project);
    if prewarm_pause::is_noted(&directory, &question) {
        return Err(Reason::PrewarmPaused);
    }
    let found = ask_alone(&context, &Inquiry::about(&context))?.now();
    let not_cached = found.as_ref().ok().and_then(|(_, kept)| kept.not_cached.as_ref());
    let was_edited = matches!(not_cached, Some(NotCached::InputChanged(_)));
    let is_missing = matches!(&found, Err(failure) if failure.reason == Reason::NoPivot);
    if !was_edited && !is_missing && cached(&context).is_err() {
        // The next prompt can keep it no better.
        prewarm_pause::note(&directory, &question);
    }
    if description::stored(&context).is_err() {
        let _ = description::describe(&context);
    }
    found.map(|(named, _)| named.how).map_err(|failure| failure.reason)
}
