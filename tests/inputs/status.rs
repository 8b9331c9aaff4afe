//! `status`: how each stage stands against the manifests that were computed last.

use std::fs;

use super::edits::{Way, replace};
use super::fingerprinted::Stages;
use crate::support::{Pivot, set_mtime};

/// Asserts what `status` says of each stage, in all its formats.
#[track_caller]
fn stands(stages: &Stages, what: &str, states: &[(&str, &str)]) {
    let lines: Vec<String> = states
        .iter()
        .map(|(stage, state)| format!("{}\t{}", stages.name(stage), state.replace(' ', "\t")))
        .collect();
    let pivot = stages.pivot;
    assert_eq!(stages.sandbox.run(&["status"]).lines(), lines, "{what}, {pivot:?}");
    let nul = stages.sandbox.run(&["status", "-0"]);
    let records: Vec<String> = lines.iter().map(|line| format!("{line}\0")).collect();
    assert_eq!(nul.stdout, records.concat(), "{what}, {pivot:?}");
    let json = stages.sandbox.run(&["status", "--json"]);
    let members: Vec<String> = states
        .iter()
        .map(|(stage, state)| {
            let state = match state.split_once(' ') {
                Some((state, path)) => format!("\"{state}\",\"path\":\"{path}\""),
                None => format!("\"{state}\""),
            };
            format!("\"{}\":{{\"state\":{state}}}", stages.name(stage))
        })
        .collect();
    assert_eq!(json.stdout, format!("{{{}}}\n", members.join(",")), "{what}, {pivot:?}");
}

#[test]
fn a_stage_is_unknown_then_fresh_then_changed() {
    for pivot in Pivot::ALL {
        let stages = Stages::new(pivot);
        let all = |train: &'static str, shape: &'static str| {
            [("train", train), ("shape", shape), ("rated", "fresh"), ("refused", "unknown")]
        };
        let unknown = ["train", "shape", "rated", "refused"].map(|stage| (stage, "unknown"));
        stands(&stages, "at first", &unknown);
        stages.refresh();
        stands(&stages, "refreshed", &all("fresh", "fresh"));
        let helpers = stages.sandbox.path("project/helpers.py");
        replace(&helpers, "def far():\n    return 2\n", Way::InPlace);
        stands(&stages, "a helper", &all("changed helpers.py", "fresh"));
        let more = stages.sandbox.path("project/package/more.py");
        set_mtime(&more, 1_600_000_000, 0);
        let both = all("changed helpers.py", "changed package/more.py");
        stands(&stages, "another one's mtime", &both);
        // Only what is computed again is fresh again.
        assert_eq!(stages.sandbox.run(&["manifest", &stages.name("train")]).code, 0);
        stands(&stages, "one computed", &all("fresh", "changed package/more.py"));
        stages.refresh();
        stands(&stages, "all computed", &all("fresh", "fresh"));
    }
}

/// Stages whose manifests are older than an edit of this file, which keeps its size and mtime.
fn edited(pivot: Pivot, file: &str, text: &str) -> Stages {
    let stages = Stages::refreshed(pivot);
    replace(&stages.sandbox.path("project").join(file), text, Way::OldMtime);
    stages
}

#[test]
fn an_edit_that_keeps_size_and_mtime_is_a_change() {
    for pivot in Pivot::ALL {
        let stages = edited(pivot, "helpers.py", "def far():\n    return 2\n");
        stages.is_not_cached("train", "edited");
        let said = stages.sandbox.run(&["status"]);
        let right = format!("{}\tchanged\thelpers.py", stages.name("train"));
        assert!(said.lines().contains(&right.as_str()), "{said:?} lacks {right:?}");
    }
}

#[test]
fn a_parameter_that_changed_is_named() {
    for pivot in Pivot::ALL {
        let stages = edited(pivot, "params.json", "{\"rate\": 2}");
        let said = stages.sandbox.run(&["status"]);
        let changed = said.lines().into_iter().find(|line| line.contains("rated")).unwrap();
        let right = format!("{}\tchanged\tparams.json", stages.name("rated"));
        assert_eq!(changed, right, "{pivot:?}");
    }
}

/// A project whose pipeline fails says so, and a stage that is new is unknown.
#[test]
fn errors_and_new_stages() {
    for pivot in Pivot::ALL {
        let mut stages = Stages::new(pivot);
        stages.refresh();
        let helpers = stages.sandbox.path("project/helpers.py");
        let good = fs::read(&helpers).unwrap();
        replace(&helpers, "def (\n", Way::InPlace);
        let said = stages.sandbox.run(&["status"]);
        let message = stages.oracle.names(&stages.sandbox, "project").unwrap_err();
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains(&message), "{said:?} lacks {message:?}");
        replace(&helpers, good, Way::Renamed);
        let config = stages.sandbox.path("project/pipeline.py");
        let text = fs::read_to_string(&config).unwrap().replace("refused", "renamed");
        fs::write(&config, text).unwrap();
        let said = stages.sandbox.run(&["status"]);
        let new = format!("{}\tunknown", stages.name("renamed"));
        assert!(said.lines().contains(&new.as_str()), "{said:?}");
    }
}
