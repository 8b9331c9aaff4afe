//! What the environment says about TABs, and what tells of it: ON_MISS, TRUST, TRACE, doctor.

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Command;

use super::{demo, forget, is_silent};
use crate::support::{Pivot, Sandbox, pipeline_0511, ran, wait_until};

#[test]
fn never_asking_at_a_miss_is_an_empty_answer() {
    let mut sandbox = demo(&["train"]).without_tabs();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    is_silent(&sandbox.tab(&["pivot", "repro", ""]), "\n");
    is_silent(&sandbox.tab(&["pivot", "repro", "--for"]), "\n");
    assert!(sandbox.trace().contains(&"engine empty on-miss-never".to_owned()));
    assert!(!sandbox.path("project/.pivot/cache").exists());
    // Explicit commands wait, whatever it says.
    is_silent(&sandbox.run(&["stages"]), "demo/train\n");
    is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "plain,train\n");
}

#[test]
fn stale_answers_come_at_once_and_new_ones_later() {
    for directory in ["project", "project/sub"] {
        let mut sandbox = demo(&["train"]);
        sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
        let config = format!("{directory}/pipeline.py");
        sandbox.write(&config, pipeline_0511("demo", &["old"]));
        // With nothing known it waits.
        is_silent(&sandbox.tab_in(directory, &["pivot", "repro", "demo/"]), "plain,demo/old\n");
        let go = sandbox.path("go");
        sandbox.write(
            &config,
            format!(
                "import os, time\nwhile not os.path.exists({go:?}):\n    time.sleep(0.01)\n{}",
                pipeline_0511("demo", &["new"])
            ),
        );
        for _ in 0..5 {
            let tab = sandbox.tab_in(directory, &["pivot", "repro", "demo/"]);
            is_silent(&tab, "plain,demo/old\n");
        }
        assert!(sandbox.trace().contains(&"engine answered on-miss-stale".to_owned()));
        fs::write(&go, "").unwrap();
        wait_until(60, "the refresh behind", || {
            let said = ran(sandbox.front_in(directory, &["stages", "--cached"]));
            said.code == 0 && said.stdout == "demo/new\n"
        });
        is_silent(&sandbox.tab_in(directory, &["pivot", "repro", "demo/"]), "plain,demo/new\n");
    }
}

#[test]
fn the_trace_has_a_line_for_each_decision() {
    let sandbox = demo(&["train"]);
    sandbox.describe_pivot();
    fs::remove_file(sandbox.path("trace")).unwrap();
    sandbox.run(&["stages"]).lines();
    sandbox.tab(&["pivot", "repro", ""]).candidates();
    let text = fs::read_to_string(sandbox.path("trace")).unwrap();
    for line in text.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        assert_eq!(words.len(), 7, "{line}");
        let is_number = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit());
        assert!(is_number(words[0]) && words[0].len() == 13, "milliseconds: {line}");
        assert!(is_number(words[1]), "process: {line}");
        assert!(["front", "engine"].contains(&words[2]), "program: {line}");
        assert!(["stages", "complete"].contains(&words[3]), "command: {line}");
        assert!(words[6].strip_suffix("ns").is_some_and(is_number), "duration: {line}");
    }
    assert_eq!(
        sandbox.trace(),
        [
            "front handed-over cache-missing",
            "engine miss cache-missing",
            "engine answered discovered",
            "front answered fresh",
        ]
    );
}

/// A trace that cannot be written, or that would block, is no error; `doctor` names it, and why.
#[test]
fn a_trace_that_cannot_be_written_is_passed_over() {
    for (place, why) in [
        ("/nonexistent/trace", "No such file or directory"),
        ("project", "Is a directory"),
        ("fifo", "No such device or address"),
        ("link", "Too many levels of symbolic links"),
        ("second", "has a second name"),
    ] {
        let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
        let fifo = sandbox.path("fifo");
        assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        symlink(sandbox.path("home/trace"), sandbox.path("link")).unwrap();
        fs::write(sandbox.path("first"), "").unwrap();
        fs::hard_link(sandbox.path("first"), sandbox.path("second")).unwrap();
        let trace = sandbox.path(place);
        sandbox.set("PIVOT_COMPLETE_TRACE", &trace);
        is_silent(&sandbox.run(&["stages"]), "demo/train\n");
        is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "plain,train\n");
        let said = sandbox.run(&["doctor"]);
        let named = format!("PIVOT_COMPLETE_TRACE={} cannot be written: ", trace.display());
        for start in ["  Look at your settings: ", "setting: "] {
            let mut lines = said.stdout.lines().filter_map(|line| line.strip_prefix(start));
            let line = lines.find_map(|line| line.strip_prefix(&named));
            assert!(line.is_some_and(|line| line.contains(why)), "no {why:?} in {said:?}");
        }
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    }
    let mut sandbox = demo(&["train"]);
    sandbox.set("PIVOT_COMPLETE_TRACE", sandbox.path("trace"));
    assert!(!sandbox.run(&["doctor"]).stdout.contains("cannot be written"));
}

#[test]
fn doctor_says_what_a_tab_would_do() {
    let mut sandbox = demo(&["train"]);
    let doctor_says = |sandbox: &Sandbox, code: i32, expected: &[&str]| {
        let said = sandbox.run(&["doctor"]);
        assert_eq!((said.code, said.stderr.as_str()), (code, ""), "{said:?}");
        for part in expected {
            assert!(said.stdout.contains(part), "no {part:?} in {}", said.stdout);
        }
    };
    let doctor = |sandbox: &Sandbox, expected: &[&str]| doctor_says(sandbox, 0, expected);
    let root = sandbox.path("project").display().to_string();
    let pivot = Pivot::V0511.bin().join("pivot").display().to_string();
    let python = Pivot::V0511.bin().display().to_string();
    let common = [root.as_str(), "pipeline.py", &pivot, &python, "pivot-complete-engine"];
    doctor(&sandbox, &common);
    doctor(&sandbox, &["cache-missing", "The next TAB here asks Pivot"]);
    assert!(!sandbox.path("project/.pivot/cache").exists(), "it changes nothing");
    sandbox.run(&["stages"]).lines();
    doctor(&sandbox, &["fresh", "1 stage from the cache"]);
    sandbox.write("project/pipeline.py", pipeline_0511("demo", &["teach"]));
    doctor(&sandbox, &["config-changed", "The next TAB here asks Pivot"]);
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    doctor_says(&sandbox, 1, &["config-changed", "on-miss-never"]);
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "wait");
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    doctor_says(&sandbox, 1, &["not-trusted"]);
    let nowhere = ran(sandbox.front_in("home", &["doctor"]));
    assert_eq!((nowhere.code, nowhere.stderr.as_str()), (0, ""));
    assert!(nowhere.stdout.contains("no-project"), "{nowhere:?}");
}

#[test]
fn trust_is_given_and_taken_back() {
    let mut sandbox = demo(&["train"]);
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    let refused = |sandbox: &Sandbox| {
        forget(sandbox);
        is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "\n");
        assert!(!sandbox.path("project/.pivot/cache").exists(), "nothing is written");
    };
    refused(&sandbox);
    assert!(sandbox.trace().contains(&"engine empty not-trusted".to_owned()));
    // An explicit command is no consent to later TABs, but its cache is data.
    is_silent(&sandbox.run(&["stages"]), "demo/train\n");
    is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "plain,train\n");
    refused(&sandbox);
    for (give, take) in [
        (&["trust"][..], &["trust", "--remove"][..]),
        (&["trust", "."], &["trust", ".", "--remove"]),
    ] {
        assert_eq!(sandbox.run(give).code, 0);
        forget(&sandbox);
        is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "plain,train\n");
        assert_eq!(sandbox.run(take).code, 0);
        refused(&sandbox);
    }
    assert_eq!(ran(sandbox.front_in("home", &["trust"])).code, 1);
    // What lies below a directory that is listed stays trusted, and that is said.
    assert_eq!(ran(sandbox.front_in("home", &["trust", ".."])).code, 0);
    let said = sandbox.run(&["trust", "--remove"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""));
    let why = format!("/trusted has {}\n", sandbox.path("").display());
    assert!(said.stderr.replace("/\n", "\n").ends_with(&why.replace("/\n", "\n")), "{said:?}");
    assert_eq!(ran(sandbox.front_in("home", &["trust", "..", "--remove"])).code, 0);
    // From below it is the root that is trusted.
    sandbox.make_directory("project/sub");
    assert_eq!(ran(sandbox.front_in("home", &["trust", "../project/sub"])).code, 0);
    forget(&sandbox);
    is_silent(&sandbox.tab(&["pivot", "repro", "t"]), "plain,train\n");
}
