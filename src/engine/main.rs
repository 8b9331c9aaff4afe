//! The engine: everything that is allowed to take its time.
//!
//! It knows the whole command line and is complete by itself; the front executes it for what it
//! cannot answer, with the same arguments. It must not know how the front maps files or prints.

mod afterwards;
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
mod interrupts;
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
mod reply;
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
#[path = "../hosted/output.rs"]
mod std_output;
mod store_file;
mod supervisor;
mod tab;
mod targets;
mod trace;
mod trust;
mod trusted;
mod variables;
mod yaml;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use command_line::{Command, CommandLine};
use failure::Failure;
use pivot_complete::line::{Form, Shell};
use pivot_complete::reason::Reason;
use plain::plain;
use supervisor::{Role, Wait};
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
    settings::started();
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
    let has_line = std::env::var_os("COMP_WORDS").is_some();
    let wait = match line.command {
        // Nothing to answer.
        Command::Nothing => return ExitCode::from(ANSWERED),
        Command::Complete(..) if !has_line => return ExitCode::from(ANSWERED),
        // No file system is asked.
        Command::Init { .. } | Command::Help | Command::Version => None,
        Command::Complete(..) => Some(Wait::Tab),
        Command::Prewarm => Some(Wait::Prompt),
        _ => Some(Wait::Explicit),
    };
    if let Some(Wait::Tab | Wait::Prompt) = wait {
        tab::be_quiet();
    }
    if let Some(wait) = wait
        && let Role::Waits(supervisor) = supervisor::split(wait)
    {
        return supervisor.run();
    }
    let code = match line.command {
        Command::Complete(shell, form) => tab(&line, shell, form),
        _ => line.enter().and_then(|()| run(line.command)).unwrap_or_else(|failure| {
            complain(&failure.message);
            match failure.reason {
                Reason::Interrupted => interrupts::EXIT_CODE.load(Ordering::Relaxed),
                _ => NOT_ANSWERED,
            }
        }),
    };
    if wait.is_some() {
        supervisor::answered(code);
        afterwards::run();
    }
    ExitCode::from(code)
}

/// Answers a TAB: prints first, then says in the trace how that was found.
fn tab(line: &CommandLine, shell: Shell, form: Form) -> u8 {
    let trace = Trace::start("complete");
    let (answer, (outcome, reason)) = match line.enter() {
        Ok(()) => complete::complete(shell, form),
        Err(failure) => (complete::NOTHING.to_vec(), ("empty", failure.reason)),
    };
    let _ = print(&answer);
    trace.note(outcome, reason);
    ANSWERED
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
    reply::print(bytes).map_err(|error| {
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
    reply::complain(format!("pivot-complete: {}\n", plain(message)).as_bytes());
}
