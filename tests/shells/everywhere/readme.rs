//! The README's line for the rc file.

use super::*;

pub fn the_readmes_line_loads_the_script(shell: Shell) {
    let sandbox = Sandbox::new();
    let script = shell.script();
    let text = format!("[ \"$1\" = init ] && exec cat '{script}'\nprintf 'none:\\ntrain\\n'\n");
    sandbox.program("bin/pivot-complete", &text);
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    assert_silent(&session);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

pub fn without_the_program_the_readmes_line_is_silent(shell: Shell) {
    let handler = match shell {
        Shell::Bash => "command_not_found_handle() { echo NOISE; }; set -eu",
        Shell::Zsh => "command_not_found_handler() { echo NOISE }; setopt no_unset err_exit",
        Shell::Fish => "function fish_command_not_found; echo NOISE; end",
        other => other.is_not_asked(),
    };
    let sandbox = Sandbox::new();
    let status = if shell == Shell::Fish { "$status" } else { "$?" };
    let note = format!("echo {status} > {}", sandbox.path("status").display());
    let rc = format!("{handler}\n{}{note}\n", shell.rc_with_init());
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_silent(&session);
    assert_eq!(sandbox.read("status"), "0\n");
    session.type_line("pivot repro tr", TAB);
    assert_silent(&session);
}
