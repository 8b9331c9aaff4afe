//! The README's lines for rc files.

use super::*;
use crate::support::shell::DOCUMENTS;

/// The README's lines of `shell`, in their order.
fn lines(shell: Shell) -> String {
    let lines = DOCUMENTS.iter().flat_map(|text| text.lines());
    let made = lines.filter(|line| shell == Shell::Nushell && line.contains("mkdir $nu."));
    let lines: Vec<&str> = made.map(str::trim).chain([shell.readme_line().trim()]).collect();
    assert_eq!(lines.len(), if shell == Shell::Nushell { 2 } else { 1 }, "{lines:?}");
    lines.join("\n") + "\n"
}

/// Installs a `pivot-complete` that prints the script and answers.
fn install_printing(sandbox: &Sandbox, shell: Shell) {
    let script = shell.script();
    let text = format!("[ \"$1\" = init ] && exec cat '{script}'\nprintf 'none:\\ntrain\\n'\n");
    sandbox.program("bin/pivot-complete", &text);
}

/// What a user's rc file has of us when a session starts: what nushell's lines save is loaded by the
/// next one.
fn lasting(shell: Shell, sandbox: &Sandbox) -> String {
    let lines = lines(shell);
    if shell == Shell::Nushell {
        drop(Session::start_with(shell, sandbox, &lines));
        return String::new();
    }
    shell.completion_system() + &lines
}

pub fn the_readmes_lines_load_the_script(shell: Shell) {
    let sandbox = Sandbox::new();
    install_printing(&sandbox, shell);
    let rc = lasting(shell, &sandbox);
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_silent(&session);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

pub fn without_the_program_the_readmes_lines_are_silent(shell: Shell) {
    let handler = match shell {
        Shell::Bash => "command_not_found_handle() { echo NOISE; }; set -eu",
        Shell::Zsh => "command_not_found_handler() { echo NOISE }; setopt no_unset err_exit",
        Shell::Fish => "function fish_command_not_found; echo NOISE; end",
        Shell::Elvish | Shell::Nushell | Shell::Xonsh => "",
    };
    let sandbox = Sandbox::new();
    let note = sandbox.path("status").display().to_string();
    let note = match shell {
        Shell::Bash | Shell::Zsh => format!("echo $? > {note}"),
        Shell::Fish => format!("echo $status > {note}"),
        Shell::Nushell => format!("\"0\\n\" | save {note}"),
        Shell::Elvish | Shell::Xonsh => format!("echo 0 > {note}"),
    };
    // Nushell's are run once, where the program is.
    if shell == Shell::Nushell {
        install_printing(&sandbox, shell);
    }
    let rc = lasting(shell, &sandbox);
    let _ = fs::remove_file(sandbox.path("bin/pivot-complete"));
    let rc = format!("{handler}\n{rc}{note}\n");
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_silent(&session);
    assert_eq!(sandbox.read("status"), "0\n");
    session.type_line("pivot repro tr", TAB);
    assert_silent(&session);
}
