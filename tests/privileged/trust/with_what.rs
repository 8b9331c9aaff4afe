//! Question 3: Python finds no modules through the working directory. Real Pythons and a real
//! Pivot; the modules that are planted mark that they were imported.

use std::fs;
use std::path::PathBuf;

use super::ground::own;
use crate::support::rights::{OWNER, ROOT, Shared, User, VISITOR, chmod};
use crate::support::{Pivot, Ran, pipeline_0511, ran, soak};

/// Modules that Python imports by itself, or that the driver, click or Pivot import.
const MODULES: [&str; 16] = [
    "linecache",
    "sitecustomize",
    "usercustomize",
    "site",
    "os",
    "encodings",
    "codecs",
    "re",
    "json",
    "pathlib",
    "traceback",
    "tokenize",
    "atexit",
    "click",
    "pivot",
    "zipimport",
];

/// What each shell line asks; none of them needs the project's code.
const LINES: [(&[&str], &[&str]); 2] =
    [(&["pivot", "repr"], &["repro"]), (&["pivot", "repro", "--for"], &["--force"])];

/// A pipeline of the visitor's, and a directory of the owner's where everything is planted.
fn shared() -> Shared {
    let shared = Shared::with_pivot();
    shared.sandbox.make_directory("project/.pivot");
    shared.sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    shared.give("project", VISITOR);
    shared.make_writable_for_all("executed");
    plant(&shared, "plain", OWNER);
    shared
}

/// Plants every module in `directory`, whose are all of `user`.
fn plant(shared: &Shared, directory: &str, user: User) {
    plant_these(shared, directory, user, &MODULES);
}

fn plant_these(shared: &Shared, directory: &str, user: User, names: &[&str]) {
    let marker = shared.sandbox.path("executed");
    for name in names {
        let text = format!("with open({marker:?}, 'a') as file: file.write('{name} ')\n");
        shared.sandbox.write(&format!("{directory}/{name}.py"), text);
    }
    shared.give(directory, user);
}

/// What was imported so far.
fn executed(shared: &Shared) -> String {
    fs::read_to_string(shared.sandbox.path("executed")).unwrap()
}

fn forget(shared: &Shared, user: User) {
    let home = if user == ROOT { "root" } else { "visitor" };
    let _ = fs::remove_dir_all(shared.sandbox.path(home).join(".cache"));
}

/// The part of the prompt hook that works behind the prompt, whose end can be waited for.
fn prewarm(shared: &Shared, user: User, here: &str) -> Ran {
    let front = shared.front(user, here, &["prewarm"]);
    let mut engine =
        std::process::Command::new(shared.sandbox.path("programs/pivot-complete-engine"));
    engine.arg("prewarm").current_dir(shared.sandbox.path(here)).env_clear();
    for (name, value) in front.get_envs() {
        value.map(|value| engine.env(name, value));
    }
    std::os::unix::process::CommandExt::uid(&mut engine, user.uid);
    std::os::unix::process::CommandExt::gid(&mut engine, user.uid);
    ran(engine)
}

/// Does `check` where a stranger planted modules, and where nobody did, for both users.
fn for_each_user_and_place(check: impl Fn(&Shared, User, &str)) {
    let shared = shared();
    plant(&shared, "project/sub", OWNER);
    for user in [VISITOR, ROOT] {
        for here in ["plain", "project/sub"] {
            check(&shared, user, here);
        }
    }
}

#[test]
fn describing_imports_nothing_of_a_strangers_directory() {
    for_each_user_and_place(|shared, user, here| {
        for (words, expected) in soak::share(2, LINES) {
            forget(shared, user);
            let said = ran(shared.tab(user, here, words));
            let what = format!("{user:?} {words:?} in {here}");
            assert_eq!(executed(shared), "", "{what}");
            assert_eq!(said.candidates(), expected, "{what}");
        }
    });
}

#[test]
fn no_command_imports_anything_of_a_strangers_directory() {
    for_each_user_and_place(|shared, user, here| {
        forget(shared, user);
        let what = format!("{user:?} in {here}");
        for words in [&["pivot", "repro", ""][..], &["pivot", "config", "get", ""], &["pv", ""]] {
            let said = ran(shared.tab(user, here, words));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what} {words:?}");
            assert_eq!(executed(shared), "", "{what} {words:?}");
        }
        forget(shared, user);
        assert_eq!(prewarm(shared, user, here).code, 0);
        assert_eq!(executed(shared), "", "{what}, the prompt hook");
        ran(shared.front(user, here, &["doctor"]));
        assert_eq!(executed(shared), "", "{what}, doctor");
    });
}

/// What every shell's rc file has somewhere: `PYTHONPATH=$PYTHONPATH:/opt/lib`.
#[test]
fn an_empty_or_relative_entry_of_pythonpath_is_a_miss_in_a_strangers_directory() {
    let shared = shared();
    // The others would keep Python from starting at all.
    let names = ["sitecustomize", "usercustomize", "linecache"];
    plant_these(&shared, "strange", OWNER, &names);
    plant_these(&shared, "strange/lib", OWNER, &names);
    shared.give("strange", OWNER);
    let absolute = shared.sandbox.make_directory("library").display().to_string();
    let mut failures = Vec::new();
    for value in [
        format!(":{absolute}"),
        format!("{absolute}:"),
        format!("{absolute}::{absolute}"),
        ":".into(),
        ".".into(),
        "lib".into(),
        format!("{absolute}:./lib"),
        "../strange".into(),
    ] {
        for words in [&["pivot", "repr"][..], &["pivot", "repro", ""]] {
            forget(&shared, VISITOR);
            let mut tab = shared.tab(VISITOR, "strange", words);
            tab.env("PYTHONPATH", &value);
            let said = ran(tab);
            let imported = executed(&shared);
            shared.sandbox.write("executed", "");
            if !imported.is_empty() || said.code != 0 || !said.stderr.is_empty() {
                failures.push(format!("{value:?} {words:?}: {imported} {said:?}"));
            }
        }
        let mut doctor = shared.front(VISITOR, "strange", &["doctor"]);
        doctor.env("PYTHONPATH", &value);
        let said = ran(doctor);
        if !said.stdout.contains("PYTHONPATH") || !executed(&shared).is_empty() {
            failures.push(format!("{value:?}: doctor does not name it: {}", said.stdout));
            shared.sandbox.write("executed", "");
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// What is one's own works: names come, also from modules that are found by a relative entry.
#[test]
fn ones_own_relative_pythonpath_is_used() {
    let shared = shared();
    let text = format!("import mine\n{}", pipeline_0511("demo", &["train"]));
    shared.sandbox.write("project/pipeline.py", text);
    shared.sandbox.write("project/lib/mine.py", "");
    shared.give("project", VISITOR);
    for value in ["lib", ":lib", "lib:"] {
        forget(&shared, VISITOR);
        let _ = fs::remove_dir_all(shared.sandbox.path("project/.pivot/cache"));
        let mut tab = shared.tab(VISITOR, "project", &["pivot", "repro", ""]);
        tab.env("PYTHONPATH", value);
        assert_eq!(ran(tab).candidates(), ["demo/train", "train"], "{value}");
    }
}

/// Modules of one's own that are called as Python's are shadow nothing, and cost no names.
#[test]
fn ones_own_modules_cost_no_names() {
    for names in [&["linecache"][..], &MODULES] {
        let shared = shared();
        for name in names {
            shared.sandbox.write(&format!("project/{name}.py"), "x = 1\n");
        }
        shared.give("project", VISITOR);
        let stages = ran(shared.tab(VISITOR, "project", &["pivot", "repro", ""]));
        assert_eq!(stages.candidates(), ["demo/train", "train"], "{names:?}");
        let command = ran(shared.tab(VISITOR, "project", &["pivot", "repr"]));
        assert_eq!(command.candidates(), ["repro"], "{names:?}");
    }
}

/// The pipeline's own children find modules as they ever did, and are told nothing of ours.
#[test]
fn children_of_the_pipeline_are_not_restricted() {
    let shared = shared();
    let python = Pivot::V0511.bin().join("python3");
    let seen = shared.make_writable_for_all("seen");
    let text = format!(
        "import subprocess\nsubprocess.run([{python:?}, '-c', \"import os, mine\\n\
         open({:?}, 'w').write(str(os.environ.get('PYTHONSAFEPATH')))\"], check=True)\n{}",
        seen.to_str().unwrap(),
        pipeline_0511("demo", &["train"])
    );
    let text = text.replace(
        &format!("open({:?}", seen.to_str().unwrap()),
        &format!("open('{}'", seen.display()),
    );
    shared.sandbox.write("project/pipeline.py", text);
    shared.sandbox.write("project/mine.py", "");
    shared.give("project", VISITOR);
    let stages = ran(shared.tab(VISITOR, "project", &["pivot", "repro", ""]));
    assert_eq!(stages.candidates(), ["demo/train", "train"]);
    assert_eq!(fs::read_to_string(seen).unwrap(), "None");
}

/// A `.venv` of the project, which is mine but for one thing in its site directory.
#[test]
fn the_site_directories_of_a_places_python_are_asked_too() {
    type Spoil = fn(&Shared, PathBuf);
    let cases: [(&str, bool, Spoil); 5] = [
        ("nothing", true, |_, _| {}),
        ("a .pth of another's", false, |shared, packages| {
            let file = packages.join("planted.pth");
            fs::write(&file, mark_line(shared)).unwrap();
            own(&file, OWNER.uid);
        }),
        ("a .pth that everyone may write to", false, |shared, packages| {
            let file = packages.join("planted.pth");
            fs::write(&file, mark_line(shared)).unwrap();
            own(&file, VISITOR.uid);
            chmod(&file, 0o666);
        }),
        ("sitecustomize.py of another's", false, |shared, packages| {
            let file = packages.join("sitecustomize.py");
            fs::write(&file, mark_line(shared)).unwrap();
            own(&file, OWNER.uid);
        }),
        ("a directory that everyone may write to", false, |_, packages| chmod(&packages, 0o777)),
    ];
    for (what, is_fine, spoil) in cases {
        let mut shared = shared();
        let packages = shared.sandbox.environment("project/.venv", Pivot::V0511);
        shared.give("project", VISITOR);
        spoil(&shared, packages);
        shared.sandbox.set("PATH", "/usr/bin:/bin");
        let stages = ran(shared.tab(VISITOR, "project", &["pivot", "repro", ""]));
        let command = ran(shared.tab(VISITOR, "project", &["pivot", "repr"]));
        assert_eq!(executed(&shared), "", "{what}");
        if is_fine {
            assert_eq!(stages.candidates(), ["demo/train", "train"], "{what}");
            assert_eq!(command.candidates(), ["repro"], "{what}");
        } else {
            assert_eq!((stages.stdout.as_str(), stages.code), ("\n", 0), "{what}");
            assert_eq!((command.stdout.as_str(), command.code), ("\n", 0), "{what}");
        }
    }
}

/// A line for a `.pth` or a module that marks it.
fn mark_line(shared: &Shared) -> String {
    let marker = shared.sandbox.path("executed");
    format!("import sys; open({marker:?}, 'a').write('planted ')\n")
}
