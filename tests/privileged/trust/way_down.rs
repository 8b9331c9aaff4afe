//! What lies between ROOT and the config, and a ROOT that was not asked about.

use std::fs;

use super::ground::{ANOTHER, Ground, ME, Scene};
use crate::support::rights::{OWNER, Shared, VISITOR, chmod};
use crate::support::{Pivot, pipeline_0511, ran};

/// A project of mine, whose Pivot is root's.
fn scene(ground: &Ground) -> Scene {
    ground.with_pivot()
}

/// Pivot imports the packages on the way to a config.
#[test]
fn packages_on_the_way_to_a_config_are_asked_about() {
    type Make = fn(&mut Scene);
    let ways: [(&str, Make, &[&str]); 7] = [
        ("all mine", |scene| below(scene, ME, ME), &["found stages"]),
        ("another's directory", |scene| below(scene, ANOTHER, ANOTHER), &[]),
        ("another's in a directory of mine", |scene| below(scene, ME, ANOTHER), &[]),
        ("another's directory with a file of mine", |scene| below(scene, ANOTHER, ME), &[]),
        ("a link through another's directory", linked, &[]),
        ("another's bytecode", |scene| bytecode(scene, ANOTHER), &[]),
        ("my bytecode", |scene| bytecode(scene, ME), &["found stages"]),
    ];
    let ground = Ground::new();
    for (what, make, marks) in ways {
        let mut scene = scene(&ground);
        make(&mut scene);
        let said = scene.tab(&["pivot", "repro", ""]);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}: {said:?}");
        let ran: Vec<String> =
            scene.take_marks().into_iter().filter(|mark| !mark.ends_with("describe")).collect();
        assert_eq!(ran, marks, "{what}");
    }
}

fn below(scene: &mut Scene, directory: u32, package: u32) {
    scene.file("project/between/here/pipeline.py", "", ME, 0o644);
    scene.file("project/between/__init__.py", "", package, 0o644);
    scene.directory("project/between", directory, 0o755);
    scene.here = "project/between/here".into();
}

fn bytecode(scene: &mut Scene, owner: u32) {
    scene.directory("project/__pycache__", owner, 0o755);
}

fn linked(scene: &mut Scene) {
    fs::remove_file(scene.path("project/pipeline.py")).unwrap();
    scene.file("project/between/pipeline.py", "", ME, 0o644);
    scene.directory("project/between", ANOTHER, 0o755);
    scene.link("project/pipeline.py", "between/pipeline.py", ME);
}

/// There the number of nobody is everybody's who has none.
#[test]
fn nobodys_number_in_a_user_namespace_proves_nothing() {
    let ground = Ground::new();
    let mut scene = scene(&ground);
    for place in ["project/.pivot", "project"] {
        scene.directory(place, ANOTHER, 0o755);
    }
    scene.file("project/pipeline.py", "", ANOTHER, 0o644);
    // What the program makes there is nobody's in the namespace, too.
    scene.set("HOME", "{}/tmp");
    for map in [&["--map-user=65534", "--map-group=65534"][..], &[]] {
        let said = scene.tab_in_namespace(map);
        assert_eq!((said.code, said.stdout.trim()), (0, ""), "{map:?}: {said:?}");
        assert!(!scene.take_marks().iter().any(|mark| mark == "found stages"), "{map:?}");
    }
}

/// A `.pivot` above that appears once ROOT was asked about.
#[test]
fn a_root_that_was_not_asked_about_is_not_discovered() {
    let mut shared = Shared::with_pivot();
    let sandbox = &mut shared.sandbox;
    sandbox.make_directory("open/mine/.pivot");
    sandbox.write("open/mine/pipeline.py", pipeline_0511("demo", &["train"]));
    sandbox.write("open/pipeline.py", "open('/dev/null')\nraise SystemExit('evil')\n");
    let real = Pivot::V0511.venv().join("bin/python3");
    let planted = sandbox.path("open/.pivot");
    let python = sandbox.write_program(
        "bin/python3",
        &format!("#!/bin/sh\nmkdir -p '{}'\nexec '{}' \"$@\"\n", planted.display(), real.display()),
    );
    sandbox.set("PIVOT_COMPLETE_PYTHON", python);
    shared.give("open", OWNER);
    shared.give("open/mine", VISITOR);
    chmod(&shared.sandbox.path("open"), 0o1777);
    for _ in 0..2 {
        let said = ran(shared.tab(VISITOR, "open/mine", &["pivot", "repro", ""]));
        assert_eq!((said.code, said.candidates().len()), (0, 0), "{said:?}");
        assert!(planted.is_dir(), "it was not planted");
        fs::remove_dir(&planted).unwrap();
    }
    // It is not remembered.
    let said = ran(shared.front(VISITOR, "open/mine", &["doctor"]));
    assert!(!said.stdout.contains("evil") && !said.stdout.contains("became"), "{}", said.stdout);
}
