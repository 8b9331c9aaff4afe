//! `pivot-complete targets`: stage names, then `stage:key` for every named output.

use pivot_complete::answer;

use super::cached::{found_or_asked, here};
use crate::cli::TargetsRequest;
use crate::discovery::{ask_with_targets, cached_with_targets};
use crate::report::{Failure, NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the targets that `request` asks for.
pub fn run(request: &TargetsRequest) -> Result<u8, Failure> {
    let trace = Trace::start("targets");
    let Some(context) = here(&trace, request.cached)? else { return Ok(NOT_CACHED) };
    let ask = |reason| ask_with_targets(&context, reason);
    let found = cached_with_targets(&context);
    let Some(named) = found_or_asked(&trace, request.cached, found, ask)? else {
        return Ok(NOT_CACHED);
    };
    let targets = named.targets.as_deref().unwrap_or_default();
    check_printable(&named.names, request.format)?;
    check_printable(targets, request.format)?;
    let mut bytes = Vec::new();
    answer::write_names(request.format, &[&named.names, targets], &request.prefix, &mut |piece| {
        bytes.extend(piece);
    });
    trace.note("answered", named.how);
    print(&bytes)
}
