//! `pivot-complete stages`: names, or Pivot's own words for why there are none.

use pivot_complete::answer;

use super::cached::{found_or_asked, here};
use crate::cli::StagesRequest;
use crate::context::Context;
use crate::discovery::{Names, Reuse, ask, ask_every, cached, cached_every};
use crate::python::{Inquiry, Subject};
use crate::report::{Failure, NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the names that `request` asks for.
pub fn run(request: &StagesRequest) -> Result<u8, Failure> {
    let trace = Trace::start("stages");
    let Some(context) = here(&trace, request.cached)? else { return Ok(NOT_CACHED) };
    let found = if request.all { cached_every(&context) } else { cached(&context) };
    let ask = |_| asked(&context, request.all);
    let Some(named) = found_or_asked(&trace, request.cached, found, ask)? else {
        return Ok(NOT_CACHED);
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
        ask_every(context, &inquiry)
    } else {
        ask(context, Reuse::Cached, &Subject::Stages, &inquiry).behind()
    }
}
