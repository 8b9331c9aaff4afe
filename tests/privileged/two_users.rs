//! Two real users: a visitor in an owner's project.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::time::Instant;

use nix::fcntl::{Flock, FlockArg};

use crate::support::rights::{OWNER, ROOT, Shared, User, VISITOR, chmod};
use crate::support::stub::{MTIME_S, NEW_NAMES, STAGES_CACHE, fresh_cache};
use crate::support::{HANGS_S, Ran, pipeline_0511, ran, set_mtime};

/// What bash is offered for the project's stage.
const OFFERED: [&str; 2] = ["demo/train", "train"];

/// Lines that lead to the project's code or to programs that lie in it.
const LINES: [&[&str]; 8] = [
    &["pivot", "repro", ""],
    &["pivot", "repro", "--"],
    &["pivot", "sta"],
    &["./pivot", "repro", ""],
    &[".venv/bin/pivot", "repro", ""],
    &["bin/python", "repro", ""],
    &["unknown-alias", "repro", ""],
    &["pivot", "config", "get", ""],
];

/// The owner's project: its code and its programs leave marks.
fn owners_project() -> Shared {
    let shared = Shared::with_pivot();
    let sandbox = &shared.sandbox;
    let marker = shared.make_writable_for_all("executed");
    let text = format!(
        "with open({marker:?}, 'ab') as file:\n    file.write(b'x')\n{}",
        pipeline_0511("demo", &["train"])
    );
    for config in ["project/pipeline.py", "project/sub/pipeline.py"] {
        sandbox.write(config, &text);
    }
    let script = format!("#!/bin/sh\nprintf x >> {marker:?}\n");
    for place in ["project/pivot", "project/.venv/bin/pivot", "project/bin/python"] {
        sandbox.write_program(place, &script);
    }
    sandbox.make_directory("project/.pivot/cache");
    shared.give("project", OWNER);
    shared
}

fn executed(shared: &Shared) -> usize {
    fs::read(shared.sandbox.path("executed")).unwrap().len()
}

fn tab(shared: &Shared, user: User, here: &str) -> Ran {
    ran(shared.tab(user, here, LINES[0]))
}

#[track_caller]
fn assert_is_empty(ran: &Ran, what: &str) {
    assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "\n", ""), "{what}");
}

/// A TAB of each user who is not the owner, even where everyone may write to the caches.
#[test]
fn a_tab_in_someone_elses_project_executes_nothing_and_writes_nothing() {
    let shared = owners_project();
    chmod(&shared.sandbox.path("project/.pivot"), 0o777);
    chmod(&shared.sandbox.path("project/.pivot/cache"), 0o777);
    let before = shared.sandbox.listing("project");
    for user in [VISITOR, ROOT] {
        for here in ["project", "project/sub", "project/.pivot"] {
            for words in LINES {
                let said = ran(shared.tab(user, here, words));
                let is_pivots_own = words[0] == "pivot" && words[1..] != ["repro", ""];
                if is_pivots_own {
                    // Told by a Pivot that lies elsewhere, without the project's code.
                    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{user:?} {words:?}");
                } else {
                    assert_is_empty(&said, &format!("{user:?} {words:?} in {here}"));
                }
            }
        }
        let doctor = ran(shared.front(user, "project", &["doctor"]));
        assert!(doctor.stdout.contains("other-owner"), "{doctor:?}");
    }
    assert_eq!(executed(&shared), 0);
    assert_eq!(shared.sandbox.listing("project"), before);
    // Nothing of it depends on the project being broken.
    assert_eq!(tab(&shared, OWNER, "project").candidates(), OFFERED);
    assert_eq!(executed(&shared), 1);
}

#[test]
fn an_explicit_command_executes_and_is_no_consent() {
    let shared = owners_project();
    for expected in 1..=2 {
        let stages = ran(shared.front(VISITOR, "project", &["stages"]));
        assert_eq!(stages.lines(), ["demo/train"]);
        assert_eq!(executed(&shared), expected);
        assert_is_empty(&tab(&shared, VISITOR, "project"), "after stages");
    }
    assert_eq!(executed(&shared), 2);
    // The visitor could not write there, and left nothing that the owner would wonder about.
    assert_eq!(shared.sandbox.listing("project/.pivot"), ["cache"]);
}

#[test]
fn trust_allows_a_tab_and_forbids_it_again() {
    for user in [VISITOR, ROOT] {
        let shared = owners_project();
        let change = |arguments: &[&str]| ran(shared.front(user, "project/sub", arguments)).code;
        assert_eq!(change(&["trust"]), 0);
        assert_eq!(tab(&shared, user, "project").candidates(), OFFERED);
        assert_eq!(executed(&shared), 1);
        assert_eq!(change(&["trust", "--remove"]), 0);
        let config = shared.sandbox.path("project/pipeline.py");
        set_mtime(&config, MTIME_S + 1, 0);
        assert_is_empty(&tab(&shared, user, "project"), "after --remove");
        assert_eq!(executed(&shared), 1, "{user:?}");
    }
}

/// A list of trusted projects that someone else made is no consent of the visitor's.
#[test]
fn the_owner_cannot_consent_for_the_visitor() {
    let shared = owners_project();
    let root = shared.sandbox.path("project");
    let list = format!("{}\n", root.display());
    shared.sandbox.write("owner/.config/pivot-complete/trusted", &list);
    shared.give("owner", OWNER);
    let mut command = shared.tab(VISITOR, "project", LINES[0]);
    command.env("XDG_CONFIG_HOME", shared.sandbox.path("owner/.config"));
    assert_is_empty(&ran(command), "the owner's list");
    assert_eq!(executed(&shared), 0);
    // The same list in the visitor's hands is.
    shared.give("owner", VISITOR);
    let mut command = shared.tab(VISITOR, "project", LINES[0]);
    command.env("XDG_CONFIG_HOME", shared.sandbox.path("owner/.config"));
    assert_eq!(ran(command).candidates(), OFFERED);
}

/// One thing that is someone else's is enough.
#[test]
fn a_part_that_is_someone_elses_is_enough() {
    let parts = [
        ("project/pipeline.py", "project"),
        ("project/sub/pipeline.py", "project/sub"),
        ("project/sub", "project/sub"),
    ];
    for (part, here) in parts {
        let shared = owners_project();
        shared.give("project", VISITOR);
        shared.give(part, OWNER);
        assert_is_empty(&tab(&shared, VISITOR, here), part);
        assert_eq!(executed(&shared), 0, "{part}");
        shared.give(part, VISITOR);
        assert_eq!(tab(&shared, VISITOR, here).candidates(), OFFERED, "{part}");
    }
    // ROOT alone, and nothing below it.
    let shared = owners_project();
    shared.give("project", VISITOR);
    let root = shared.sandbox.path("project");
    std::os::unix::fs::chown(&root, Some(54321), None).unwrap();
    assert_is_empty(&tab(&shared, VISITOR, "project/sub"), "ROOT");
    assert_eq!(executed(&shared), 0);
}

/// What the owner cached is data, and answers; stale, it is not renewed.
#[test]
fn shipped_caches_answer_and_are_not_renewed() {
    let mut shared = owners_project();
    assert_eq!(ran(shared.front(OWNER, "project", &["stages"])).lines(), ["demo/train"]);
    assert_eq!(ran(shared.front(OWNER, "project/sub", &["stages"])).lines(), ["demo/train"]);
    for here in ["project", "project/sub"] {
        assert_eq!(tab(&shared, VISITOR, here).candidates(), OFFERED, "{here}");
    }
    assert_eq!(executed(&shared), 2);
    // Whoever ships the cache chooses its names; they are still only names.
    let config = shared.sandbox.path("project/pipeline.py");
    set_mtime(&config, MTIME_S, 0);
    fs::remove_dir_all(shared.sandbox.path("project/.pivot/cache/complete")).unwrap();
    shared.sandbox.write(STAGES_CACHE, fresh_cache(&["demo/$(id)", "demo/`id`"]));
    let offered = tab(&shared, VISITOR, "project");
    assert_eq!(offered.candidates(), ["demo/$(id)", "demo/`id`", "$(id)", "`id`"]);
    set_mtime(&config, MTIME_S + 1, 0);
    shared.sandbox.set("PIVOT_COMPLETE_ON_MISS", "stale");
    let before = shared.sandbox.listing("project");
    assert_eq!(tab(&shared, VISITOR, "project").candidates(), offered.candidates());
    assert_eq!((executed(&shared), shared.sandbox.listing("project")), (2, before));
}

/// A `pivot` that lies in someone else's project or directory, typed from elsewhere.
#[test]
fn a_program_in_someone_elses_project_is_not_executed() {
    let shared = owners_project();
    let planted = shared.sandbox.path("project/pivot").display().to_string();
    shared.sandbox.make_directory("visitor/own/.pivot");
    shared.sandbox.write("visitor/own/pipeline.py", pipeline_0511("own", &["train"]));
    shared.give("visitor", VISITOR);
    // No project at all: a directory of the owner's with a program in it.
    shared.sandbox.make_directory("plain");
    fs::copy(&planted, shared.sandbox.path("plain/pivot")).unwrap();
    shared.give("plain", OWNER);
    for (here, word, count) in [
        ("plain", "./pivot", 0),
        ("plain", "../plain/pivot", 0),
        ("project", planted.as_str(), 0),
        // Who types the whole path elsewhere names the program: it is what Enter would run.
        ("visitor/own", &planted, 1),
    ] {
        let answer = ran(shared.tab(VISITOR, here, &[word, "repro", ""]));
        assert_eq!((answer.code, answer.stderr.as_str()), (0, ""), "{word} in {here}");
        assert_eq!(executed(&shared), count, "{word} in {here}");
    }
}

/// The visitor's own project, whose cache directory leads to one of the owner's.
#[test]
fn a_link_to_someone_elses_directory_is_not_written_to() {
    for link in ["project/.pivot", "project/.pivot/cache", "project/.pivot/cache/complete"] {
        for is_tab in [false, true] {
            let shared = Shared::with_stub();
            let sandbox = &shared.sandbox;
            let path = sandbox.path(link);
            fs::create_dir_all(&path).unwrap();
            fs::remove_dir(&path).unwrap();
            let target = sandbox.make_directory("owner/directory");
            symlink(&target, &path).unwrap();
            shared.give("project", VISITOR);
            // Nothing but our own care keeps the visitor from writing there.
            chmod(&target, 0o777);
            let answer = match is_tab {
                true => tab(&shared, VISITOR, "project").candidates().join(" "),
                false => ran(shared.front(VISITOR, "project", &["stages"])).lines().join(" "),
            };
            assert_eq!(answer, NEW_NAMES.join(" "), "{link}");
            assert_eq!(sandbox.listing("owner/directory"), [""; 0], "{link}");
            let doctor = ran(shared.front(VISITOR, "project", &["doctor"])).stdout;
            let remedy = format!("See whose {} is", path.display());
            for words in ["Each TAB here asks Pivot anew", &remedy] {
                assert!(doctor.contains(words), "{link}: {doctor}");
            }
        }
    }
}

/// A lock that someone else made, and holds for ever, holds nobody up.
#[test]
fn someone_elses_lock_holds_nobody_up() {
    let shared = Shared::with_stub();
    let lock = shared.sandbox.write("project/.pivot/cache/complete.lock", "");
    shared.give("project", VISITOR);
    chmod(&shared.sandbox.path("project/.pivot/cache"), 0o777);
    std::os::unix::fs::chown(&lock, Some(54321), None).unwrap();
    chmod(&lock, 0o666);
    let file = File::open(&lock).unwrap();
    let held = Flock::lock(file, FlockArg::LockExclusive).map_err(|(_, error)| error).unwrap();
    let start = Instant::now();
    assert_eq!(tab(&shared, VISITOR, "project").candidates(), NEW_NAMES);
    assert!(start.elapsed().as_secs() < HANGS_S, "{:?}", start.elapsed());
    drop(held);
}
