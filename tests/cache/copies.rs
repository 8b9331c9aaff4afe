//! Copies and moves: what was found out in one ROOT is never believed in another.

use std::path::Path;
use std::process::Command;

use super::stages_in;
use crate::support::{Sandbox, pipeline_0511, ran, set_mtime, soak};

/// A `pipeline.py` whose stage is named by a module beside it.
const PIPELINE: &str = "from pivot import Pipeline, stage\nfrom names import NAME\n\
                        def one() -> dict:\n    return {'a': 1}\n\
                        one.__name__ = NAME\none = stage(one)\n\
                        pipeline = Pipeline('demo')\nwith pipeline:\n    one()\n";

/// Long ago, so that no stamp is racy.
const LONG_AGO_S: i64 = 1_700_000_000;

/// A project that was asked about, and whose inputs have aged.
fn asked() -> Sandbox {
    let sandbox = Sandbox::project(PIPELINE);
    sandbox.write("project/names.py", "NAME = 'original'\n");
    for file in ["pipeline.py", "names.py"] {
        set_mtime(&sandbox.path("project").join(file), LONG_AGO_S, 0);
    }
    assert_eq!(stages_in(&sandbox, "project").lines(), ["demo/original"]);
    sandbox
}

fn run(program: &str, arguments: &[&str], from: &Path, to: &Path) {
    let status = Command::new(program).args(arguments).args([from, to]).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}");
}

/// Edits the module of a project and keeps its length and the config.
fn edit(sandbox: &Sandbox, project: &str, name: &str) {
    let module = sandbox.path(project).join("names.py");
    // A hard link of the original is not written through.
    std::fs::remove_file(&module).unwrap();
    std::fs::write(&module, format!("NAME = '{name}'\n")).unwrap();
}

/// Asks in all ways in which a stage is told.
#[track_caller]
fn assert_answers(sandbox: &Sandbox, project: &str, name: &str) {
    let full = format!("demo/{name}");
    assert_eq!(sandbox.tab_in(project, &["pivot", "repro", "demo/"]).candidates(), [&full]);
    assert_eq!(stages_in(sandbox, project).lines(), [&full]);
    let cached = ran(sandbox.front_in(project, &["stages", "--cached"]));
    assert_eq!(cached.lines(), [&full], "{project}");
    let manifests = ran(sandbox.front_in(project, &["manifest", "--json"]));
    assert!(manifests.lines()[0].contains(&full), "{manifests:?}");
}

#[test]
fn a_copys_edits_are_seen_and_so_are_the_originals() {
    for how in soak::share(2, [["-a", "-T"], ["-al", "-T"]]) {
        let sandbox = asked();
        let [original, copy, second] = ["project", "copy", "second"].map(|name| sandbox.path(name));
        run("cp", &how, &original, &copy);
        edit(&sandbox, "copy", "imitated");
        // Before anything was found out there.
        let cached = ran(sandbox.front_in("copy", &["stages", "--cached"]));
        assert_eq!((cached.code, cached.stdout.as_str()), (3, ""), "{how:?}");
        assert_answers(&sandbox, "copy", "imitated");
        // In turn, and a copy of the copy.
        assert_answers(&sandbox, "project", "original");
        run("cp", &how, &copy, &second);
        edit(&sandbox, "second", "repeated");
        assert_answers(&sandbox, "second", "repeated");
        edit(&sandbox, "project", "modified");
        for (project, name) in
            [("project", "modified"), ("copy", "imitated"), ("second", "repeated")]
        {
            assert_answers(&sandbox, project, name);
        }
    }
}

#[test]
fn a_moved_project_is_asked_about_anew_and_so_is_one_moved_back() {
    let sandbox = asked();
    let [here, there] = ["project", "moved"].map(|name| sandbox.path(name));
    std::fs::rename(&here, &there).unwrap();
    edit(&sandbox, "moved", "relocated");
    assert_answers(&sandbox, "moved", "relocated");
    std::fs::rename(&there, &here).unwrap();
    edit(&sandbox, "project", "back-home");
    assert_answers(&sandbox, "project", "back-home");
}

#[test]
fn an_archive_that_counts_whole_seconds_is_a_copy_too() {
    let sandbox = asked();
    let (original, archive) = (sandbox.path("project"), sandbox.path("archive.tar"));
    let copy = sandbox.make_directory("copy");
    let tar = |arguments: &[&str], directory: &Path| {
        let mut tar = Command::new("tar");
        tar.args(arguments).arg(&archive).arg("-C").arg(directory);
        tar
    };
    assert!(tar(&["-cf"], &original).arg(".").status().unwrap().success());
    assert!(tar(&["-xf"], &copy).status().unwrap().success());
    edit(&sandbox, "copy", "unpacked");
    assert_answers(&sandbox, "copy", "unpacked");
}

#[test]
fn a_link_to_a_project_is_no_other_root() {
    let sandbox = asked();
    std::os::unix::fs::symlink(sandbox.path("project"), sandbox.path("link")).unwrap();
    let cached = ran(sandbox.front_in("link", &["stages", "--cached"]));
    assert_eq!(cached.lines(), ["demo/original"]);
}

#[test]
fn stale_names_of_another_root_are_no_last_known_ones() {
    let sandbox = asked();
    run("cp", &["-a", "-T"], &sandbox.path("project"), &sandbox.path("copy"));
    sandbox.write("copy/pipeline.py", pipeline_0511("demo", &["mine"]));
    let mut tab = sandbox.tab_command("copy", &["pivot", "repro", "demo/"]);
    tab.env("PIVOT_COMPLETE_ON_MISS", "stale");
    assert_eq!(ran(tab).candidates(), ["demo/mine"]);
    // Nor those of a pipeline that fails.
    run("cp", &["-a", "-T"], &sandbox.path("project"), &sandbox.path("broken"));
    sandbox.write("broken/pipeline.py", "raise ValueError\n");
    assert_eq!(sandbox.tab_in("broken", &["pivot", "repro", "demo/"]).candidates(), [""; 0]);
}

#[test]
fn manifests_of_another_root_are_no_hit() {
    let sandbox = asked();
    // What a stage is made of may name the directory that it lies in.
    let pipeline = "import os\nfrom pivot import Pipeline, stage\nHERE = os.path.dirname(__file__)\n\
                    @stage\ndef one() -> dict:\n    return {'a': HERE}\n\
                    pipeline = Pipeline('demo')\nwith pipeline:\n    one()\n";
    set_mtime(&sandbox.write("project/pipeline.py", pipeline), LONG_AGO_S, 0);
    let manifest = |project: &str| {
        ran(sandbox.front_in(project, &["manifest", "demo/one"])).lines().join("\n")
    };
    let original = manifest("project");
    // With hard links a stage's sources have the same stamps in both.
    run("cp", &["-al", "-T"], &sandbox.path("project"), &sandbox.path("copy"));
    assert_eq!(stages_in(&sandbox, "copy").lines(), ["demo/one"]);
    let copied = manifest("copy");
    assert_ne!(copied, original);
    std::fs::remove_dir_all(sandbox.path("copy/.pivot/cache")).unwrap();
    assert_eq!(manifest("copy"), copied, "as without any cache");
    assert_eq!(manifest("project"), original);
}

/// A stage that is called like the directory that the pipeline lies in.
const BY_PLACE: &str = "import os\nfrom pivot import Pipeline, stage\n\
                        def one() -> dict:\n    return {'a': 1}\n\
                        one.__name__ = os.path.basename(os.path.dirname(__file__))\none = stage(one)\n\
                        pipeline = Pipeline('demo')\nwith pipeline:\n    one()\n";

/// What brings what was found out in one ROOT into another, and where that is then asked about. Each
/// input keeps its content, and most their stamps.
type Way = (&'static str, fn(&Sandbox));

const WAYS: [Way; 7] = [
    ("a copy", |sandbox| copy(sandbox, "-a")),
    ("a copy of hard links", |sandbox| copy(sandbox, "-al")),
    ("a copy over another project's caches", |sandbox| {
        sandbox.write("other/pipeline.py", BY_PLACE);
        sandbox.make_directory("other/.pivot");
        assert_eq!(stages_in(sandbox, "other").lines(), ["demo/other"]);
        let [from, to] = ["project/.", "other"].map(|name| sandbox.path(name));
        run("cp", &["-a", "-T"], &from, &to);
    }),
    ("a move", |sandbox| {
        std::fs::rename(sandbox.path("project"), sandbox.path("other")).unwrap();
    }),
    ("a move to where another was", |sandbox| {
        sandbox.write("other/pipeline.py", BY_PLACE);
        sandbox.make_directory("other/.pivot");
        assert_eq!(stages_in(sandbox, "other").lines(), ["demo/other"]);
        std::fs::rename(sandbox.path("other"), sandbox.path("gone")).unwrap();
        std::fs::rename(sandbox.path("project"), sandbox.path("other")).unwrap();
    }),
    ("a .pivot that two share", |sandbox| {
        copy(sandbox, "-a");
        std::fs::remove_dir_all(sandbox.path("other/.pivot")).unwrap();
        let shared = sandbox.path("project/.pivot");
        std::os::unix::fs::symlink(shared, sandbox.path("other/.pivot")).unwrap();
    }),
    ("a cache directory that two share", |sandbox| {
        copy(sandbox, "-a");
        std::fs::remove_dir_all(sandbox.path("other/.pivot/cache")).unwrap();
        let shared = sandbox.path("project/.pivot/cache");
        std::os::unix::fs::symlink(shared, sandbox.path("other/.pivot/cache")).unwrap();
    }),
];

fn copy(sandbox: &Sandbox, how: &str) {
    run("cp", &[how, "-T"], &sandbox.path("project"), &sandbox.path("other"));
}

#[test]
fn names_of_the_place_are_those_of_the_place() {
    for (what, way) in soak::share(3, WAYS) {
        let sandbox = Sandbox::project(BY_PLACE);
        set_mtime(&sandbox.path("project/pipeline.py"), LONG_AGO_S, 0);
        assert_eq!(stages_in(&sandbox, "project").lines(), ["demo/project"]);
        assert_eq!(ran(sandbox.front_in("project", &["manifest", "--json"])).code, 0);
        way(&sandbox);
        for words in ["stages --cached", "targets --cached", "manifest --json --cached"] {
            let said = ran(sandbox.front_in("other", &words.split(' ').collect::<Vec<_>>()));
            assert!(!said.stdout.contains("demo/project"), "{what}, {words}: {said:?}");
        }
        let mut tab = sandbox.tab_command("other", &["pivot", "repro", "demo/"]);
        tab.env("PIVOT_COMPLETE_ON_MISS", "stale");
        assert_eq!(ran(tab).candidates(), ["demo/other"], "{what}");
        for _ in 0..2 {
            assert_answers(&sandbox, "other", "other");
            let status = ran(sandbox.front_in("other", &["status"]));
            assert!(status.stdout.starts_with("demo/other\tnever run\n"), "{what}: {status:?}");
            if sandbox.path("project").exists() {
                assert_answers(&sandbox, "project", "project");
            }
        }
    }
}
