//! The README's lines for rc files.

use super::*;

/// The README's lines of `shell`, in their order.
fn lines(shell: Shell) -> String {
    let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
    let ours = format!("pivot-complete init {}", shell.name());
    let is_ours = |line: &&str| {
        line.contains(&ours) || (shell == Shell::Nushell && line.contains("mkdir $nu."))
    };
    let lines: Vec<&str> = readme.lines().filter(is_ours).map(str::trim).collect();
    assert_eq!(lines.len(), if shell == Shell::Nushell { 2 } else { 1 }, "{lines:?}");
    lines.join("\n") + "\n"
}

/// Installs a `pivot-complete` that prints the script and answers.
fn install_printing(sandbox: &Sandbox, shell: Shell) {
    let script = shell.script();
    let text = format!("[ \"$1\" = init ] && exec cat '{script}'\nprintf 'none:\\ntrain\\n'\n");
    sandbox.program("bin/pivot-complete", &text);
}

pub fn its_lines_load_the_script(shell: Shell) {
    let sandbox = Sandbox::new();
    install_printing(&sandbox, shell);
    let mut rc = lines(shell);
    if shell == Shell::Nushell {
        // What its lines save is loaded by the next session.
        drop(Session::start_with(shell, &sandbox, &rc));
        rc.clear();
    }
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

pub fn without_the_program_its_lines_are_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut rc = lines(shell);
    if shell == Shell::Nushell {
        // They are run once, where the program is.
        install_printing(&sandbox, shell);
        drop(Session::start_with(shell, &sandbox, &rc));
        fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
        rc.clear();
    }
    let started = sandbox.path("started").display().to_string();
    let note = match shell {
        Shell::Nushell => format!("\n\"started\\n\" | save {started}\n"),
        Shell::Elvish | Shell::Xonsh => format!("\necho started > {started}\n"),
        other => other.is_not_asked(),
    };
    let mut session = Session::start_with(shell, &sandbox, &(rc + &note));
    assert_silent(&session);
    assert_eq!(sandbox.read("started"), "started\n");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
}
