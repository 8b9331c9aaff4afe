//! A file that was read: its content counts.

use crate::cache::freshness::{Input, InputState};
use crate::files::{Disk, PathBuffer};

/// Longest file whose content is compared, in bytes: beyond it stamps alone decide.
pub const DIGEST_LIMIT_BYTES: u64 = 64 << 20;

/// Compares a racy one without asking for its stat, where its content says that it is the same.
pub fn compare_at_once<D: Disk>(
    input: &Input<'_>,
    disk: &D,
    path: &PathBuffer<'_>,
) -> Option<InputState> {
    let digest = disk.digest_at_once(path.as_c_path(), input.stamp.len_bytes);
    // Touched or not since then: a renewal finds that out.
    (digest == Some(input.digest)).then(|| InputState::SameContent(input.stamp.changed_s()))
}
