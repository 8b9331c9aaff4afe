//! Manifests as the driver has them: Pivot's own, with the sources they were made from.

use std::collections::BTreeMap;

use super::driven::Driven;
use crate::support::{Pivot, Sandbox, oracle, ran};

/// Stages with helpers in other modules, a class, constants, a function without a file, one
/// that Pivot refuses and one whose file alone counts.
fn sandbox(pivot: Pivot) -> Sandbox {
    let text = match pivot {
        Pivot::V0511 => include_str!("manifests_0511.py"),
        Pivot::V010 => include_str!("manifests_010.py"),
    };
    let sandbox = Sandbox::project_of(pivot, text);
    let helpers = "from package.more import more\ndef far():\n    return more()\n";
    sandbox.write("project/helpers.py", helpers);
    sandbox.write("project/package/__init__.py", "");
    sandbox.write("project/package/more.py", "def more():\n    return 3\n");
    let values = "FACTOR = 2\nclass Shape:\n    def area(self):\n        return FACTOR * 3\n";
    sandbox.write("project/package/values.py", values);
    sandbox
}

/// Stage, manifest and sources, or stage and refusal.
fn rows(driven: &Driven, kind: char) -> Vec<Vec<&str>> {
    driven.all(kind).into_iter().map(|value| value.split('|').collect()).collect()
}

fn manifests(sandbox: &Sandbox, pivot: Pivot, wanted: &str) -> Driven {
    let driven = Driven::run(sandbox, &pivot.bin(), "project", "manifests", wanted);
    assert_eq!((driven.all('e'), driven.all('u')), (vec![], vec![]));
    driven
}

#[test]
fn a_manifest_is_the_one_that_pivot_itself_computes() {
    for pivot in Pivot::in_turn() {
        let sandbox = sandbox(pivot);
        let driven = manifests(&sandbox, pivot, "*");
        assert!(sandbox.listing("project/.pivot").is_empty(), "Pivot's caches are not ours");
        // A process that has nothing of ours.
        let mut command = sandbox.command(pivot.bin().join("python3"), "project");
        command.arg(oracle::script("oracle_manifests.py"));
        let said = ran(command);
        let lines = said.lines();
        let pivots: BTreeMap<_, _> = lines.chunks(2).map(|pair| (pair[0], pair[1])).collect();
        let (found, refused) = (rows(&driven, 'g'), rows(&driven, 'x'));
        assert_eq!((found.len(), refused.len(), pivots.len()), (5, 1, 6), "{pivot:?}");
        for row in &found {
            // Byte for byte, in Pivot's order.
            assert_eq!(row[1], pivots[row[0]], "{pivot:?}, {}", row[0]);
        }
        let message: String = serde_json::from_str(pivots[refused[0][0]]).unwrap();
        assert_eq!(refused[0][1], message, "{pivot:?}");
        assert!(message.contains("LIMITS"), "{message}");
        // The stages themselves are told of as in every discovery.
        assert_eq!(driven.all('n').len(), 6);
        assert_eq!(driven.all('b').len(), 1);
    }
}

#[test]
fn sources_are_the_files_that_pivot_visited() {
    for pivot in Pivot::in_turn() {
        let sandbox = sandbox(pivot);
        let (driven, root) = (manifests(&sandbox, pivot, "*"), sandbox.path("project"));
        let sources = |stage: &str| -> Vec<String> {
            let named = |row: &&Vec<&str>| row[0].rsplit('/').next() == Some(stage);
            let found = rows(&driven, 'g');
            let row = found.iter().find(named).unwrap_or_else(|| panic!("{stage} in {found:?}"));
            let inside = |path: &&str| path.strip_prefix(root.to_str().unwrap()).unwrap().into();
            row[2..].iter().map(inside).collect()
        };
        assert_eq!(sources("shape"), ["/pipeline.py", "/package/values.py"]);
        assert_eq!(sources("bare"), ["/pipeline.py"]);
        assert_eq!(sources("by_file"), ["/pipeline.py", "/helpers.py"]);
        // Neither has a function that was executed from a string.
        match pivot {
            Pivot::V0511 => {
                assert_eq!(sources("train"), ["/pipeline.py", "/helpers.py", "/package/more.py"]);
                assert_eq!(sources("with_made"), ["/pipeline.py"]);
            }
            // It does not follow what a pipeline's own function calls.
            Pivot::V010 => {
                assert_eq!(sources("train"), ["/pipeline.py", "/package/more.py"]);
                assert_eq!(sources("made"), [""; 0]);
            }
        }
    }
}

#[test]
fn manifests_are_made_of_the_stages_that_were_asked_for() {
    for pivot in Pivot::in_turn() {
        let sandbox = sandbox(pivot);
        let prefix = if pivot == Pivot::V0511 { "demo/" } else { "" };
        let wanted = format!("{prefix}shape\n{prefix}none\n{prefix}refused");
        let driven = manifests(&sandbox, pivot, &wanted);
        let stages = |kind| rows(&driven, kind).iter().map(|row| row[0].to_owned()).collect();
        let (found, refused): (Vec<String>, Vec<String>) = (stages('g'), stages('x'));
        assert_eq!(
            (found, refused),
            (vec![format!("{prefix}shape")], vec![format!("{prefix}refused")])
        );
        assert_eq!(driven.all('n').len(), 6);
    }
}

/// What fingerprinting reads is no input of the names: here a source that nothing imported.
#[test]
fn fingerprinting_adds_no_inputs() {
    for pivot in Pivot::in_turn() {
        let sandbox = sandbox(pivot);
        let looked_for = |driven: &Driven| {
            let mut all: Vec<String> = driven.all('w').into_iter().map(str::to_owned).collect();
            all.sort();
            all
        };
        let inputs = |driven: &Driven| (driven.read(), driven.listed(), looked_for(driven));
        let discovered = Driven::stages(&sandbox, pivot);
        let fingerprinted = manifests(&sandbox, pivot, "*");
        assert_eq!(inputs(&discovered), inputs(&fingerprinted), "{pivot:?}");
        assert_eq!(discovered.all('g').len() + discovered.all('x').len(), 0);
    }
}

#[test]
fn targets_are_those_that_pivots_completion_has() {
    let text = "from typing import TypedDict\nfrom pivot import Pipeline, stage\n\
        class Two(TypedDict):\n    left: dict\n    right: dict\n\
        @stage\ndef split() -> Two:\n    return {'left': {}, 'right': {}}\n\
        @stage\ndef whole() -> dict:\n    return {}\n\
        pipeline = Pipeline('demo')\nwith pipeline:\n    split()\n    whole()\n";
    let sandbox = Sandbox::project(text);
    let driven = Driven::stages(&sandbox, Pivot::V0511);
    let mut command = sandbox.command(Pivot::V0511.bin().join("pivot"), "project");
    command.env("_PIVOT_COMPLETE", "bash_complete");
    command.env("COMP_WORDS", "pivot push demo/split:").env("COMP_CWORD", "2");
    let said = ran(command);
    let expected: Vec<_> =
        said.lines().into_iter().filter_map(|line| line.strip_prefix("plain,")).collect();
    assert_eq!(driven.all('e'), [""; 0]);
    assert!(!expected.is_empty());
    assert_eq!(driven.all('t'), expected);
}
