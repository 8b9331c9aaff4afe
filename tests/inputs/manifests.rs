//! `manifest`: what Pivot itself computes, kept until a source or an input changes.

use std::fs;
use std::path::Path;

use crate::edits::{AtPath, Way, replace};
use crate::fingerprinted::Stages;
use crate::support::{Pivot, set_mtime};

#[test]
fn a_manifest_is_pivots_own_and_a_hit_from_then_on() {
    for pivot in Pivot::ALL {
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
    for pivot in Pivot::ALL {
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
    for pivot in Pivot::ALL {
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
    for pivot in Pivot::ALL {
        let mut stages = Stages::new(pivot);
        let more = stages.sandbox.path("project/package/more.py");
        let all = |stages: &Stages| stages.sandbox.run(&["manifest", "--json"]);
        all(&stages);
        let walked = stages.walked();
        assert_eq!(walked, ["rated", "refused", "shape", "train"], "{pivot:?}");
        // Nothing is kept of what was refused.
        let again = all(&stages);
        assert_eq!(stages.walked(), ["refused"], "{pivot:?}");
        // No input by its bytes, which might be behind any value: its own stage alone is a miss.
        set_mtime(&more, 1_600_000_000, 0);
        let touched = all(&stages);
        assert_eq!(stages.walked(), ["refused", "shape"], "{pivot:?}");
        assert_eq!(touched.stdout, again.stdout);
        stages.is_cached("shape", "recomputed");
        stages.is_cached("train", "kept");
    }
}

#[test]
fn all_manifests_are_an_object_of_objects() {
    for pivot in Pivot::ALL {
        let mut stages = Stages::new(pivot);
        let said = stages.sandbox.run(&["manifest", "--json"]);
        let refusal =
            stages.oracle.tell("refusal", &stages.sandbox, "project", &[&stages.name("refused")]);
        let line = refusal.lines().next().unwrap();
        assert!(said.stderr.contains(line), "{said:?} lacks {line:?}");
        let mut right = Vec::new();
        for stage in ["train", "shape", "rated"] {
            right.push(format!("\"{}\":{}", stages.name(stage), stages.pivots(stage)));
            stages.is_cached(stage, "all");
        }
        assert_eq!(said.stdout, format!("{{{}}}\n", right.join(",")), "{pivot:?}");
    }
}

#[test]
fn after_a_refresh_every_manifest_is_a_hit() {
    for pivot in Pivot::ALL {
        let mut stages = Stages::new(pivot);
        let said = stages.sandbox.run(&["refresh"]);
        assert_eq!(said.code, 0, "{said:?}");
        for stage in ["train", "shape", "rated"] {
            stages.is_cached(stage, "refreshed");
        }
        stages.is_not_cached("refused", "refreshed");
        stages.is_not_cached("unknown", "refreshed");
    }
}

#[test]
fn a_refused_stage_and_one_that_there_is_not_are_errors() {
    for pivot in Pivot::ALL {
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
