//! `pivot-complete status`: how each stage's code stands against the manifest that was computed last.

use pivot_complete::answer::{self, State};
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::context::Context;
use crate::discovery::{Reuse, ask};
use crate::manifests;
use crate::python::{Inquiry, Subject};
use crate::report::{Failure, check_printable, print};
use crate::trace::Trace;

/// Prints every stage's state, or why that of one cannot be told.
pub fn run(format: Format) -> Result<u8, Failure> {
    let trace = Trace::start("status");
    let context = Context::here(None)?;
    let inquiry = Inquiry::about(&context);
    let mut standing = manifests::standing(&context);
    if standing.is_in_doubt() {
        trace.note("miss", Reason::SourceChanged);
        standing
            .compute(&context, &inquiry)
            .inspect_err(|failure| trace.note("failed", failure.reason))?;
    }
    let names = match standing.names.take() {
        Some(names) => names,
        // No manifest is known, nor the stages.
        None => {
            trace.note("miss", Reason::ManifestMissing);
            let (names, _) = ask(&context, Reuse::Cached, &Subject::Stages, &inquiry)
                .now()
                .inspect_err(|failure| trace.note("failed", failure.reason))?;
            standing = manifests::standing(&context);
            names
        }
    };
    let text = names.whole()?;
    check_printable(text, format)?;
    let mut bytes = Vec::new();
    let mut state = |name: &[u8]| match standing.of(name) {
        None => State::Unknown,
        Some((computed_s, [])) => State::Unchanged(computed_s),
        Some((computed_s, members)) => State::Changed(computed_s, members),
    };
    answer::write_states(format, text, &mut state, &mut |piece| bytes.extend(piece));
    trace.note("answered", names.how);
    let printed = print(&bytes);
    standing.keep(&context, &trace);
    printed
}
