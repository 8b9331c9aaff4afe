//! `pivot-complete watch`, where there is no inotify.

use pivot_complete::reason::Reason;

use crate::cli::Watch;
use crate::report::{ANSWERED, Failure};

/// Says so; a prompt's hook does without.
pub fn run(how: &Watch) -> Result<u8, Failure> {
    match how {
        Watch::Here => {
            let message = "watch needs Linux's inotify; `init SHELL --prewarm` works here";
            Err(Failure::new(Reason::NotWatched, message))
        }
        Watch::Behind(_) | Watch::Of(_) => Ok(ANSWERED),
    }
}
