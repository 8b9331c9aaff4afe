//! The trace is an absolute path, opened without following another's link.

use std::fs;

use super::ground::{ANOTHER, Ground, ME, Scene, snapshot};
use crate::support::ran;

fn scene(ground: &Ground, me: u32) -> Scene {
    let mut scene = ground.scene(me);
    let python = scene.python("tools/bin/python3", "found", 0, 0o755);
    scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
    scene.set("PATH", "{}/tools/bin");
    scene
}

/// Each program that writes a trace: a hit and a miss, explicit commands, the prompt hook.
fn press_everything(scene: &Scene) {
    for words in [&["pivot", "repro", ""][..], &["pivot", "repr"], &["pivot", "repr"]] {
        let said = scene.tab(words);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
    }
    for command in [&["stages"][..], &["stages", "--cached"], &["doctor"], &["refresh"]] {
        scene.run(command);
    }
    ran(scene.command("pivot-complete-engine", &["prewarm"]));
}

#[test]
fn a_relative_trace_is_none() {
    let ground = Ground::new();
    for name in ["trace", "./trace", "../trace", "sub/trace"] {
        let mut scene = scene(&ground, ME);
        scene.directory("project/sub", ME, 0o755);
        // Where `../trace` would be.
        scene.directory("", ME, 0o755);
        scene.set("PIVOT_COMPLETE_TRACE", name);
        press_everything(&scene);
        for place in ["project/trace", "trace", "project/sub/trace"] {
            assert!(!scene.path(place).exists(), "{name}: {place}");
        }
    }
}

#[test]
fn a_trace_is_not_written_through_what_is_anothers() {
    let ground = Ground::new();
    type Plant = fn(&Scene);
    let cases: [(&str, &str, Plant); 6] = [
        ("another's link to a file of mine", "tmp/trace", |scene| {
            drop(scene.link("tmp/trace", scene.path("home/precious"), ANOTHER));
        }),
        ("another's link to nothing in my home", "tmp/trace", |scene| {
            drop(scene.link("tmp/trace", scene.path("home/new"), ANOTHER));
        }),
        ("another's link to a directory of mine", "tmp/link/precious", |scene| {
            drop(scene.link("tmp/link", scene.path("home"), ANOTHER));
        }),
        ("another's link to another's link", "tmp/trace", |scene| {
            scene.link("tmp/second", scene.path("home/precious"), ANOTHER);
            scene.link("tmp/trace", "second", ANOTHER);
        }),
        ("another's file that everyone may write to", "tmp/trace", |scene| {
            drop(scene.file("tmp/trace", "theirs\n", ANOTHER, 0o666));
        }),
        ("my link to another's file", "home/trace", |scene| {
            scene.file("tmp/theirs", "theirs\n", ANOTHER, 0o666);
            scene.link("home/trace", scene.path("tmp/theirs"), scene.me);
        }),
    ];
    let mut failures = Vec::new();
    for me in [ME, 0] {
        for (what, trace, plant) in cases {
            let mut scene = scene(&ground, me);
            scene.file("home/precious", "mine\n", me, 0o644);
            plant(&scene);
            scene.set("PIVOT_COMPLETE_TRACE", &format!("{{}}/{trace}"));
            // The cache is none of what is looked at.
            scene.set("XDG_CACHE_HOME", "{}/cache");
            scene.directory("cache", me, 0o755);
            let before = [snapshot(&scene.path("home")), snapshot(&scene.path("tmp"))];
            press_everything(&scene);
            // The lock's directory may come and stay.
            let mut after = [snapshot(&scene.path("home")), snapshot(&scene.path("tmp"))];
            after[1].retain(|line| !line.contains("pivot-complete-"));
            if after != before {
                failures.push(format!("user {me}: {what}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// An absolute path of mine is written to, by both programs.
#[test]
fn ones_own_trace_is_written() {
    let ground = Ground::new();
    let mut scene = scene(&ground, ME);
    scene.set("PIVOT_COMPLETE_TRACE", "{}/home/trace");
    press_everything(&scene);
    let trace = fs::read_to_string(scene.path("home/trace")).unwrap();
    for program in [" front ", " engine "] {
        assert!(trace.contains(program), "{trace}");
    }
}
