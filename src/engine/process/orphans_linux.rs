//! Processes that left their group: Linux can bring them home when their parent ends.

use std::os::fd::RawFd;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use nix::unistd::{Pid, getpid, getppid, gettid};

/// Children that were there before this program was executed in their parent's place.
static OTHERS: OnceLock<Vec<i32>> = OnceLock::new();

/// Makes this process the parent of every descendant whose own parent ends.
pub fn adopt() {
    OTHERS.get_or_init(|| {
        let any = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::All, any) {
            Err(Errno::ECHILD) => Vec::new(),
            _ => own_children(),
        }
    });
    let _ = prctl::set_child_subreaper(true);
}

/// In a child: has it sent `signal` when `parent` is killed.
pub fn die_with(parent: Pid, signal: Signal) -> Result<(), Errno> {
    prctl::set_pdeathsig(signal)?;
    // The parent may have ended before the call above.
    if getppid() == parent { Ok(()) } else { Err(Errno::ESRCH) }
}

/// Takes [`die_with`] back.
pub fn outlive_parent() {
    let _ = prctl::set_pdeathsig(None);
}

/// Ends all that descends from this process, and reaps what are its children; within `patience`,
/// since a process in a system call that nothing interrupts ends when the kernel lets it.
pub fn end_all(patience: Duration) {
    let others = OTHERS.get().map(Vec::as_slice).unwrap_or_default();
    let deadline = Instant::now() + patience;
    let mut pause = Duration::from_micros(200);
    loop {
        let mut left = own_children();
        left.retain(|pid| !others.contains(pid));
        if left.is_empty() {
            return;
        }
        // Each round ends all generations; whoever forks meanwhile is in the next one.
        let mut known = 0;
        let mut all = left.clone();
        while known < all.len() {
            all.extend(children(all[known]));
            known += 1;
        }
        for pid in all {
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        for pid in left {
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
        if Instant::now() >= deadline {
            return;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Waits until every child has ended, for so long at most; ends those that have not.
pub fn wait_for_all(patience: Duration) {
    let deadline = Instant::now() + patience;
    while waitpid(None, Some(WaitPidFlag::WNOHANG)).is_ok() && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    end_all(Duration::ZERO);
}

/// Closes what was inherited but for 0 to 2 and `kept`: a pipe that somebody reads to its end.
pub fn close_all_but(kept: RawFd) {
    let close = |first: RawFd, last: libc::c_uint| {
        // SAFETY: a system call on numbers; nothing here owns a descriptor in these ranges.
        let _ = unsafe { libc::syscall(libc::SYS_close_range, first as libc::c_uint, last, 0) };
    };
    if kept > 3 {
        close(3, kept as libc::c_uint - 1);
    }
    close(kept + 1, libc::c_uint::MAX);
}

/// The children of this thread, which the orphans are brought to where it is the only one.
fn own_children() -> Vec<i32> {
    children_of_thread(format!("/proc/{}/task/{}/children", getpid(), gettid()))
}

/// The children of all threads of a process.
fn children(parent: i32) -> Vec<i32> {
    let threads = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
    threads.flat_map(|thread| children_of_thread(thread.path().join("children"))).collect()
}

fn children_of_thread(list: impl AsRef<Path>) -> Vec<i32> {
    let list = std::fs::read_to_string(list).unwrap_or_default();
    list.split_whitespace().filter_map(|pid| pid.parse().ok()).collect()
}
