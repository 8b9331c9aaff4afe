//! Stops a program of many threads at its n-th change of the file system, whichever thread makes
//! it: strace counts the calls of each thread by themselves.

use std::fs::File;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::errno::Errno;
use nix::libc;
use nix::sys::ptrace::{self, Options};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

/// What befalls a call.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    /// The program is killed instead.
    Kill,
    /// The first half is written, then the program is killed; other calls are made whole.
    Tear,
    /// It fails.
    Fail(Errno),
}

/// How a traced program ended.
#[derive(Debug)]
pub struct Ended {
    /// Whether it was not killed.
    pub by_itself: bool,
    /// The changes it began: whether each writes bytes.
    pub changes: Vec<bool>,
}

/// Runs `command` from `input` to `output`, with a fault at the change of this number, from 1 on.
#[track_caller]
pub fn run(mut command: Command, files: (File, File), fault: Option<(usize, Fault)>) -> Ended {
    command.stdin(files.0).stdout(files.1);
    // SAFETY: between fork and exec one system call is made, nothing is allocated.
    unsafe {
        command.pre_exec(|| Ok(ptrace::traceme()?));
    }
    let program = Pid::from_raw(command.spawn().unwrap().id() as i32);
    waitpid(program, None).unwrap();
    let options =
        Options::PTRACE_O_TRACESYSGOOD | Options::PTRACE_O_TRACECLONE | Options::PTRACE_O_EXITKILL;
    ptrace::setoptions(program, options).unwrap();
    ptrace::syscall(program, None).unwrap();
    let _watch = Watch::over(program);
    let mut tracer = Tracer { program, fault, changes: vec![], struck: None };
    loop {
        // Only what this thread started: other tests run in others.
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        match waitpid(None, Some(flags)).unwrap() {
            WaitStatus::PtraceSyscall(thread) => tracer.at_call(thread),
            WaitStatus::PtraceEvent(thread, ..) => go_on(thread, None),
            WaitStatus::Stopped(thread, Signal::SIGSTOP) => go_on(thread, None),
            WaitStatus::Stopped(thread, signal) => go_on(thread, Some(signal)),
            WaitStatus::Exited(pid, _) if pid == program => {
                return Ended { by_itself: true, changes: tracer.changes };
            }
            WaitStatus::Signaled(pid, ..) if pid == program => {
                return Ended { by_itself: false, changes: tracer.changes };
            }
            _ => {}
        }
    }
}

/// Kills a program that has not ended after a while, as whoever waits for it does: where a call
/// fails, sled now and then waits for ever.
struct Watch(Option<(Sender<()>, JoinHandle<()>)>);

impl Watch {
    const DEADLINE: Duration = Duration::from_secs(8);

    fn over(program: Pid) -> Self {
        let (ended, is_over) = channel();
        let watch = move || {
            if is_over.recv_timeout(Self::DEADLINE) == Err(RecvTimeoutError::Timeout) {
                let _ = kill(program, Signal::SIGKILL);
            }
        };
        Self(Some((ended, std::thread::spawn(watch))))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let Some((ended, watch)) = self.0.take() else { return };
        drop(ended);
        let _ = watch.join();
    }
}

/// A thread that was killed meanwhile need not go on.
fn go_on(thread: Pid, signal: Option<Signal>) {
    let _ = ptrace::syscall(thread, signal);
}

struct Tracer {
    program: Pid,
    fault: Option<(usize, Fault)>,
    changes: Vec<bool>,
    /// The thread whose call has the fault, until that call returns.
    struck: Option<Pid>,
}

impl Tracer {
    fn at_call(&mut self, thread: Pid) {
        // SAFETY: zeroed, it is a valid structure of integers.
        let Ok(info) = ptrace::syscall_info(thread) else { return };
        match info.op {
            libc::PTRACE_SYSCALL_INFO_ENTRY => {
                // SAFETY: the variant that `op` names.
                let entry = unsafe { info.u.entry };
                let call = entry.nr as i64;
                if is_change(call, &entry.args) {
                    self.changes.push(is_write(call));
                    if self.fault.is_some_and(|(number, _)| number == self.changes.len()) {
                        self.strike(thread, call);
                    }
                }
            }
            _ if self.struck == Some(thread) => self.finish(thread),
            _ => {}
        }
        go_on(thread, None);
    }

    fn strike(&mut self, thread: Pid, call: i64) {
        let Some((_, fault)) = self.fault else { return };
        self.struck = Some(thread);
        let mut registers = ptrace::getregs(thread).unwrap();
        match fault {
            Fault::Kill => kill(self.program, Signal::SIGKILL).unwrap(),
            Fault::Tear if is_write(call) => {
                registers.rdx /= 2;
                ptrace::setregs(thread, registers).unwrap();
            }
            Fault::Tear => {}
            Fault::Fail(_) => {
                // No such call.
                registers.orig_rax = u64::MAX;
                ptrace::setregs(thread, registers).unwrap();
            }
        }
    }

    fn finish(&mut self, thread: Pid) {
        self.struck = None;
        match self.fault {
            Some((_, Fault::Tear)) => kill(self.program, Signal::SIGKILL).unwrap(),
            Some((_, Fault::Fail(error))) => {
                let mut registers = ptrace::getregs(thread).unwrap();
                registers.rax = (-(error as i64)) as u64;
                ptrace::setregs(thread, registers).unwrap();
            }
            _ => {}
        }
    }
}

/// Whether a call writes as many bytes as its third argument says.
fn is_write(call: i64) -> bool {
    [libc::SYS_write, libc::SYS_pwrite64].contains(&call)
}

/// Whether a call changes what is on the disk, or what another process sees there.
fn is_change(call: i64, arguments: &[u64; 6]) -> bool {
    const CHANGES: [i64; 18] = [
        libc::SYS_write,
        libc::SYS_pwrite64,
        libc::SYS_writev,
        libc::SYS_pwritev,
        libc::SYS_ftruncate,
        libc::SYS_fallocate,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_sync_file_range,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_renameat2,
        libc::SYS_unlink,
        libc::SYS_unlinkat,
        libc::SYS_rmdir,
        libc::SYS_mkdir,
        libc::SYS_mkdirat,
        libc::SYS_flock,
    ];
    let creates = |flags: u64| flags & libc::O_CREAT as u64 != 0;
    CHANGES.contains(&call)
        || call == libc::SYS_openat && creates(arguments[2])
        || call == libc::SYS_open && creates(arguments[1])
}
