//! Processes that left their group: Linux can bring them home when their parent ends.

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid, getppid, gettid};

/// Makes this process the parent of every descendant whose own parent ends.
pub fn adopt() {
    let _ = prctl::set_child_subreaper(true);
}

/// In a child: ends it when `parent` is killed.
pub fn die_with(parent: Pid) -> Result<(), Errno> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    // The parent may have ended before the call above.
    if getppid() == parent { Ok(()) } else { Err(Errno::ESRCH) }
}

/// Ends all children of this process, adopted ones included.
pub fn end_all() {
    let path = format!("/proc/{}/task/{}/children", getpid(), gettid());
    // Each round ends one generation; whoever forks faster than that keeps its last one.
    for _ in 0..64 {
        let children = std::fs::read_to_string(&path).unwrap_or_default();
        let children: Vec<i32> =
            children.split_whitespace().filter_map(|pid| pid.parse().ok()).collect();
        if children.is_empty() {
            return;
        }
        for pid in children.into_iter().map(Pid::from_raw) {
            let _ = kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, Some(WaitPidFlag::empty()));
        }
    }
}
