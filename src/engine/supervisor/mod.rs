//! The process that the shell waits for: starts another one that does the work, and waits for its
//! answer, for the deadline and for Ctrl-C. Between the two is one that ends what a worker leaves
//! running that is killed.
//!
//! Whatever touches a file system may hang there, in a call that no signal ends. The process that
//! does is left behind then; this one touches none. What there is to do after the answer is done
//! behind it, by the other, which holds nothing of the shell's open.

mod pipe;
mod sign;

use std::fs::{File, OpenOptions};
use std::io::PipeReader;
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::signal::{SigHandler, Signal, kill, signal};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, Pid, alarm, dup2_stderr, dup2_stdin, dup2_stdout, fork, getpid};

use pivot_complete::reason::Reason;

use crate::environment::settings::{started, timeout};
use crate::process::{interrupts, orphans};
use crate::report::reply::{self, Kind};
use crate::report::{ANSWERED, NOT_ANSWERED, NOTHING, complain};
use crate::trace::Trace;
use pipe::{News, print};
pub use sign::Sign;

/// How long an interrupted worker may take to say that it sees to the rest, how long those may linger
/// who clean up after a worker that does not, and how long what is done apart is waited for.
const PATIENCE: Duration = Duration::from_millis(100);

/// How long what is done apart may take: seconds.
const APART_S: u32 = 10;

/// How long a worker may write what it found, once its answer is given: seconds.
const BEHIND_S: u32 = 60;

/// How a command is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// A TAB: for the answer alone; silent, and always well.
    Tab,
    /// A prompt's hook: for the end; silent, and always well.
    Prompt,
    /// An explicit command: for the end.
    Explicit,
}

/// Which of two processes this is.
pub enum Role {
    /// The one that works: there may be no other.
    Works,
    /// The one that waits.
    Waits(Supervisor),
}

/// The worker, and the pipe that it answers by.
pub struct Supervisor {
    /// The process that watches over it, and passes signals on.
    worker: Pid,
    pipe: PipeReader,
    wait: Wait,
    sign: Sign,
    /// The files of the locks that the worker holds.
    held: Vec<PathBuf>,
    /// Takes one of them away that it left.
    sweep: fn(&Path),
}

/// Makes two processes of this one, if that can be. There must be one thread. `sweep` takes the file of a
/// lock away whose holder was killed.
pub fn split(wait: Wait, sign: Sign, sweep: fn(&Path)) -> Role {
    orphans::adopt();
    let Ok((pipe, writer)) = std::io::pipe() else { return Role::Works };
    let supervisor = getpid();
    // SAFETY: there is one thread, so the other process may do whatever this one could.
    match unsafe { fork() } {
        Ok(ForkResult::Parent { child: worker }) => {
            Role::Waits(Supervisor { worker, pipe, wait, sign, held: Vec::new(), sweep })
        }
        Ok(ForkResult::Child) => {
            drop(pipe);
            become_worker(supervisor, OwnedFd::from(writer), wait);
            Role::Works
        }
        Err(_) => Role::Works,
    }
}

fn become_worker(supervisor: Pid, pipe: OwnedFd, wait: Wait) {
    let on_terminal = wait == Wait::Explicit && nix::unistd::isatty(std::io::stderr()) == Ok(true);
    // The shell's Ctrl-C is the supervisor's to tell.
    let _ = nix::unistd::setsid();
    let end =
        if interrupts::is_ignored(Signal::SIGTERM) { Signal::SIGKILL } else { Signal::SIGTERM };
    if orphans::die_with(supervisor, end).is_err() {
        std::process::exit(NOT_ANSWERED.into());
    }
    hold_nothing();
    orphans::be_watched_over(end);
    orphans::close_all_but(pipe.as_raw_fd());
    reply::through(File::from(pipe), on_terminal);
}

/// Lets go of stdin, stdout and stderr: somebody may wait for their ends.
fn hold_nothing() {
    if let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") {
        let _ = dup2_stdin(&null).and(dup2_stdout(&null)).and(dup2_stderr(&null));
    }
}

/// In the worker: all is said. What it does from now on it does behind the answer, for a bounded
/// time.
pub fn answered(code: u8) {
    orphans::outlive_parent();
    // SAFETY: the default action installs no handler.
    let _ = unsafe { signal(Signal::SIGALRM, SigHandler::SigDfl) };
    alarm::set(BEHIND_S);
    match reply::descriptor() {
        Some(_) => reply::end(code),
        None => hold_nothing(),
    }
}

impl Supervisor {
    /// Waits, prints, and gives the exit code.
    pub fn run(mut self) -> ExitCode {
        // Without it (no descriptors left) an interrupt ends this process, and that the worker.
        let interrupts = interrupts::listen().ok();
        let (mut code, mut was_printed, mut unread) = (None, false, Vec::new());
        loop {
            let news = self.news(&mut unread, interrupts.as_ref());
            self.sign.clear();
            match news {
                News::Message(Kind::Answer, answer) => {
                    was_printed = true;
                    match print(&answer, interrupts.as_ref()) {
                        Ok(()) => {}
                        Err(Errno::EINTR) => return self.interrupted(was_printed, unread),
                        Err(error) if self.wait == Wait::Explicit => {
                            complain(&format!("cannot write the answer: {error}"));
                            let _ = kill(self.worker, Signal::SIGTERM);
                            if !self.says_end(unread) {
                                self.end();
                            }
                            return ExitCode::from(NOT_ANSWERED);
                        }
                        Err(_) => {}
                    }
                }
                News::Message(Kind::Complaint, words) => reply::complain(&words),
                News::Message(Kind::End, value) => {
                    code = value.first().copied();
                    if self.wait == Wait::Tab {
                        return ExitCode::from(ANSWERED);
                    }
                }
                News::Message(..) => {}
                // What comes behind the answer is bounded, and goes on.
                News::Ended | News::TimedOut if code.is_some() => {
                    return ExitCode::from(code.unwrap_or(ANSWERED));
                }
                News::Ended => return self.failed(was_printed, Reason::WorkerEnded),
                News::TimedOut => return self.failed(was_printed, Reason::TimedOut),
                News::Interrupted => return self.interrupted(was_printed, unread),
            }
        }
    }

    /// `unread` is what the worker has said of a message so far.
    fn interrupted(&self, was_printed: bool, unread: Vec<u8>) -> ExitCode {
        self.print_nothing(was_printed);
        let has_said_so = kill(self.worker, Signal::SIGTERM).is_ok() && self.says_end(unread);
        if !has_said_so {
            self.end();
        }
        if self.wait == Wait::Explicit {
            return ExitCode::from(
                interrupts::EXIT_CODE.load(std::sync::atomic::Ordering::Relaxed),
            );
        }
        if !has_said_so {
            self.note(Reason::Interrupted);
        }
        ExitCode::from(ANSWERED)
    }

    /// There is no answer, or no end.
    fn failed(&self, was_printed: bool, reason: Reason) -> ExitCode {
        self.print_nothing(was_printed);
        self.end();
        if self.wait == Wait::Explicit {
            complain(&match reason {
                Reason::TimedOut => format!(
                    "no answer{} within {} s, perhaps because of a file system that does not \
                     answer; PIVOT_COMPLETE_TIMEOUT allows it more",
                    place().unwrap_or_default(),
                    timeout().as_secs_f64()
                ),
                _ => "the process that should have answered has ended".into(),
            });
            return ExitCode::from(NOT_ANSWERED);
        }
        self.note(reason);
        ExitCode::from(ANSWERED)
    }

    /// click's empty answer, where the line being typed waits for one.
    fn print_nothing(&self, was_printed: bool) {
        if self.wait == Wait::Tab && !was_printed {
            let _ = print(NOTHING, None);
        }
    }

    /// Ends the worker and all that it started, and has its locks taken away.
    fn end(&self) {
        let _ = kill(self.worker, Signal::SIGKILL);
        orphans::end_all(PATIENCE);
        if !self.held.is_empty() {
            apart(|| self.held.iter().for_each(|name| (self.sweep)(name)));
        }
    }

    /// Notes in the trace what the worker could not.
    fn note(&self, reason: Reason) {
        if !Trace::is_wanted() {
            return;
        }
        let command = if self.wait == Wait::Tab { "complete" } else { "prewarm" };
        let outcome = if self.wait == Wait::Tab { "empty" } else { "nothing" };
        apart(|| Trace::start_at(command, started()).note(outcome, reason));
    }
}

/// Does in a process of its own what the worker left to do: the file may lie where that hangs. Its end is
/// waited for a little.
fn apart(work: impl FnOnce()) {
    // SAFETY: as in `split`.
    match unsafe { fork() } {
        Ok(ForkResult::Child) => {
            // It outlives this process where the file does not answer.
            let _ = nix::unistd::setsid();
            // SAFETY: the default action installs no handler.
            let _ = unsafe { signal(Signal::SIGALRM, SigHandler::SigDfl) };
            alarm::set(APART_S);
            hold_nothing();
            work();
            std::process::exit(ANSWERED.into());
        }
        Ok(ForkResult::Parent { child }) => {
            let deadline = Instant::now() + PATIENCE;
            while waitpid(child, Some(WaitPidFlag::WNOHANG)) == Ok(WaitStatus::StillAlive)
                && Instant::now() < deadline
            {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        Err(_) => {}
    }
}

/// Where this process is, in words for a complaint: read of the kernel's own records, since whoever asks the
/// file system may wait for it.
fn place() -> Option<String> {
    let directory = std::fs::read_link("/proc/self/cwd").ok()?;
    Some(format!(" in {}", directory.display()))
}
