//! `manifest`: what Pivot itself computes, kept until a source or an input changes.

use std::fs;
use std::path::Path;

use super::edits::{AtPath, Way, replace};
use super::fingerprinted::Stages;
use crate::support::{Pivot, Sandbox, set_mtime};

#[test]
fn a_manifest_is_pivots_own_and_a_hit_from_then_on() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        stages.is_not_cached("train", "at first");
        for stage in ["train", "shape", "rated"] {
            stages.is_pivots(stage, "computed");
            assert_eq!(stages.walked(), [stage], "{pivot:?}");
        }
        stages.is_cached("train", "still");
        let trace = stages.sandbox.trace();
        assert!(trace.last().unwrap().starts_with("front answered"), "{trace:?}");
        let json = stages.cached("train").stdout;
        let own: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert!(own.get("self:train").is_some(), "{json}");
    }
}

/// A change of any stamp, and nothing else, is a miss; the same bytes give the same manifest.
#[test]
fn any_change_of_a_source_is_a_miss() {
    const CHANGES: [AtPath; 5] = [
        ("its mtime", |path| set_mtime(path, 1_600_000_000, 1)),
        ("its inode", |path| replace(path, fs::read(path).unwrap(), Way::RenamedOld)),
        ("its text", |path| replace(path, "def far():\n    return 2\n", Way::InPlace)),
        ("its text and nothing else", |path| {
            replace(path, "def far():\n    return 3\n", Way::OldMtime);
        }),
        ("its size", |path| fs::write(path, "def far():\n    return 10\n").unwrap()),
    ];
    const UNREADABLE: [AtPath; 2] = [
        ("gone", |path| fs::remove_file(path).unwrap()),
        ("a directory", |path| fs::create_dir(path).unwrap()),
    ];
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        let helpers = stages.sandbox.path("project/helpers.py");
        stages.is_pivots("train", "at first");
        for (what, change) in CHANGES {
            change(&helpers);
            stages.is_not_cached("train", what);
            stages.is_pivots("train", what);
        }
        for (what, change) in UNREADABLE {
            change(&helpers);
            stages.is_not_cached("train", what);
            let said = stages.sandbox.run(&["manifest", &stages.name("train")]);
            let refused = stages.oracle.names(&stages.sandbox, "project").unwrap_err();
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}");
            assert!(said.stderr.contains(&refused), "{what}: {said:?} lacks {refused:?}");
        }
    }
}

/// A parameter that is read at import is in a manifest and in no source.
#[test]
fn a_value_read_at_import_is_an_input_of_a_manifest() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        stages.is_pivots("rated", "at first");
        let before = stages.cached("rated").stdout;
        let params = stages.sandbox.path("project/params.json");
        replace(&params, "{\"rate\": 2}", Way::OldMtime);
        stages.is_not_cached("rated", "another parameter");
        stages.is_pivots("rated", "another parameter");
        assert_ne!(stages.cached("rated").stdout, before, "{pivot:?}");
    }
}

/// One source changed: its stage alone is fingerprinted again.
#[test]
fn a_miss_recomputes_what_is_stale_and_nothing_else() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        let more = stages.sandbox.path("project/package/more.py");
        let all = |stages: &Stages| stages.sandbox.run(&["manifest", "--json"]);
        all(&stages);
        let walked = stages.walked();
        assert_eq!(walked, ["rated", "refused", "shape", "train"], "{pivot:?}");
        // Nothing is kept of what was refused.
        let again = all(&stages);
        assert_eq!(stages.walked(), ["refused"], "{pivot:?} {:#?}", stages.sandbox.trace());
        assert_eq!((again.code, again.stdout.as_str()), (1, ""), "{again:?}");
        // No input by its bytes, which might be behind any value: its own stage alone is a miss.
        set_mtime(&more, 1_600_000_000, 0);
        let touched = all(&stages);
        assert_eq!(
            stages.walked(),
            ["refused", "shape"],
            "{pivot:?} {:#?}",
            stages.sandbox.trace()
        );
        assert_eq!((touched.code, touched.stdout.as_str()), (1, ""), "{touched:?}");
        stages.is_cached("shape", "recomputed");
        stages.is_cached("train", "kept");
    }
}

#[test]
fn all_manifests_are_an_object_of_objects_or_none_is_printed() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        let refusal =
            stages.oracle.tell("refusal", &stages.sandbox, "project", &[&stages.name("refused")]);
        let line = refusal.lines().next().unwrap().to_owned();
        // Nothing is known, then all the others are.
        for _ in 0..2 {
            let said = stages.sandbox.run(&["manifest", "--json"]);
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
            assert!(said.stderr.contains(&line), "{said:?} lacks {line:?}");
            let cached = stages.sandbox.run(&["manifest", "--json", "--cached"]);
            assert_eq!((cached.code, cached.stdout.as_str()), (3, ""), "{cached:?}");
        }
        for stage in ["train", "shape", "rated"] {
            stages.is_cached(stage, "computed beside a refused one");
        }
        // Where none is refused.
        let config = stages.sandbox.path("project/pipeline.py");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace("LIMITS = [1, 2]", "LIMITS = 3")).unwrap();
        let mut right = Vec::new();
        for stage in ["train", "shape", "rated", "refused"] {
            right.push(format!("\"{}\":{}", stages.name(stage), stages.pivots(stage)));
        }
        let said = stages.sandbox.run(&["manifest", "--json"]);
        assert_eq!(said.lines(), [format!("{{{}}}", right.join(","))], "{pivot:?}");
        let cached = stages.sandbox.run(&["manifest", "--json", "--cached"]);
        assert_eq!(cached.stdout, said.stdout);
    }
}

#[test]
fn after_a_refresh_every_manifest_is_a_hit_and_a_refused_one_is_told() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        stages.refresh();
        for stage in ["train", "shape", "rated"] {
            stages.is_cached(stage, "refreshed");
        }
        stages.is_not_cached("refused", "refreshed");
        stages.is_not_cached("unknown", "refreshed");
    }
}

/// What cannot be fingerprinted at all is no discovery that failed.
#[test]
fn a_pivot_that_cannot_fingerprint_says_so_and_its_stages_stay_known() {
    let stages = Stages::new(Pivot::V0511);
    let config = stages.sandbox.path("project/pipeline.py");
    let text = fs::read_to_string(&config).unwrap();
    let text = text.replace("pipeline = ", "del fingerprint.get_stage_fingerprint\npipeline = ");
    fs::write(&config, &text).unwrap();
    for arguments in [&["manifest", "--json"][..], &["manifest", "demo/train"], &["refresh"]] {
        let said = stages.sandbox.run(arguments);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("get_stage_fingerprint"), "{said:?}");
        let names = stages.sandbox.run(&["stages", "--cached"]);
        assert_eq!(names.lines().len(), 4, "{names:?}");
    }
    // Nor where anything else ends it.
    let text = text.replace(
        "del fingerprint.get_stage_fingerprint",
        "def end(*arguments):\n    raise KeyboardInterrupt\nfingerprint.get_stage_fingerprint = end",
    );
    fs::write(&config, text).unwrap();
    let said = stages.sandbox.run(&["manifest", "--json"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert_eq!(stages.sandbox.run(&["stages", "--cached"]).lines().len(), 4);
}

/// As the development head is: no name of what fingerprints a stage but the public ones.
#[test]
fn without_private_names_manifests_are_the_same() {
    for (gone, keeps) in [
        ("fingerprint._current_stage_name, fingerprint.stage_fingerprint_scope", true),
        ("registry._compute_file_fingerprint, fingerprint._current_stage_name", true),
        ("fingerprint._collecting_sources", false),
    ] {
        let mut sandbox = Sandbox::empty();
        let packages = sandbox.environment("environment", Pivot::V0511);
        sandbox.prepend_path(sandbox.path("environment/bin"));
        let text = "from pivot import Pipeline, no_fingerprint, stage\n\
                    @stage\ndef walked() -> dict:\n    return {}\n\
                    @stage\n@no_fingerprint()\ndef by_file() -> dict:\n    return {}\n\
                    pipeline = Pipeline('demo')\nwith pipeline:\n    walked()\n    by_file()\n";
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pipeline.py", text);
        let manifests = || sandbox.run(&["manifest", "--json"]).lines().join("\n");
        let right = manifests();
        fs::remove_dir_all(sandbox.path("project/.pivot/cache")).unwrap();
        // Removed as the interpreter starts: the pipeline is the same.
        let lacking: String =
            gone.split(", ").map(|name| format!("'{}', ", name.replace('.', "', '"))).collect();
        fs::write(packages.join("lacking.py"), LACKING.replace("LACKING", &lacking)).unwrap();
        fs::write(packages.join("lacking.pth"), "import lacking\n").unwrap();
        assert_eq!(manifests(), right, "without {gone}");
        let cached = sandbox.run(&["manifest", "--json", "--cached"]);
        assert_eq!(cached.code == 0, keeps, "without {gone}: {cached:?}");
    }
}

/// Removes names from modules of Pivot once they are imported; their own functions still find them.
const LACKING: &str = r#"
import builtins, importlib.abc, importlib.machinery, sys

NAMES = [LACKING]


class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        gone = [NAMES[i + 1] for i in range(0, len(NAMES), 2) if name == "pivot." + NAMES[i]]
        spec = importlib.machinery.PathFinder.find_spec(name, path, target) if gone else None
        if spec:
            run = spec.loader.exec_module

            def exec_module(module):
                run(module)
                for each in gone:
                    setattr(builtins, each, vars(module).pop(each))

            spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, Finder())
"#;

#[test]
fn a_refused_stage_and_one_that_there_is_not_are_errors() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        let name = stages.name("refused");
        let refusal = stages.oracle.tell("refusal", &stages.sandbox, "project", &[&name]);
        assert!(refusal.contains("LIMITS"), "{refusal}");
        for _ in 0..2 {
            let said = stages.sandbox.run(&["manifest", &name]);
            assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
            assert!(said.stderr.contains(&refusal), "{said:?} lacks {refusal:?}");
        }
        let said = stages.sandbox.run(&["manifest", "nobody"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("nobody"), "{said:?}");
        stages.is_not_cached("refused", "an error");
    }
}

#[test]
fn a_broken_store_is_a_miss_and_is_replaced() {
    let mut stages = Stages::new(Pivot::V010);
    stages.is_pivots("train", "at first");
    let directory = stages.sandbox.path("project/.pivot/cache/complete");
    let is_store = |path: &Path| path.extension().is_some_and(|extension| extension == "store");
    let all = fs::read_dir(&directory).unwrap().map(|entry| entry.unwrap().path());
    let store = all.into_iter().find(|path| is_store(path)).expect("a store");
    let whole = fs::read(&store).unwrap();
    for (what, bytes) in [
        ("empty", vec![]),
        ("cut", whole[..whole.len() / 2].to_vec()),
        ("nonsense", vec![0xff; whole.len()]),
        ("another version", [b"X".as_slice(), &whole[1..]].concat()),
    ] {
        fs::write(&store, bytes).unwrap();
        stages.is_not_cached("train", what);
        stages.is_pivots("train", what);
    }
}
