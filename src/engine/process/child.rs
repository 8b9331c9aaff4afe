//! Runs one program in a process group of its own, for a bounded time.
//!
//! Whatever happens (an answer, the deadline, Ctrl-C), nothing that it started is left. The program
//! has no terminal, no input but what it is given, and writes to nowhere but the pipe that is read
//! here. Its end is seen to behind our own answer, beside what is written there: one that has answered
//! has some time to end by itself, another one is interrupted first, as Ctrl-C would.

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, setsid};
use signal_hook::consts::SIGCHLD;

use crate::context::trust::Permit;
use crate::process::interrupts;
use crate::process::interrupts::Listening;
use crate::process::orphans;

/// How a run ended.
#[derive(Debug)]
pub enum End {
    /// The reader had all it wanted.
    Answered,
    /// The program ended first; what it last wrote to stderr, if that was kept.
    Exited(ExitStatus, Vec<u8>),
    /// The deadline came.
    TimedOut,
    /// The user interrupted.
    Interrupted,
    /// It could not be started.
    NotStarted(std::io::Error),
}

/// What to run and how long.
pub struct Run<'a> {
    /// On whose word, and where.
    pub permit: &'a Permit,
    /// The program and its arguments.
    pub command: &'a [OsString],
    /// Where the answer comes on a pipe of its own: the index in `command` that the pipe's number
    /// replaces. Else the answer is the program's standard output.
    pub pipe_argument: Option<usize>,
    /// What it reads from its standard input; else that is empty.
    pub input: Option<&'a [u8]>,
    /// Environment variables to set.
    pub set: &'a [(&'a str, OsString)],
    /// Environment variables to remove.
    pub remove: &'a [&'a str],
    /// When it is ended.
    pub deadline: Instant,
    /// Whether the end of its stderr is kept, to explain a crash.
    pub keep_stderr: bool,
}

/// Most bytes of stderr that are kept, from its end.
const STDERR_TAIL_BYTES: usize = 8 << 10;

/// How often `waiting` is called.
const TICK: Duration = Duration::from_millis(100);

/// How long a program that has answered may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long one that was interrupted may clean up.
const INTERRUPTED: Duration = Duration::from_millis(500);

/// How long those may take that clean up after all others (multiprocessing's resource tracker).
const LINGER: Duration = Duration::from_secs(1);

/// How long what was killed is waited for: it may be in a system call that nothing interrupts.
const PATIENCE: Duration = Duration::from_millis(500);

thread_local! {
    /// What may be left of the programs that have run.
    static RUN: RefCell<Vec<Group>> = const { RefCell::new(Vec::new()) };
}

/// Runs a program and gives its answer to `take`, piece by piece, until that says `true`.
///
/// `waiting` is called every tenth of a second. The end of a program that has answered is waited
/// for behind our own answer.
pub fn run(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool, waiting: impl FnMut()) -> End {
    let (end, group) = run_group(run, take, waiting);
    RUN.with_borrow_mut(|all| all.extend(group));
    end
}

/// The same for a program of our own, which must be gone when the next one starts.
pub fn run_to_end(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool) -> End {
    let (end, group) = run_group(run, take, || {});
    if let Some(mut group) = group {
        group.wait(group.until);
        group.kill();
        group.wait(Instant::now() + PATIENCE);
    }
    end
}

/// The end of the programs that have run, on its way.
pub struct Parting {
    groups: Arc<Mutex<Vec<Group>>>,
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

fn end_each(groups: &Mutex<Vec<Group>>) {
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
    groups.iter_mut().for_each(|group| group.wait(deadline));
    groups.iter_mut().for_each(|group| group.signal(Signal::SIGKILL));
    if !orphans::end_all(LINGER) {
        groups.iter().for_each(Group::end);
    }
}

/// Runs a program until it has answered, and gives what may be left of it then.
fn run_group(
    run: &Run<'_>,
    mut take: impl FnMut(&[u8]) -> bool,
    mut waiting: impl FnMut(),
) -> (End, Option<Group>) {
    let (signals, mut group) = match start(run) {
        Ok(started) => started,
        Err(error) => return (End::NotStarted(error), None),
    };
    let end = follow(run, &signals, &mut group, &mut take, &mut waiting);
    if let End::Answered | End::Exited(..) = end {
        group.until = Instant::now() + FAREWELL;
    }
    (end, Some(group))
}

/// A started program: the leader of its group, and the pipes it writes to until they end.
struct Group {
    child: Child,
    answer: Option<File>,
    /// The end of the answer's pipe that the program writes to.
    writer: Option<OwnedFd>,
    stderr: Option<File>,
    stderr_tail: Vec<u8>,
    /// Until when it may end by itself: not at all, as long as it has not answered.
    until: Instant,
}

impl Group {
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
    fn kill(&self) {
        // A leader that was not yet reaped keeps the number from being another group's; one that
        // was, was so a moment ago.
        let _ = killpg(self.leader(), Signal::SIGKILL);
    }

    fn leader(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// Waits for the leader, until then at most.
    fn wait(&mut self, deadline: Instant) {
        let mut pause = Duration::from_micros(500);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(20));
        }
    }

    /// Gives what there is of the answer to `take`; `true` when that has enough.
    fn take_answer(&mut self, take: &mut impl FnMut(&[u8]) -> bool) -> bool {
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
    fn keep_stderr(&mut self) {
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

/// What else there is to wait for than the program's pipes.
struct Signals {
    interrupts: Listening,
    children: UnixStream,
}

impl Signals {
    fn watch() -> std::io::Result<Self> {
        let (children, from_children) = UnixStream::pair()?;
        children.set_nonblocking(true)?;
        signal_hook::low_level::pipe::register(SIGCHLD, from_children)?;
        Ok(Self { interrupts: interrupts::listen()?, children })
    }
}

fn start(run: &Run<'_>) -> std::io::Result<(Signals, Group)> {
    let signals = Signals::watch()?;
    orphans::adopt();
    let mut arguments = run.command.to_vec();
    let pipe = match run.pipe_argument {
        Some(index) => {
            // Neither end is inherited, until the child lets its own through.
            let (reader, writer) = std::io::pipe()?;
            // Stays open here, too, for a program that closed its own.
            arguments[index] = writer.as_raw_fd().to_string().into();
            Some((OwnedFd::from(reader), OwnedFd::from(writer)))
        }
        None => None,
    };
    let mut command = Command::new(&arguments[0]);
    command.args(&arguments[1..]);
    command.stdin(if run.input.is_some() { Stdio::piped() } else { Stdio::null() });
    command.stdout(if pipe.is_some() { Stdio::null() } else { Stdio::piped() });
    command.stderr(if run.keep_stderr { Stdio::piped() } else { Stdio::null() });
    run.remove.iter().for_each(|name| {
        command.env_remove(name);
    });
    run.permit.apply(&mut command);
    command.envs(run.set.iter().map(|(name, value)| (name, value)));
    let parent = nix::unistd::getpid();
    let inherited = pipe.as_ref().map(|(_, writer)| writer.as_raw_fd());
    // SAFETY: between fork and exec only system calls are made, nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            // A session of its own: no terminal to ask on, none to be stopped by.
            setsid()?;
            orphans::die_with(parent, Signal::SIGKILL)?;
            if let Some(fd) = inherited {
                fcntl(BorrowedFd::borrow_raw(fd), FcntlArg::F_SETFD(FdFlag::empty()))?;
            }
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), run.input.map(<[u8]>::to_vec)) {
        // More than a pipe holds; it ends with the program, which may read none of it.
        let feed = move || drop(stdin.write_all(&input));
        std::thread::Builder::new().spawn(feed).inspect_err(|_| drop(child.kill()))?;
    }
    let (answer, writer) = match pipe {
        Some((reader, writer)) => (reader, Some(writer)),
        None => (child.stdout.take().map(OwnedFd::from).ok_or(ErrorKind::BrokenPipe)?, None),
    };
    let stderr = child.stderr.take().map(|stderr| File::from(OwnedFd::from(stderr)));
    for fd in [Some(answer.as_fd()), stderr.as_ref().map(AsFd::as_fd)].into_iter().flatten() {
        fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    }
    let answer = Some(File::from(answer));
    let (stderr_tail, until) = (Vec::new(), Instant::now());
    Ok((signals, Group { child, answer, writer, stderr, stderr_tail, until }))
}

fn follow(
    run: &Run<'_>,
    signals: &Signals,
    group: &mut Group,
    take: &mut impl FnMut(&[u8]) -> bool,
    waiting: &mut impl FnMut(),
) -> End {
    loop {
        let now = Instant::now();
        if now >= run.deadline {
            return End::TimedOut;
        }
        wait_for_news(signals, group, TICK.min(run.deadline - now));
        if signals.interrupts.has_come() {
            return End::Interrupted;
        }
        let _ = (&signals.children).read(&mut [0; 64]);
        // Asked before the pipes are read: what an ended program wrote is all there then.
        let status = group.child.try_wait().ok().flatten();
        if group.take_answer(take) {
            return End::Answered;
        }
        group.keep_stderr();
        if let Some(status) = status {
            return End::Exited(status, std::mem::take(&mut group.stderr_tail));
        }
        waiting();
    }
}

fn wait_for_news(signals: &Signals, group: &Group, time: Duration) {
    let mut watched = vec![
        PollFd::new(signals.interrupts.as_fd(), PollFlags::POLLIN),
        PollFd::new(signals.children.as_fd(), PollFlags::POLLIN),
    ];
    let pipes = group.answer.iter().chain(&group.stderr);
    watched.extend(pipes.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)));
    // A tick at least: rounding down to no time at all would spin.
    let milliseconds = u16::try_from(time.as_millis()).unwrap_or(u16::MAX).max(1);
    let _ = poll(&mut watched, PollTimeout::from(milliseconds));
}
