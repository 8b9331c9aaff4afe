//! Ctrl-C and its kin as something to poll, for as long as somebody listens.

use std::io::{PipeReader, PipeWriter, Result};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU8, Ordering};

use nix::errno::Errno;
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

/// The exit code of a command that was interrupted; of a TAB, 0.
pub static EXIT_CODE: AtomicU8 = AtomicU8::new(130);

/// Listens until it is dropped. Before and after, an interrupt ends this process at once.
pub struct Listening(&'static (PipeReader, PipeWriter));

static PIPE: OnceLock<(PipeReader, PipeWriter)> = OnceLock::new();
/// What the handler writes to.
static WRITER: AtomicI32 = AtomicI32::new(-1);
static SOMEBODY_LISTENS: AtomicBool = AtomicBool::new(false);

/// Begins to listen.
pub fn listen() -> Result<Listening> {
    let pipe = match PIPE.get() {
        Some(pipe) => pipe,
        None => {
            let new = std::io::pipe()?;
            let pipe = PIPE.get_or_init(|| new);
            WRITER.store(pipe.1.as_raw_fd(), Ordering::SeqCst);
            handle()?;
            pipe
        }
    };
    SOMEBODY_LISTENS.store(true, Ordering::SeqCst);
    Ok(Listening(pipe))
}

/// Has the handler called for each of these signals, but for what the user ignores (nohup).
fn handle() -> Result<()> {
    let handler = SigHandler::Handler(handler);
    let action = SigAction::new(handler, SaFlags::SA_RESTART, SigSet::empty());
    for signal in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP, Signal::SIGQUIT] {
        if !is_ignored(signal) {
            // SAFETY: the handler makes system calls and reads atomics alone.
            unsafe { sigaction(signal, &action) }?;
        }
    }
    Ok(())
}

extern "C" fn handler(_: libc::c_int) {
    let before = Errno::last_raw();
    // SAFETY: both calls are async-signal-safe; the byte outlives its call, and a descriptor that
    // is none is refused.
    unsafe {
        if !SOMEBODY_LISTENS.load(Ordering::SeqCst) {
            libc::_exit(EXIT_CODE.load(Ordering::SeqCst).into());
        }
        // One byte each: nobody sends so many that the pipe is full.
        libc::write(WRITER.load(Ordering::SeqCst), [0u8].as_ptr().cast(), 1);
    }
    Errno::set_raw(before);
}

impl Listening {
    /// Whether one has come. It stays so: whoever listens next is interrupted, too.
    pub fn has_come(&self) -> bool {
        let mut news = [PollFd::new(self.as_fd(), PollFlags::POLLIN)];
        poll(&mut news, PollTimeout::ZERO).is_ok_and(|count| count > 0)
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        SOMEBODY_LISTENS.store(false, Ordering::SeqCst);
    }
}

impl AsFd for Listening {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.0.as_fd()
    }
}

/// Whether this process ignores `signal`.
pub fn is_ignored(signal: Signal) -> bool {
    let mut now = std::mem::MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: asks for the disposition alone, into a whole `struct sigaction`; zeroed, it is a
    // valid one also where the call fails.
    let action = unsafe {
        libc::sigaction(signal as i32, std::ptr::null(), now.as_mut_ptr());
        now.assume_init()
    };
    action.sa_sigaction == libc::SIG_IGN
}
