//! Which program a TAB and a prompt start: the one that printed the script, never what somebody
//! put into the working directory.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::support::shell::programs::{DIRECTORIES, init, install_programs, put_stand_in};

/// A session with the script, whose PATH begins with the working directory, where somebody put
/// programs.
fn start_in_a_trap<'a>(sandbox: &'a Sandbox, shell: Shell) -> Session<'a> {
    for name in ["pivot-complete", "pivot-complete-engine", "relative/pivot-complete"] {
        sandbox.program(&format!("work/{name}"), "touch ~/PWNED; echo none:; echo PWNED\n");
    }
    let path = match shell {
        Shell::Bash | Shell::Zsh => "PATH=:.:relative:./relative:../work:$PATH:\n",
        Shell::Fish => "set -gx PATH '' . relative ./relative ../work $PATH\n",
        Shell::Elvish => "set paths = ['' . relative ./relative ../work $@paths '']\n",
        Shell::Nushell => {
            "$env.PATH = ['' . relative ./relative ../work] ++ ($env.PATH | split row ':')\n"
        }
        Shell::Xonsh => "$PATH = ['', '.', 'relative', './relative', '../work', *$PATH, '']\n",
    };
    let script = sandbox.path("home/init").display().to_string();
    let load = match shell {
        Shell::Xonsh => format!("execx(open('{script}').read())\n"),
        _ => shell.load().replace(&shell.script(), &script),
    };
    let rc = [path, &shell.completion_system(), &load].concat();
    Session::start_with(shell, sandbox, &rc)
}

/// A sandbox with a script, and the program that printed it.
fn printed(shell: Shell) -> (Sandbox, PathBuf) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"tool");
    init(&sandbox, shell, &[], &front, Path::new("/usr/bin"));
    (sandbox, front)
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
        if str::from_utf8(directory).is_err() && matches!(shell, Shell::Elvish | Shell::Nushell) {
            // These shells can write no such path, and search.
            fs::rename(&front, sandbox.path("bin/pivot-complete")).expect("it moves");
        }
        let mut session = start_in_a_trap(&sandbox, shell);
        assert_silent(&session);
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ", "{front:?}");
        assert_eq!(sandbox.calls(), [format!("complete --rich {} 1", shell.reader())]);
        assert_silent(&session);
        assert_nothing_was_trapped(&sandbox);
    }
}

pub fn where_it_is_gone_absolute_entries_of_path_are_searched(shell: Shell) {
    let (sandbox, front) = printed(shell);
    let mut session = start_in_a_trap(&sandbox, shell);
    session.type_line("pivot repro tr", TAB);
    session.clear();
    // Moved; and a directory and a file that nobody may execute in its place, which these look at.
    fs::rename(&front, sandbox.path("bin/pivot-complete")).expect("it moves");
    let looks = matches!(shell, Shell::Bash | Shell::Zsh | Shell::Fish);
    let steps = if looks { 3 } else { 1 };
    for step in 0..steps {
        match step {
            0 => {}
            1 => fs::create_dir(&front).expect("a directory"),
            _ => {
                fs::remove_dir(&front).expect("the directory goes");
                fs::write(&front, "no program").expect("a file");
            }
        }
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
        assert_silent(&session);
        session.clear();
    }
    assert_eq!(sandbox.calls().len(), 1 + steps);
    assert_nothing_was_trapped(&sandbox);
}

pub fn where_there_is_none_a_tab_is_silent(shell: Shell) {
    let (sandbox, front) = printed(shell);
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

pub fn another_program_of_that_name_on_path_is_none_of_it(shell: Shell) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"tool");
    let other = "echo none:; echo other\n";
    sandbox.program("other/pivot-complete", other);
    init(&sandbox, shell, &[], &front, &sandbox.path("other"));
    sandbox.program("bin/pivot-complete", other);
    let mut session = start_in_a_trap(&sandbox, shell);
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro train ");
}

pub fn the_prompt_hook_calls_the_same_program(shell: Shell) {
    let sandbox = Sandbox::new();
    let front = install_programs(&sandbox, b"it's a tool");
    init(&sandbox, shell, &["--prewarm"], &front, Path::new("/usr/bin"));
    let mut session = start_in_a_trap(&sandbox, shell);
    assert_silent(&session);
    assert_eq!(sandbox.calls(), ["prewarm"]);
    fs::rename(&front, sandbox.path("bin/pivot-complete")).expect("it moves");
    session.command("true");
    assert_eq!(sandbox.calls(), ["prewarm"; 2]);
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
    session.command("true");
    assert_eq!(sandbox.calls(), ["prewarm"; 2]);
    assert_nothing_was_trapped(&sandbox);
}

/// Puts each kind of broken program, as a crash or an upgrade that was cut short leaves it, into
/// `bin` and calls `check` with its name.
fn for_each_broken_program(sandbox: &Sandbox, mut check: impl FnMut(&str)) {
    let whole = fs::read("/bin/true").expect("a program");
    let loader = b"/lib64/ld-linux";
    let at = whole.windows(loader.len()).position(|part| part == loader).expect("its loader");
    let mut without_loader = whole.clone();
    without_loader[at..at + 4].copy_from_slice(b"/gon");
    let programs: [(&str, &[u8]); 11] = [
        ("SIGSEGV", b"#!/bin/sh\nkill -SEGV $$\n"),
        ("SIGABRT", b"#!/bin/sh\nkill -ABRT $$\n"),
        ("SIGBUS", b"#!/bin/sh\nkill -BUS $$\n"),
        ("SIGKILL", b"#!/bin/sh\nkill -KILL $$\n"),
        ("an interpreter that is gone", b"#!/gone/python\n"),
        ("an interpreter that is a directory", b"#!/tmp\n"),
        ("no program", &[0; 64]),
        ("an empty file", b""),
        ("a head that was cut", &whole[..100]),
        ("a body that was cut", &whole[..4000]),
        ("a loader that is gone", &without_loader),
    ];
    for (name, bytes) in programs {
        let new = sandbox.path("bin/new");
        {
            let _guard = no_fork_meanwhile();
            fs::write(&new, bytes).expect("a file");
            fs::set_permissions(&new, fs::Permissions::from_mode(0o755)).expect("chmod");
        }
        fs::rename(&new, sandbox.path("bin/pivot-complete")).expect("an upgrade");
        check(name);
    }
}

fn assert_nothing_is_said(shown: &str, name: &str) {
    for noise in ["pivot-complete", "terminated", "ailed", "fault", "exec", "bort", "illed", "SIG"]
    {
        assert!(!shown.contains(noise), "{name}: {shown:?}");
    }
}

pub fn a_program_that_is_broken_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for_each_broken_program(&sandbox, |name| {
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr", "{name}");
        let shown = session.shown().to_string();
        // Fish says some of it once it reads the next key.
        session.clear();
        assert_nothing_is_said(&(shown + session.shown()), name);
    });
    // And the next one works.
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
    sandbox.answer(shell, &[plain("train")]);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

pub fn a_prompt_whose_program_is_broken_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    let script = shell.script();
    let hook = script.replace("pivot.", "prewarm.");
    let rc = format!("{}. {hook}\n", shell.rc(""));
    let mut session = Session::start_with(shell, &sandbox, &rc);
    for_each_broken_program(&sandbox, |name| {
        session.command("true");
        session.type_line("pivot", "");
        let shown = session.shown().to_string();
        session.clear();
        assert_nothing_is_said(&(shown + session.shown()), name);
    });
}
