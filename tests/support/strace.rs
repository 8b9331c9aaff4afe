//! Runs a command under strace, which makes chosen system calls fail, wait or kill.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::{Ran, Sandbox, ran};

/// One system call in a log.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Which call of this name it is, from 1 on: strace's `when`.
    pub occurrence: usize,
    /// The whole line, with paths for descriptors.
    pub line: String,
}

impl Call {
    /// strace's option that lets `fault` befall exactly this call.
    pub fn inject(&self, fault: &str) -> String {
        format!("inject={}:{fault}:when={}", self.name, self.occurrence)
    }
}

/// Runs `command` under strace with `expressions` (its `-e`), and gives the calls that the front
/// and then the engine made in the same process; children are not followed. The engine cannot fork
/// at first, so that it works in that process itself.
#[track_caller]
pub fn traced(sandbox: &Sandbox, command: &Command, expressions: &[&str]) -> (Ran, Vec<Call>) {
    let log = sandbox.path("strace.log");
    let _ = fs::remove_file(&log);
    let ran = ran(wrapped(sandbox, command, expressions));
    let text = String::from_utf8_lossy(&fs::read(log).expect("strace's log; is strace installed?"))
        .into_owned();
    (ran, calls(&text))
}

/// The command that [`traced`] runs.
pub fn wrapped(sandbox: &Sandbox, command: &Command, expressions: &[&str]) -> Command {
    let expressions = expressions.iter().flat_map(|expression| ["-e", expression]);
    with_options(sandbox, command, expressions.map(AsRef::as_ref))
}

/// The command under strace with the one expression, for system calls that have to do with this
/// path alone, whichever of all they are.
pub fn wrapped_at(sandbox: &Sandbox, command: &Command, path: &Path, expression: &str) -> Command {
    let options: [&OsStr; 4] = ["-P".as_ref(), path.as_ref(), "-e".as_ref(), expression.as_ref()];
    with_options(sandbox, command, options)
}

fn with_options<'a>(
    sandbox: &Sandbox,
    command: &Command,
    options: impl IntoIterator<Item = &'a OsStr>,
) -> Command {
    let mut strace = sandbox.command("strace", ".");
    strace.current_dir(command.get_current_dir().expect("a directory"));
    strace.args(["-o".as_ref(), sandbox.path("strace.log").as_os_str()]).args(["-y", "-s", "200"]);
    strace.args(["-e", "inject=clone:error=EAGAIN:when=1"]).args(options);
    strace.arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    strace
}

/// Whether a fault befell one of `calls`.
pub fn was_injected(calls: &[Call]) -> bool {
    let befell = |line: &str| line.contains("(INJECTED)") || line.contains("(DELAYED)");
    calls.iter().any(|call| call.name != "clone" && befell(&call.line))
}

fn calls(log: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut occurrences: HashMap<&str, usize> = HashMap::new();
    for line in log.lines() {
        let Some((name, _)) = line.split_once('(') else { continue };
        if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            continue;
        }
        let occurrence = occurrences.entry(name).or_default();
        *occurrence += 1;
        calls.push(Call { name: name.into(), occurrence: *occurrence, line: line.into() });
    }
    calls
}
