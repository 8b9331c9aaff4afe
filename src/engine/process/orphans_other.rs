//! Processes that left their group: elsewhere than on Linux nobody brings them home.

use std::os::fd::RawFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::Signal;
use nix::unistd::Pid;

/// Nothing to prepare.
pub fn adopt() {}

/// Nothing ends a child with its parent.
pub fn die_with(_: Pid, _: Signal) -> Result<(), Errno> {
    Ok(())
}

/// Nobody could end what was left.
pub fn be_watched_over(_: Signal) {}

/// Nothing to take back.
pub fn outlive_parent() {}

/// Who descends from this process cannot be seen: the group is all that can be ended.
pub fn end_all(_: Duration) -> bool {
    false
}

/// What a process is doing cannot be seen.
pub fn wants_to_run(_: Pid) -> bool {
    false
}

/// What was inherited stays open.
pub fn close_all_but(_: RawFd) {}
