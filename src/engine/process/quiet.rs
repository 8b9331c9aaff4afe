//! What a TAB must never do: write to the terminal, end by a signal, stop the line being typed.

use std::fs::OpenOptions;
use std::panic;
use std::sync::atomic::Ordering;

use nix::sys::signal::{SigHandler, Signal, signal};
use nix::unistd::dup2_stderr;

use crate::process::interrupts;

/// Makes a file that may grow no more (`ulimit -f`) an error instead of the end, as Python does.
pub fn survive_limits() {
    // SAFETY: ignoring a signal installs no handler.
    let _ = unsafe { signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
}

/// Silences this process for good.
pub fn be_quiet() {
    interrupts::EXIT_CODE.store(0, Ordering::Relaxed);
    if let Ok(null) = OpenOptions::new().write(true).open("/dev/null") {
        let _ = dup2_stderr(&null);
    }
    // Ends without the abort that would follow.
    panic::set_hook(Box::new(|_| std::process::exit(0)));
    // A stopped completion would hold the shell's line for ever.
    for stop in [Signal::SIGTSTP, Signal::SIGTTIN, Signal::SIGTTOU] {
        // SAFETY: ignoring a signal installs no handler.
        let _ = unsafe { signal(stop, SigHandler::SigIgn) };
    }
}
