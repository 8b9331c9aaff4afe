//! `pivot-complete stages`: names, or Pivot's own words for why there are none.

use pivot_complete::answer;
use pivot_complete::reason::Reason;

use crate::cli::StagesRequest;
use crate::context::Context;
use crate::discovery::{Names, Reuse, ask, ask_all_pipelines, cached};
use crate::python::{Inquiry, Subject};
use crate::report::Failure;
use crate::report::{NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the names that `request` asks for.
pub fn run(request: &StagesRequest) -> Result<u8, Failure> {
    let trace = Trace::start("stages");
    let context = match Context::here(None) {
        Ok(context) => context,
        Err(failure) => {
            trace.note("failed", failure.reason);
            return if request.cached { Ok(NOT_CACHED) } else { Err(failure) };
        }
    };
    let found = if request.all { Err(Reason::EngineCommand) } else { cached(&context) };
    let named = match found {
        Ok(named) => named,
        Err(reason) if request.cached => {
            trace.note("not-cached", reason);
            return Ok(NOT_CACHED);
        }
        Err(reason) => {
            trace.note("miss", reason);
            asked(&context, request.all)
                .inspect_err(|failure| trace.note("failed", failure.reason))?
        }
    };
    let text = named.whole()?;
    check_printable(text, request.format)?;
    let mut bytes = Vec::new();
    answer::write_names(request.format, &[text], &request.prefix, &mut |piece| {
        bytes.extend(piece);
    });
    trace.note("answered", named.how);
    print(&bytes)
}

fn asked(context: &Context, all: bool) -> Result<Names, Failure> {
    let inquiry = Inquiry::about(context);
    if all {
        ask_all_pipelines(context, &inquiry)
    } else {
        ask(context, Reuse::Cached, &Subject::Stages, &inquiry).behind()
    }
}
