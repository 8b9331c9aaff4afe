//! Stages to be fingerprinted, with Pivot's own manifests beside them.

use std::fs;

use crate::support::real_pivot::RealPivot;
use crate::support::{Pivot, Ran, Sandbox};

/// Stages with code in different modules, one with a value read at import, one that is refused;
/// the pipeline notes in `walks`, beside the project, whom a discovery fingerprints.
pub struct Stages {
    pub pivot: Pivot,
    pub sandbox: Sandbox,
    pub oracle: RealPivot,
}

/// What the pipelines of both Pivots begin with.
const HEAD: &str = r#"
import json, os, pathlib, sys
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import pivot
from pivot import Pipeline, fingerprint
import helpers
from package import more

stage = getattr(pivot, "stage", lambda function: function)
LIMITS = [1, 2]
RATE = json.load(open("params.json"))["rate"]
walk = fingerprint.get_stage_fingerprint


def noted(function, *rest):
    fd = os.open(WALKS, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(fd, function.__name__.encode() + b"\n")
    os.close(fd)
    return walk(function, *rest)


if os.environ.get("PIVOT_COMPLETE"):
    fingerprint.get_stage_fingerprint = noted


@stage
def train() -> RESULT:
    return {"a": helpers.far()}


@stage
def shape() -> RESULT:
    return {"a": more.more()}


@stage
def rated() -> RESULT:
    return {"a": RATE}


@stage
def refused() -> RESULT:
    return {"a": LIMITS}


pipeline = Pipeline("demo")
"#;

const TAIL_0511: &str = "
with pipeline:
    for each in (train, shape, rated, refused):
        each()
";

const TAIL_010: &str = "
for each in (train, shape, rated, refused):
    pipeline.register(each, name=each.__name__)
";

impl Stages {
    /// Refreshes; the one that is refused is told, and all else done.
    #[track_caller]
    pub fn refresh(&self) {
        let said = self.sandbox.run(&["refresh"]);
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("4 stages") && said.stderr.contains("LIMITS"), "{said:?}");
    }

    pub fn new(pivot: Pivot) -> Self {
        let mut sandbox = Sandbox::with(pivot);
        sandbox.start_trace();
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/helpers.py", "def far():\n    return 1\n");
        sandbox.write("project/package/__init__.py", "");
        sandbox.write("project/package/more.py", "def more():\n    return 3\n");
        sandbox.write("project/params.json", "{\"rate\": 1}");
        let (result, tail) = match pivot {
            Pivot::V0511 => ("dict", TAIL_0511),
            Pivot::V010 => ("None", TAIL_010),
        };
        let walks = format!("{:?}", sandbox.path("walks"));
        let head = HEAD.replace("WALKS", &walks).replace("RESULT", result);
        sandbox.write("project/pipeline.py", head + tail);
        let oracle = RealPivot::of(&sandbox);
        Self { pivot, sandbox, oracle }
    }

    /// The name of one of the stages.
    pub fn name(&self, stage: &str) -> String {
        match self.pivot {
            Pivot::V0511 => format!("demo/{stage}"),
            Pivot::V010 => stage.to_owned(),
        }
    }

    /// What Pivot computes for it now.
    #[track_caller]
    pub fn pivots(&mut self, stage: &str) -> String {
        self.oracle.tell("manifest", &self.sandbox, "project", &[&self.name(stage)])
    }

    /// What `manifest --cached` says of it.
    pub fn cached(&self, stage: &str) -> Ran {
        self.sandbox.run(&["manifest", "--cached", &self.name(stage)])
    }

    /// Asserts that this is what Pivot computes.
    #[track_caller]
    pub fn is_cached(&mut self, stage: &str, what: &str) {
        let said = self.cached(stage);
        assert_eq!(said.lines(), [self.pivots(stage)], "{what}: {stage}, {:?}", self.pivot);
    }

    /// Asserts that it is nothing.
    #[track_caller]
    pub fn is_not_cached(&self, stage: &str, what: &str) {
        let said = self.cached(stage);
        let told = (said.code, said.stdout.as_str(), said.stderr.as_str());
        assert_eq!(told, (3, "", ""), "{what}: {stage}, {:?}", self.pivot);
    }

    /// Asserts that `manifest` prints what Pivot computes, which is a hit from then on.
    #[track_caller]
    pub fn is_pivots(&mut self, stage: &str, what: &str) {
        let said = self.sandbox.run(&["manifest", &self.name(stage)]);
        assert_eq!(said.lines(), [self.pivots(stage)], "{what}: {stage}, {:?}", self.pivot);
        self.is_cached(stage, what);
    }

    /// The stages that were fingerprinted since the last call, sorted.
    pub fn walked(&self) -> Vec<String> {
        let text = fs::read_to_string(self.sandbox.path("walks")).unwrap_or_default();
        let _ = fs::remove_file(self.sandbox.path("walks"));
        // Pivot walks helpers alike, and a refused stage twice.
        let stages = ["rated", "refused", "shape", "train"];
        let walked = stages.into_iter().filter(|stage| text.lines().any(|line| line == *stage));
        walked.map(str::to_owned).collect()
    }
}
