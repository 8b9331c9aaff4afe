//! A link that was read: what it says counts.

use xxhash_rust::xxh64::xxh64;

use super::{Input, InputState};
use crate::files::{Disk, PathBuffer};
use crate::reason::Reason;

/// The digest of what the link at `path` says.
pub fn digest<D: Disk>(disk: &D, path: &PathBuffer<'_>) -> Option<u64> {
    let mut digest = 0;
    disk.read_link(path.as_c_path(), &mut |target| digest = xxh64(target, 0)).ok()?;
    Some(digest)
}

/// Reads it again.
pub fn compare<D: Disk>(input: &Input<'_>, disk: &D, path: &PathBuffer<'_>) -> InputState {
    match digest(disk, path) {
        Some(digest) if digest == input.digest => InputState::Same,
        _ => InputState::Changed(Reason::LinkChanged),
    }
}
