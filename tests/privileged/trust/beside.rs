//! What Python finds beside what was asked about, and programs that find others by themselves.

use std::fs;
use std::path::Path;

use super::ground::{ANOTHER, Ground, ME, own};
use super::managers;
use crate::support::rights::{OWNER, Shared, VISITOR, chmod};
use crate::support::{Pivot, ran};

/// In a directory like /tmp my program is mine, and what lies beside it is whose it may be: Python
/// looks for modules beside a script, and for `pyvenv.cfg` beside itself and above.
#[test]
fn what_is_planted_beside_ones_own_program_is_not_found() {
    type Plant = fn(&Shared, &str);
    let cases: [(&str, &str, &str, Plant); 3] = [
        ("modules beside a script", "pivot", "./pivot", |shared, line| {
            let python = Pivot::V0511.bin().join("python3");
            let script = format!("#!{}\nfrom pivot.cli import main\nmain()\n", python.display());
            own(&shared.sandbox.write_program("top/pivot", &script), VISITOR.uid);
            for name in ["click", "pivot", "linecache", "pathlib", "importlib_metadata"] {
                own(&shared.sandbox.write(&format!("top/{name}.py"), line), OWNER.uid);
            }
        }),
        ("pyvenv.cfg beside an interpreter", "python3", "pivot", |shared, line| {
            link_python(shared, "top/python3");
            plant_settings(shared, "top", line);
        }),
        ("pyvenv.cfg above an interpreter", "bin/python3", "pivot", |shared, line| {
            shared.sandbox.make_directory("top/bin");
            shared.give("top/bin", VISITOR);
            link_python(shared, "top/bin/python3");
            plant_settings(shared, "top", line);
        }),
    ];
    for (what, program, word, plant) in cases {
        let mut shared = Shared::with_pivot();
        let marker = shared.make_writable_for_all("executed");
        shared.sandbox.make_directory("top");
        let line = format!("import sys; open({marker:?}, 'a').write('x')\n");
        plant(&shared, &line);
        chmod(&shared.sandbox.path("top"), 0o1777);
        shared.sandbox.set("PATH", "/usr/bin:/bin");
        if word == "pivot" {
            shared.sandbox.set("PIVOT_COMPLETE_PYTHON", format!("./{program}"));
        }
        for line in [&[word, "repr"][..], &[word, "repro", "--"], &[word, "repro", ""]] {
            let said = ran(shared.tab(VISITOR, "top", line));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what} {line:?}");
            assert!(fs::read(&marker).unwrap().is_empty(), "{what} {line:?}: {said:?}");
        }
    }
}

/// The visitor's link to the interpreter behind the virtual environment.
fn link_python(shared: &Shared, at: &str) {
    let python = Pivot::V0511.bin().join("python3").canonicalize().unwrap();
    let link = shared.sandbox.path(at);
    std::os::unix::fs::symlink(python, &link).unwrap();
    own(&link, VISITOR.uid);
}

/// What makes `directory` a virtual environment of the owner's, with a line in a `.pth`.
fn plant_settings(shared: &Shared, directory: &str, line: &str) {
    let settings = fs::read_to_string(Pivot::V0511.venv().join("pyvenv.cfg")).unwrap();
    shared.sandbox.write(&format!("{directory}/lib/python3.13/site-packages/planted.pth"), line);
    shared.give(&format!("{directory}/lib"), OWNER);
    own(&shared.sandbox.write(&format!("{directory}/pyvenv.cfg"), settings), OWNER.uid);
}

/// `pyvenv.cfg` is mine, and names another's Python as the one behind mine: the library would be
/// theirs. A link in `bin` would be refused.
#[test]
fn the_home_of_a_places_environment_is_asked_about() {
    for uid in [OWNER, VISITOR] {
        let mut shared = Shared::with_pivot();
        let marker = shared.make_writable_for_all("executed");
        shared.sandbox.environment("project/.venv", Pivot::V0511);
        shared.sandbox.make_directory("project/.pivot");
        shared.sandbox.write("project/pipeline.py", "");
        // The whole of Python by links, but for one module.
        let real = Pivot::V0511.bin().join("python3").canonicalize().unwrap();
        let library = shared.sandbox.make_directory("base/lib/python3.13");
        let from = real.parent().unwrap().parent().unwrap().join("lib/python3.13");
        link_all(&from, &library);
        fs::remove_file(library.join("linecache.py")).unwrap();
        let line = format!("open({marker:?}, 'a').write('x')\n");
        shared.sandbox.write("base/lib/python3.13/linecache.py", line);
        shared.sandbox.make_directory("base/bin");
        std::os::unix::fs::symlink(&real, shared.sandbox.path("base/bin/python3.13")).unwrap();
        let home = shared.sandbox.path("base/bin");
        let settings = format!("home = {}\nversion = 3.13.0\n", home.display());
        shared.sandbox.write("project/.venv/pyvenv.cfg", settings);
        shared.give("project", VISITOR);
        shared.give("base", uid);
        shared.sandbox.set("PATH", "/usr/bin:/bin");
        for line in [&["pivot", "repr"][..], &["pivot", "repro", ""]] {
            let said = ran(shared.tab(VISITOR, "project", line));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line:?}");
        }
        let has_run = !fs::read(&marker).unwrap().is_empty();
        assert_eq!(has_run, uid == VISITOR, "a library of {uid:?}");
    }
}

fn link_all(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().flatten() {
        std::os::unix::fs::symlink(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

/// `pivot` is a script of root's, and the Python that its first line names is a shim: what that
/// chooses, by a file above my own project, is asked about as any shim's is.
#[test]
fn an_interpreter_that_is_a_shim_is_one() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (manager, file, text) in [
        ("asdf", ".tool-versions", "python path:{}\n"),
        ("mise", "mise.toml", "[tools]\npython = \"path:{}\"\n"),
        ("pyenv", ".python-version", "path:{}\n"),
    ] {
        for (how, line, set) in [
            ("env python3", "/usr/bin/env python3", None),
            ("an absolute path", "{}/manager/shims/python3", None),
            ("PIVOT_COMPLETE_PYTHON", "{}/none/python3", Some("python3")),
        ] {
            for here in ["top/mine", "theirs"] {
                let mut scene = ground.scene(ME);
                managers::install_shim(&mut scene, manager, "python3");
                let line = line.replace("{}", scene.top.to_str().unwrap());
                scene.script("tools/bin/pivot", &line, 0, 0o755);
                scene.set("PATH", "{}/tools/bin:{}/manager/shims:{}/manager/bin:/usr/bin:/bin");
                if let Some(python) = set {
                    scene.set("PIVOT_COMPLETE_PYTHON", python);
                }
                scene.python("planted/bin/python3", "planted", ANOTHER, 0o755);
                let text = text.replace("{}", scene.path("planted").to_str().unwrap());
                let above = if here == "theirs" { "theirs" } else { "top" };
                scene.file("top/mine/pipeline.py", "", ME, 0o644);
                scene.directory("top/mine/.pivot", ME, 0o755);
                scene.file(&format!("{above}/{file}"), text, ANOTHER, 0o644);
                scene.directory("theirs", ANOTHER, 0o755);
                scene.directory("top", 0, 0o1777);
                scene.here = here.into();
                for line in [&["pivot", "repro", ""][..], &["pivot", "repr"]] {
                    scene.tab(line);
                }
                ran(scene.command("pivot-complete-engine", &["prewarm"]));
                let marks = scene.take_marks();
                if marks.iter().any(|mark| mark.starts_with("planted")) {
                    failures.push(format!("{manager}, {how}, in {here}: {marks:?}"));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A wrapper of the user's own, which looks for modules in the working directory: `python -m pivot`.
#[test]
fn a_wrapper_is_not_run_in_a_strangers_directory() {
    let mut shared = Shared::with_pivot();
    let marker = shared.make_writable_for_all("executed");
    let python = Pivot::V0511.bin().join("python3");
    let wrapper = format!("#!/bin/sh\nexec {python:?} -m pivot \"$@\"\n");
    shared.sandbox.write_program("tools/pivot", &wrapper);
    let path = format!("{}:/usr/bin:/bin", shared.sandbox.path("tools").display());
    shared.sandbox.set("PATH", path);
    let line = format!("open({marker:?}, 'a').write('x')\n");
    for directory in ["plain", "project/sub"] {
        for name in ["pivot", "click", "linecache"] {
            shared.sandbox.write(&format!("{directory}/{name}.py"), &line);
        }
    }
    shared.sandbox.make_directory("project/.pivot");
    shared.sandbox.write("project/pipeline.py", "");
    shared.give("plain", OWNER);
    shared.give("project", VISITOR);
    shared.give("project/sub", OWNER);
    for here in ["plain", "project/sub"] {
        for line in [&["pivot", "repr"][..], &["pivot", "repro", ""], &["pivot", "x", "--"]] {
            let said = ran(shared.tab(VISITOR, here, line));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{line:?} in {here}");
            assert!(fs::read(&marker).unwrap().is_empty(), "{line:?} in {here}: {said:?}");
        }
    }
}

/// TMPDIR and XDG_RUNTIME_DIR that are relative or empty: the lock of a description goes nowhere near
/// a directory that everyone may write to.
#[test]
fn nothing_is_written_into_a_strangers_directory() {
    let ground = Ground::new();
    let mut failures = Vec::new();
    for (name, value) in [
        ("TMPDIR", "."),
        ("TMPDIR", ""),
        ("TMPDIR", "sub"),
        ("XDG_RUNTIME_DIR", "."),
        ("XDG_RUNTIME_DIR", "sub"),
        ("XDG_CACHE_HOME", "."),
        ("XDG_CACHE_HOME", "sub"),
        ("XDG_CONFIG_HOME", "sub"),
        ("HOME", "."),
        ("HOME", ""),
    ] {
        let mut scene = ground.with_pivot();
        scene.set(name, value);
        scene.directory("theirs/sub", ANOTHER, 0o777);
        scene.directory("theirs", ANOTHER, 0o777);
        scene.here = "theirs".into();
        let before = super::ground::snapshot(&scene.path("theirs"));
        for line in [&["pivot", "repr"][..], &["pivot", "repro", ""]] {
            scene.tab(line);
        }
        ran(scene.command("pivot-complete-engine", &["prewarm"]));
        scene.run(&["doctor"]);
        let after = super::ground::snapshot(&scene.path("theirs"));
        let new: Vec<_> = after.iter().filter(|line| !before.contains(line)).collect();
        if !new.is_empty() {
            failures.push(format!("{name}={value:?}: {new:?}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
