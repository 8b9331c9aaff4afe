//! Processes that left their group: Linux can bring them home when their parent ends.

use std::collections::HashSet;
use std::os::fd::RawFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::libc;
use nix::sys::prctl;
use nix::sys::signal::{SigHandler, SigSet, SigmaskHow, Signal, kill, signal};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};
use nix::unistd::{ForkResult, Pid, fork, getpid, getppid, gettid, setsid};

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

/// How long those may take that clean up after a worker that was killed.
const LINGER: Duration = Duration::from_secs(1);

/// The worker has answered. Of signals that wait, the one with the lowest number is taken first: this
/// one, when the parent ends because it has heard of the answer.
const ANSWERED: Signal = Signal::SIGUSR1;
/// The parent has ended.
const GONE: Signal = Signal::SIGUSR2;

/// The process that watches over this one.
static WARDEN: OnceLock<Pid> = OnceLock::new();

/// Makes two processes of this one. The one that returns works, and is sent `end` when the parent of both is
/// killed. The other one stays until it has ended, whatever ended it, and ends what it left running: a
/// worker that was killed cannot. There must be one thread; where no process can be made,
/// there is none but this one.
pub fn be_watched_over(end: Signal) {
    let news: SigSet = [ANSWERED, GONE, Signal::SIGTERM, Signal::SIGCHLD].into_iter().collect();
    let warden = getpid();
    // None of them may end the one that watches.
    let Ok(before) = news.thread_swap_mask(SigmaskHow::SIG_BLOCK) else { return };
    // SAFETY: there is one thread, so the other process may do whatever this one could.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child: worker }) => watch_over(worker, &news, end),
        Ok(ForkResult::Child) => {
            let _ = (setsid(), before.thread_set_mask());
            let _ = WARDEN.set(warden);
            if die_with(warden, end).is_err() {
                std::process::exit(0);
            }
        }
        Err(_) => drop(before.thread_set_mask()),
    }
}

/// Tells the worker, by `end`, of a parent that is killed before the worker has answered.
fn watch_over(worker: Pid, news: &SigSet, end: Signal) -> ! {
    close_all_but(2);
    // What the worker leaves is brought to this process.
    let _ = (prctl::set_child_subreaper(true), prctl::set_pdeathsig(GONE));
    // Ignored, it would not come.
    // SAFETY: the default action installs no handler.
    let _ = unsafe { signal(Signal::SIGCHLD, SigHandler::SigDfl) };
    let mut has_answered = false;
    while waitpid(worker, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive) {
        match news.wait() {
            Ok(ANSWERED) => has_answered = true,
            Ok(GONE) if has_answered => {}
            Ok(GONE | Signal::SIGTERM) => drop(kill(worker, end)),
            _ => {}
        }
    }
    end_all_but(is_engine, LINGER);
    std::process::exit(0)
}

/// Whether a process is one of this program, which sees to itself: it was started behind the answer.
fn is_engine(pid: i32) -> bool {
    let file = |pid: &str| {
        let found = std::fs::metadata(format!("/proc/{pid}/exe")).ok()?;
        Some((found.dev(), found.ino()))
    };
    file(&pid.to_string()).is_some_and(|found| Some(found) == file("self"))
}

/// Has the end of the parent be no news any more.
pub fn outlive_parent() {
    let _ = prctl::set_pdeathsig(None);
    if let Some(warden) = WARDEN.get().filter(|warden| **warden == getppid()) {
        let _ = kill(*warden, ANSWERED);
    }
}

/// Ends all that descends from this process, and reaps what are its children; `false` where that cannot
/// be seen. Those who wait to clean up after all others come last, for so long at most.
///
/// One that was killed is not waited for: in a system call that nothing interrupts it ends when the
/// kernel lets it, and starts nothing more.
pub fn end_all(linger: Duration) -> bool {
    end_all_but(|_| false, linger)
}

/// The same without those children that `are_spared`.
fn end_all_but(are_spared: impl Fn(i32) -> bool, linger: Duration) -> bool {
    let others = OTHERS.get().map(Vec::as_slice).unwrap_or_default();
    let linger_until = Instant::now() + linger;
    let deadline = linger_until + PATIENCE;
    let mut pause = Duration::from_micros(200);
    let mut killed = HashSet::new();
    let mut quiet_rounds = 0;
    loop {
        let Some(mut left) = own_children() else { return false };
        left.retain(|pid| !others.contains(pid) && !are_spared(*pid));
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

/// Whether a process, or a child of it, would go on if it were given time to run: one that sleeps, or is
/// in a call that nothing interrupts, would not.
pub fn wants_to_run(pid: Pid) -> bool {
    const LOOKS: usize = 5;
    const BETWEEN: Duration = Duration::from_millis(10);
    (0..LOOKS).any(|look| {
        if look > 0 {
            std::thread::sleep(BETWEEN);
        }
        runs(pid.as_raw()) || children(pid.as_raw()).into_iter().any(runs)
    })
}

fn runs(pid: i32) -> bool {
    let told = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // Behind the name, which may hold anything.
    told.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('R'))
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
