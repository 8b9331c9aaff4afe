//! Programs of a test's own that print a script, and what takes their places then.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Shell, ShellSandbox, plain};
use crate::support::pty::no_fork_meanwhile;

/// Directories of the program that a script could misread; the last is no UTF-8.
pub const DIRECTORIES: [&[u8]; 8] = [
    b"plain",
    b"two words",
    b"it's '' here",
    b"$(touch PWNED)`touch PWNED`$HOME",
    br#"back\slash\\ "quoted" \'"#,
    "größe→大".as_bytes(),
    b"new\nline;touch PWNED",
    b"latin-1 \xe9",
];

/// The built programs in the directory `name` of the sandbox; returns the front's path.
pub fn install_programs(sandbox: &ShellSandbox, name: &[u8]) -> PathBuf {
    let built = crate::support::binaries();
    let directory = sandbox.path("").join(OsStr::from_bytes(name));
    fs::create_dir_all(&directory).expect("a directory");
    let _guard = no_fork_meanwhile();
    for program in ["pivot-complete", "pivot-complete-engine"] {
        let (from, to) = (built.join(program), directory.join(program));
        fs::hard_link(&from, &to).or_else(|_| fs::copy(&from, &to).map(drop)).expect("a copy");
    }
    directory.join("pivot-complete")
}

/// Has the program `front` print its script to `home/init` by `init SHELL` and `options`, with
/// this PATH, and puts a stand-in in its place.
pub fn init(sandbox: &ShellSandbox, shell: Shell, options: &[&str], front: &Path, path: &Path) {
    let mut command = Command::new(front);
    command.args(["init", shell.name()]).args(options).env("PATH", path);
    let guard = no_fork_meanwhile();
    let run = command.output();
    drop(guard);
    let run = run.expect("it runs");
    assert!(run.status.success(), "{run:?}");
    fs::write(sandbox.path("home/init"), &run.stdout).expect("the script");
    put_stand_in(sandbox, shell, front);
}

/// Puts a `pivot-complete` that notes the call and offers `train` to this path.
pub fn put_stand_in(sandbox: &ShellSandbox, shell: Shell, path: &Path) {
    sandbox.answer(shell, &[plain("train")]);
    fs::rename(sandbox.path("bin/pivot-complete"), path).expect("the stand-in moves");
}
