//! `status`: how each stage's code stands against the manifest that was computed last.

use std::fs;
use std::thread::sleep;
use std::time::Duration;

use super::edits::{Way, replace};
use super::fingerprinted::Stages;
use crate::support::{Pivot, Ran, Sandbox, set_mtime};

/// Each name with its state and what changed, as all formats tell them.
#[track_caller]
pub fn states(sandbox: &Sandbox, what: &str) -> Vec<String> {
    let lines = sandbox.run(&["status"]);
    let rows: Vec<Vec<&str>> =
        lines.lines().into_iter().map(|line| line.split('\t').collect()).collect();
    let mut states = Vec::new();
    let mut members = Vec::new();
    for row in rows {
        let [name, state, changed, against] = row[..] else { panic!("{what}: {lines:?}") };
        // `manifest of 2026-11-29T04:33:06Z`
        let is_time = against.strip_prefix("manifest of 2").is_some_and(|time| time.len() == 19);
        let right =
            if state == "unknown" { against == "no manifest was computed" } else { is_time };
        assert!(right, "{what}: {lines:?}");
        let told: Vec<String> = changed.split(", ").map(|member| format!("{member:?}")).collect();
        let mut json = format!("{name:?}:{{\"state\":{state:?}");
        if state == "changed" {
            json += &format!(",\"changed\":[{}]", told.join(","));
        }
        if state != "unknown" {
            json += &format!(",\"against\":{against:?}");
        }
        members.push(json + "}");
        states.push([name, state, changed].join(" ").trim_end().to_owned());
    }
    let nul = sandbox.run(&["status", "-0"]);
    assert_eq!(nul.stdout, lines.stdout.replace('\n', "\0"), "{what}");
    let json = sandbox.run(&["status", "--json"]);
    assert_eq!(json.stdout, format!("{{{}}}\n", members.join(",")), "{what}");
    states
}

#[track_caller]
fn stands(stages: &Stages, what: &str, expected: &[(&str, &str)]) {
    let right: Vec<String> =
        expected.iter().map(|(stage, state)| format!("{} {state}", stages.name(stage))).collect();
    assert_eq!(states(&stages.sandbox, what), right, "{what}, {:?}", stages.pivot);
}

/// Who answered the last command.
fn answered(stages: &Stages) -> String {
    stages.sandbox.trace().last().unwrap().clone()
}

const FRONT: &str = "front answered fresh";

/// The change of the helper that `train` calls, and of that which `shape` calls.
fn helpers(pivot: Pivot) -> [&'static str; 2] {
    match pivot {
        Pivot::V0511 => ["changed func:helpers.far", "changed func:package.more.more"],
        Pivot::V010 => ["changed mod:helpers.far", "changed mod:more.more"],
    }
}

#[test]
fn a_stage_is_unknown_then_unchanged_then_changed() {
    for pivot in Pivot::ALL {
        let (stages, [far, near]) = (Stages::new(pivot), helpers(pivot));
        let all = |train: &'static str, shape: &'static str| {
            [("train", train), ("shape", shape), ("rated", "unchanged"), ("refused", "unknown")]
        };
        let unknown = ["train", "shape", "rated", "refused"].map(|stage| (stage, "unknown"));
        stands(&stages, "at first", &unknown);
        stages.refresh();
        stands(&stages, "refreshed", &all("unchanged", "unchanged"));
        assert_eq!(answered(&stages), FRONT);
        let helpers = stages.sandbox.path("project/helpers.py");
        replace(&helpers, "def far():\n    return 2\n", Way::InPlace);
        stands(&stages, "a helper", &all(far, "unchanged"));
        stands(&stages, "a helper still", &all(far, "unchanged"));
        let more = stages.sandbox.path("project/package/more.py");
        replace(&more, "def more():\n    return 4\n", Way::Renamed);
        let both = all(far, near);
        stands(&stages, "another one", &both);
        // Only what is computed again is unchanged again.
        assert_eq!(stages.sandbox.run(&["manifest", &stages.name("train")]).code, 0);
        let one = [("train", "unchanged"), both[1], both[2], both[3]];
        stands(&stages, "one computed", &one);
        stages.refresh();
        stands(&stages, "all computed", &all("unchanged", "unchanged"));
        assert_eq!(answered(&stages), FRONT);
    }
}

/// Rewritten is not changed: the front says so of the same bytes, and of another function's edit Pivot
/// does, once.
#[test]
fn what_gives_the_same_manifest_is_unchanged() {
    for pivot in Pivot::ALL {
        let stages = Stages::new(pivot);
        stages.refresh();
        let all = [
            ("train", "unchanged"),
            ("shape", "unchanged"),
            ("rated", "unchanged"),
            ("refused", "unknown"),
        ];
        let helpers = stages.sandbox.path("project/helpers.py");
        for way in [Way::InPlace, Way::Renamed] {
            replace(&helpers, fs::read(&helpers).unwrap(), way);
            stands(&stages, "the same bytes", &all);
            assert_eq!(answered(&stages), FRONT, "{way:?}");
        }
        set_mtime(&helpers, 1_600_000_000, 0);
        stands(&stages, "touched", &all);
        assert_eq!(answered(&stages), FRONT);
        replace(
            &helpers,
            "# far\ndef far():\n    return 1\n\n\ndef near():\n    pass\n",
            Way::InPlace,
        );
        assert_eq!(states(&stages.sandbox, "another function").len(), 4);
        stands(&stages, "another function", &all);
        assert_eq!(answered(&stages), FRONT, "known by now");
        // Data that no manifest holds.
        let params = stages.sandbox.path("project/params.json");
        replace(&params, "{\"rate\": 1, \"depth\": 3}", Way::InPlace);
        stands(&stages, "another parameter", &all);
        assert_eq!(answered(&stages), FRONT, "known by now");
    }
}

#[test]
fn an_edit_that_keeps_size_and_mtime_is_a_change() {
    for pivot in Pivot::ALL {
        let stages = Stages::refreshed(pivot);
        sleep(Duration::from_millis(2_100));
        assert_eq!(stages.sandbox.run(&["stages"]).code, 0);
        let file = stages.sandbox.path("project/helpers.py");
        replace(&file, "def far():\n    return 2\n", Way::OldMtime);
        stages.is_not_cached("train", "edited");
        let [far, _] = helpers(pivot);
        let said = states(&stages.sandbox, "edited");
        assert_eq!(said[0], format!("{} {}", stages.name("train"), far));
    }
}

/// A value that was read at import: no source tells of it.
#[test]
fn a_parameter_that_changed_is_a_change_of_the_stage_that_holds_it() {
    for pivot in Pivot::ALL {
        let stages = Stages::refreshed(pivot);
        replace(&stages.sandbox.path("project/params.json"), "{\"rate\": 2}", Way::OldMtime);
        let rated = match pivot {
            Pivot::V0511 => "changed const:pipeline.RATE",
            Pivot::V010 => "changed const:RATE",
        };
        let all = [
            ("train", "unchanged"),
            ("shape", "unchanged"),
            ("rated", rated),
            ("refused", "unknown"),
        ];
        stands(&stages, "another rate", &all);
    }
}

#[track_caller]
fn is_no_answer(said: &Ran, why: &str) {
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
    assert!(said.stderr.contains(why), "{said:?} lacks {why:?}");
}

/// A project whose pipeline fails says so, as does one of whose stages Pivot refuses one that it
/// fingerprinted before; a stage that is new is unknown.
#[test]
fn errors_and_new_stages() {
    for pivot in Pivot::ALL {
        let mut stages = Stages::new(pivot);
        stages.refresh();
        let helpers = stages.sandbox.path("project/helpers.py");
        let good = fs::read(&helpers).unwrap();
        replace(&helpers, "def (\n", Way::InPlace);
        let message = stages.oracle.names(&stages.sandbox, "project").unwrap_err();
        is_no_answer(&stages.sandbox.run(&["status"]), &message);
        replace(&helpers, good, Way::Renamed);
        let config = stages.sandbox.path("project/pipeline.py");
        let text = fs::read_to_string(&config).unwrap();
        fs::write(&config, text.replace("refused", "renamed")).unwrap();
        let said = states(&stages.sandbox, "renamed");
        assert!(said.contains(&format!("{} unknown", stages.name("renamed"))), "{said:?}");
        // The rate becomes a list, which Pivot refuses like the limits.
        fs::write(&config, text.replace("[\"rate\"]", "[\"rate\"]\nRATE = [RATE]")).unwrap();
        for format in [&["status"][..], &["status", "--json"], &["status", "-0"]] {
            is_no_answer(&stages.sandbox.run(format), "RATE");
        }
    }
}
