//! `stages.cache`, shared with real Pivot, and whose stages it is about (ARCHITECTURE.md, "What
//! `stages.cache` decides").

mod copies;
mod installations;
mod projects;
mod reader;
mod roots;
mod shared;
mod table;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::support::oracle::listed;
use crate::support::{Pivot, Ran, Sandbox, pipeline_010, pipeline_0511, ran};

const CACHE: &str = "project/.pivot/cache/stages.cache";

/// What the front says to a hit, and nobody else says anything.
const HIT: [&str; 1] = ["front answered fresh"];

/// A stage that needs no module of the project's own.
const STEP: &str = "python: pivot.project.get_project_root";

/// A pipeline of this Pivot with these stages, and the names that it gives them.
fn pipeline_of(pivot: Pivot, stages: &[&str]) -> (String, Vec<String>) {
    match pivot {
        Pivot::V0511 => {
            let names = stages.iter().map(|stage| format!("demo/{stage}")).collect();
            (pipeline_0511("demo", stages), names)
        }
        Pivot::V010 => {
            (pipeline_010(stages), stages.iter().map(|&stage| stage.to_owned()).collect())
        }
    }
}

/// Real Pivot's own completion after `pivot repro ` in the directory `relative`.
fn pivots_completion(sandbox: &Sandbox, relative: &str) -> Ran {
    let mut command = sandbox.command("pivot", relative);
    command.env("_PIVOT_COMPLETE", "bash_complete");
    command.env("COMP_WORDS", "pivot repro ").env("COMP_CWORD", "2");
    ran(command)
}

/// The names that `pivot list --json` prints in the directory `relative`.
#[track_caller]
fn pivots_list(sandbox: &Sandbox, relative: &str) -> Vec<String> {
    let mut command = sandbox.command("pivot", relative);
    command.args(["list", "--json"]);
    let said = ran(command);
    assert_eq!(said.code, 0, "{said:?}");
    listed(&said.stdout)
}

/// Runs `stages` in the directory `relative`.
fn stages_in(sandbox: &Sandbox, relative: &str) -> Ran {
    ran(sandbox.front_in(relative, &["stages"]))
}

/// The decisions that `work` added to the trace, but for those of renewals: they run behind a hit
/// and come at any time.
fn traced<T>(sandbox: &Sandbox, work: impl FnOnce() -> T) -> (T, Vec<String>) {
    let before = sandbox.trace().len();
    let result = work();
    let mut added = sandbox.trace().split_off(before);
    added.retain(|decision| !decision.starts_with("engine renewed"));
    (result, added)
}

/// Replaces ROOT's cache.
fn write_cache(sandbox: &Sandbox, bytes: impl AsRef<[u8]>) {
    sandbox.write(CACHE, bytes);
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Whether the running test may write wherever it likes, whatever the permissions say.
fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The same command without root's privilege to pass over permissions.
fn without_privileges(command: &Command) -> Command {
    let mut words = Vec::new();
    if is_root() {
        let drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"];
        words.extend(drop.map(std::ffi::OsString::from));
    }
    words.push(command.get_program().to_owned());
    words.extend(command.get_args().map(ToOwned::to_owned));
    let mut unprivileged = Command::new(&words[0]);
    unprivileged.args(&words[1..]).env_clear();
    for (name, value) in command.get_envs() {
        unprivileged.env(name, value.expect("set, not removed"));
    }
    if let Some(directory) = command.get_current_dir() {
        unprivileged.current_dir(directory);
    }
    unprivileged
}
