//! The engine: everything that is allowed to take its time.
//!
//! It knows the whole command line and is complete by itself; the front executes it for what it
//! cannot answer, with the same arguments. It must not know how the front maps files or prints.

mod cache;
mod cli;
mod commands;
mod context;
#[cfg(test)]
#[path = "../../tests/fuzz/looks/corpus.rs"]
mod corpus;
mod discovery;
mod environment;
mod files;
mod manifests;
mod process;
mod python;
mod report;
mod spec;
#[path = "../hosted/output.rs"]
mod std_output;
mod supervisor;
mod told;
mod trace;
#[cfg(target_os = "linux")]
mod watch;
mod yaml;

use std::process::ExitCode;
use std::sync::atomic::Ordering;

use pivot_complete::line::{Form, Reader, Shell};
use pivot_complete::reason::Reason;

use cli::{Command, CommandLine, Watch};
use commands::complete;
use environment::settings;
use manifests::state_db;
use process::{afterwards, interrupts, quiet};
use report::{ANSWERED, NOT_ANSWERED, NOTHING, USAGE, complain, print};
use supervisor::{Role, Sign, Wait};
use trace::Trace;

fn main() -> ExitCode {
    settings::started();
    settings::caller();
    quiet::survive_limits();
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
        Command::Init { .. } | Command::Help(_) | Command::Version => None,
        Command::Complete(..) => Some(Wait::Tab),
        Command::Prewarm { .. } | Command::Watch(Watch::Behind(_)) => Some(Wait::Prompt),
        // As long as there is somebody to watch for.
        Command::Watch(_) => None,
        _ => Some(Wait::Explicit),
    };
    if let Some(Wait::Tab | Wait::Prompt) = wait {
        quiet::be_quiet();
    }
    let shows = matches!(line.command, Command::Complete(_, Form::Rich(Reader::ZshWaiting)));
    if let Some(wait) = wait
        && let sign = Sign::of(wait, shows)
        && let Role::Waits(supervisor) = supervisor::split(wait, sign, cache::lock::sweep)
    {
        return supervisor.run();
    }
    let is_watch = matches!(line.command, Command::Watch(Watch::Here));
    if line.command.is_users() && (wait == Some(Wait::Explicit) || is_watch) {
        settings::misunderstood().iter().for_each(|setting| complain(setting));
    }
    let code = match line.command {
        Command::Complete(shell, form) => tab(&line, shell, form),
        _ => line.enter().and_then(|()| commands::run(line.command)).unwrap_or_else(|failure| {
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
        Err(failure) => (NOTHING.to_vec(), ("empty", failure.reason)),
    };
    let _ = print(&answer);
    trace.note(outcome, reason);
    ANSWERED
}
