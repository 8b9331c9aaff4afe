//! A file that was read: its content counts.

use crate::cache::freshness::{Input, InputState};
use crate::files::{Disk, PathBuffer, Stamp};
use crate::reason::Reason;

/// Longest file whose content is compared, in bytes: beyond it stamps alone decide.
pub const DIGEST_LIMIT_BYTES: u64 = 64 << 20;

/// Compares a file whose stamp is `now`, and proves nothing.
pub fn compare<D: Disk>(
    input: &Input<'_>,
    disk: &D,
    path: &PathBuffer<'_>,
    now: &Stamp,
) -> InputState {
    if now.len_bytes != input.stamp.len_bytes {
        return InputState::Changed(Reason::InputChanged);
    }
    compare_content(input, disk, path, now)
}

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

/// Compares the content alone of one that has the stamp `now`.
pub fn compare_content<D: Disk>(
    input: &Input<'_>,
    disk: &D,
    path: &PathBuffer<'_>,
    now: &Stamp,
) -> InputState {
    input.settle(disk.digest(path.as_c_path(), now.len_bytes), now, Reason::InputChanged)
}
