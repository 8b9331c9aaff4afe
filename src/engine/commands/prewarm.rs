//! Behind a prompt: finds out what the next TAB would have to wait for, as far as a TAB might.

use pivot_complete::reason::Reason;

use crate::cache::prewarm_pause;
use crate::context::Context;
use crate::discovery::{ask_alone, cached, may_execute, question_key};
use crate::environment::settings::OnMiss;
use crate::files::{CacheDirectory, NotCached, path};
use crate::python::Inquiry;
use crate::report::{ANSWERED, Failure, print};
use crate::spec::description;
use crate::trace::Trace;
#[cfg(target_os = "linux")]
use crate::watch::Places;

/// Discovers once, if nobody does, and if a TAB here would be allowed to. Says nothing, but to a watcher:
/// what came of it, how many stages there are, and what to watch (`watch/watcher.rs`).
pub fn run(tells_places: bool) -> Result<u8, Failure> {
    let trace = Trace::start("prewarm");
    let context = Context::here(None).map(Context::for_tab);
    let warmed = context.as_ref().map_err(|failure| failure.reason).and_then(warm);
    let (outcome, reason, count) = match warmed {
        Ok((reason, count)) => ("prewarmed", reason, count),
        Err(reason) => ("nothing", reason, 0),
    };
    trace.note(outcome, reason);
    if let (true, Ok(context)) = (tells_places, context) {
        return tell(&context, reason, count);
    }
    Ok(ANSWERED)
}

#[cfg(target_os = "linux")]
fn tell(context: &Context, reason: Reason, count: usize) -> Result<u8, Failure> {
    // As it is kept by now.
    context.stores.forget();
    let head = format!("{}\0{count}\0", reason.as_str());
    print(&[head.as_bytes(), &Places::here(context).to_bytes()].concat())
}

#[cfg(not(target_os = "linux"))]
fn tell(_: &Context, _: Reason, _: usize) -> Result<u8, Failure> {
    Ok(ANSWERED)
}

/// How it was found out, and how many stages there are.
fn warm(context: &Context) -> Result<(Reason, usize), Reason> {
    if context.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(context)?;
    if let Ok(named) = cached(context) {
        // As where Pivot itself has written the names.
        describe(context);
        return Ok((named.how, named.count));
    }
    let project = context.project.as_ref().ok_or(Reason::NoProject)?;
    let directory = CacheDirectory::open(path(project.root), &["cache", "complete"])
        .map_err(|_| Reason::CacheUnwritable)?;
    let question = question_key(context, project);
    if prewarm_pause::is_noted(&directory, &question) {
        return Err(Reason::PrewarmPaused);
    }
    let found = ask_alone(context, &Inquiry::about(context))?.now();
    let not_cached = found.as_ref().ok().and_then(|(_, kept)| kept.not_cached.as_ref());
    let was_edited = matches!(not_cached, Some(NotCached::InputChanged(_)));
    let is_missing = matches!(&found, Err(failure) if failure.reason == Reason::NoPivot);
    if !was_edited && !is_missing && cached(context).is_err() {
        // The next prompt can keep it no better.
        prewarm_pause::note(&directory, &question);
    }
    describe(context);
    found.map(|(named, _)| (named.how, named.count)).map_err(|failure| failure.reason)
}

fn describe(context: &Context) {
    if description::stored(context).is_err() {
        let _ = description::describe(context);
    }
}
