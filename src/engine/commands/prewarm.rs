//! Behind a prompt: finds out what the next TAB would have to wait for, as far as a TAB might.

use pivot_complete::reason::Reason;

use crate::cache::prewarm_pause;
use crate::context::Context;
use crate::discovery::{KeptRecord, Names, ask_alone, cached, may_execute, question_key};
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
    let (named, kept) = ask_alone(context, &Inquiry::about(context))?.told();
    if kept.is_some_and(|kept| is_in_vain(&named, &kept)) {
        prewarm_pause::note(&directory, &question);
    }
    describe(context);
    named.map(|named| (named.how, named.count)).map_err(|failure| failure.reason)
}

/// Whether the next prompt could keep no more of it.
fn is_in_vain(named: &Result<Names, Failure>, kept: &KeptRecord) -> bool {
    let was_edited =
        matches!(kept.not_cached, Some(NotCached::InputChanged(_) | NotCached::ConfigChanged));
    let passes = match named.as_ref().map_err(|failure| failure.reason) {
        // Nobody waits for as much again.
        Err(Reason::TimedOut) => false,
        Err(Reason::NoPivot | Reason::Interrupted) => true,
        Ok(_) | Err(_) => was_edited,
    };
    kept.record.is_none() && !passes
}

fn describe(context: &Context) {
    if description::stored(context).is_err() {
        let _ = description::describe(context);
    }
}
