//! Which program a TAB starts: the one that printed the script, never what somebody put into the
//! working directory.

use std::os::unix::fs::symlink;
use std::path::Path;

use super::*;
use crate::support::shell::programs::{DIRECTORIES, init, install_programs, put_stand_in};

/// A session with the script, whose PATH begins with the working directory, where somebody put
/// programs.
fn start_in_a_trap<'a>(sandbox: &'a Sandbox, shell: Shell) -> Session<'a> {
    for name in ["pivot-complete", "pivot-complete-engine", "relative/pivot-complete"] {
        sandbox.program(&format!("work/{name}"), "touch ~/PWNED; echo none:; echo PWNED\n");
    }
    let path = match shell {
        Shell::Elvish => "set paths = ['' . relative ./relative ../work $@paths '']\n",
        Shell::Nushell => {
            "$env.PATH = ['' . relative ./relative ../work] ++ ($env.PATH | split row ':')\n"
        }
        Shell::Xonsh => "$PATH = ['', '.', 'relative', './relative', '../work', *$PATH, '']\n",
        other => other.is_not_asked(),
    };
    let script = sandbox.path("home/init").display().to_string();
    let load = match shell {
        Shell::Xonsh => format!("execx(open('{script}').read())\n"),
        Shell::Elvish | Shell::Nushell => shell.load().replace(&shell.script(), &script),
        other => other.is_not_asked(),
    };
    Session::start_with(shell, sandbox, &(path.to_owned() + &load))
}

fn assert_nothing_was_trapped(sandbox: &Sandbox) {
    assert!(!sandbox.path("home/PWNED").exists(), "the working directory's was started");
    assert!(!sandbox.path("work/PWNED").exists(), "a path was executed");
}

pub fn the_program_that_printed_the_script_is_called(shell: Shell) {
    for directory in DIRECTORIES {
        let sandbox = Sandbox::new();
        let front = install_programs(&sandbox, directory);
        init(&sandbox, shell, &[], &front, Path::new("/usr/bin"));
        if str::from_utf8(directory).is_err() && shell != Shell::Xonsh {
            // These shells can write no such path, and search.
            fs::rename(&front, sandbox.path("bin/pivot-complete")).expect("it moves");
        }
        let mut session = start_in_a_trap(&sandbox, shell);
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ", "{front:?}");
        assert_eq!(sandbox.calls(), [format!("complete --rich {}", shell.name())]);
        assert_silent(&session);
        assert_nothing_was_trapped(&sandbox);
    }
}

pub fn where_it_is_gone_absolute_entries_of_path_are_searched(shell: Shell) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"tool");
    init(&sandbox, shell, &[], &front, Path::new("/usr/bin"));
    let mut session = start_in_a_trap(&sandbox, shell);
    session.type_line("pivot repro tr", TAB);
    session.clear();
    fs::rename(&front, sandbox.path("bin/pivot-complete")).expect("it moves");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls().len(), 2);
    assert_silent(&session);
    assert_nothing_was_trapped(&sandbox);
}

pub fn where_there_is_none_a_tab_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"tool");
    init(&sandbox, shell, &[], &front, Path::new("/usr/bin"));
    let mut session = start_in_a_trap(&sandbox, shell);
    fs::remove_file(&front).expect("it goes");
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
    assert_nothing_was_trapped(&sandbox);
}

pub fn a_link_on_path_is_called_by_its_own_path(shell: Shell) {
    let sandbox = Sandbox::new();
    let old = install_programs(&sandbox, b"tools/1");
    let link = sandbox.path("local bin/pivot-complete");
    fs::create_dir(sandbox.path("local bin")).expect("a directory");
    symlink("../tools/1/pivot-complete", &link).expect("a link");
    init(&sandbox, shell, &[], &old, &sandbox.path("local bin"));
    // An upgrade: the old one is still there, but the link leads to the new one.
    sandbox.program("tools/1/pivot-complete", "echo none:; echo old\n");
    fs::create_dir(sandbox.path("tools/2")).expect("a directory");
    put_stand_in(&sandbox, shell, &sandbox.path("tools/2/pivot-complete"));
    fs::remove_file(&link).expect("the link goes");
    symlink("../tools/2/pivot-complete", &link).expect("a link");
    let mut session = start_in_a_trap(&sandbox, shell);
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls().len(), 1);
}
