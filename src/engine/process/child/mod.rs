//! Runs one program in a process group of its own, for a bounded time.
//!
//! Whatever happens (an answer, the deadline, Ctrl-C), nothing that it started is left. The program
//! has no terminal, no input but what it is given, and writes to nowhere but the pipe that is read
//! here. Its end is seen to behind our own answer, beside what is written there: one that has answered
//! has some time to end by itself, another one is interrupted first, as Ctrl-C would.

mod group;

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;
use nix::unistd::setsid;
use signal_hook::consts::SIGCHLD;

use crate::context::trust::Permit;
use crate::process::interrupts::{self, Listening};
use crate::process::openings::Openings;
use crate::process::orphans;

use group::{PATIENCE, ProcessGroup};
pub use group::{Parting, part};

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
    /// The program beside had all that its reader wanted first.
    Overtaken,
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
    /// What is opened meanwhile, where it asks for that.
    pub openings: Option<&'a RefCell<Openings>>,
    /// What it reads from a descriptor that it inherits: the index in `command` that its number
    /// replaces.
    pub lent: Option<(usize, Lent<'a>)>,
}

/// What a program reads from a descriptor of its own.
#[derive(Clone, Copy)]
pub enum Lent<'a> {
    /// A file, from its beginning.
    File(&'a File),
    /// Bytes, as many as there are.
    Bytes(&'a [u8]),
}

/// How long a program that has answered may take to end by itself.
const FAREWELL: Duration = Duration::from_secs(2);

/// Runs a program and gives its answer to `take`, piece by piece, until that says `true`.
///
/// The end of a program that has answered is waited for behind our own answer.
pub fn run(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool) -> End {
    let (end, group) = run_group(run, None, take);
    group.into_iter().for_each(ProcessGroup::part_later);
    end
}

/// What takes the pieces of an answer, until it says that it has all of it.
pub type Take<'t> = &'t mut dyn FnMut(&[u8]) -> bool;

/// The same with a program beside, which may have the answer sooner and is in nobody's way: whatever
/// becomes of it otherwise is no matter.
pub fn run_beside(
    run: &Run<'_>,
    beside: (&Run<'_>, Take<'_>),
    take: impl FnMut(&[u8]) -> bool,
) -> End {
    let (end, group) = run_group(run, Some(beside), take);
    group.into_iter().for_each(ProcessGroup::part_later);
    end
}

/// The same for a program of our own, which must be gone when the next one starts.
pub fn run_to_end(run: &Run<'_>, take: impl FnMut(&[u8]) -> bool) -> End {
    let (end, group) = run_group(run, None, take);
    if let Some(mut group) = group {
        group.wait(group.until);
        group.kill();
        group.wait(Instant::now() + PATIENCE);
    }
    end
}

/// A program that runs beside another, and what takes its answer.
struct Beside<'a> {
    group: Option<ProcessGroup>,
    take: Take<'a>,
}

impl Beside<'_> {
    /// Whether it has the answer; one that will not have it is left to its end.
    fn has_answered(&mut self) -> bool {
        let Some(group) = &mut self.group else { return false };
        if group.take_answer(&mut self.take) {
            return true;
        }
        if group.answer.is_none() {
            self.part();
        }
        false
    }

    fn part(&mut self) {
        self.group.take().into_iter().for_each(ProcessGroup::part_later);
    }
}

/// Runs a program until it has answered, or the one beside has, and gives what may be left of it then.
fn run_group<'a>(
    run: &Run<'_>,
    beside: Option<(&Run<'_>, Take<'a>)>,
    mut take: impl FnMut(&[u8]) -> bool,
) -> (End, Option<ProcessGroup>) {
    let started = Signals::watch().and_then(|signals| Ok((signals, start(run)?)));
    let (signals, mut group) = match started {
        Ok(started) => started,
        Err(error) => return (End::NotStarted(error), None),
    };
    let mut beside = beside.map(|(run, take)| Beside { group: start(run).ok(), take });
    let end = follow(run, &signals, &mut group, &mut beside, &mut take);
    if let Some(beside) = &mut beside {
        beside.part();
    }
    if let End::Answered | End::Exited(..) = end {
        group.until = Instant::now() + FAREWELL;
    }
    (end, Some(group))
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

fn start(run: &Run<'_>) -> std::io::Result<ProcessGroup> {
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
    let mut lent = None;
    let mut feed = None;
    if let Some((index, what)) = run.lent {
        let reader = match what {
            Lent::File(mut file) => {
                file.rewind()?;
                OwnedFd::from(file.try_clone()?)
            }
            Lent::Bytes(bytes) => {
                let (reader, writer) = std::io::pipe()?;
                feed = Some((writer, bytes.to_vec()));
                OwnedFd::from(reader)
            }
        };
        arguments[index] = reader.as_raw_fd().to_string().into();
        lent = Some(reader);
    }
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
    let answer = pipe.as_ref().map(|(_, writer)| writer.as_raw_fd());
    let inherited = [answer, lent.as_ref().map(AsRawFd::as_raw_fd)];
    // SAFETY: between fork and exec only system calls are made, nothing is allocated.
    unsafe {
        command.pre_exec(move || {
            // A session of its own: no terminal to ask on, none to be stopped by.
            setsid()?;
            orphans::die_with(parent, Signal::SIGKILL)?;
            for fd in inherited.into_iter().flatten() {
                fcntl(BorrowedFd::borrow_raw(fd), FcntlArg::F_SETFD(FdFlag::empty()))?;
            }
            Ok(())
        });
    }
    let mut child = command.spawn()?;
    drop(lent);
    // More than a pipe holds; it ends with the program, which may read none of it.
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), run.input.map(<[u8]>::to_vec)) {
        let feed = move || drop(stdin.write_all(&input));
        std::thread::Builder::new().spawn(feed).inspect_err(|_| drop(child.kill()))?;
    }
    if let Some((mut writer, bytes)) = feed {
        let feed = move || drop(writer.write_all(&bytes));
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
    Ok(ProcessGroup { child, answer, writer, stderr, stderr_tail, until })
}

fn follow(
    run: &Run<'_>,
    signals: &Signals,
    group: &mut ProcessGroup,
    beside: &mut Option<Beside<'_>>,
    take: &mut impl FnMut(&[u8]) -> bool,
) -> End {
    loop {
        let now = Instant::now();
        if now >= run.deadline {
            return End::TimedOut;
        }
        let other = beside.as_ref().and_then(|beside| beside.group.as_ref());
        let groups = [Some(&*group), other];
        wait_for_news(signals, groups, run.openings, run.deadline - now);
        if signals.interrupts.has_come() {
            return End::Interrupted;
        }
        let _ = (&signals.children).read(&mut [0; 64]);
        if let Some(openings) = run.openings {
            openings.borrow_mut().attend();
        }
        // Asked before the pipes are read: what an ended program wrote is all there then.
        let status = group.child.try_wait().ok().flatten();
        if group.take_answer(take) {
            return End::Answered;
        }
        if beside.as_mut().is_some_and(Beside::has_answered) {
            return End::Overtaken;
        }
        group.keep_stderr();
        if let Some(status) = status {
            return End::Exited(status, std::mem::take(&mut group.stderr_tail));
        }
    }
}

fn wait_for_news(
    signals: &Signals,
    groups: [Option<&ProcessGroup>; 2],
    openings: Option<&RefCell<Openings>>,
    time: Duration,
) {
    let openings = openings.map(RefCell::borrow);
    let mut watched = vec![
        PollFd::new(signals.interrupts.as_fd(), PollFlags::POLLIN),
        PollFd::new(signals.children.as_fd(), PollFlags::POLLIN),
    ];
    let groups = groups.into_iter().flatten();
    let pipes = groups.flat_map(|group| group.answer.iter().chain(&group.stderr));
    watched.extend(pipes.map(|pipe| PollFd::new(pipe.as_fd(), PollFlags::POLLIN)));
    let sources = openings.iter().flat_map(|openings| openings.sources());
    watched.extend(sources.map(|source| PollFd::new(source, PollFlags::POLLIN)));
    let patience = openings.as_ref().and_then(|openings| openings.patience());
    let time = patience.map_or(time, |patience| time.min(patience));
    // A tick at least: rounding down to no time at all would spin.
    let milliseconds = u16::try_from(time.as_millis()).unwrap_or(u16::MAX).max(1);
    let _ = poll(&mut watched, PollTimeout::from(milliseconds));
}
