//! `pivot-complete targets`: stage names, then `stage:key` for every named output.

use pivot_complete::answer;

use crate::cli::TargetsRequest;
use crate::context::Context;
use crate::discovery::{ask_with_targets, cached_with_targets};
use crate::report::Failure;
use crate::report::{NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the targets that `request` asks for.
pub fn run(request: &TargetsRequest) -> Result<u8, Failure> {
    let trace = Trace::start("targets");
    let context = match Context::here(None) {
        Ok(context) => context,
        Err(_) if request.cached => return Ok(NOT_CACHED),
        Err(failure) => return Err(failure),
    };
    let named = match cached_with_targets(&context) {
        Ok(named) => named,
        Err(reason) if request.cached => {
            trace.note("not-cached", reason);
            return Ok(NOT_CACHED);
        }
        Err(reason) => {
            trace.note("miss", reason);
            ask_with_targets(&context, reason)
                .inspect_err(|failure| trace.note("failed", failure.reason))?
        }
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
