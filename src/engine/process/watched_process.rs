//! The end of a process that is no child of this one, as something to poll.

use std::fs::read_to_string;
use std::os::fd::{AsFd, BorrowedFd, FromRawFd, OwnedFd};

use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A process that is watched.
pub struct WatchedProcess(OwnedFd);

impl WatchedProcess {
    /// The one with this id that [`began`] then, if it is there.
    pub fn open(id: u32, then: u64) -> Option<Self> {
        // SAFETY: a system call on numbers.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, id, 0) };
        let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0)?;
        // SAFETY: the kernel has just opened it for this process, and nobody else knows it.
        let process = Self(unsafe { OwnedFd::from_raw_fd(fd) });
        // The id may be another one's by now.
        (began(id) == Some(then)).then_some(process)
    }

    /// What there is to wait for.
    pub fn source(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Whether it has ended.
    pub fn has_ended(&self) -> bool {
        let mut news = [PollFd::new(self.source(), PollFlags::POLLIN)];
        poll(&mut news, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }
}

/// When the process with this id began to run, in ticks since boot (proc_pid_stat(5), field 22).
pub fn began(id: u32) -> Option<u64> {
    let told = read_to_string(format!("/proc/{id}/stat")).ok()?;
    // Behind the name, which may hold anything: the state, field 3.
    let (_, rest) = told.rsplit_once(')')?;
    rest.split_whitespace().nth(22 - 3)?.parse().ok()
}

/// Has this process, and those it starts, wait for all others.
pub fn be_patient() {
    const NICE: libc::c_int = 5;
    // SAFETY: a system call on numbers.
    let _ = unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, NICE) };
}
