//! Pipelines that are a `pivot.yaml`, which Pivot 0.1 reads and later ones do not: named without
//! Python where the file says it all, discovered where a function says how many stages there are.

use std::fs;

use super::edits::{Way, counted_up, replace};
use super::scene::Scene;
use crate::support::{Pivot, Sandbox, set_mtime};

const WAYS: [Way; 4] = [Way::InPlace, Way::OldMtime, Way::Renamed, Way::RenamedOld];

/// A stage that needs no module of the project's own.
const STEP: &str = "python: pivot.project.get_project_root";

fn opened(files: &[(&str, &str)]) -> Scene {
    let mut sandbox = Sandbox::with(Pivot::V010);
    sandbox.start_trace();
    sandbox.make_directory("project/.pivot");
    for (file, text) in files {
        sandbox.write(file, text);
    }
    let path = sandbox.path("elsewhere");
    sandbox.set("PYTHONPATH", path);
    Scene::open(sandbox, "project")
}

#[track_caller]
fn edited_in_all_ways(scene: &mut Scene, file: &str) {
    for way in WAYS {
        scene.notices(&format!("{file}: {way:?}"), |sandbox| {
            let path = sandbox.path(file);
            let text = counted_up(&fs::read_to_string(&path).unwrap());
            replace(&path, text, way);
        });
    }
}

#[test]
fn names_in_a_yaml_config_are_as_fresh_as_it() {
    let text = format!(
        "stages:\n  v000:\n    {STEP}\n  fit:\n    {STEP}\n    matrix:\n      model: [a, w000]\n"
    );
    let mut scene = opened(&[("project/pivot.yaml", &text)]);
    edited_in_all_ways(&mut scene, "project/pivot.yaml");
    scene.ignores("a new file", |sandbox| drop(sandbox.write("project/notes.txt", "x")));
    scene.ignores("a new module", |sandbox| drop(sandbox.write("project/steps.py", "x = 1\n")));
    scene.notices("the config's other name", |sandbox| {
        let text = format!("stages:\n  other:\n    {STEP}\n");
        fs::remove_file(sandbox.path("project/pivot.yaml")).unwrap();
        sandbox.write("project/pivot.yml", text);
    });
    scene.notices("the first name comes back", |sandbox| {
        let text = format!("stages:\n  first:\n    {STEP}\n");
        sandbox.write("project/pivot.yaml", text);
    });
    scene.close();
}

#[test]
fn names_that_a_function_makes_are_as_fresh_as_its_module() {
    let steps = "from names import NAMES\n\
        def run() -> None:\n    pass\n\
        def some():\n    return [{'name': n, 'deps': {}, 'outs': {}} for n in NAMES]\n";
    let text = "stages:\n  fit:\n    python: steps.run\n    variants: steps.some\n";
    let mut scene = opened(&[
        ("project/pivot.yaml", text),
        ("elsewhere/steps.py", steps),
        ("elsewhere/names.py", "NAMES = ['a', 'v000']\n"),
    ]);
    edited_in_all_ways(&mut scene, "elsewhere/names.py");
    scene.ignores("another module there", |sandbox| {
        sandbox.write("elsewhere/unrelated.py", "x = 1\n");
    });
    scene.ignores("a touched module", |sandbox| {
        set_mtime(&sandbox.path("elsewhere/steps.py"), 1_600_000_000, 0);
    });
    scene.close();
}

/// A name that is no line is not left out as if there were none.
#[test]
fn names_that_are_no_lines_are_no_answer() {
    let sandbox = Sandbox::with(Pivot::V010);
    sandbox.make_directory("project/.pivot");
    let text = format!("stages:\n  \"a\\nb\":\n    {STEP}\n  fit:\n    {STEP}\n");
    sandbox.write("project/pivot.yaml", text);
    for arguments in [&["stages"][..], &["stages", "--json"], &["targets"]] {
        let said = sandbox.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("a\\nb"), "{said:?}");
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3, "{arguments:?}");
    }
    // A TAB gives what it can.
    assert_eq!(sandbox.tab(&["pivot", "repro", "f"]).candidates(), ["fit"]);
    assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3);
    // For these Pivot itself is asked, which refuses the name in words of its own. That is nothing that a
    // TAB is to be told: its names are those that it can read.
    for arguments in [&["status"][..], &["manifest", "--json"], &["manifest", "fit"]] {
        let said = sandbox.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("'a\nb' must start"), "{said:?}");
        assert_eq!(sandbox.tab(&["pivot", "repro", "f"]).candidates(), ["fit"], "{arguments:?}");
    }
}
