//! What `doctor` tells of a refusal.

use super::ground::{ANOTHER, Ground, ME, Scene};

/// Says what it is that a TAB refuses, and what to do about it.
#[test]
fn doctor_names_the_file_and_the_remedy_and_ends_with_1() {
    let ground = Ground::new();
    type Spoil = fn(&mut Scene);
    let cases: [(&str, &str, Spoil); 6] = [
        ("the working directory", "project/sub", |scene| {
            scene.directory("project/sub", ANOTHER, 0o755);
            scene.here = "project/sub".into();
        }),
        ("ROOT", "project", |scene| drop(scene.directory("project", ANOTHER, 0o755))),
        ("the config", "project/pipeline.py", |scene| {
            drop(scene.file("project/pipeline.py", "", ANOTHER, 0o644));
        }),
        ("another config", "project/pivot.yml", |scene| {
            drop(scene.file("project/pivot.yml", "stages: {}\n", ANOTHER, 0o644));
        }),
        ("a .venv", "project/.venv", |scene| {
            scene.link("project/.venv", scene.path("safe"), ANOTHER);
            let python = scene.python("safe/bin/python3", "found", 0, 0o755);
            scene.script("safe/bin/pivot", &python.display().to_string(), 0, 0o755);
            scene.set("PATH", "/usr/bin:/bin");
        }),
        ("a pivot", "project/bin/pivot", |scene| {
            scene.python("safe/python3", "found", 0, 0o755);
            let python = scene.path("safe/python3").display().to_string();
            scene.script("project/bin/pivot", &python, ANOTHER, 0o755);
            scene.set("PATH", "{}/project/bin");
        }),
    ];
    let mut failures = Vec::new();
    for (what, refused, spoil) in cases {
        let mut scene = ground.scene(ME);
        let python = scene.python("tools/bin/python3", "found", 0, 0o755);
        scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
        scene.set("PATH", "{}/tools/bin");
        spoil(&mut scene);
        let doctor = scene.run(&["doctor"]);
        let file = scene.path(refused).display().to_string();
        let names = doctor.stdout.contains(&file);
        let has_remedy = doctor.stdout.contains("pivot-complete trust");
        if !names || !has_remedy {
            let said = format!("names it: {names}, remedy: {has_remedy}");
            failures.push(format!("{what}: {said}: {}", doctor.stdout));
        }
        // It ends with 1 where a TAB would not be answered.
        if doctor.code != 1 {
            failures.push(format!("{what}: exit {}", doctor.code));
        }
        assert_eq!(scene.take_marks(), [""; 0], "{what}");
    }
    assert!(failures.is_empty(), "{failures:#?}");
}
