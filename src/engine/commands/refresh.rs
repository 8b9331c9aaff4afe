//! `pivot-complete refresh`: discovers now, whatever the caches say.

use std::ffi::OsStr;
use std::time::Instant;

use pivot_complete::reason::Reason;

use crate::context::Context;
use crate::context::pivot::Runs;
use crate::discovery::{Reuse, ask};
use crate::manifests::{self, Computed};
use crate::python::{Inquiry, Subject};
use crate::report::{Failure, say};
use crate::spec::description;
use crate::trace::Trace;

/// Rewrites the caches. `behind` a TAB, whose line began with that word, a discovery that runs
/// already will do.
pub fn run(behind: Option<&OsStr>) -> Result<u8, Failure> {
    let trace = Trace::start("refresh");
    let context = Context::here(behind)?;
    let context = if behind.is_some() { context.behind_tab() } else { context };
    if let Some(failure) = context.no_stages() {
        return Err(failure);
    }
    let start = Instant::now();
    let inquiry = Inquiry::about(&context);
    // A program that does not tell its Python has names alone.
    let has_python = context.pivots.first().is_none_or(|pivot| pivot.runs != Runs::Opaque);
    let names_alone = |wanted| {
        let asked = ask(&context, wanted, &Subject::Stages, &inquiry).now();
        asked.map(|(named, kept)| (named.count, kept.not_cached, None, None))
    };
    let result = match behind {
        // Manifests are never computed for a TAB.
        Some(_) => names_alone(Reuse::Running),
        None if !has_python => names_alone(Reuse::Nothing),
        None => manifests::by_pivot(&context, None, &inquiry).map(|mut computed| {
            // The report says whether that could be done.
            let not_cached = computed.keep_names(&context);
            let Computed { manifests, lacking_targets, .. } = computed;
            (manifests.names.len(), not_cached, lacking_targets, Some(manifests))
        }),
    };
    if has_python && result.is_ok() && description::stored(&context).is_err() {
        // For the next TAB, which completes as it would without it, only later.
        let _ = description::describe(&context);
    }
    let (count, not_cached, lacking_targets, manifests) =
        result.inspect_err(|failure| trace.note("failed", failure.reason))?;
    trace.note("refreshed", Reason::Discovered);
    let seconds = start.elapsed().as_secs_f32();
    let stages = if count == 1 { "stage" } else { "stages" };
    let mut report = format!("{count} {stages} in {seconds:.2} s");
    if let Some(not_cached) = not_cached {
        report.push_str(&format!("; {not_cached}"));
    }
    let Some(manifests) = manifests else { return say(&format!("{report}\n")) };
    // The names are whole; where a manifest or the targets are lacking, that is no success.
    let code = match (manifests.all(), lacking_targets) {
        (Ok(_), None) => say(&format!("{report}\n")),
        (Ok(_), Some(why)) => {
            Err(Failure::new(why.reason, format!("{report}, without targets:\n{}", why.message)))
        }
        (Err(why), lacking) => {
            let message = format!("{report}, not all with a manifest:\n{}", why.message);
            let more = lacking.map(|why| format!("\n{}", why.message)).unwrap_or_default();
            Err(Failure::new(why.reason, message + &more))
        }
    };
    manifests::keep(&context, &manifests, &trace);
    code
}
