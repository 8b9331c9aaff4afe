//! `targets` and `stages --all`: what else is listed, and how fresh that is.

use std::fs;

use super::shape::pipeline_of;
use crate::support::oracle::listed;
use crate::support::real_pivot::RealPivot;
use crate::support::{Pivot, Sandbox, ran};

/// A pipeline of 0.5.11 with named outputs in an imported module.
const OUTPUTS: &str = "from typing import TypedDict\n\
    class Two(TypedDict):\n    left: dict\n    right: dict\n";

const SPLIT: &str = "from outputs import Two\nfrom pivot import Pipeline, stage\n\
    @stage\ndef split() -> Two:\n    return {}\n\
    @stage\ndef whole() -> dict:\n    return {}\n\
    pipeline = Pipeline('demo')\nwith pipeline:\n    split()\n    whole()\n";

fn all_targets(oracle: &mut RealPivot, sandbox: &Sandbox) -> Vec<String> {
    let mut right = oracle.names(sandbox, "project").unwrap();
    let keys = oracle.tell("targets", sandbox, "project", &[]);
    right.extend(keys.lines().map(str::to_owned));
    right
}

#[test]
fn targets_are_stages_and_their_named_outputs() {
    let sandbox = Sandbox::project(SPLIT);
    sandbox.write("project/outputs.py", OUTPUTS);
    let mut oracle = RealPivot::of(&sandbox);
    assert_eq!(sandbox.run(&["targets", "--cached"]).code, 3);
    let right = all_targets(&mut oracle, &sandbox);
    assert!(right.iter().any(|target| target.ends_with("split:left")), "{right:?}");
    assert_eq!(sandbox.run(&["targets"]).lines(), right);
    assert_eq!(sandbox.run(&["targets", "--cached"]).lines(), right);
    let under = |prefix: &str| -> Vec<String> {
        right.iter().filter(|target| target.starts_with(prefix)).cloned().collect()
    };
    for prefix in ["demo/s", "demo/split:", "demo/split:r", "demo/w", "nobody"] {
        assert_eq!(sandbox.run(&["targets", prefix]).lines(), under(prefix), "{prefix}");
        assert_eq!(
            sandbox.run(&["targets", "--cached", prefix]).lines(),
            under(prefix),
            "{prefix}"
        );
    }
    let json: Vec<String> =
        serde_json::from_str(&sandbox.run(&["targets", "--json"]).stdout).unwrap();
    assert_eq!(json, right);
    let nul: String = right.iter().map(|target| format!("{target}\0")).collect();
    assert_eq!(sandbox.run(&["targets", "-0"]).stdout, nul);
    // The names are the same, their outputs are not.
    sandbox.write("project/outputs.py", OUTPUTS.replace("right", "later"));
    assert_eq!(sandbox.run(&["targets", "--cached"]).code, 3);
    let renamed = all_targets(&mut oracle, &sandbox);
    assert_ne!(renamed, right);
    assert_eq!(sandbox.run(&["targets"]).lines(), renamed);
    // A cache that Pivot wrote knows no targets.
    fs::remove_dir_all(sandbox.path("project/.pivot/cache/complete")).unwrap();
    assert_eq!(sandbox.run(&["targets", "--cached"]).code, 3);
    assert_eq!(sandbox.run(&["targets"]).lines(), renamed);
}

/// 0.1.0 offers its stages as targets, and nothing else.
#[test]
fn targets_of_0_1_0_are_its_stages() {
    let sandbox = Sandbox::project_of(Pivot::V010, &pipeline_of(Pivot::V010, "NAMES = ['a', 'b']"));
    let mut oracle = RealPivot::of(&sandbox);
    let right = all_targets(&mut oracle, &sandbox);
    assert_eq!(right, ["a", "b"]);
    assert_eq!(sandbox.run(&["targets"]).lines(), right);
    assert_eq!(sandbox.run(&["targets", "--cached", "a"]).lines(), ["a"]);
}

/// Every pipeline of the project, wherever one asks.
#[test]
fn all_stages_are_those_of_every_pipeline() {
    for pivot in Pivot::in_turn() {
        let named = |name: &str| {
            let code = format!("NAMES = ['{name}']");
            pipeline_of(pivot, &code).replace("'demo'", &format!("'{name}'"))
        };
        let sandbox = Sandbox::project_of(pivot, &named("root"));
        sandbox.write("project/one/pipeline.py", named("one"));
        sandbox.write("project/two/deep/pipeline.py", named("deep"));
        sandbox.write("project/.venv/lib/pipeline.py", named("library"));
        let mut oracle = RealPivot::of(&sandbox);
        let mut all = |sandbox: &Sandbox, directory: &str| {
            let said = oracle.list(sandbox, directory, &["--all"]);
            assert_eq!(said.code, 0, "{said:?}");
            let right = listed(&said.stdout);
            let said = ran(sandbox.front_in(directory, &["stages", "--all"]));
            assert_eq!(said.lines(), right, "{directory}, {pivot:?}");
            right.len()
        };
        assert_eq!(all(&sandbox, "project"), 3);
        assert_eq!(all(&sandbox, "project/one"), 3);
        // A pipeline more, a stage renamed, a pipeline gone.
        sandbox.write("project/more/pipeline.py", named("more"));
        assert_eq!(all(&sandbox, "project"), 4);
        sandbox.write("project/one/pipeline.py", named("eno"));
        assert_eq!(all(&sandbox, "project"), 4);
        fs::remove_dir_all(sandbox.path("project/two")).unwrap();
        assert_eq!(all(&sandbox, "project"), 3);
        // The working directory's own pipeline is none of it.
        let own = ran(sandbox.front_in("project/one", &["stages"]));
        assert_eq!(own.lines().len(), 1, "{pivot:?}");
    }
}

/// Targets are told all or not at all, and never kept by halves.
#[test]
fn targets_of_some_stages_are_no_answer() {
    let sandbox = Sandbox::project(
        &(SPLIT.to_owned()
            + "import sys\nget = pipeline.get_stage\n\
               def broken(name):\n    \
               # Discovery itself asks too.\n    \
               asks = sys._getframe(1).f_code.co_filename\n    \
               if name == 'demo/whole' and asks == '<string>':\n        \
               raise ValueError('no such info')\n    return get(name)\n\
               pipeline.get_stage = broken\n"),
    );
    sandbox.write("project/outputs.py", OUTPUTS);
    for _ in 0..2 {
        let said = sandbox.run(&["targets"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("no such info"), "{said:?}");
        assert_eq!(sandbox.run(&["targets", "--cached"]).code, 3);
        // The stages themselves are whole.
        assert_eq!(sandbox.run(&["stages"]).lines(), ["demo/split", "demo/whole"]);
        assert_eq!(sandbox.run(&["stages", "--cached"]).lines(), ["demo/split", "demo/whole"]);
    }
}
