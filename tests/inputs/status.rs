//! `status`: how each stage's code stands against the lock file of its last run, as Pivot would say.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::edits::{Way, replace};
use super::fingerprinted::Stages;
use crate::support::{Pivot, Ran, Sandbox, pipeline_0511, ran};

/// Each name with its state and the members that changed, as all formats tell them.
#[track_caller]
pub fn states(sandbox: &Sandbox, what: &str) -> Vec<String> {
    let lines = sandbox.run(&["status"]);
    let mut rows = lines.lines();
    if let Some(note) = rows.pop() {
        assert!(note.contains("data and parameters are not looked at"), "{what}: {note}");
    }
    let nul = sandbox.run(&["status", "-0"]);
    let expected: String = rows.iter().map(|row| format!("{row}\0")).collect();
    assert_eq!(nul.stdout, expected, "{what}");
    let json = sandbox.run(&["status", "--json"]);
    let json: Value = serde_json::from_str(&json.lines().join("\n")).unwrap();
    assert_eq!((&json["compared"], &json["not_compared"][0]), (&"code".into(), &"data".into()));
    let state = |row: &str| {
        let columns: Vec<&str> = row.split('\t').collect();
        let [name, state, ..] = columns[..] else { panic!("{what}: {row}") };
        let told = &json["stages"][name];
        assert_eq!(told["state"], state, "{what}: {json}");
        assert_eq!(columns.len() == 3, ["changed", "unknown"].contains(&state), "{what}: {row}");
        let changed = told["changed"].as_array().into_iter().flatten();
        let changed: Vec<&str> = changed.map(|member| member.as_str().unwrap()).collect();
        [name, state, &changed.join(", ")].join(" ").trim_end().to_owned()
    };
    rows.iter().map(|row| state(row)).collect()
}

#[track_caller]
fn stands(stages: &Stages, what: &str, expected: [&str; 4]) {
    let names = ["train", "shape", "rated", "refused"].map(|stage| stages.name(stage));
    let right: Vec<String> =
        names.iter().zip(expected).map(|(name, state)| format!("{name} {state}")).collect();
    assert_eq!(states(&stages.sandbox, what), right, "{what}, {:?}", stages.pivot);
}

/// The same, with Pivot's own comparison for all that ran.
#[track_caller]
fn stands_as_pivot_says(stages: &mut Stages, what: &str, expected: [&str; 4]) {
    stands(stages, what, expected);
    let said = stages.oracle.tell("changes", &stages.sandbox, "project", &[]);
    for line in said.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        let state = match &words[1..] {
            [] => "unchanged".to_owned(),
            members => format!("changed {}", members.join(", ")),
        };
        let ours = states(&stages.sandbox, what);
        assert!(ours.contains(&format!("{} {state}", words[0])), "{what}: {line}: {ours:?}");
    }
}

/// Who answered the last command.
fn answered(stages: &Stages) -> String {
    stages.sandbox.trace().last().unwrap().clone()
}

const FROM_CACHES: &str = "engine answered fresh";
const NEVER: &str = "never run";
const SAME: &str = "unchanged";

/// The change of the helper that `train` calls, of that which `shape` calls, and of the rate.
fn members(pivot: Pivot) -> [&'static str; 3] {
    match pivot {
        Pivot::V0511 => [
            "changed func:helpers.far",
            "changed func:package.more.more",
            "changed const:pipeline.RATE",
        ],
        Pivot::V010 => ["changed mod:helpers.far", "changed mod:more.more", "changed const:RATE"],
    }
}

/// Pretends that Pivot ran all stages but the one that it refuses.
fn run_all(stages: &mut Stages) {
    // Pivot refuses to answer for all where it refuses one.
    stages.oracle.tell("ran", &stages.sandbox, "project", &[]);
}

fn lock(stages: &Stages, stage: &str) -> PathBuf {
    stages.sandbox.path(&format!("project/.pivot/stages/{}.lock", stages.name(stage)))
}

#[test]
fn a_stage_is_never_run_then_unchanged_then_changed() {
    for pivot in Pivot::in_turn() {
        let (mut stages, [far, more, rate]) = (Stages::new(pivot), members(pivot));
        stands(&stages, "at first", [NEVER; 4]);
        run_all(&mut stages);
        stands(&stages, "ran", [SAME, SAME, SAME, NEVER]);
        stands(&stages, "ran, from the caches", [SAME, SAME, SAME, NEVER]);
        assert_eq!(answered(&stages), FROM_CACHES);
        let helpers = stages.sandbox.path("project/helpers.py");
        replace(&helpers, "def far():\n    return 2\n", Way::InPlace);
        stands(&stages, "a helper", [far, SAME, SAME, NEVER]);
        assert_eq!(answered(&stages), FROM_CACHES, "once it was computed");
        replace(
            &stages.sandbox.path("project/package/more.py"),
            "def more(): pass\n",
            Way::Renamed,
        );
        replace(&stages.sandbox.path("project/params.json"), "{\"rate\": 2}", Way::OldMtime);
        stands(&stages, "all of them", [far, more, rate, NEVER]);
        // What is computed by any other command changes nothing of it.
        stages.refresh();
        stands(&stages, "refreshed", [far, more, rate, NEVER]);
        run_all(&mut stages);
        stands(&stages, "ran again", [SAME, SAME, SAME, NEVER]);
        replace(&helpers, "def far():\n    return 1\n", Way::InPlace);
        stands(&stages, "switched back", [far, SAME, SAME, NEVER]);
        fs::remove_file(lock(&stages, "train")).unwrap();
        stands(&stages, "forgotten", [NEVER, SAME, SAME, NEVER]);
    }
}

/// Against Pivot's own comparison, where it has an answer for all stages.
#[test]
fn it_cannot_contradict_pivot() {
    for pivot in Pivot::in_turn() {
        let (mut stages, [far, ..]) = (Stages::new(pivot), members(pivot));
        let config = stages.sandbox.path("project/pipeline.py");
        let text = fs::read_to_string(&config).unwrap().replace("LIMITS = [1, 2]", "LIMITS = 1");
        fs::write(&config, &text).unwrap();
        run_all(&mut stages);
        stands_as_pivot_says(&mut stages, "ran", [SAME; 4]);
        let helpers = stages.sandbox.path("project/helpers.py");
        replace(&helpers, "def far():\n    return 2\n", Way::OldMtime);
        stands_as_pivot_says(&mut stages, "a helper", [far, SAME, SAME, SAME]);
        if pivot == Pivot::V0511 {
            // What a stage writes is a part of its code to Pivot, and none of its manifest.
            let metric = text.replace("import json", "import json, typing").replace(
                "def shape() -> dict",
                "def shape() -> typing.Annotated[dict, pivot.metric]",
            );
            fs::write(&config, metric).unwrap();
            let said = states(&stages.sandbox, "another kind of output");
            let (_, members) =
                said[1].split_once(" changed ").unwrap_or_else(|| panic!("{said:?}"));
            assert!(members.split(", ").any(|member| member == "out:demo/shape:tag"), "{members}");
            let told = stages.sandbox.run(&["status"]).stdout;
            assert!(told.contains("how demo/shape is written"), "{told}");
            let whole = said[1].clone();
            let expected =
                [said[0].split_once(' ').unwrap().1, whole.split_once(' ').unwrap().1, SAME, SAME];
            stands_as_pivot_says(&mut stages, "another kind of output", expected);
        }
    }
}

#[test]
fn lock_files_that_only_pivot_can_judge_are_unknown() {
    let mut stages = Stages::new(Pivot::V0511);
    run_all(&mut stages);
    let train = lock(&stages, "train");
    let good = fs::read_to_string(&train).unwrap();
    for (what, text, state) in [
        ("another schema", good.replace("schema_version: 2", "schema_version: 1"), "unknown"),
        ("a later schema", good.replace("schema_version: 2", "schema_version: 3"), "unknown"),
        ("torn", good[..good.len() / 2].to_owned(), NEVER),
        ("no YAML", "code_manifest: {".to_owned(), "unknown"),
        ("no manifest", good.replace("code_manifest", "code_manifests"), NEVER),
        ("an entry without a hash", good.replace("outs: []", "outs: [{key: null}]"), "unknown"),
        ("more keys", format!("{good}later: 1\n"), SAME),
        ("no schema", good.replace("schema_version: 2\n", ""), SAME),
    ] {
        fs::write(&train, &text).unwrap();
        let said = states(&stages.sandbox, what);
        assert_eq!(said[0], format!("demo/train {state}"), "{what}: {text}");
        assert_eq!(said[1..3], ["demo/shape unchanged", "demo/rated unchanged"], "{what}");
    }
    // Members that the lock file lacks, and that it has beyond ours.
    fs::write(&train, good.replace("  self:train:", "  self:trained:")).unwrap();
    let said = states(&stages.sandbox, "other members");
    assert_eq!(said[0], "demo/train changed self:train, self:trained");
    let imported =
        good.replace("code_manifest:\n", "code_manifest:\n  'uncovered-import:late': ''\n");
    fs::write(&train, imported).unwrap();
    let said = states(&stages.sandbox, "an import that was not covered");
    assert_eq!(said[0], "demo/train changed uncovered-import:late");
    // Nobody waits for a pipe.
    fs::remove_file(&train).unwrap();
    nix::unistd::mkfifo(&train, nix::sys::stat::Mode::S_IRWXU).unwrap();
    assert_eq!(states(&stages.sandbox, "a pipe")[0], "demo/train unknown");
}

#[track_caller]
fn is_no_answer(said: &Ran, why: &str) {
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.contains(why), "{said:?} lacks {why:?}");
}

/// A pipeline that fails says so in all formats; a stage that ran and is refused by now is unknown, with
/// Pivot's words.
#[test]
fn errors_and_refused_stages() {
    for pivot in Pivot::in_turn() {
        let mut stages = Stages::new(pivot);
        run_all(&mut stages);
        let helpers = stages.sandbox.path("project/helpers.py");
        let good = fs::read(&helpers).unwrap();
        replace(&helpers, "def (\n", Way::InPlace);
        let message = stages.oracle.names(&stages.sandbox, "project").unwrap_err();
        for format in [&["status"][..], &["status", "--json"], &["status", "-0"]] {
            is_no_answer(&stages.sandbox.run(format), &message);
        }
        replace(&helpers, good, Way::Renamed);
        let config = stages.sandbox.path("project/pipeline.py");
        let text = fs::read_to_string(&config).unwrap();
        // The rate becomes a list, which Pivot refuses like the limits.
        fs::write(&config, text.replace("[\"rate\"]", "[\"rate\"]\nRATE = [RATE]")).unwrap();
        stands(&stages, "refused", [SAME, SAME, "unknown", NEVER]);
        let told = stages.sandbox.run(&["status"]).stdout;
        assert!(
            told.contains("Pivot refuses to fingerprint it: ") && told.contains("RATE"),
            "{told}"
        );
    }
}

/// With Pivot's own command, stages with variants, from a sub-directory.
#[test]
fn a_real_run_is_the_last_run() {
    let sandbox = Sandbox::project(PIPELINE);
    sandbox.write("project/helpers.py", "def far(): return 1\n");
    sandbox.make_directory("project/below");
    let run = |arguments: &[&str], directory: &str| {
        let mut command = sandbox.command("pivot", directory);
        command.args(arguments);
        let said = ran(command);
        assert_eq!(said.code, 0, "{said:?}");
    };
    run(&["repro"], "project");
    let all = |state: &str| {
        ["train@a", "other@a", "train@b", "other@b"].map(|stage| format!("demo/{stage} {state}"))
    };
    assert_eq!(states(&sandbox, "ran"), all("unchanged"));
    let below = ran(sandbox.front_in("project/below", &["status"]));
    assert_eq!(below.stdout, sandbox.run(&["status"]).stdout);
    sandbox.write("project/helpers.py", "def far(): return 2\n");
    let changed = "changed func:helpers.far";
    let [train_a, other_a, train_b, other_b] = all("unchanged");
    let edited = |train: &str| train.replace("unchanged", changed);
    let right = [edited(&train_a), other_a, edited(&train_b), other_b];
    assert_eq!(states(&sandbox, "edited"), right);
    let told = sandbox.run(&["status"]).stdout;
    assert!(told.contains("demo/train@a\tchanged\thelpers.far()\n"), "{told}");
}

const PIPELINE: &str = r#"
import os, sys
sys.path.insert(0, os.path.dirname(__file__))
import helpers
from pivot import Pipeline, stage
@stage
def train() -> dict:
    return {"a": helpers.far()}
@stage
def other(data: dict) -> dict:
    return {"b": 1}
pipeline = Pipeline("demo")
with pipeline:
    for v in ("a", "b"):
        with pipeline.variant(v): other(train())
"#;

#[test]
fn a_sub_directorys_own_pipeline_has_its_own_last_run() {
    let low = pipeline_0511("below", &["low"]);
    let sandbox = Sandbox::project_of(Pivot::V0511, &pipeline_0511("demo", &["train"]));
    sandbox.write("project/sub/pipeline.py", &low);
    let mut repro = sandbox.command("pivot", "project/sub");
    repro.arg("repro");
    let said = ran(repro);
    assert_eq!(said.code, 0, "{said:?}");
    let status = |directory| ran(sandbox.front_in(directory, &["status", "-0"])).stdout;
    assert_eq!(status("project/sub"), "below/low\tunchanged\0");
    sandbox.write("project/sub/pipeline.py", low.replace("'a': 1", "'a': 2"));
    assert_eq!(status("project/sub"), "below/low\tchanged\tlow()\0");
    assert_eq!(status("project"), "demo/train\tnever run\0");
}
