//! The engine: everything that is allowed to take its time.
//!
//! It knows the whole command line and is complete by itself; the front executes it for what it
//! cannot answer, with the same arguments. It must not know how the front maps files or prints.

mod behind;
mod caching;
mod capture;
mod child;
mod clear;
mod command_line;
mod complete;
mod compute;
mod content;
mod described;
mod discovery;
mod disk;
mod doctor;
mod driver;
mod durable;
mod failure;
mod flight;
mod frame;
mod inputs;
mod installed;
mod keep;
mod known;
mod lock_file;
mod manifest;
mod manifests;
mod names;
#[cfg_attr(target_os = "linux", path = "orphans_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "orphans_other.rs")]
mod orphans;
mod pivot;
mod plain;
mod prewarm;
mod publish;
mod recheck;
mod recorded;
mod refresh;
mod remotes;
mod renew;
mod retry;
mod rich;
mod scene;
mod scripts;
mod seen;
mod settings;
mod shebang;
mod stages;
mod state_db;
mod status;
#[path = "../std_output.rs"]
mod std_output;
mod store_file;
mod tab;
mod targets;
mod trace;
mod trust;
mod trusted;
mod variables;
mod yaml;

use std::io::Write;
use std::process::ExitCode;

use command_line::{Command, CommandLine};
use failure::Failure;
use pivot_complete::verdict::Reason;
use plain::plain;
use trace::Trace;

/// Answered, an empty answer too.
const ANSWERED: u8 = 0;
/// Could not answer; the reason is on stderr.
const NOT_ANSWERED: u8 = 1;
/// The command line is wrong.
const USAGE: u8 = 2;
/// `--cached`, and not cached.
const NOT_CACHED: u8 = 3;

fn main() -> ExitCode {
    tab::survive_limits();
    if let Some(ended) = state_db::serve_if_asked() {
        return ended;
    }
    let line = match CommandLine::read() {
        Ok(line) => line,
        Err(error) => {
            complain(&format!("{error}\nTry 'pivot-complete --help'."));
            return ExitCode::from(USAGE);
        }
    };
    if let Command::Complete(shell, form) = line.command {
        tab::be_quiet();
        let entered = line.enter().is_ok();
        let trace = Trace::start("complete");
        let answer = match std::env::var_os("COMP_WORDS") {
            Some(_) if !entered => complete::NOTHING.to_vec(),
            Some(_) => complete::complete(shell, form, &trace),
            None => Vec::new(),
        };
        let _ = print(&answer);
        return ExitCode::from(ANSWERED);
    }
    let result = line.enter().and_then(|()| run(line.command));
    match result {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            complain(&failure.message);
            ExitCode::from(NOT_ANSWERED)
        }
    }
}

fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Stages(request) => stages::run(&request),
        Command::Targets(request) => targets::run(&request),
        Command::Manifest(request) => manifest::run(&request),
        Command::Status(format) => status::run(format),
        Command::Init { script, prewarm } => print(&script.text(prewarm)),
        Command::Prewarm => Ok(prewarm::run()),
        Command::Refresh { behind } => refresh::run(behind.as_deref()),
        Command::Renew(name) => renew::run(&name),
        Command::Describe { json, behind } => capture::run(json, behind.as_deref()),
        Command::Doctor => doctor::run(),
        Command::Clear { all } => clear::run(all),
        Command::Trust { directory, remove } => trusted::run(directory, remove),
        Command::Help => print(command_line::HELP.as_bytes()),
        Command::Version => {
            print(format!("pivot-complete {}\n", env!("CARGO_PKG_VERSION")).as_bytes())
        }
        // Answered before anything that may speak; and nothing to answer.
        Command::Complete(..) | Command::Nothing => Ok(ANSWERED),
    }
}

/// Prints an answer.
fn print(bytes: &[u8]) -> Result<u8, Failure> {
    std_output::write_all(bytes).map_err(|error| {
        let message = format!("cannot write the answer: {error}");
        Failure::new(Reason::OutputFails, message)
    })?;
    Ok(ANSWERED)
}

/// Prints words for the user, some of which may be anybody's: paths, messages.
fn say(words: &str) -> Result<u8, Failure> {
    print(plain(words).as_bytes())
}

/// Tells the user why there is no answer.
fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "pivot-complete: {}", plain(message));
}
