//! What was not there counts too: configs, roots and modules that appear. And the user's way to
//! force a discovery.

use std::fs;

use super::edits::{AtPath, Way, replace};
use super::scene::Scene;
use super::shape::{Shape, pipeline_of};
use crate::support::{Pivot, set_mtime};

/// A project whose names lie in `steps.py`, asked in `directory`.
fn opened(pivot: Pivot, directory: &'static str) -> Scene {
    let shape = Shape::naming(pivot, "from steps import NAMES")
        .file("project/steps.py", "NAMES = ['train']\n")
        .file("project/sub/data.csv", "");
    Scene::open(shape.build(), directory)
}

/// Another mtime, and the same bytes.
const TOUCHES: [AtPath; 3] = [
    ("newer", |path| set_mtime(path, 1_900_000_000, 0)),
    ("older", |path| set_mtime(path, 1_500_000_000, 9)),
    ("replaced by a copy", |path| replace(path, fs::read(path).unwrap(), Way::Renamed)),
];

#[test]
fn touching_the_config_forces_a_discovery() {
    for pivot in Pivot::in_turn() {
        let mut scene = opened(pivot, "project");
        for (what, edit) in TOUCHES {
            let before = scene.sandbox.trace().len();
            edit(&scene.sandbox.path("project/pipeline.py"));
            assert_eq!(scene.run(&["stages", "--cached"]).code, 3, "{pivot:?}: {what}");
            scene.is_pivots(what);
            assert_eq!(scene.discoveries(before), 1, "{pivot:?}: {what}");
            scene.hits(what);
        }
    }
}

/// 0.1.0 refuses the pair, 0.5.11 ignores the YAML; either way the answer is looked at again.
#[test]
fn a_yaml_config_that_appears_is_noticed() {
    for pivot in Pivot::in_turn() {
        for name in ["pivot.yaml", "pivot.yml"] {
            let mut scene = opened(pivot, "project");
            let path = scene.sandbox.write(&format!("project/{name}"), "stages: {}\n");
            assert_eq!(scene.run(&["stages", "--cached"]).code, 3, "{pivot:?}: {name}");
            scene.is_pivots(name);
            fs::remove_file(path).unwrap();
            scene.is_pivots("gone again");
            scene.hits("gone again");
        }
    }
}

#[test]
fn a_config_that_appears_in_the_working_directory_is_noticed() {
    for pivot in Pivot::in_turn() {
        let mut scene = opened(pivot, "project/sub");
        let text = pipeline_of(pivot, "NAMES = ['below']");
        let config = scene.sandbox.path("project/sub/pipeline.py");
        scene.notices("a config of its own", |_| fs::write(&config, text).unwrap());
        scene.notices("which goes", |_| fs::remove_file(&config).unwrap());
    }
}

#[test]
fn a_root_that_appears_above_is_noticed() {
    for pivot in Pivot::in_turn() {
        let mut scene = opened(pivot, "project/sub");
        let text = pipeline_of(pivot, "NAMES = ['from_above']");
        scene.ignores("a config above the root", |sandbox| {
            sandbox.write("pipeline.py", text);
        });
        scene.notices("its root", |sandbox| drop(sandbox.make_directory(".pivot")));
        scene.notices("which goes", |sandbox| {
            fs::remove_dir_all(sandbox.path(".pivot")).unwrap();
        });
        scene.close();
    }
}

/// In a directory that is searched earlier, as a module or as a package.
#[test]
fn a_module_that_shadows_an_imported_one_is_noticed() {
    for pivot in Pivot::in_turn() {
        let shape = Shape::naming(pivot, "from library import NAMES")
            .file("elsewhere/library.py", "NAMES = ['far']\n")
            .variable("PYTHONPATH", "elsewhere");
        let mut scene = Scene::open(shape.build(), "project");
        scene.notices("a module of the project", |sandbox| {
            sandbox.write("project/library.py", "NAMES = ['near']\n");
        });
        scene.notices("a package of the project", |sandbox| {
            sandbox.write("project/library/__init__.py", "NAMES = ['nearest']\n");
        });
        scene.notices("both go", |sandbox| {
            fs::remove_dir_all(sandbox.path("project/library")).unwrap();
            fs::remove_file(sandbox.path("project/library.py")).unwrap();
        });
        // 0.5.11 has imported its standard library by then; 0.1.0 searches the project first, too.
        scene.ignores("a module that nobody looked for", |sandbox| {
            sandbox.write("project/unheard_of.py", "");
        });
        scene.close();
    }
}

#[test]
fn a_module_of_the_standard_library_that_the_project_shadows_is_noticed() {
    for pivot in Pivot::in_turn() {
        // A module that Pivot itself does not import.
        let code = "import colorsys\nNAMES = getattr(colorsys, 'NAMES', ['train'])";
        let mut scene = Scene::open(Shape::naming(pivot, code).build(), "project");
        scene.notices("a module named like one of Python's", |sandbox| {
            sandbox.write("project/colorsys.py", "NAMES = ['own']\n");
        });
    }
}
