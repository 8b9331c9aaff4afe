//! Processes that left their group: Linux can bring them home when their parent ends.

use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::{Pid, getpid, getppid, gettid};

/// Children that were there before this program was executed in their parent's place.
static OTHERS: OnceLock<Vec<i32>> = OnceLock::new();

/// Makes this process the parent of every descendant whose own parent ends.
pub fn adopt() {
    OTHERS.get_or_init(children);
    let _ = prctl::set_child_subreaper(true);
}

/// In a child: ends it when `parent` is killed.
pub fn die_with(parent: Pid) -> Result<(), Errno> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    // The parent may have ended before the call above.
    if getppid() == parent { Ok(()) } else { Err(Errno::ESRCH) }
}

/// Ends all children that this process started or adopted.
pub fn end_all() {
    let others = OTHERS.get().map(Vec::as_slice).unwrap_or_default();
    // Each round ends one generation; whoever forks faster than that keeps its last one.
    for _ in 0..64 {
        let mut left = children();
        left.retain(|pid| !others.contains(pid));
        if left.is_empty() {
            return;
        }
        for pid in left.into_iter().map(Pid::from_raw) {
            let _ = kill(pid, Signal::SIGKILL);
            let _ = waitpid(pid, Some(WaitPidFlag::empty()));
        }
    }
}

fn children() -> Vec<i32> {
    let path = format!("/proc/{}/task/{}/children", getpid(), gettid());
    let list = std::fs::read_to_string(path).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
