//! What zsh alone has; what is the same in each shell is in `everywhere/`.

mod faults;
mod lines;
mod listing;
mod prewarm;
mod registration;
mod waiting;
mod whole_session;

use std::os::unix::fs::PermissionsExt;

use super::*;

const CTRL_Z: &str = "\x1a";

/// Notes what is missing: a handler might install it.
const NOTING_HANDLER: &str = "command_not_found_handler() { print -r - $1 >> ~/missing }";

/// A value with its help.
const fn helped(value: &'static str, help: &'static str) -> Item {
    Item { kind: "plain", value, help }
}

/// A zsh that has `settings` and then the script.
fn start_with<'a>(sandbox: &'a Sandbox, settings: &str) -> Session<'a> {
    Session::start_with(Shell::Zsh, sandbox, &Shell::Zsh.rc(settings))
}

/// A zsh that has `settings` and a `pivot-complete` that gives `items` for an answer.
fn start_answering<'a>(sandbox: &'a Sandbox, settings: &str, items: &[Item]) -> Session<'a> {
    sandbox.answer(Shell::Zsh, items);
    start_with(sandbox, settings)
}

/// Installs the shell script `body` as the program `name` of the sandbox.
fn install(sandbox: &Sandbox, name: &str, body: &str) {
    let _guard = no_fork_meanwhile();
    sandbox.write(name, format!("#!/bin/sh\n{body}"));
    fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o755)).expect("chmod");
}

/// The rows of a listing above the last one, without what fills them up.
fn rows(listed: &str) -> Vec<&str> {
    listed.lines().skip(1).map(str::trim_end).filter(|row| !row.is_empty()).collect()
}

/// The path of `name` in the sandbox, for a shell.
fn shown_path(sandbox: &Sandbox, name: &str) -> String {
    sandbox.path(name).display().to_string()
}
