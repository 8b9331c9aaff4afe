//! Which `pivot` the user means, and which Python runs it.

use std::fs;
use std::os::unix::fs::symlink;
use std::time::Instant;

use super::{fact, forget, install, noting, noting_pipeline};
use crate::support::{HANGS_S, Pivot, Ran, Sandbox, pipeline_0511, ran, soak};

/// A project that notes who runs it, and an environment that is not on PATH.
fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.environment("environment", Pivot::V0511);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", noting_pipeline(Pivot::V0511, &sandbox));
    sandbox
}

/// Answers, as an explicit command and at a TAB after `word`, by the Python at `python`.
#[track_caller]
fn is_answered_by(sandbox: &Sandbox, word: &str, python: &str, what: &str) {
    let expected = sandbox.path(python).display().to_string();
    forget(sandbox);
    if word == "pivot" && soak::in_turn([true, false]).any(|is_command| is_command) {
        assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"], "{what}");
        assert_eq!(fact(sandbox, "executable"), expected, "{what}, stages");
        if !soak::is_whole() {
            return;
        }
        forget(sandbox);
    }
    let tab = sandbox.tab(&[word, "repro", "demo/"]);
    assert_eq!(tab.candidates(), ["demo/train"], "{what}, {word}");
    assert_eq!(fact(sandbox, "executable"), expected, "{what}, {word}");
}

/// What pip writes after the first line.
const SCRIPT: &str = "import sys\nfrom pivot.cli import main\nsys.exit(main())\n";

#[test]
fn the_first_line_names_the_interpreter() {
    let mut sandbox = project();
    sandbox.prepend_path(sandbox.path("environment/bin"));
    sandbox.prepend_path(sandbox.path("bin"));
    let python = sandbox.path("environment/bin/python3").display().to_string();
    let lines = [
        (format!("#!{python}"), ["0", "0", "0"]),
        (format!("#! {python}  "), ["0", "0", "0"]),
        (format!("#!{python} -s"), ["1", "0", "0"]),
        (format!("#!{python} -sB"), ["1", "0", "1"]),
        (format!("#!{python} -I"), ["1", "1", "0"]),
        ("#!/usr/bin/env python3".to_owned(), ["0", "0", "0"]),
        ("#!/usr/bin/env -S python3 -s -B".to_owned(), ["1", "0", "1"]),
        (format!("#!/usr/bin/env {python}"), ["0", "0", "0"]),
    ];
    for (first, flags) in soak::share(3, lines) {
        sandbox.write_program("bin/pivot", &format!("{first}\n{SCRIPT}"));
        is_answered_by(&sandbox, "pivot", "environment/bin/python3", &first);
        let seen = ["no_user_site", "isolated", "dont_write_bytecode"].map(|f| fact(&sandbox, f));
        assert_eq!(seen, flags, "{first}");
    }
}

#[test]
fn a_trampoline_names_an_interpreter_with_blanks_in_its_path() {
    let mut sandbox = project();
    sandbox.environment("an environment/of mine", Pivot::V0511);
    sandbox.prepend_path(sandbox.path("bin"));
    let python = sandbox.path("an environment/of mine/bin/python3").display().to_string();
    let by_pip = format!("#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n{SCRIPT}");
    sandbox.write_program("bin/pivot", &by_pip);
    is_answered_by(&sandbox, "pivot", "an environment/of mine/bin/python3", "pip's");
    let by_uv = "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \
                 \"$0\" \"$@\"\n' '''\n";
    sandbox.write_program("an environment/of mine/bin/pivot", &format!("{by_uv}{SCRIPT}"));
    fs::remove_file(sandbox.path("bin/pivot")).unwrap();
    symlink(sandbox.path("an environment/of mine/bin/pivot"), sandbox.path("bin/pivot")).unwrap();
    is_answered_by(&sandbox, "pivot", "an environment/of mine/bin/python3", "uv's");
}

#[test]
fn a_link_to_pivot_is_that_pivot() {
    let mut sandbox = project();
    sandbox.make_directory("bin");
    symlink("../environment/bin/pivot", sandbox.path("bin/link")).unwrap();
    symlink("link", sandbox.path("bin/pivot")).unwrap();
    sandbox.prepend_path(sandbox.path("bin"));
    is_answered_by(&sandbox, "pivot", "environment/bin/python3", "a link to a link");
    // As for the script itself.
    assert_eq!(fact(&sandbox, "path"), sandbox.path("environment/bin").display().to_string());
    assert_eq!(fact(&sandbox, "program"), sandbox.path("bin/pivot").display().to_string());
}

#[test]
fn without_one_on_path_the_projects_and_the_active_environment_are_asked() {
    let mut sandbox = project();
    sandbox.environment("project/.venv", Pivot::V0511);
    is_answered_by(&sandbox, "pivot", "project/.venv/bin/python3", "ROOT/.venv");
    is_answered_by(&sandbox, "pv", "project/.venv/bin/python3", "ROOT/.venv");
    sandbox.environment("active", Pivot::V0511);
    sandbox.set("VIRTUAL_ENV", sandbox.path("active"));
    is_answered_by(&sandbox, "pivot", "active/bin/python3", "VIRTUAL_ENV");
    is_answered_by(&sandbox, "pv", "active/bin/python3", "VIRTUAL_ENV");
    sandbox.prepend_path(sandbox.path("environment/bin"));
    is_answered_by(&sandbox, "pivot", "environment/bin/python3", "PATH");
    is_answered_by(&sandbox, "pv", "environment/bin/python3", "PATH");
}

#[test]
fn the_override_goes_before_everything() {
    let mut sandbox = project();
    let python = sandbox.path("environment/bin/python3");
    sandbox.set("PIVOT_COMPLETE_PYTHON", &python);
    is_answered_by(&sandbox, "pivot", "environment/bin/python3", "no pivot at all");
    sandbox.write_program("bin/pivot", "#!/nonexistent/python3\n");
    sandbox.prepend_path(sandbox.path("bin"));
    is_answered_by(&sandbox, "pivot", "environment/bin/python3", "a broken pivot");
    sandbox.write_program("bin/mypython", &format!("#!/bin/sh\nexec {python:?} \"$@\"\n"));
    sandbox.set("PIVOT_COMPLETE_PYTHON", "mypython");
    forget(&sandbox);
    assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"], "by its name on PATH");
    sandbox.set("PIVOT_COMPLETE_PYTHON", &python);
    sandbox.write_program("bin/pivot", &format!("#!/bin/sh\n: > {:?}\n", sandbox.path("ran")));
    is_answered_by(&sandbox, "pivot", "environment/bin/python3", "a shell script");
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn a_word_with_a_slash_is_the_program() {
    let mut sandbox = project();
    sandbox.environment("other", Pivot::V0511);
    sandbox.prepend_path(sandbox.path("other/bin"));
    symlink(sandbox.path("environment"), sandbox.path("home/mine")).unwrap();
    symlink(sandbox.path("environment"), sandbox.path("project/x y")).unwrap();
    let absolute = sandbox.path("environment/bin/pivot").display().to_string();
    for (word, python) in [
        ("~/mine/bin/pivot", "home/mine/bin/python3"),
        ("../environment/bin/pivot", "environment/bin/python3"),
        ("./../environment/bin/pivot", "environment/bin/python3"),
        ("'./x y/bin/pivot'", "project/x y/bin/python3"),
        ("./x\\ y/bin/pivot", "project/x y/bin/python3"),
        (&absolute, "environment/bin/python3"),
        // Nothing lies there: the next best.
        ("./nowhere/pivot", "other/bin/python3"),
    ] {
        forget(&sandbox);
        let tab = sandbox.tab(&[word, "repro", "demo/"]);
        assert_eq!(tab.candidates(), ["demo/train"], "{word}");
        // The environments' scripts name the interpreters by the paths they were made with.
        let python = sandbox.path(python).canonicalize().unwrap();
        let seen = fact(&sandbox, "executable");
        assert_eq!(fs::canonicalize(&seen).unwrap(), python, "{word}");
        let other = sandbox.path("other/bin/python3").display().to_string();
        assert_eq!(seen == other, word == "./nowhere/pivot", "{word}: {seen}");
    }
}

#[test]
fn an_alias_is_pivot_and_never_another_program_of_that_name() {
    let mut sandbox = project();
    sandbox.prepend_path(sandbox.path("environment/bin"));
    sandbox.prepend_path(sandbox.path("bin"));
    is_answered_by(&sandbox, "nosuchword", "environment/bin/python3", "unknown on PATH");
    let mark = sandbox.path("ran");
    for (what, text) in [
        ("a Python script", format!("#!/usr/bin/python3\nopen({mark:?}, 'w')\n")),
        ("a shell script", format!("#!/bin/sh\n: > {mark:?}\n")),
        ("no script", "\x7fELF nonsense".to_owned()),
        ("a script whose Python is gone", "#!/nonexistent/python3\n".to_owned()),
    ] {
        sandbox.write_program("bin/pv", &text);
        is_answered_by(&sandbox, "pv", "environment/bin/python3", what);
        assert!(!mark.exists(), "{what} was executed");
    }
    // It may be another Pivot under a name of its own.
    sandbox.environment("other", Pivot::V0511);
    fs::rename(sandbox.path("other/bin/pivot"), sandbox.path("bin/pv")).unwrap();
    is_answered_by(&sandbox, "pv", "other/bin/python3", "another Pivot");
}

#[test]
fn a_version_managers_shim_is_asked_for_the_real_program() {
    const PYENV: &str = "#!/usr/bin/env bash\nset -e\n[ -n \"$PYENV_DEBUG\" ] && set -x\n\n\
                         program=\"${0##*/}\"\n\nexport PYENV_ROOT=\"/x/.pyenv\"\n\
                         exec \"/x/.pyenv/libexec/pyenv\" exec \"$program\" \"$@\"\n";
    const ASDF: &str = "#!/usr/bin/env bash\n# asdf-plugin: python 3.13.0\n\
                        exec /x/asdf/bin/asdf exec \"pivot\" \"$@\" # asdf_allow: ' asdf '\n";
    for (manager, shim) in [("pyenv", Some(PYENV)), ("asdf", Some(ASDF)), ("mise", None)] {
        let mut sandbox = project();
        sandbox.make_directory("shims");
        let real = sandbox.path("environment/bin/pivot");
        let which = format!(
            "#!/bin/sh\n[ \"$1 $2\" = 'which pivot' ] || exit 1\n[ -z \"$_PIVOT_COMPLETE\" ] || \
             exit 1\necho {:?}\n",
            real
        );
        let program = sandbox.write_program(&format!("managers/{manager}"), &which);
        sandbox.prepend_path(sandbox.path("managers"));
        sandbox.prepend_path(sandbox.path("shims"));
        match shim {
            Some(text) => drop(sandbox.write_program("shims/pivot", text)),
            None => symlink(program, sandbox.path("shims/pivot")).unwrap(),
        }
        is_answered_by(&sandbox, "pivot", "environment/bin/python3", manager);
        // Two of its stages are cached as those of any other.
        assert!(sandbox.path("project/.pivot/cache/stages.cache").exists(), "{manager}");
    }
}

#[test]
fn a_program_that_nobody_sees_through_is_asked_by_its_own_commands() {
    let mut sandbox = project();
    let real = sandbox.path("environment/bin/pivot");
    sandbox.prepend_path(sandbox.path("bin"));
    // A wrapper, and a shim whose manager is not on PATH but runs all the same.
    let wrapper = format!("#!/bin/sh\nexec {real:?} \"$@\"\n");
    let shim = format!(
        "#!/usr/bin/env bash\nprogram=\"${{0##*/}}\"\nexec \"{}\" exec \"$program\" \"$@\"\n",
        sandbox.path("hidden/pyenv").display()
    );
    sandbox.write_program("hidden/pyenv", &format!("#!/bin/sh\nshift 2\nexec {real:?} \"$@\"\n"));
    // A script of a Python that has no Pivot, and finds one by itself.
    let finder = format!(
        "#!{} -S\nimport os, sys\nos.execv({real:?}, [{real:?}, *sys.argv[1:]])\n",
        sandbox.path("environment/bin/python3").display()
    );
    for text in soak::share(2, [wrapper, shim, finder]) {
        sandbox.write_program("bin/pivot", &text);
        is_answered_by(&sandbox, "pivot", "environment/bin/python3", &text);
        let options = sandbox.tab(&["pivot", "repro", "--for"]);
        assert_eq!(options.candidates(), ["--force"], "{text}");
    }
}

#[test]
fn we_are_never_taken_for_pivot() {
    let mut sandbox = project();
    install(&sandbox, "programs");
    let front = sandbox.path("programs/pivot-complete");
    let run = |sandbox: &Sandbox, arguments: &[&str]| -> Ran {
        let mut command = sandbox.command(&front, "project");
        command.args(arguments);
        ran(command)
    };
    let link = |name: &str, hard: bool, target: &str| {
        sandbox.make_directory(&format!("links/{name}"));
        let place = sandbox.path(&format!("links/{name}/pivot"));
        let target = sandbox.path(&format!("programs/{target}"));
        if hard { fs::hard_link(target, place) } else { symlink(target, place) }.unwrap();
    };
    link("a", false, "pivot-complete");
    link("b", true, "pivot-complete");
    link("c", false, "pivot-complete-engine");
    link("d", true, "pivot-complete-engine");
    for name in ["a", "b", "c", "d"] {
        sandbox.prepend_path(sandbox.path(&format!("links/{name}")));
    }
    let nobody = run(&sandbox, &["stages"]);
    assert_eq!((nobody.code, nobody.stdout.as_str()), (1, ""), "{nobody:?}");
    assert!(nobody.stderr.contains("cannot find pivot"), "{nobody:?}");
    // Typed with a path, it is no Pivot either.
    let typed = sandbox.path("links/a/pivot").display().to_string();
    let mut tab = sandbox.command(&front, "project");
    tab.args(["complete", "bash"]).env("COMP_WORDS", format!("{typed}\nrepro\n"));
    let tab = ran({
        tab.env("COMP_CWORD", "2");
        tab
    });
    assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""));
    // The next one on PATH is asked instead.
    sandbox.append_path(sandbox.path("environment/bin"));
    assert_eq!(run(&sandbox, &["stages"]).lines(), ["demo/train"]);
    assert_eq!(
        fact(&sandbox, "executable"),
        sandbox.path("environment/bin/python3").display().to_string()
    );
}

#[test]
fn a_wrapper_that_calls_us_ends_at_once() {
    let mut sandbox = project();
    install(&sandbox, "programs");
    let calls = sandbox.path("calls");
    let wrapper = format!(
        "#!/bin/sh\necho >> {calls:?}\nexec {:?} \"$@\"\n",
        sandbox.path("programs/pivot-complete")
    );
    sandbox.write_program("bin/pivot", &wrapper);
    sandbox.prepend_path(sandbox.path("bin"));
    for (what, words) in [
        ("a stage", &["pivot", "repro", ""][..]),
        ("an option", &["pivot", "repro", "--"]),
        ("a command", &["pivot", ""]),
    ] {
        let _ = fs::remove_file(&calls);
        let start = Instant::now();
        let tab = sandbox.tab(words);
        assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""), "{what}");
        let calls = fs::read_to_string(&calls).unwrap_or_default().lines().count();
        assert!(calls <= 1, "{what}: {calls} calls");
        assert!(start.elapsed().as_secs() < HANGS_S, "{what}");
    }
    let _ = fs::remove_file(&calls);
    let said = sandbox.run(&["stages"]);
    assert_eq!(said.stdout, "");
    assert!(fs::read_to_string(&calls).unwrap_or_default().lines().count() <= 1);
    assert!(!sandbox.path("project/.pivot/cache/stages.cache").exists(), "nothing is known");
}

#[test]
fn a_pivot_that_is_missing_or_broken_is_said_so() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    sandbox.prepend_path(sandbox.path("bin"));
    for (what, text) in [
        ("its Python is gone", "#!/nonexistent/python3\n"),
        ("its Python has no Pivot", "#!/usr/bin/python3\n"),
        ("it fails", "#!/bin/sh\nexit 7\n"),
    ] {
        sandbox.write_program("bin/pivot", text);
        let said = sandbox.run(&["stages"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}: {said:?}");
        assert!(said.stderr.starts_with("pivot-complete: ") && said.stderr.len() > 20, "{what}");
        let tab = sandbox.tab(&["pivot", "repro", ""]);
        assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""), "{what}");
    }
}

#[test]
fn modules_in_the_working_directory_shadow_nothing() {
    for pivot in Pivot::in_turn() {
        let sandbox = noting(pivot);
        for module in ["discovery", "project", "pathlib", "click", "json", "pivot", "atexit", "os"]
        {
            sandbox
                .write(&format!("project/{module}.py"), format!("raise Exception({module:?})\n"));
        }
        let said = sandbox.run(&["stages"]);
        assert_eq!(said.lines().len(), 1, "{pivot:?}");
        // The script's own directory, as when Python runs it.
        assert_eq!(fact(&sandbox, "path"), pivot.bin().display().to_string());
        let option = sandbox.tab(&["pivot", "repro", "--for"]);
        assert_eq!(option.candidates(), ["--force"], "{pivot:?}");
    }
}

/// A Python without Pivot, named by the setting or by another program of that name: that it was asked in vain
/// is remembered, until it has one.
#[test]
fn a_python_without_pivot_is_not_started_at_each_tab() {
    for (has_pivot_on_path, by_setting) in
        soak::share(2, [(true, true), (false, true), (false, false)])
    {
        let mut sandbox = project();
        let packages = sandbox.environment("bare", Pivot::V0511);
        let installed: Vec<_> = fs::read_dir(&packages).unwrap().flatten().collect();
        let targets: Vec<_> =
            installed.iter().map(|it| fs::read_link(it.path()).unwrap()).collect();
        installed.iter().for_each(|it| fs::remove_file(it.path()).unwrap());
        let starts = sandbox.path("starts");
        let counting = format!("open({starts:?}, 'a').write('x')\n");
        sandbox.write("bare/lib/python3.13/site-packages/sitecustomize.py", counting);
        let started = || fs::read(&starts).unwrap_or_default().len();
        if has_pivot_on_path {
            sandbox.prepend_path(sandbox.path("environment/bin"));
            // A name that was good.
            is_answered_by(&sandbox, "pivot", "environment/bin/python3", "before");
        }
        match by_setting {
            true => sandbox.set("PIVOT_COMPLETE_PYTHON", sandbox.path("bare/bin/python3")),
            false => sandbox.prepend_path(sandbox.path("bare/bin")),
        }
        let lines = [&["pivot", "repro", ""][..], &["pivot", "repr"], &["pivot", "repro", "--for"]];
        let press = || {
            for line in lines {
                let tab = sandbox.tab(line);
                assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{line:?}");
            }
        };
        press();
        let once = started();
        assert!(once > 0, "it was asked");
        (0..3).for_each(|_| press());
        assert_eq!(started(), once, "on PATH: {has_pivot_on_path}, by setting: {by_setting}");
        let said = sandbox.run(&["doctor"]);
        assert!(
            said.stdout.starts_with("Pivot was asked in vain, and a TAB here gives"),
            "{said:?}"
        );
        assert!(said.stdout.contains("has no Pivot to run"), "{said:?}");
        // Installed there, it answers at once.
        let absent = |entry: &&fs::DirEntry| !entry.path().exists();
        for (entry, target) in installed.iter().zip(&targets).filter(|(it, _)| absent(it)) {
            symlink(target, entry.path()).unwrap();
        }
        assert_eq!(sandbox.tab(&["pivot", "repr"]).candidates(), ["repro"]);
        assert_eq!(sandbox.tab(&["pivot", "repro", "demo/"]).candidates(), ["demo/train"]);
        assert_eq!(
            fact(&sandbox, "executable"),
            sandbox.path("bare/bin/python3").display().to_string()
        );
    }
}
