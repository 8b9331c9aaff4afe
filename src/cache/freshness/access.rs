//! Whether this process may read, write or execute what lies at a path: that answer counts, for whoever
//! asks. What the pipeline was not allowed to read is such an answer, too.

use super::{Input, InputState};
use crate::files::{Disk, PathBuffer, StatError};
use crate::reason::Reason;

/// What stands for the answer that nothing is there.
pub const NOTHING: u64 = 0;
/// What stands for a refusal.
pub const DENIED: u64 = 1;
/// What stands for permission.
pub const ALLOWED: u64 = 2;

/// Asks whether all that `aspects` name is allowed.
pub fn ask<D: Disk>(aspects: u8, disk: &D, path: &PathBuffer<'_>) -> Result<u64, StatError> {
    match disk.may(path.as_c_path(), aspects) {
        Ok(is_allowed) => Ok(digest(Some(is_allowed))),
        Err(StatError::Absent) => Ok(digest(None)),
        Err(StatError::Unsure) => Err(StatError::Unsure),
    }
}

/// What stands for an answer; nothing, where nothing is there.
pub fn digest(answer: Option<bool>) -> u64 {
    match answer {
        Some(true) => ALLOWED,
        Some(false) => DENIED,
        None => NOTHING,
    }
}

/// Asks again.
pub fn compare<D: Disk>(input: &Input<'_>, disk: &D, path: &PathBuffer<'_>) -> InputState {
    match ask(input.aspects, disk, path) {
        Ok(answer) if answer == input.digest => InputState::Same,
        Ok(_) => InputState::Changed(Reason::StatChanged),
        Err(_) => InputState::Changed(Reason::FileSystemFails),
    }
}
