//! What commands with `--cached` share: nothing is asked there, and what is not cached is no failure.

use pivot_complete::reason::Reason;

use crate::context::Context;
use crate::discovery::Names;
use crate::report::Failure;
use crate::trace::Trace;

/// Where the command runs; nothing where that cannot be told and only a fresh cache would do.
pub fn here(trace: &Trace, only_cached: bool) -> Result<Option<Context>, Failure> {
    match Context::here(None) {
        Ok(context) => Ok(Some(context)),
        Err(failure) => {
            trace.note("failed", failure.reason);
            if only_cached { Ok(None) } else { Err(failure) }
        }
    }
}

/// The names that were `found` in a cache, or what `ask` finds out; nothing where there are none in a
/// cache and only a fresh one would do.
pub fn found_or_asked(
    trace: &Trace,
    only_cached: bool,
    found: Result<Names, Reason>,
    ask: impl FnOnce(Reason) -> Result<Names, Failure>,
) -> Result<Option<Names>, Failure> {
    let miss = match found {
        Ok(names) => return Ok(Some(names)),
        Err(miss) => miss,
    };
    if only_cached {
        trace.note("not-cached", miss);
        return Ok(None);
    }
    trace.note("miss", miss);
    ask(miss).map(Some).inspect_err(|failure| trace.note("failed", failure.reason))
}
