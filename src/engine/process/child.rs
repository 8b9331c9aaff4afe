//! Runs one program in a process group of its own, for a bounded time.
//!
//! Whatever happens (an answer, the deadline, Ctrl-C), nothing that it started is left. The program
//! has no terminal, no input but what it is given, and writes to nowhere but the pipe that is read
//! here. One that has answered has some time behind the answer to end by itself.

use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};
use signal_hook::consts::SIGCHLD;

use crate::context::trust::Permit;
use crate::process::afterwards;
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

/// How long what was killed is waited for: it may be in a system call that nothing interrupts.
const PATIENCE: Duration = Duration::from_millis(500);

/// Runs a program and gives its answer to `take`, piece by piece, until that says `true`.
///
/// `waiting` is called every tenth of a second. The end of a program that has answered is waited
/// for behind our own answer.
pub fn run(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool, waiting: impl FnMut()) -> End {
    let (end, group) = run_group(run, take, waiting);
    if let Some(mut group) = group {
        afterwards::push(move || group.part());
    }
    end
}

/// The same for a program of our own, which must be gone when the next one starts.
pub fn run_to_end(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool) -> End {
    let (end, group) = run_group(run, take, || {});
    if let Some(mut group) = group {
        group.wait(FAREWELL);
        group.kill();
    }
    end
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
    match end {
        End::Answered | End::Exited(..) => (end, Some(group)),
        End::TimedOut | End::Interrupted | End::NotStarted(_) => {
            group.end();
            (end, None)
        }
    }
}

/// A started program: the leader of its group, and the pipes it writes to until they end.
struct Group {
    child: Child,
    answer: Option<File>,
    /// The end of the answer's pipe that the program writes to.
    _writer: Option<OwnedFd>,
    stderr: Option<File>,
    stderr_tail: Vec<u8>,
}

impl Group {
    /// Lets the leader end by itself, for a time, and ends what is left then.
    fn part(&mut self) {
        self.wait(FAREWELL);
        self.end();
    }

    /// Ends what is left of the group, and what left it.
    fn end(&mut self) {
        self.kill();
        orphans::end_all(PATIENCE);
    }

    /// Ends what is left of the group.
    fn kill(&mut self) {
        // A leader that was not yet reaped keeps the number from being another group's; one that
        // was, was so a moment ago.
        let _ = killpg(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL);
        self.wait(PATIENCE);
    }

    /// Waits for the leader, and for so long at most.
    fn wait(&mut self, patience: Duration) {
        let deadline = Instant::now() + patience;
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
    Ok((signals, Group { child, answer, _writer: writer, stderr, stderr_tail: Vec::new() }))
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
