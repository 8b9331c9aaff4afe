//! Stages that are fingerprinted by file: their `code_deps` are sources, and no inputs.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;
use std::thread::sleep;
use std::time::Duration;

use super::edits::{Way, replace};
use super::status::states;
use crate::support::real_pivot::RealPivot;
use crate::support::{Sandbox, set_mtime};

/// While a file `armed` lies beside the project, a source changes after it was read.
const PIPELINE: &str = r#"
import atexit, os
from pivot import Pipeline, no_fingerprint, stage


@stage
@no_fingerprint(code_deps=["fit.R"])
def fit() -> dict:
    return {"a": 1}


if os.path.exists("../armed"):
    atexit.register(lambda: open("fit.R", "w").write("fit(9)\n"))
pipeline = Pipeline("demo")
with pipeline:
    fit()
"#;

struct Fit {
    sandbox: Sandbox,
    oracle: RealPivot,
}

impl Fit {
    fn new() -> Self {
        let sandbox = Sandbox::project(PIPELINE);
        sandbox.write("project/fit.R", "fit(0)\n");
        let oracle = RealPivot::of(&sandbox);
        Self { sandbox, oracle }
    }

    fn source(&self) -> PathBuf {
        self.sandbox.path("project/fit.R")
    }

    #[track_caller]
    fn stands(&self, what: &str, state: &str) {
        assert_eq!(states(&self.sandbox, what), [format!("demo/fit {state}")], "{what}");
        let cached = self.sandbox.run(&["manifest", "--cached", "demo/fit"]);
        assert!(cached.code == 0 || state == "never run", "{what}: {cached:?}");
    }

    /// Asserts that `manifest` says what Pivot does, and is a hit from then on.
    #[track_caller]
    fn is_pivots(&mut self, what: &str) {
        let said = self.sandbox.run(&["manifest", "demo/fit"]);
        let right = self.oracle.tell("by_file", &self.sandbox, "project", &["demo/fit"]);
        assert_eq!(said.lines(), [right], "{what}");
        self.oracle.tell("ran", &self.sandbox, "project", &[]);
        self.stands(what, "unchanged");
    }
}

/// Edits that keep mtime and size, of a source that was just written and of one whose stamp proves
/// something.
const EDITS: [(&str, bool, Way); 3] = [
    ("just written", false, Way::OldMtime),
    ("aged", true, Way::OldMtime),
    ("aged, another file", true, Way::RenamedOld),
];

#[test]
fn every_edit_is_seen() {
    let mut fit = Fit::new();
    fit.is_pivots("at first");
    for (number, (what, aged, way)) in EDITS.into_iter().enumerate() {
        if aged {
            sleep(Duration::from_millis(2_100));
            assert_eq!(fit.sandbox.run(&["refresh"]).code, 0);
            fs::hard_link(fit.source(), fit.sandbox.path(&format!("project/{number}"))).unwrap();
            fit.stands("another link to it", "unchanged");
        }
        replace(&fit.source(), format!("fit({})\n", number + 1), way);
        fit.stands(what, "changed file:fit.R");
        fit.is_pivots(what);
    }
}

#[test]
fn an_edit_after_it_was_read_is_seen() {
    let mut fit = Fit::new();
    let armed = fit.sandbox.write("armed", "");
    let old = fit.oracle.tell("by_file", &fit.sandbox, "project", &["demo/fit"]);
    let said = fit.sandbox.run(&["manifest", "demo/fit"]);
    assert_eq!(said.lines(), [old], "what was found is answered");
    assert_eq!(fs::read(fit.source()).unwrap(), b"fit(9)\n");
    fs::remove_file(armed).unwrap();
    fit.stands("and not kept", "never run");
    fit.is_pivots("then");
}

/// StateDB, where a store was removed, knows mtimes, sizes and inodes, and compares contents.
#[test]
fn what_state_db_has_of_another_content_is_a_miss() {
    let mut fit = Fit::new();
    fit.is_pivots("at first");
    for cache in fs::read_dir(fit.sandbox.path("project/.pivot/cache/complete")).unwrap() {
        let cache = cache.unwrap().path();
        if cache.extension().is_some_and(|found| found == "store") {
            fs::remove_file(cache).unwrap();
        }
    }
    fs::remove_file(fit.sandbox.path("project/.pivot/cache/stages.cache")).unwrap();
    assert_eq!(fit.sandbox.run(&["stages"]).lines(), ["demo/fit"]);
    replace(&fit.source(), "fit(1)\n", Way::OldMtime);
    fit.is_pivots("another content");
}

/// Pivot follows the links of `code_deps`, and so do edits.
#[test]
fn a_link_that_leads_elsewhere_is_seen() {
    let mut fit = Fit::new();
    for (file, text) in [("one.R", "fit(1)\n"), ("two.R", "fit(2)\n")] {
        set_mtime(&fit.sandbox.write(&format!("project/{file}"), text), 1_600_000_000, 0);
    }
    let link = |fit: &Fit, target| {
        fs::remove_file(fit.source()).unwrap();
        symlink(target, fit.source()).unwrap();
    };
    link(&fit, "one.R");
    fit.is_pivots("at first");
    link(&fit, "two.R");
    fit.stands("another target", "changed file:one.R, file:two.R");
    fit.is_pivots("another target");
    replace(&fit.sandbox.path("project/two.R"), "fit(3)\n", Way::OldMtime);
    fit.stands("its text", "changed file:two.R");
    fit.is_pivots("its text");
}
