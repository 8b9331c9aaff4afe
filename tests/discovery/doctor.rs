//! What `doctor` says first: what a TAB would do, and what to do about it; each as a new user meets it.

use std::fs;
use std::process::Command;

use serde_json::Value;

use super::demo;
use crate::support::{Pivot, Sandbox, front, pipeline_0511, ran, settle};

/// What is printed before the facts, and the exit code.
fn first(sandbox: &Sandbox, directory: &str) -> (String, i32) {
    let said = ran(sandbox.front_in(directory, &["doctor"]));
    assert_eq!(said.stderr, "", "{said:?}");
    let (first, facts) = said.stdout.split_once("\n\n").unwrap_or_else(|| panic!("{said:?}"));
    assert!(facts.starts_with("reason: "), "{said:?}");
    (first.to_owned(), said.code)
}

#[track_caller]
fn says(sandbox: &Sandbox, directory: &str, code: i32, expected: &[&str]) {
    let (said, ended) = first(sandbox, directory);
    for part in expected {
        assert!(said.contains(part), "no {part:?} in {said}");
    }
    assert_eq!(ended, code, "{said}");
}

#[test]
fn a_project_that_is_well_and_then_stale() {
    let sandbox = demo(&["train", "test"]);
    says(
        &sandbox,
        "project",
        0,
        &["The next TAB here asks Pivot", "not discovered yet", "refresh"],
    );
    sandbox.run(&["stages"]).lines();
    let (said, _) = first(&sandbox, "project");
    assert!(said.starts_with("A TAB here answers 2 stages from the cache, in "), "{said}");
    assert_eq!(said.lines().count(), 1, "nothing is to be done: {said}");
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["other"]));
    says(&sandbox, "project", 0, &["asks Pivot", "edited or touched", "Nothing needs to be done"]);
}

#[test]
fn an_input_that_changed_is_named() {
    let sandbox = demo(&["train"]);
    let pipeline = format!("open('names.txt').read()\n{}", pipeline_0511("demo", &["train"]));
    sandbox.write("project/names.txt", "a");
    sandbox.write("project/pipeline.py", pipeline);
    sandbox.run(&["stages"]).lines();
    sandbox.write("project/names.txt", "b");
    says(&sandbox, "project", 0, &["another content", "names.txt"]);
}

#[test]
fn a_pipeline_that_fails() {
    let sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    sandbox.write("project/pipeline.py", "raise RuntimeError('no such luck')\n");
    assert_eq!(sandbox.run(&["stages"]).code, 1);
    let expected = ["The pipeline fails", "last good names, 1 stage", "no such luck", "Mend"];
    says(&sandbox, "project", 0, &expected);
}

/// Of modules that were edited it is compared first whether that can change a name; variables have names.
#[test]
fn what_changed_says_who_is_asked() {
    let mut sandbox = demo(&["train"]);
    let pipeline =
        format!("import os\nos.environ.get('WHO')\n{}", pipeline_0511("demo", &["train"]));
    sandbox.write("project/pipeline.py", &pipeline);
    sandbox.run(&["stages"]).lines();
    sandbox.write("project/pipeline.py", pipeline.replace("'a': 1", "'a': 22"));
    says(&sandbox, "project", 0, &["asks Pivot, unless it is seen that the edit changes no name"]);
    sandbox.write("project/pipeline.py", &pipeline);
    sandbox.run(&["stages"]).lines();
    sandbox.set("WHO", "x");
    says(
        &sandbox,
        "project",
        0,
        &["a variable that the pipeline reads has another value (", "WHO"],
    );
}

/// Pivot 0.1's YAML config is read here, and nobody is asked.
#[test]
fn a_yaml_config() {
    let sandbox = Sandbox::with(Pivot::V010);
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pivot.yaml", "stages:\n  train:\n    python: a.b\n");
    let (said, code) = first(&sandbox, "project");
    assert!(said.starts_with("The next TAB here reads the YAML config, without Python"), "{said}");
    assert!(said.ends_with("Nothing needs to be done.") && code == 0, "{said}");
}

/// A discovery that takes too long: the first TAB waits for it, and is the last one to do so.
#[test]
fn a_pipeline_that_takes_too_long() {
    let mut sandbox = demo(&["train"]);
    sandbox.write("project/pipeline.py", "import time\ntime.sleep(600)\n");
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "2");
    for how in ["engine empty timed-out", "front answered failed-before"] {
        assert_eq!(sandbox.tab(&["pivot", "repro", "demo/"]).stdout, "\n");
        let trace = sandbox.trace();
        assert!(trace.iter().any(|line| line == how), "no {how:?} in {trace:?}");
    }
    let expected =
        ["asked in vain", "gives nothing", "PIVOT_COMPLETE_TIMEOUT allows it more", "how long"];
    says(&sandbox, "project", 1, &expected);
}

#[test]
fn a_config_that_is_a_link_to_nothing_or_a_directory() {
    let sandbox = demo(&["train"]);
    let config = sandbox.path("project/pipeline.py");
    fs::remove_file(&config).unwrap();
    std::os::unix::fs::symlink("/nonexistent/pipeline.py", &config).unwrap();
    let expected =
        ["offers no stages", "is a link to /nonexistent/pipeline.py, which is not there"];
    says(&sandbox, "project", 0, &expected);
    fs::remove_file(&config).unwrap();
    sandbox.make_directory("project/pipeline.py");
    says(
        &sandbox,
        "project",
        0,
        &["offers no stages", "pipeline.py is a directory: Pivot reads a"],
    );
}

#[test]
fn no_project_and_no_config() {
    let sandbox = demo(&["train"]);
    says(&sandbox, "home", 0, &["offers no stages", "pivot init"]);
    fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
    says(&sandbox, "project", 0, &["offers no stages", "Write a pipeline.py"]);
}

#[test]
fn a_pipeline_that_has_no_stage() {
    let sandbox = demo(&["train"]);
    sandbox.write("project/pipeline.py", "");
    sandbox.run(&["stages"]);
    says(&sandbox, "project", 0, &["answers 0 stages", "finds no stage in ", "pipeline.py: look"]);
}

#[test]
fn no_pivot_and_no_python() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "/nonexistent/python");
    says(&sandbox, "project", 1, &["is not answered", "/nonexistent/python", "not there"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "bin/python");
    says(&sandbox, "project", 1, &["no Python to ask", "project/bin/python, which is not there"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "python9");
    says(&sandbox, "project", 1, &["PIVOT_COMPLETE_PYTHON names python9, which is not on PATH"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "/etc");
    says(&sandbox, "project", 1, &["no Python to ask", "/etc, which is no program"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "/dev/null/python");
    says(&sandbox, "project", 1, &["/dev/null/python, which cannot be reached (Not a directory"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "");
    sandbox.set("PATH", "/usr/bin:/bin");
    says(&sandbox, "project", 1, &["is not answered", "Activate the environment"]);
    sandbox.set("VIRTUAL_ENV", "/nonexistent/venv");
    says(&sandbox, "project", 1, &["VIRTUAL_ENV names /nonexistent/venv, which is not there"]);
    sandbox.set("VIRTUAL_ENV", "");
    let broken = sandbox.path("bin/pivot");
    sandbox.write("bin/pivot", "#!/nonexistent/bin/python\n");
    let mode: fs::Permissions = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    sandbox.set("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()));
    sandbox.write("bin/pivot", "#!/dev/null/python\n");
    fs::set_permissions(&broken, mode.clone()).unwrap();
    says(&sandbox, "project", 1, &["cannot be reached (Not a directory", "see who may go there"]);
    sandbox.write("bin/pivot", "#!/nonexistent/bin/python\n");
    fs::set_permissions(&broken, mode).unwrap();
    says(
        &sandbox,
        "project",
        1,
        &["is not answered", "/nonexistent/bin/python", "environment anew"],
    );
}

/// The base interpreter of an environment is gone: its names stay, and it is named with what to do.
#[test]
fn an_environment_whose_python_is_gone() {
    let mut sandbox = of_an_own_environment();
    sandbox.run(&["stages"]).lines();
    let python = sandbox.path("project/.venv/bin/python3");
    let real = fs::read_link(&python).unwrap();
    let relink = |to: &str| {
        fs::remove_file(&python).unwrap();
        std::os::unix::fs::symlink(to, &python).unwrap();
    };
    let names = sandbox.tab(&["pivot", "repro", ""]).stdout;
    assert!(names.contains("demo/train"), "{names}");
    relink("/nonexistent/bin/python3.13");
    assert_eq!(sandbox.tab(&["pivot", "repro", ""]).stdout, names);
    assert_eq!(sandbox.trace().last().unwrap(), "engine answered no-pivot");
    let remedy = format!(
        "{0}/bin/pivot is to be run by {0}/bin/python3, a link to /nonexistent/bin/python3.13, which is \
         not there: make the environment {0} anew, with Pivot in it",
        sandbox.path("project/.venv").display()
    );
    let expected = ["A TAB here gives the last known names", "no Python to ask", &remedy];
    says(&sandbox, "project", 0, &expected);
    let said = sandbox.run(&["refresh"]);
    assert!(said.code == 1 && said.stderr.contains(&remedy), "{said:?}");
    // No trust makes a Python.
    assert!(!sandbox.run(&["doctor"]).stdout.contains("pivot-complete trust"));
    sandbox.run(&["clear"]);
    says(&sandbox, "project", 1, &["A TAB here is not answered", &remedy]);
    // Another one that works is asked, whatever comes first.
    let before = sandbox.environment("first", Pivot::V0511).join("../../../bin");
    let script = "#!/nonexistent/bin/python\n";
    sandbox.write_program("first/bin/pivot", script);
    sandbox.prepend_path(before);
    relink(real.to_str().unwrap());
    assert_eq!(sandbox.tab(&["pivot", "repro", ""]).stdout, names);
    says(&sandbox, "project", 0, &["A TAB here answers 1 stage"]);
}

/// Its Python is another one by now, that sees none of its packages: nobody waits for that twice.
#[test]
fn an_environment_of_another_python() {
    let sandbox = of_an_own_environment();
    let python = sandbox.path("project/.venv/bin/python3");
    fs::remove_file(&python).unwrap();
    std::os::unix::fs::symlink("/usr/bin/python3", &python).unwrap();
    for how in ["engine empty discovery-failed", "front answered failed-before"] {
        assert_eq!(sandbox.tab(&["pivot", "repro", ""]).candidates(), [""; 0]);
        assert_eq!(sandbox.trace().last().unwrap(), how);
    }
    let expected =
        ["asked in vain", ".venv/bin/python3 has no Pivot to run", "install Pivot for it"];
    says(&sandbox, "project", 1, &expected);
}

/// Which environment has no `pivot` is said, and where the link to it leads.
#[test]
fn an_environment_that_is_not_there() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("PATH", "/usr/bin:/bin");
    let venv = sandbox.path("project/.venv");
    std::os::unix::fs::symlink("/nonexistent/venv", &venv).unwrap();
    let venv = venv.display();
    let expected = format!("{venv} is a link to /nonexistent/venv, which is not there: make that");
    says(&sandbox, "project", 1, &["no Python to ask", &expected]);
    fs::remove_file(sandbox.path("project/.venv")).unwrap();
    sandbox.make_directory("project/.venv");
    says(&sandbox, "project", 1, &[&format!("{venv} has no `pivot`: install Pivot in it")]);
    sandbox.set("VIRTUAL_ENV", sandbox.path("home"));
    let home = sandbox.home();
    let expected = format!("VIRTUAL_ENV names {}, which has no `pivot`", home.display());
    says(&sandbox, "project", 1, &[&expected]);
}

/// A project with a real Pivot in its `.venv`, and none on PATH.
fn of_an_own_environment() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.start_trace();
    sandbox.make_directory("project/.pivot");
    sandbox.environment("project/.venv", Pivot::V0511);
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    sandbox
}

/// A setting that names a Python without Pivot, or a program that is none: that is no fault of the pipeline.
#[test]
fn what_cannot_have_pivot_is_told() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("PIVOT_COMPLETE_PYTHON", "/usr/bin/python3");
    let expected = [
        "No Pivot is seen among the packages of /usr/bin/python3",
        "names: if `pivot-complete stages` finds none either, name another, or",
    ];
    says(&sandbox, "project", 0, &expected);
    let said = sandbox.run(&["stages"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    for part in ["/usr/bin/python3 has no Pivot", "No module named 'pivot'", "or unset it"] {
        assert!(said.stderr.contains(part), "no {part:?} in {said:?}");
    }
    sandbox.set("PIVOT_COMPLETE_PYTHON", "/bin/false");
    assert_eq!(sandbox.run(&["stages"]).code, 1);
    let (said, code) = first(&sandbox, "project");
    assert!(said.starts_with("Pivot was asked in vain, and a TAB here gives nothing: /bin/false"));
    assert!(said.contains("See that `pivot list` works here") && !said.contains("Mend"), "{said}");
    assert_eq!(code, 1);
}

#[test]
fn settings_are_told_with_where_they_come_from() {
    let mut sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    for (name, value) in [
        ("TIMEOUT", "soon"),
        ("TIMEOUT", "0"),
        ("ON_MISS", "Never"),
        ("TRUST", "x"),
        ("TIMOUT", "1"),
    ] {
        let name = format!("PIVOT_COMPLETE_{name}");
        sandbox.set(&name, value);
        let setting = format!("{name}={value} means nothing");
        says(&sandbox, "project", 0, &[&setting]);
        // Explicit commands say it too, also those that a cache answers; a TAB says nothing.
        let said = sandbox.run(&["stages"]);
        assert!(said.stderr.contains(&setting), "{said:?}");
        assert_eq!((said.code, said.stdout.as_str()), (0, "demo/train\n"));
        let tab = sandbox.tab(&["pivot", "repro", ""]);
        assert_eq!((tab.stderr.as_str(), tab.code), ("", 0));
        sandbox.set(&name, "");
    }
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "7.5");
    let facts = sandbox.run(&["doctor"]).stdout;
    assert!(facts.contains("\nsetting: PIVOT_COMPLETE_TIMEOUT=7.5 (environment)\n"), "{facts}");
    assert!(facts.contains("\nsetting: PIVOT_COMPLETE_TRUST=owner (default)\n"), "{facts}");
}

#[test]
fn one_variable_switches_it_off() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("PIVOT_COMPLETE_OFF", "1");
    for words in [&["pivot", "repro", ""][..], &["pivot", ""]] {
        let tab = sandbox.tab(words);
        assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""));
    }
    assert!(!sandbox.path("project/.pivot/cache").exists(), "nothing was run");
    assert_eq!(sandbox.trace().last().unwrap(), "front nothing switched-off");
    says(&sandbox, "project", 1, &["is not answered", "Unset PIVOT_COMPLETE_OFF"]);
    assert_eq!(sandbox.run(&["stages"]).stdout, "demo/train\n", "commands are given on purpose");
}

#[test]
fn two_configs_are_named() {
    let sandbox = demo(&["train"]);
    sandbox.write("project/pivot.yaml", "stages: {}\n");
    let said = sandbox.run(&["doctor"]).stdout;
    assert!(said.contains("pivot.yaml lies beside it") && !said.contains("Remove one"), "{said}");
    let refusing = Sandbox::with(Pivot::V010);
    refusing.make_directory("project/.pivot");
    refusing.write("project/pivot.yaml", "stages: {}\n");
    refusing.write("project/pipeline.py", "");
    says(&refusing, "project", 0, &["Remove one of the two configs below: Pivot 0.1 refuses"]);
}

#[test]
fn json_has_the_same() {
    let sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    let said = sandbox.run(&["doctor", "--json"]);
    let json: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!((&json["answered"], &json["reason"]), (&true.into(), &"fresh".into()), "{json}");
    let pivot = json["facts"]["pivot"][0].as_str().unwrap();
    assert!(pivot.starts_with(Pivot::V0511.bin().to_str().unwrap()), "{pivot}");
    assert!(pivot.contains("on PATH, 0.5.11"), "{pivot}");
    assert_eq!(json["remedies"], Value::Array(Vec::new()));
}

#[test]
fn a_cache_that_cannot_be_written() {
    let sandbox = demo(&["train"]);
    // Whoever runs this, nobody makes a directory below a file.
    sandbox.write("project/.pivot/cache", "");
    let place = sandbox.path("project/.pivot/cache").display().to_string();
    let expected = [
        "Each TAB here asks Pivot anew",
        &format!("Have a directory where {place} is, which is none"),
    ];
    says(&sandbox, "project", 0, &expected);
    fs::remove_file(sandbox.path("project/.pivot/cache")).unwrap();
    says(&sandbox, "project", 0, &["The next TAB here asks Pivot"]);
}

#[test]
fn a_home_that_cannot_be_written() {
    let mut sandbox = demo(&["train"]);
    sandbox.run(&["stages"]).lines();
    sandbox.set("XDG_CACHE_HOME", "/dev/null/caches");
    let expected = [
        "A TAB here answers 1 stage from the cache",
        "Have a directory where /dev/null is, which is none, or set XDG_CACHE_HOME: ",
    ];
    says(&sandbox, "project", 0, &expected);
    sandbox.set("XDG_CACHE_HOME", sandbox.path("elsewhere"));
    let (said, _) = first(&sandbox, "project");
    assert_eq!(said.lines().count(), 1, "nothing is to be done: {said}");
}

/// A pipeline that nobody made a project of: Pivot, which refuses it, is asked once.
#[test]
fn a_pipeline_without_a_project() {
    let sandbox = demo(&["train"]);
    fs::rename(sandbox.path("project/.pivot"), sandbox.path("project/.git")).expect("it moves");
    let why = "there is a .git and no .pivot";
    says(&sandbox, "project", 0, &["The next TAB here asks Pivot", why, "`pivot init`"]);
    sandbox.make_directory("project/sub");
    for (directory, how) in [("project", "discovery-failed"), ("project/sub", "failed-before")] {
        let mut line = sandbox.front_in(directory, &["complete", "bash"]);
        line.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        assert_eq!(ran(line).stdout, "\n");
        let ended = sandbox.trace().pop().unwrap();
        assert!(ended.starts_with("engine ") && ended.ends_with(how), "{directory}: {ended}");
        settle(&sandbox.home());
    }
    let expected = ["A TAB here offers no stages", why, "Pivot says: ", "`pivot init`"];
    says(&sandbox, "project", 0, &expected);
    assert!(!sandbox.path("project/.pivot").exists());
    // What it is about is another one: it is asked again, and the project has its names at once.
    let pipeline = pipeline_0511("demo", &["other"]);
    sandbox.write("project/pipeline.py", pipeline);
    sandbox.make_directory("project/.pivot");
    assert!(sandbox.tab(&["pivot", "repro", ""]).stdout.contains("demo/other"));
    fs::remove_dir_all(sandbox.path("project/.pivot")).unwrap();
    assert_eq!(sandbox.run(&["clear", "--all"]).code, 0);
    says(&sandbox, "project", 0, &["The next TAB here asks Pivot"]);
}

/// Where nobody can tell where this is there is a report all the same, for those that want JSON, too.
#[test]
fn a_directory_that_is_gone() {
    let sandbox = Sandbox::empty();
    for format in ["", "--json"] {
        let gone = sandbox.make_directory("work/gone");
        let mut command = Command::new("sh");
        command.args(["-c", "rmdir \"$PWD\"; exec \"$0\" doctor $1"]).arg(front()).arg(format);
        command.current_dir(gone).env_clear().env("PIVOT_COMPLETE_TIMEOT", "1");
        let ran = ran(command);
        assert_eq!((ran.code, &*ran.stderr), (1, ""), "{ran:?}");
        let parts = [
            "A TAB here is not answered: the working directory cannot be named",
            "Go to a directory",
            "no-working-directory",
            "PIVOT_COMPLETE_TIMEOT=1 means nothing",
        ];
        for part in parts {
            assert!(ran.stdout.contains(part), "no {part:?} in {ran:?}");
        }
        let json = serde_json::from_str::<Value>(&ran.stdout);
        assert_eq!(json.is_ok_and(|json| json["answered"] == false), format == "--json");
    }
}

/// Each project of a repository is one of its own, and the environment at the top serves all.
#[test]
fn a_monorepo() {
    let mut sandbox = Sandbox::empty();
    sandbox.start_trace();
    sandbox.make_directory("work/.git");
    sandbox.environment("work/.venv", Pivot::V0511);
    for project in ["one", "two"] {
        sandbox.make_directory(&format!("work/{project}/.pivot"));
        let stages: &[&str] = if project == "one" { &["train"] } else { &["train", "test"] };
        sandbox.write(&format!("work/{project}/pipeline.py"), pipeline_0511(project, stages));
    }
    let expected =
        ["offers no stages: there is a .git and no .pivot", "directory below", "`pivot init`"];
    says(&sandbox, "work", 0, &expected);
    says(&sandbox, "work/one", 0, &["The next TAB here asks Pivot", "not discovered yet"]);
    let facts = ran(sandbox.front_in("work/one", &["doctor"])).stdout;
    assert!(facts.contains("found in the environment of this or a higher directory"), "{facts}");
    for project in ["one", "two"] {
        assert_eq!(ran(sandbox.front_in(&format!("work/{project}"), &["stages"])).code, 0);
    }
    says(&sandbox, "work/one", 0, &["A TAB here answers 1 stage from the cache"]);
    says(&sandbox, "work/two", 0, &["A TAB here answers 2 stages from the cache"]);
}

/// A `pivot` that is no Python script: nobody can describe its command line, and that is no fault.
#[test]
fn an_opaque_command_line() {
    let mut sandbox = demo(&["train"]);
    let pivot = Pivot::V0511.bin().join("pivot");
    let script = format!("#!/bin/sh\nexec {} \"$@\"\n", pivot.display());
    sandbox.write_program("bin/pivot", &script);
    sandbox.prepend_path(sandbox.path("bin"));
    let remedy = "Name that in PIVOT_COMPLETE_PYTHON";
    says(
        &sandbox,
        "project",
        0,
        &["The next TAB here asks Pivot", "Pivot itself completes", remedy],
    );
    let facts = sandbox.run(&["doctor"]).stdout;
    assert!(facts.contains("\npython: unknown; `pivot list` is asked\n"), "{facts}");
    assert!(facts.contains("\ncommand line: Pivot itself completes it"), "{facts}");
    assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/train"]);
    says(&sandbox, "project", 0, &["A TAB here answers 1 stage from the cache"]);
    let facts = sandbox.run(&["doctor"]).stdout;
    assert!(
        facts.contains("\ncannot be checked: the pipeline reads in a way that nobody"),
        "{facts}"
    );
    // The remedy helps.
    sandbox.set("PIVOT_COMPLETE_PYTHON", Pivot::V0511.bin().join("python3"));
    sandbox.run(&["refresh"]).lines();
    let mut line = sandbox.front_in("project", &["complete", "--rich", "bash"]);
    line.env("COMP_WORDS", "pivot\nrepr").env("COMP_CWORD", "1");
    assert!(ran(line).stdout.contains("repro"));
    assert_eq!(sandbox.trace().last().unwrap(), "front answered fresh");
    let (said, _) = first(&sandbox, "project");
    assert!(!said.contains("itself completes"), "{said}");
}
