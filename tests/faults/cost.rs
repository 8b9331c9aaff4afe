//! What a command costs, in numbers that are the same on an idle and on a busy machine.

use std::fs;
use std::process::Command;

use crate::support::{Ran, Sandbox, ran};

/// What a command and all that it starts cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// System calls that look at a file or list a directory: whatever else is done to one follows.
    pub looks: u64,
    /// Instructions outside of the kernel: whatever is compared or digested byte by byte.
    pub instructions: u64,
}

/// Runs `command` twice, and counts; gives what the first run did.
#[track_caller]
pub fn counted(sandbox: &Sandbox, command: &Command) -> (Ran, Cost) {
    let log = sandbox.path("strace.count");
    // The other calls are not even stopped at.
    let only = ["--seccomp-bpf", "-f", "-e", "trace=%file,getdents64"];
    let count = ["-qq", "-c", "-o", log.to_str().unwrap()];
    let ran_first = ran(under(sandbox, command, &[&["strace"][..], &only, &count].concat()));
    let table = fs::read_to_string(&log).expect("strace's table; is strace installed?");
    let looks = total(&table).unwrap_or_else(|| panic!("{table}"));
    let counter = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"];
    // Not on stderr, which leads to nowhere at a TAB.
    let logs = sandbox.make_directory("counts");
    let log = format!("--log-file={}/%p", logs.display());
    let ran = ran(under(
        sandbox,
        command,
        &[&["valgrind", "--trace-children=yes", &log][..], &counter].concat(),
    ));
    // A line for each process, or for each program that it became.
    let mut counts: Vec<u64> = Vec::new();
    for log in fs::read_dir(&logs).expect("valgrind's logs").flatten() {
        let text = fs::read_to_string(log.path()).expect("a log");
        let found = text.lines().filter_map(|line| line.split_once("I   refs:"));
        counts.extend(found.map(|(_, count)| number(count)));
    }
    fs::remove_dir_all(&logs).expect("they go");
    assert!(!counts.is_empty(), "valgrind, if it is installed: {ran:?}");
    (ran_first, Cost { looks, instructions: counts.iter().sum() })
}

/// `command` as the last arguments of another.
pub fn under(sandbox: &Sandbox, command: &Command, wrapper: &[&str]) -> Command {
    let mut wrapped = sandbox.command(wrapper[0], ".");
    wrapped.args(&wrapper[1..]).arg(command.get_program()).args(command.get_args());
    wrapped.current_dir(command.get_current_dir().expect("a directory"));
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    wrapped
}

/// The sum in a table of `strace -c`: its columns are share, seconds, µs a call, and calls.
fn total(table: &str) -> Option<u64> {
    let line = table.lines().rfind(|line| line.ends_with(" total"))?;
    line.split_whitespace().nth(3)?.parse().ok()
}

fn number(text: &str) -> u64 {
    text.trim().replace(',', "").parse().unwrap_or_else(|error| panic!("{text:?}: {error}"))
}
