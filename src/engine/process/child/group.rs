//! What a started program is until nothing of it is left, and how it is brought to that.

use std::cell::RefCell;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::process::orphans;

/// Most bytes of stderr that are kept, from its end.
const STDERR_TAIL_BYTES: usize = 8 << 10;

/// How long one that was interrupted may clean up.
const INTERRUPTED: Duration = Duration::from_millis(500);

/// How much longer on a busy machine.
const BUSY: Duration = Duration::from_secs(3);

/// How long those may take that clean up after all others (multiprocessing's resource tracker).
const LINGER: Duration = Duration::from_secs(1);

/// How long what was killed is waited for: it may be in a system call that nothing interrupts.
pub const PATIENCE: Duration = Duration::from_millis(500);

thread_local! {
    /// What may be left of the programs that have run.
    static RUN: RefCell<Vec<ProcessGroup>> = const { RefCell::new(Vec::new()) };
}

/// The end of the programs that have run, on its way.
pub struct Parting {
    groups: Arc<Mutex<Vec<ProcessGroup>>>,
    thread: Option<JoinHandle<()>>,
}

/// Begins to see to the end of all programs that have run, beside this thread: which may come to hang in
/// a call, and must start none meanwhile.
pub fn part() -> Parting {
    let groups = Arc::new(Mutex::new(RUN.take()));
    let same = Arc::clone(&groups);
    let has_some = groups.lock().is_ok_and(|groups| !groups.is_empty());
    let start = || std::thread::Builder::new().spawn(move || end_each(&same)).ok();
    let thread = if has_some { start() } else { None };
    Parting { groups, thread }
}

impl Parting {
    /// Waits until nothing of them is left.
    pub fn wait(self) {
        match self.thread {
            Some(thread) => drop(thread.join()),
            None => end_each(&self.groups),
        }
    }
}

fn end_each(groups: &Mutex<Vec<ProcessGroup>>) {
    let mut groups =
        groups.lock().map(|mut groups| std::mem::take(&mut *groups)).unwrap_or_default();
    if groups.is_empty() {
        return;
    }
    for group in &mut groups {
        // Nobody reads any more: who writes must not wait for that.
        (group.answer, group.writer) = (None, None);
    }
    groups.iter_mut().for_each(|group| group.wait(group.until));
    groups.iter_mut().for_each(|group| group.signal(Signal::SIGINT));
    let deadline = Instant::now() + INTERRUPTED;
    groups.iter_mut().for_each(|group| group.wait_its_turn(deadline));
    groups.iter_mut().for_each(|group| group.signal(Signal::SIGKILL));
    if !orphans::end_all(LINGER) {
        groups.iter().for_each(ProcessGroup::end);
    }
}

/// A started program: the leader of its group, and the pipes it writes to until they end.
pub struct ProcessGroup {
    pub child: Child,
    pub answer: Option<File>,
    /// The end of the answer's pipe that the program writes to.
    pub writer: Option<OwnedFd>,
    pub stderr: Option<File>,
    pub stderr_tail: Vec<u8>,
    /// Until when it may end by itself: not at all, as long as it has not answered.
    pub until: Instant,
}

impl ProcessGroup {
    /// Leaves what may be left of it to [`part`].
    pub fn part_later(self) {
        RUN.with_borrow_mut(|all| all.push(self));
    }

    /// Sends the leader a signal, unless it has ended.
    fn signal(&mut self, signal: Signal) {
        // One that was not yet reaped keeps its number.
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = kill(self.leader(), signal);
        }
    }

    /// Ends what is left of the group: those who ignore it and clean up after all others come last.
    fn end(&self) {
        let _ = killpg(self.leader(), Signal::SIGTERM);
        let deadline = Instant::now() + LINGER;
        while killpg(self.leader(), None).is_ok() && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(10));
        }
        self.kill();
    }

    /// Ends what is left of the group at once.
    pub fn kill(&self) {
        // A leader that was not yet reaped keeps the number from being another group's; one that
        // was, was so a moment ago.
        let _ = killpg(self.leader(), Signal::SIGKILL);
    }

    fn leader(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// Waits for the leader, until then at most.
    pub fn wait(&mut self, deadline: Instant) {
        let mut pause = Duration::from_micros(500);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// The same, but for as much as [`BUSY`] longer where it would go on if others let it run.
    fn wait_its_turn(&mut self, deadline: Instant) {
        self.wait(deadline);
        while matches!(self.child.try_wait(), Ok(None))
            && Instant::now() < deadline + BUSY
            && orphans::wants_to_run(self.leader())
        {
            self.wait(Instant::now() + INTERRUPTED / 10);
        }
    }

    /// Gives what there is of the answer to `take`; `true` when that has enough.
    pub fn take_answer(&mut self, take: &mut impl FnMut(&[u8]) -> bool) -> bool {
        let mut enough = false;
        let ended = drain(self.answer.as_mut(), |piece| {
            enough = take(piece);
            !enough
        });
        if ended {
            self.answer = None;
        }
        enough
    }

    /// Keeps the end of what there is of stderr.
    pub fn keep_stderr(&mut self) {
        let tail = &mut self.stderr_tail;
        let ended = drain(self.stderr.as_mut(), |piece| {
            tail.extend(piece);
            let excess = tail.len().saturating_sub(STDERR_TAIL_BYTES);
            tail.drain(..excess);
            true
        });
        if ended {
            self.stderr = None;
        }
    }
}

/// Reads what a pipe holds now, up to some megabytes; `true` when it has ended.
fn drain(pipe: Option<&mut File>, mut take: impl FnMut(&[u8]) -> bool) -> bool {
    let Some(pipe) = pipe else { return true };
    let mut buffer = [0; 16 << 10];
    for _ in 0..256 {
        match pipe.read(&mut buffer) {
            Ok(0) => return true,
            Ok(count) if take(&buffer[..count]) => {}
            Ok(_) => return false,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return error.kind() != ErrorKind::WouldBlock,
        }
    }
    false
}
