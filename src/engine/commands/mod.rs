//! One file a command; none of them calls another.

mod cached;
mod clear;
pub mod complete;
mod describe;
mod doctor;
mod manifest;
mod prewarm;
mod refresh;
mod renew;
mod stages;
mod status;
mod targets;
mod trust;
#[cfg_attr(not(target_os = "linux"), path = "no_watch.rs")]
mod watch;

use crate::cli::{self, Command};
use crate::report::{ANSWERED, Failure, print};

/// Does what an explicit command says; gives the exit code.
pub fn run(command: Command) -> Result<u8, Failure> {
    match command {
        Command::Stages(request) => stages::run(&request),
        Command::Targets(request) => targets::run(&request),
        Command::Manifest(request) => manifest::run(&request),
        Command::Status(format) => status::run(format),
        Command::Init { script, own: true, .. } => print(script.own.unwrap_or_default().as_bytes()),
        Command::Init { script, hook, own: false } => {
            let printed = print(&script.text(hook));
            hook.inspect(|_| describe::behind_the_first_prompt());
            printed
        }
        Command::Prewarm { tells_places } => prewarm::run(tells_places),
        Command::Watch(how) => watch::run(&how),
        Command::Refresh { behind } => refresh::run(behind.as_deref()),
        Command::Renew(name) => renew::run(&name),
        Command::Describe { json, behind } => describe::run(json, behind.as_deref()),
        Command::Doctor(format) => doctor::run(format),
        Command::Clear { all } => clear::run(all),
        Command::Trust { directory, remove } => trust::run(directory, remove),
        Command::Help(None) => print(cli::HELP.as_bytes()),
        Command::Help(Some(name)) => print(cli::about(name).as_bytes()),
        Command::Version => {
            print(format!("pivot-complete {}\n", env!("CARGO_PKG_VERSION")).as_bytes())
        }
        // Answered before anything that may speak; and nothing to answer.
        Command::Complete(..) | Command::Nothing => Ok(ANSWERED),
    }
}
