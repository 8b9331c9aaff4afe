//! What goes on behind a TAB: this program once more, when the answer was given.

use std::ffi::OsStr;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::unistd::setsid;

use crate::context::trust::Permit;
use crate::environment::program;

/// Starts a command of this program that outlives this process; of all that are alike at most one asks
/// Pivot, and asks by itself whether it may.
pub fn start(arguments: &[&str], typed: &OsStr) {
    let Some(engine) = program() else { return };
    let mut command = Command::new(engine);
    command.args(arguments).arg(typed);
    Permit::for_ourselves().apply(&mut command);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        // The shell's Ctrl-C is not for it.
        command.pre_exec(|| setsid().map(drop).map_err(Into::into));
    }
    let _ = command.spawn();
}
