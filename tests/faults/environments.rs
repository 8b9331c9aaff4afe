//! With real Pivots: files that appear and go, and the environment that
//! changes under a cached answer.

use std::fs;
use std::os::unix::fs::symlink;

use crate::support::fake_pivot::{cached, stages, stores};
use crate::support::{Pivot, Sandbox, pipeline_010, pipeline_0511, ran};

/// How many discoveries the trace knows of.
fn discovered(sandbox: &Sandbox) -> usize {
    sandbox.trace().iter().filter(|line| line.ends_with("discovered")).count()
}

/// Pivot 0.5.11 ignores the YAML, 0.1.0 refuses the pair: only Pivot knows.
#[test]
fn a_yaml_that_appears_beside_the_pipeline_is_a_miss() {
    for (pivot, pipeline, names) in [
        (Pivot::V0511, pipeline_0511("demo", &["train"]), "demo/train"),
        (Pivot::V010, pipeline_010(&["train"]), "train"),
    ] {
        let sandbox = Sandbox::project_of(pivot, &pipeline);
        assert_eq!(stages(&sandbox), names);
        assert_eq!(cached(&sandbox).as_deref(), Some(names));
        let yaml = sandbox.write("project/pivot.yaml", "stages: {}\n");
        assert_eq!(cached(&sandbox), None, "{pivot:?}");
        let asked = sandbox.run(&["stages"]);
        match pivot {
            Pivot::V0511 => assert_eq!(asked.lines().join(" "), names),
            Pivot::V010 => assert_eq!((asked.code, asked.stdout.as_str()), (1, "")),
        }
        // Gone again: what was known of exactly these contents holds, or is found anew.
        fs::remove_file(yaml).unwrap();
        let kept = cached(&sandbox);
        assert!(kept.is_none() || kept.as_deref() == Some(names), "{pivot:?}: {kept:?}");
        assert_eq!(stages(&sandbox), names, "{pivot:?}");
    }
}

/// A package that shadows an imported module, and the module itself.
#[test]
fn a_module_that_is_edited_or_shadowed_is_a_miss() {
    let named = "from naming import WORD\nfrom pivot import Pipeline, stage\n\
                 @stage\ndef run() -> dict:\n    return {'a': 1}\n\
                 pipeline = Pipeline(WORD)\nwith pipeline:\n    run()\n";
    let sandbox = Sandbox::project(named);
    sandbox.write("project/naming.py", "WORD = 'one'\n");
    assert_eq!(stages(&sandbox), "one/run");
    assert_eq!(cached(&sandbox).as_deref(), Some("one/run"));
    sandbox.write("project/naming.py", "WORD = 'two'\n");
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "two/run");
    sandbox.write("project/naming/__init__.py", "WORD = 'three'\n");
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "three/run");
    assert_eq!(cached(&sandbox).as_deref(), Some("three/run"));
    // What nobody looks for changes nothing.
    sandbox.write("project/other.py", "");
    sandbox.write("project/naming/notes.txt", "");
    assert_eq!(cached(&sandbox).as_deref(), Some("three/run"));
    fs::remove_dir_all(sandbox.path("project/naming")).unwrap();
    assert_eq!(stages(&sandbox), "two/run");
}

#[test]
fn a_globbed_file_that_appears_or_goes_is_a_miss() {
    let globbing = "import pathlib\nfrom pivot import Pipeline, stage\n\
                    @stage\ndef run() -> dict:\n    return {'a': 1}\n\
                    found = sorted(path.stem for path in pathlib.Path('models').glob('*.json'))\n\
                    pipeline = Pipeline('_'.join(found))\nwith pipeline:\n    run()\n";
    let sandbox = Sandbox::project(globbing);
    sandbox.write("project/models/a.json", "");
    assert_eq!(stages(&sandbox), "a/run");
    assert_eq!(cached(&sandbox).as_deref(), Some("a/run"));
    let second = sandbox.write("project/models/b.json", "");
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "a_b/run");
    assert_eq!(cached(&sandbox).as_deref(), Some("a_b/run"));
    fs::remove_file(second).unwrap();
    assert_ne!(cached(&sandbox).as_deref(), Some("a_b/run"));
    assert_eq!(stages(&sandbox), "a/run");
}

/// Names that tell which Pivot answered.
const TELLING: &str = "from importlib.metadata import version\n";

/// A pipeline for either Pivot.
fn telling_pipeline() -> String {
    let indented = |text: &str| text.replace('\n', "\n    ");
    format!(
        "{TELLING}if version('pivot') == '0.1.0':\n    {}\nelse:\n    {}\n",
        indented(&pipeline_010(&["old"])),
        indented(&pipeline_0511("new", &["train"])),
    )
}

/// Two environments in turn, each with its own answer and its own store.
#[test]
fn another_environment_has_another_answer() {
    let mut sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", telling_pipeline());
    sandbox.environment("old", Pivot::V010);
    sandbox.environment("new", Pivot::V0511);
    sandbox.start_trace();
    let ask = |environment: &str, arguments: &[&str]| {
        let mut command = sandbox.front_in("project", arguments);
        let path = format!("{}:/usr/bin:/bin", sandbox.path(environment).join("bin").display());
        command.env("PATH", path);
        ran(command)
    };
    for round in 0..2 {
        for (environment, names) in [("old", "old"), ("new", "new/train")] {
            let cached = ask(environment, &["stages", "--cached"]);
            let expected = if round == 0 { (3, String::new()) } else { (0, format!("{names}\n")) };
            assert_eq!((cached.code, cached.stdout), expected, "{environment}, round {round}");
            let stages = ask(environment, &["stages"]);
            assert_eq!(stages.lines(), [names], "{environment}, round {round}");
        }
    }
    assert_eq!(stores(&sandbox).len(), 2);
    assert_eq!(discovered(&sandbox), 2, "{:?}", sandbox.trace());
}

/// Pivot and Python are upgraded where they are.
#[test]
fn an_upgrade_in_place_is_a_miss() {
    let mut sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", telling_pipeline());
    let packages = sandbox.environment("venv", Pivot::V010);
    let bin = sandbox.path("venv/bin");
    sandbox.prepend_path(&bin);
    assert_eq!(stages(&sandbox), "old");
    assert_eq!(cached(&sandbox).as_deref(), Some("old"));
    // As pip does it: other files under the same names, another dist-info.
    for entry in fs::read_dir(&packages).unwrap().flatten() {
        fs::remove_file(entry.path()).unwrap();
    }
    let newer = Pivot::V0511.venv().join("lib/python3.13/site-packages");
    for entry in fs::read_dir(newer).unwrap().flatten() {
        symlink(entry.path(), packages.join(entry.file_name())).unwrap();
    }
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "new/train");
    assert_eq!(cached(&sandbox).as_deref(), Some("new/train"));
    // A package that has nothing to do with it is no news: nobody asked which there are.
    sandbox.write("venv/lib/python3.13/site-packages/other-1.0.dist-info/METADATA", "");
    assert_eq!(cached(&sandbox).as_deref(), Some("new/train"));
    // The interpreter is another one.
    let python = bin.join("python3");
    let real = python.canonicalize().unwrap();
    let other = sandbox.path("another-python");
    fs::copy(&real, &other).unwrap();
    fs::remove_file(&python).unwrap();
    symlink(&other, &python).unwrap();
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "new/train");
    assert_eq!(cached(&sandbox).as_deref(), Some("new/train"));
    // And upgraded where it lies.
    let mut file = fs::OpenOptions::new().append(true).open(&other).unwrap();
    std::io::Write::write_all(&mut file, b"upgraded").unwrap();
    drop(file);
    assert_eq!(cached(&sandbox), None);
    assert_eq!(stages(&sandbox), "new/train");
}
