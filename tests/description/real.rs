//! What is told of real Pivots.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{describe, description};
use crate::support::{Pivot, Sandbox};

/// How many commands, params, params that take a value, and params of each kind there are.
fn counts(command: &Value, counts: &mut BTreeMap<String, usize>) {
    let mut count = |what: &str| *counts.entry(what.to_owned()).or_default() += 1;
    count("commands");
    assert_eq!((&command["opaque"], command.get("doubt")), (&json!(false), None), "{command}");
    for param in command["params"].as_array().unwrap() {
        count("params");
        if param["flag"] == false && param["count"] == false {
            count("with a value");
        }
        count(param["kind"].as_str().unwrap());
    }
    for child in command["commands"].as_array().unwrap() {
        self::counts(child, counts);
    }
}

fn child<'v>(command: &'v Value, name: &str) -> &'v Value {
    let commands = command["commands"].as_array().unwrap();
    commands.iter().find(|child| child["name"] == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn all_of_pivots_command_line_is_told() {
    for (pivot, version, callbacks, keys, expected) in [
        (
            Pivot::V0511,
            "0.5.11",
            2,
            14,
            &[
                ("commands", 41),
                ("params", 202),
                ("with a value", 56),
                ("stages", 6),
                ("targets", 5),
                ("config_keys", 3),
                ("choice", 4),
                ("file", 4),
                ("none", 180),
            ][..],
        ),
        (
            Pivot::V010,
            "0.1.0",
            1,
            13,
            &[
                ("commands", 44),
                ("params", 206),
                ("with a value", 61),
                // Its targets are its stages.
                ("stages", 12),
                ("config_keys", 3),
                ("choice", 4),
                ("file", 9),
                ("none", 178),
            ][..],
        ),
    ] {
        let sandbox = Sandbox::with(pivot).without_tabs();
        let told = description(&sandbox);
        assert_eq!((&told["pivot"], &told["click"]), (&json!(version), &json!("8.5.1")));
        assert_eq!(told["flags"], json!({"click81": false}));
        assert_eq!(told["callbacks"], callbacks);
        assert_eq!(told["config_keys"].as_array().unwrap().len(), keys);
        let key = |key: &str, help: &str, kind: &str, paths: &str, values: &[&str]| json!({"key": key, "help": help, "kind": kind, "paths": paths, "values": values});
        assert_eq!(
            told["config_keys"].as_array().unwrap()[..2],
            [
                key("cache.dir", "Local cache directory", "none", "dir", &[]),
                key(
                    "cache.checkout_mode",
                    "Checkout strategy (hardlink,symlink,copy)",
                    "choice",
                    "none",
                    &["hardlink", "symlink", "copy"]
                ),
            ]
        );
        let mut counted = BTreeMap::new();
        counts(&told["root"], &mut counted);
        let expected: BTreeMap<String, usize> =
            expected.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect();
        assert_eq!(counted, expected, "{version}");
        assert_eq!(describe(&sandbox), "fresh", "it was made just now");
    }
}

#[test]
fn a_param_is_told_whole() {
    let told = description(&Sandbox::with(Pivot::V0511).without_tabs());
    let root = &told["root"];
    assert_eq!((&root["group"], &root["interspersed"]), (&json!(true), &json!(false)));
    assert_eq!(
        root["params"][0],
        json!({
            "argument": false, "dest": 0, "opts": ["--verbose", "-v"], "secondary": [], "nargs": 1,
            "multiple": false, "flag": true, "count": false, "hidden": false,
            "optional_value": false, "help": "Show detailed output", "kind": "none",
            "insensitive": false, "choices": [], "rich": "none", "paths": "none",
        })
    );
    let help = root["params"].as_array().unwrap().last().unwrap();
    assert_eq!(help["opts"], json!(["--help"]));
    let names: Vec<&str> = root["commands"]
        .as_array()
        .unwrap()
        .iter()
        .map(|command| command["name"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted() && names.contains(&"repro"), "{names:?}");
    let repro = child(root, "repro");
    assert_eq!((&repro["group"], &repro["interspersed"]), (&json!(false), &json!(true)));
    assert_eq!(repro["params"][0]["kind"], "stages");
    assert_eq!(repro["params"][0]["nargs"], -1);
    let completion = child(root, "completion");
    assert_eq!(
        completion["params"][0]["choices"],
        json!([["bash", "bash"], ["zsh", "zsh"], ["fish", "fish"]])
    );
    assert_eq!(child(child(root, "config"), "get")["params"][0]["kind"], "config_keys");
}

/// What rich answers know beside click, of every parameter that has something.
fn richer(command: &Value, name: &str, found: &mut Vec<String>) {
    for param in command["params"].as_array().unwrap() {
        let [kind, rich, paths] = ["kind", "rich", "paths"].map(|of| param[of].as_str().unwrap());
        if (kind, "none") != (rich, paths) {
            let opt = param["opts"].as_array().unwrap().last().unwrap().as_str().unwrap();
            found.push(format!("{name} {opt}: {rich} {paths}"));
        }
    }
    for child in command["commands"].as_array().unwrap() {
        richer(child, format!("{name} {}", child["name"].as_str().unwrap()).trim(), found);
    }
}

#[test]
fn what_pivot_leaves_empty_is_known() {
    let mut found = Vec::new();
    richer(&description(&Sandbox::with(Pivot::V0511).without_tabs())["root"], "", &mut found);
    assert_eq!(
        found,
        [
            "check-ignore targets: targets file_else",
            "checkout targets: targets file_else",
            "commit stages: stages none",
            "config set value: config_value none",
            "dag targets: stages file_else",
            "diff targets: targets file",
            "fetch targets: targets file_else",
            "fetch --remote: remotes none",
            "get targets: targets file",
            "get -r: revisions none",
            "get -o: none file",
            "import --out: none file",
            "metrics diff targets: stages file",
            "metrics show targets: stages file",
            "plots diff targets: stages file",
            "plots show targets: stages file",
            "plots show --output: none file",
            "pull targets: targets file_else",
            "pull --remote: remotes none",
            "push targets: targets file_else",
            "push --remote: remotes none",
            "repro stages: stages file_else",
            "repro --tui-log: none file",
            "run --tui-log: none file",
            "show run_id: runs none",
            "track paths: none file",
            "update targets: imports none",
        ]
    );
}
