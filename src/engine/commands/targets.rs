//! `pivot-complete targets`: stage names, then `stage:key` for every named output.

use pivot_complete::answer;
use pivot_complete::reason::Reason;

use crate::cli::TargetsRequest;
use crate::context::scene::Scene;
use crate::discovery::targets;
use crate::report::Failure;
use crate::report::{NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the targets that `request` asks for.
pub fn run(request: &TargetsRequest) -> Result<u8, Failure> {
    let trace = Trace::start("targets");
    let scene = match Scene::here(None) {
        Ok(scene) => scene,
        Err(_) if request.cached => return Ok(NOT_CACHED),
        Err(failure) => return Err(failure),
    };
    let (names, targets, how) = match targets::cached(&scene) {
        Ok((names, targets)) => (names, targets, Reason::Fresh),
        Err(reason) if request.cached => {
            trace.note("not-cached", reason);
            return Ok(NOT_CACHED);
        }
        Err(reason) => {
            trace.note("miss", reason);
            targets::discovered(&scene, reason)
                .inspect_err(|failure| trace.note("failed", failure.reason))?
        }
    };
    check_printable(&names, request.format)?;
    check_printable(&targets, request.format)?;
    let mut bytes = Vec::new();
    answer::write_names(request.format, &[&names, &targets], &request.prefix, &mut |piece| {
        bytes.extend(piece);
    });
    trace.note("answered", how);
    print(&bytes)
}
