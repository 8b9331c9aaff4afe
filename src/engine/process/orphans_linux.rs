//! Processes that left their group: Linux can bring them home when their parent ends.

use std::collections::HashSet;
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

/// How long a crowd is ended that goes on to grow.
const PATIENCE: Duration = Duration::from_millis(500);

/// So often nobody new is seen: then nobody is who could start another one.
const QUIET_ROUNDS: u32 = 4;

/// Children that were there before this program was executed in their parent's place.
static OTHERS: OnceLock<Vec<i32>> = OnceLock::new();

/// Makes this process the parent of every descendant whose own parent ends.
pub fn adopt() {
    OTHERS.get_or_init(|| {
        let any = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT;
        match waitid(Id::All, any) {
            Err(Errno::ECHILD) => Vec::new(),
            _ => own_children().unwrap_or_default(),
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

/// Ends all that descends from this process, and reaps what are its children; `false` where that cannot
/// be seen. Those who wait to clean up after all others come last, for so long at most.
///
/// One that was killed is not waited for: in a system call that nothing interrupts it ends when the
/// kernel lets it, and starts nothing more.
pub fn end_all(linger: Duration) -> bool {
    let others = OTHERS.get().map(Vec::as_slice).unwrap_or_default();
    let linger_until = Instant::now() + linger;
    let deadline = linger_until + PATIENCE;
    let mut pause = Duration::from_micros(200);
    let mut killed = HashSet::new();
    let mut quiet_rounds = 0;
    loop {
        let Some(mut left) = own_children() else { return false };
        left.retain(|pid| !others.contains(pid));
        if left.is_empty() {
            return true;
        }
        // Each round ends all generations; whoever forks meanwhile is in the next one.
        let mut known = 0;
        let mut all = left.clone();
        while known < all.len() {
            all.extend(children(all[known]));
            known += 1;
        }
        let may_linger = Instant::now() < linger_until;
        let mut is_quiet = true;
        for pid in all {
            if may_linger && !killed.contains(&pid) && cleans_up(pid) {
                is_quiet = false;
                continue;
            }
            is_quiet &= !killed.insert(pid);
            let _ = kill(Pid::from_raw(pid), Signal::SIGKILL);
        }
        for pid in left {
            let _ = waitpid(Pid::from_raw(pid), Some(WaitPidFlag::WNOHANG));
        }
        quiet_rounds = if is_quiet { quiet_rounds + 1 } else { 0 };
        if quiet_rounds == QUIET_ROUNDS || Instant::now() >= deadline {
            return true;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Whether a process takes neither Ctrl-C nor SIGTERM: it outlives the others on purpose, as
/// multiprocessing's resource tracker, which removes what they left once the last of them has ended.
fn cleans_up(pid: i32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let mask = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        u64::from_str_radix(line.trim(), 16).ok()
    };
    // It blocks them until it ignores them.
    let refused = mask("SigIgn:").unwrap_or_default() | mask("SigBlk:").unwrap_or_default();
    let takes = |signal: Signal| refused >> (signal as u32 - 1) & 1 == 0;
    !takes(Signal::SIGINT) && !takes(Signal::SIGTERM)
}

/// Whether a process would go on if it were given time to run: one that sleeps, or is in a call that
/// nothing interrupts, would not.
pub fn wants_to_run(pid: Pid) -> bool {
    const LOOKS: usize = 5;
    const BETWEEN: Duration = Duration::from_millis(10);
    (0..LOOKS).any(|look| {
        if look > 0 {
            std::thread::sleep(BETWEEN);
        }
        let told = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        // Behind the name, which may hold anything.
        told.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('R'))
    })
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

/// The children of this process, its orphans among them; nothing where they cannot be seen.
fn own_children() -> Option<Vec<i32>> {
    let own = format!("/proc/{}/task/{}/children", getpid(), gettid());
    Path::new(&own).exists().then(|| children(getpid().as_raw()))
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
