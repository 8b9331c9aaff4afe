//! Behind `--all` the stages of every pipeline of the project are meant.

use std::fs;

use super::*;
use crate::support::{pipeline_0511, settle};

const LINE: &str = "pivot repro --all ";

/// A project with three pipelines, of which one does not load.
fn monorepo() -> Sandbox {
    let sandbox = project("0511");
    for (directory, stage) in [("one", "first"), ("two/deep", "second")] {
        let text = pipeline_0511(stage, &[stage]);
        sandbox.write(&format!("project/{directory}/pipeline.py"), text);
    }
    sandbox.write("project/broken/pipeline.py", "import nowhere\n");
    sandbox
}

/// The names that a TAB offers behind `line`.
fn names(sandbox: &Sandbox, relative: &str, line: &str) -> Vec<String> {
    let answer = rich(sandbox, relative, line);
    let name = |line: &String| line.split('\t').next().unwrap_or_default().to_owned();
    answer[1..].iter().map(name).filter(|name| name.contains('/')).collect()
}

#[test]
fn every_pipelines_stages_are_offered_and_kept() {
    let mut sandbox = monorepo();
    let here = names(&sandbox, "project", "pivot repro ");
    assert!(here.iter().all(|name| name.starts_with("demo/")), "{here:?}");
    let every = names(&sandbox, "project", LINE);
    for stage in here.iter().map(String::as_str).chain(["first/first", "second/second"]) {
        assert!(every.iter().any(|name| name == stage), "{stage}: {every:?}");
    }
    assert_eq!(names(&sandbox, "project/one", LINE), every);
    assert_eq!(names(&sandbox, "project", "pivot repro --all sec"), ["second/second"]);
    assert_eq!(names(&sandbox, "project", "pivot repro "), here);
    settle(&sandbox.home());
    sandbox.start_trace();
    assert_eq!(names(&sandbox, "project", LINE), every);
    let said = fs::read_to_string(sandbox.path("trace")).unwrap();
    assert!(said.contains("answered fresh") && !said.contains("discovered"), "{said}");
}

#[test]
fn a_mere_repository_asks_nobody() {
    let mut sandbox = monorepo();
    fs::rename(sandbox.path("project/.pivot"), sandbox.path("project/moved")).unwrap();
    fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
    // What Pivot's command line is: that is asked for once.
    rich(&sandbox, "project", "pivot repro --");
    sandbox.start_trace();
    assert_eq!(names(&sandbox, "project", LINE), [""; 0]);
    let said = fs::read_to_string(sandbox.path("trace")).unwrap();
    assert!(said.contains("answered no-pivot-directory"), "{said}");
}

#[test]
fn whatever_any_of_them_depends_on_is_an_input() {
    let sandbox = monorepo();
    type Change = fn(&Sandbox);
    let changes: [(Change, &[&str]); 5] = [
        (|_| (), &["first/first", "second/second"]),
        (
            |s| drop(s.write("project/one/pipeline.py", pipeline_0511("one", &["other"]))),
            &["one/other", "second/second"],
        ),
        (
            |s| drop(s.write("project/new/pipeline.py", pipeline_0511("new", &["fresh"]))),
            &["new/fresh", "one/other", "second/second"],
        ),
        (|s| fs::remove_dir_all(s.path("project/two")).unwrap(), &["new/fresh", "one/other"]),
        (|s| drop(s.write("project/nowhere.py", "")), &["new/fresh", "one/other"]),
    ];
    for (change, expected) in changes {
        change(&sandbox);
        // Once as it is found out, once as it is kept.
        for _ in 0..2 {
            let mut found = names(&sandbox, "project", LINE);
            found.retain(|name| !name.starts_with("demo/"));
            found.sort();
            assert_eq!(found, expected);
        }
        settle(&sandbox.home());
    }
}

/// Pivot 0.1's completion reads names that its commands refuse; behind `--all` too.
#[test]
fn where_none_loads_those_of_here_are_offered() {
    let sandbox = project("010");
    fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
    let yaml = "stages:\n  fit:\n    python: m.f\n    outs: [no, mapping]\n";
    sandbox.write("project/pivot.yaml", yaml);
    for _ in 0..2 {
        let offered = rich(&sandbox, "project", LINE);
        assert_eq!(offered[1..], rich(&sandbox, "project", "pivot repro ")[1..]);
        assert_eq!(offered[1..], ["fit"]);
        settle(&sandbox.home());
    }
}
