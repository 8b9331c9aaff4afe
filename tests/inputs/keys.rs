//! One store for each key: what decides about an answer besides its inputs.

use std::fs;

use super::content::{counting, runs};
use crate::support::{Pivot, Ran, Sandbox, ran};

/// The most stores that are kept.
const STORES: usize = 8;

/// A project whose only stage is named by an expression of Python's.
fn named_by(pivot: Pivot, expression: &str) -> Sandbox {
    let mut sandbox = Sandbox::with(pivot);
    sandbox.start_trace();
    sandbox.make_directory("project/.pivot");
    let code = format!("import os, sys\nNAMES = [{expression}]");
    let config = counting(pivot, &sandbox, &code);
    sandbox.write("project/pipeline.py", config);
    sandbox
}

/// `stages` in the project with one more variable.
fn with(sandbox: &Sandbox, name: &str, value: &str) -> Ran {
    let mut command = sandbox.front_in("project", &["stages"]);
    command.env(name, value);
    ran(command)
}

fn stores(sandbox: &Sandbox) -> Vec<String> {
    let all = sandbox.listing("project/.pivot/cache/complete");
    all.into_iter().filter(|name| name.ends_with(".store")).collect()
}

/// Two terminals, each with its environment first on PATH, take turns.
#[test]
fn two_environments_do_not_overwrite_each_other() {
    for pivot in Pivot::in_turn() {
        let sandbox = named_by(pivot, "os.path.basename(sys.prefix)");
        sandbox.environment("left", pivot);
        sandbox.environment("right", pivot);
        let tab = |environment: &str| {
            let mut command = sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
            if pivot == Pivot::V010 {
                command = sandbox.tab_command("project", &["pivot", "repro", ""]);
            }
            let bin = sandbox.path(environment).join("bin");
            command.env("PATH", format!("{}:/usr/bin:/bin", bin.display()));
            let said = ran(command);
            said.candidates().concat()
        };
        for round in 0..3 {
            for environment in ["left", "right"] {
                assert!(tab(environment).ends_with(environment), "{environment}, {pivot:?}");
            }
            assert_eq!(runs(&sandbox), 2, "round {round}, {pivot:?}");
        }
        assert_eq!(stores(&sandbox).len(), 2, "{pivot:?}");
    }
}

#[test]
fn variables_that_select_code_are_part_of_the_key() {
    let expression =
        "'n' + (os.environ.get('PYTHONPATH', '') + os.environ.get('VIRTUAL_ENV', ''))[-1:]";
    for pivot in Pivot::in_turn() {
        let sandbox = named_by(pivot, expression);
        let values = [("PYTHONPATH", "/a"), ("PYTHONPATH", "/b"), ("VIRTUAL_ENV", "/c")];
        for round in 0..2 {
            for (name, value) in values {
                let said = with(&sandbox, name, value);
                let right = value.replace('/', "n");
                assert!(said.lines()[0].ends_with(&right), "{name}={value}: {said:?}, {pivot:?}");
            }
            assert!(sandbox.run(&["stages"]).lines()[0].ends_with('n'), "{pivot:?}");
            assert_eq!(runs(&sandbox), 4, "round {round}, {pivot:?}");
        }
        // Whatever selects no code is none of it.
        let said = with(&sandbox, "UNRELATED", "/d");
        assert!(said.lines()[0].ends_with('n'));
        assert_eq!(runs(&sandbox), 4, "{pivot:?}");
    }
}

#[test]
fn the_working_directory_is_part_of_the_key_where_it_selects_the_config() {
    for pivot in Pivot::in_turn() {
        let sandbox = named_by(pivot, "'root'");
        let below = counting(pivot, &sandbox, "NAMES = ['below']");
        sandbox.write("project/sub/pipeline.py", below);
        sandbox.write("project/other/data.csv", "");
        for _ in 0..2 {
            for (directory, right) in [("", "root"), ("sub", "below"), ("other", "root")] {
                let said = ran(sandbox.front_in(&format!("project/{directory}"), &["stages"]));
                assert!(said.lines()[0].ends_with(right), "{directory}: {said:?}, {pivot:?}");
            }
        }
    }
}

/// The eldest go; who is still there is a hit, and who is not is discovered again.
#[test]
fn so_many_stores_are_kept_and_no_more() {
    let sandbox = named_by(Pivot::V010, "'n' + os.environ['PYTHONPATH'][1:]");
    let last = STORES + 2;
    for number in 0..=last {
        let said = with(&sandbox, "PYTHONPATH", &format!("/{number}"));
        assert_eq!(said.lines(), [format!("n{number}")]);
        assert!(stores(&sandbox).len() <= STORES, "{:?}", stores(&sandbox));
    }
    assert_eq!(stores(&sandbox).len(), STORES);
    let before = runs(&sandbox);
    with(&sandbox, "PYTHONPATH", &format!("/{last}")).lines();
    assert_eq!(runs(&sandbox), before, "the newest is kept");
    assert_eq!(with(&sandbox, "PYTHONPATH", "/0").lines(), ["n0"]);
    assert_eq!(runs(&sandbox), before + 1, "the eldest is not");
    // Nothing else is left lying about.
    let left = sandbox.listing("project/.pivot/cache");
    let stray: Vec<_> = left.iter().filter(|name| name.ends_with(".tmp")).collect();
    assert!(stray.is_empty(), "{stray:?}");
    assert!(fs::read(sandbox.path("project/.pivot/cache/stages.cache")).is_ok());
}
