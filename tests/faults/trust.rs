//! Trust as far as one user can show it: what everyone can write to is not executed at
//! a TAB. Two real users are in `tests/privileged`.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

use crate::support::stub::MTIME_S;
use crate::support::{Pivot, Ran, Sandbox, pipeline_0511, set_mtime};

/// A `pipeline.py` that leaves a byte outside of the project each time it is executed.
fn marking_pipeline(sandbox: &Sandbox, pipeline: &str) -> String {
    let marker = sandbox.path("executed");
    format!(
        "with open({marker:?}, 'ab') as file:\n    file.write(b'x')\n{}",
        pipeline_0511(pipeline, &["train"])
    )
}

/// How often any code of the project was executed.
fn executed(sandbox: &Sandbox) -> usize {
    fs::read(sandbox.path("executed")).unwrap_or_default().len()
}

/// A project whose code leaves marks, with a sub-directory's pipeline and programs of its own.
fn project() -> Sandbox {
    let sandbox = Sandbox::project("");
    sandbox.write("project/pipeline.py", marking_pipeline(&sandbox, "demo"));
    sandbox.write("project/sub/pipeline.py", marking_pipeline(&sandbox, "sub"));
    let script = format!("#!/bin/sh\nprintf x >> {:?}\n", sandbox.path("executed"));
    for place in ["project/pivot", "project/.venv/bin/pivot", "project/bin/python"] {
        sandbox.write_program(place, &script);
    }
    for place in ["project", "project/sub", "project/pipeline.py", "project/sub/pipeline.py"] {
        let mode = if place.ends_with(".py") { 0o644 } else { 0o755 };
        chmod(&sandbox, place, mode);
    }
    sandbox
}

fn chmod(sandbox: &Sandbox, place: &str, mode: u32) {
    fs::set_permissions(sandbox.path(place), fs::Permissions::from_mode(mode)).unwrap();
}

/// What everyone may write to, and where one is then.
const CASES: [(&str, u32, &str, &str); 5] = [
    ("project", 0o777, "project", "demo/train"),
    ("project", 0o1777, "project/sub", "sub/train"),
    ("project/pipeline.py", 0o666, "project", "demo/train"),
    ("project/sub", 0o777, "project/sub", "sub/train"),
    ("project/sub/pipeline.py", 0o646, "project/sub", "sub/train"),
];

/// Options, commands and config keys are told by a Pivot that lies elsewhere, without the project's
/// code; stages, and whatever a program in the project would tell, are not.
#[track_caller]
fn assert_is_safe(ran: &Ran, words: &[&str], what: &str) {
    let is_pivots_own = words[0] == "pivot" && words[1..] != ["repro", ""];
    if is_pivots_own {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{what} {words:?}");
        assert!(!ran.candidates().is_empty(), "{what} {words:?}");
    } else {
        assert_is_empty(ran, &format!("{what} {words:?}"));
    }
}

/// Lines that need no code of the project only if nobody looks closely.
const LINES: [&[&str]; 9] = [
    &["pivot", "repro", ""],
    &["pivot", "repro", "--"],
    &["pivot", "sta"],
    &["pivot", "config", "get", ""],
    &["./pivot", "repro", ""],
    &["../project/pivot", "repro", ""],
    &[".venv/bin/pivot", "repro", ""],
    &["bin/python", "repro", ""],
    &["unknown-alias", "repro", ""],
];

#[test]
fn what_everyone_can_write_to_is_not_executed_at_a_tab() {
    for (open, mode, here, name) in CASES {
        let mut sandbox = project();
        sandbox.start_trace();
        chmod(&sandbox, open, mode);
        for words in LINES {
            assert_is_safe(&sandbox.tab_in(here, words), words, open);
        }
        assert_eq!(executed(&sandbox), 0, "{open}");
        assert_eq!(sandbox.listing("project/.pivot"), [""; 0], "{open}");
        assert!(sandbox.trace().iter().any(|line| line.ends_with("world-writable")), "{open}");
        let doctor = crate::support::ran(sandbox.front_in(here, &["doctor"]));
        assert!(doctor.stdout.contains("world-writable"), "{open}: {}", doctor.stdout);
        assert_eq!(executed(&sandbox), 0, "{open}");
        // An explicit command runs it, and is no consent to later TABs.
        assert_eq!(stages(&sandbox, here).lines(), [name], "{open}");
        assert_eq!(executed(&sandbox), 1, "{open}");
        assert_eq!(sandbox.tab_in(here, LINES[0]).candidates()[0], name, "{open}");
        make_stale(&sandbox, here);
        assert_is_empty(&sandbox.tab_in(here, LINES[0]), open);
        assert_eq!(executed(&sandbox), 1, "{open}");
    }
}

#[test]
fn trust_allows_and_forbids_again() {
    for (open, mode, here, name) in CASES {
        let sandbox = project();
        chmod(&sandbox, open, mode);
        let trust = |arguments: &[&str]| crate::support::ran(sandbox.front_in(here, arguments));
        assert_eq!(trust(&["trust"]).code, 0);
        assert_eq!(sandbox.tab_in(here, LINES[0]).candidates()[0], name, "{open}");
        assert_eq!(executed(&sandbox), 1, "{open}");
        assert_eq!(trust(&["trust", "--remove"]).code, 0);
        make_stale(&sandbox, here);
        assert_is_empty(&sandbox.tab_in(here, LINES[0]), open);
        assert_eq!(executed(&sandbox), 1, "{open}");
    }
}

#[test]
fn explicit_trust_executes_nothing_that_is_not_listed() {
    let mut sandbox = project();
    sandbox.set("PIVOT_COMPLETE_TRUST", "explicit");
    for words in LINES {
        assert_is_safe(&sandbox.tab(words), words, "explicit");
    }
    assert_eq!(executed(&sandbox), 0);
    assert_eq!(sandbox.listing("project/.pivot"), [""; 0]);
    assert_eq!(sandbox.run(&["trust"]).code, 0);
    assert_eq!(sandbox.tab(LINES[0]).candidates(), ["demo/train", "train"]);
    assert_eq!(executed(&sandbox), 1);
}

/// A list that everyone can write to is nobody's consent.
#[test]
fn a_list_that_everyone_can_write_to_counts_for_nothing() {
    let sandbox = project();
    chmod(&sandbox, "project", 0o777);
    assert_eq!(sandbox.run(&["trust"]).code, 0);
    chmod(&sandbox, "home/.config/pivot-complete/trusted", 0o666);
    assert_is_empty(&sandbox.tab(LINES[0]), "writable list");
    assert_eq!(executed(&sandbox), 0);
}

/// The last names that were known are data; nothing runs behind the TAB.
#[test]
fn a_stale_answer_starts_nothing_where_a_tab_may_not() {
    let mut sandbox = project();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
    assert_eq!(stages(&sandbox, "project").lines(), ["demo/train"]);
    chmod(&sandbox, "project", 0o777);
    make_stale(&sandbox, "project");
    let before = sandbox.listing("project");
    assert_eq!(sandbox.tab(LINES[0]).candidates(), ["demo/train", "train"]);
    crate::support::aftermath::assert_nothing_is_alive(&sandbox);
    assert_eq!((executed(&sandbox), sandbox.listing("project")), (1, before));
}

/// What was discovered once is data too, and is not kept anew.
#[test]
fn known_content_is_answered_and_nothing_written() {
    let sandbox = project();
    for stage in ["two", "one"] {
        let pipeline = marking_pipeline(&sandbox, "demo").replace("train", stage);
        sandbox.write("project/pipeline.py", pipeline);
        assert_eq!(stages(&sandbox, "project").lines(), [format!("demo/{stage}")]);
    }
    sandbox
        .write("project/pipeline.py", marking_pipeline(&sandbox, "demo").replace("train", "two"));
    chmod(&sandbox, "project", 0o777);
    let store = crate::support::fake_pivot::store(&sandbox);
    let before = (sandbox.listing("project/.pivot"), fs::read(&store).unwrap());
    for _ in 0..2 {
        assert_eq!(sandbox.tab(LINES[0]).candidates(), ["demo/two", "two"]);
    }
    assert_eq!((sandbox.listing("project/.pivot"), fs::read(&store).unwrap()), before);
    assert_eq!(executed(&sandbox), 2);
}

/// Where a YAML config is one's own but the Pivot there reads `pipeline.py` of ROOT alone, that
/// one is executed, so that one decides.
#[test]
fn a_config_that_is_not_read_does_not_vouch_for_the_one_that_is() {
    // A PYTHONPATH hides which Pivot is installed: discovery decides which config is read.
    for hides_version in [false, true] {
        let mut sandbox = project();
        if hides_version {
            let path = sandbox.make_directory("python-path");
            sandbox.set("PYTHONPATH", path);
        }
        fs::remove_file(sandbox.path("project/sub/pipeline.py")).unwrap();
        sandbox.write("project/sub/pivot.yaml", "stages: {}\n");
        chmod(&sandbox, "project/sub/pivot.yaml", 0o644);
        chmod(&sandbox, "project/pipeline.py", 0o666);
        let what = format!("version hidden: {hides_version}");
        assert_is_empty(&sandbox.tab_in("project/sub", LINES[0]), &what);
        assert_eq!(executed(&sandbox), 0, "{what}");
    }
}

/// A link to a file that everyone can write to is no better than the file.
#[test]
fn a_link_to_an_open_config_is_refused() {
    let sandbox = project();
    let elsewhere = sandbox.write("elsewhere.py", marking_pipeline(&sandbox, "demo"));
    chmod(&sandbox, "elsewhere.py", 0o666);
    fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
    symlink(elsewhere, sandbox.path("project/pipeline.py")).unwrap();
    assert_is_empty(&sandbox.tab(LINES[0]), "linked config");
    assert_eq!(executed(&sandbox), 0);
}

/// Caches that came with the project answer; a `.venv` that came with it is one's own
/// only where the project is.
#[test]
fn shipped_caches_are_data() {
    let mut sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot");
    let config = sandbox.write("project/pipeline.py", marking_pipeline(&sandbox, "demo"));
    set_mtime(&config, MTIME_S, 0);
    sandbox.write(
        crate::support::stub::STAGES_CACHE,
        crate::support::stub::fresh_cache(&["shipped/name"]),
    );
    let venv = format!("#!/bin/sh\nprintf x >> {:?}\n", sandbox.path("executed"));
    sandbox.write_program("project/.venv/bin/pivot", &venv);
    chmod(&sandbox, "project", 0o777);
    assert_eq!(sandbox.tab(LINES[0]).candidates(), ["shipped/name", "name"]);
    assert_eq!(executed(&sandbox), 0);
    // Nothing is on PATH: the only candidate is the project's own.
    make_stale(&sandbox, "project");
    for words in LINES {
        assert_is_empty(&sandbox.tab(words), &format!("{words:?}"));
    }
    assert_eq!(executed(&sandbox), 0);
    // A real one elsewhere does not make the project's code more welcome.
    sandbox.prepend_path(Pivot::V0511.bin());
    assert_is_empty(&sandbox.tab(LINES[0]), "stale");
    assert_eq!(executed(&sandbox), 0);
}

fn stages(sandbox: &Sandbox, here: &str) -> Ran {
    crate::support::ran(sandbox.front_in(here, &["stages"]))
}

fn make_stale(sandbox: &Sandbox, here: &str) {
    set_mtime(&sandbox.path(&format!("{here}/pipeline.py")), MTIME_S + 1, 0);
}

#[track_caller]
fn assert_is_empty(ran: &Ran, what: &str) {
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "\n", ""), "{what}");
}
