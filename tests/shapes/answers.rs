//! What a TAB and the commands do after such an edit.

use std::fs;
use std::path::PathBuf;

use crate::support::real_pivot::RealPivot;
use crate::support::{Pivot, Sandbox, pipeline_010, ran, settle};

const HELPER: &str =
    "NAMES = ['a', 'b']\nTITLE = 'x'\ndef body(value=1):\n    # one\n    return value + 1\n";
const PIPELINE: &str = "\
from pivot import Pipeline, stage
import helper

def make(name):
    def run() -> dict:
        rows = 1
        return dict(rows=rows)
    run.__name__ = run.__qualname__ = name
    run.__doc__ = 'Makes ' + name
    return stage(run)

pipeline = Pipeline('demo')
with pipeline:
    for name in helper.NAMES:
        make(name)()
";

struct Scene {
    sandbox: Sandbox,
    seen: usize,
}

impl Scene {
    /// A project that was discovered.
    fn discovered() -> Self {
        let sandbox = Sandbox::traced(Pivot::V0511);
        sandbox.write("project/pipeline.py", PIPELINE);
        sandbox.write("project/helper.py", HELPER);
        Self::of(sandbox, &["demo/a", "demo/b"])
    }

    fn of(sandbox: Sandbox, names: &[&str]) -> Self {
        sandbox.describe_pivot();
        let mut scene = Self { sandbox, seen: 0 };
        scene.seen = scene.sandbox.trace().len();
        scene.tab("discovered", names);
        scene
    }

    fn edit(&self, file: &str, old: &str, new: &str) {
        let path = self.sandbox.path("project").join(file);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(old), "{text}");
        fs::write(path, text.replacen(old, new, 1)).unwrap();
    }

    /// A TAB gives these names, found out in this way; then the front gives them by itself.
    #[track_caller]
    fn tab(&mut self, how: &str, names: &[&str]) {
        assert_eq!(self.sandbox.tab(&["pivot", "repro", "demo/"]).candidates(), names);
        settle(&self.sandbox.home());
        assert_eq!(self.last(), format!("engine answered {how}"));
        self.is_fresh(names);
    }

    #[track_caller]
    fn is_fresh(&mut self, names: &[&str]) {
        assert_eq!(self.sandbox.tab(&["pivot", "repro", "demo/"]).candidates(), names);
        assert_eq!(self.last(), "front answered fresh");
    }

    #[track_caller]
    fn last(&self) -> String {
        self.sandbox.trace().pop().unwrap()
    }

    fn stages_cache(&self) -> PathBuf {
        self.sandbox.path("project/.pivot/cache/stages.cache")
    }
}

#[test]
fn a_body_is_edited() {
    let mut scene = Scene::discovered();
    scene.edit("helper.py", "value + 1", "value + 2");
    scene.tab("same-shape", &["demo/a", "demo/b"]);
    // Of the config too: Pivot finds its own cache fresh.
    let before = fs::read(scene.stages_cache()).unwrap();
    scene.edit("pipeline.py", "rows = 1", "rows = 12");
    scene.tab("same-shape", &["demo/a", "demo/b"]);
    let after = fs::read(scene.stages_cache()).unwrap();
    assert_ne!(before, after);
    let names = |cache: &[u8]| cache.split(|&byte| byte == b'\n').skip(2).count();
    assert_eq!(names(&before), names(&after));
    // Both at once, and again.
    scene.edit("pipeline.py", "rows = 12", "rows = 3 # three");
    scene.edit("helper.py", "# one", "# one\n\n    # two");
    scene.tab("same-shape", &["demo/a", "demo/b"]);
    // Two of which one matters.
    scene.edit("pipeline.py", "rows = 3", "rows = 4");
    scene.edit("helper.py", "'a', 'b'", "'a', 'c'");
    scene.tab("discovered", &["demo/a", "demo/c"]);
    // Descriptions stay, too.
    scene.edit("pipeline.py", "rows = 4", "rows = 5");
    scene.tab("same-shape", &["demo/a", "demo/c"]);
    let stores = scene.sandbox.listing("project/.pivot/cache/complete");
    let name = stores.iter().find(|name| name.ends_with(".store")).unwrap();
    let store = fs::read(scene.sandbox.path("project/.pivot/cache/complete").join(name)).unwrap();
    assert!(store.windows(7).any(|bytes| bytes == b"Makes c"), "{stores:?}");
}

#[test]
fn each_command_but_a_refresh_knows_it() {
    let mut scene = Scene::discovered();
    scene.edit("helper.py", "value + 1", "value + 2");
    assert_eq!(scene.sandbox.run(&["stages"]).stdout, "demo/a\ndemo/b\n");
    assert_eq!(scene.last(), "engine answered same-shape");
    scene.is_fresh(&["demo/a", "demo/b"]);
    scene.edit("helper.py", "value + 2", "value + 3");
    assert_eq!(scene.sandbox.run(&["targets"]).code, 0);
    assert_eq!(scene.last(), "engine answered same-shape");
    scene.edit("helper.py", "value + 3", "value + 4");
    assert_eq!(scene.sandbox.run(&["prewarm"]).code, 0);
    settle(&scene.sandbox.home());
    assert_eq!(scene.last(), "engine prewarmed same-shape");
    scene.is_fresh(&["demo/a", "demo/b"]);
    scene.edit("helper.py", "value + 4", "value + 5");
    assert_eq!(scene.sandbox.run(&["refresh"]).code, 0);
    assert_eq!(scene.last(), "engine refreshed discovered");
}

/// Nothing but bodies may have changed, and what was touched wants a discovery.
#[test]
fn whatever_else_changed_is_discovered() {
    let mut scene = Scene::discovered();
    fs::write(scene.sandbox.path("project/pipeline.py"), PIPELINE).unwrap();
    scene.tab("discovered", &["demo/a", "demo/b"]);
    fs::write(scene.sandbox.path("project/pipeline.py"), PIPELINE).unwrap();
    scene.edit("helper.py", "value + 1", "value + 2");
    scene.tab("discovered", &["demo/a", "demo/b"]);
    // A file that would come before another.
    scene.sandbox.write("project/helper/__init__.py", HELPER);
    scene.edit("pipeline.py", "rows = 1", "rows = 2");
    scene.tab("discovered", &["demo/a", "demo/b"]);
    // An earlier discovery saw exactly this, whatever shapes say.
    fs::remove_dir_all(scene.sandbox.path("project/helper")).unwrap();
    scene.edit("helper.py", "value + 2", "value + 3");
    scene.edit("helper.py", "TITLE = 'x'", "TITLE = 'y'");
    scene.tab("discovered", &["demo/a", "demo/b"]);
    // No Python any more.
    scene.edit("helper.py", "value + 3", "value + (");
    let said = scene.sandbox.tab(&["pivot", "repro", "demo/"]);
    assert_eq!(said.candidates(), ["demo/a", "demo/b"]);
    assert!(scene.sandbox.trace().iter().any(|line| line == "engine answered failed-before"));
}

/// Pivot 0.1.0 runs its config as a script, of which nobody knows the shape; of modules it is known.
#[test]
fn the_first_pivot_imports_modules_too() {
    let sandbox = Sandbox::traced(Pivot::V010);
    let config = format!("import helper\n{}", pipeline_010(&["a", "b"]));
    sandbox.write("project/pipeline.py", &config);
    sandbox.write("project/helper.py", HELPER);
    let path = sandbox.path("project");
    let mut sandbox = sandbox;
    sandbox.set("PYTHONPATH", path);
    sandbox.describe_pivot();
    let tab = |sandbox: &Sandbox| {
        assert_eq!(sandbox.tab(&["pivot", "repro", ""]).candidates(), ["a", "b"]);
        settle(&sandbox.home());
        sandbox.trace().pop().unwrap()
    };
    assert_eq!(tab(&sandbox), "engine answered discovered");
    sandbox.write("project/helper.py", HELPER.replace("value + 1", "value + 2"));
    assert_eq!(tab(&sandbox), "engine answered same-shape");
    sandbox.write("project/pipeline.py", config + "# more\n");
    assert_eq!(tab(&sandbox), "engine answered discovered");
}

/// Why there are no shapes stands in the trace, and every edit is discovered then.
#[test]
fn the_trace_says_why_there_is_none() {
    let sandbox = Sandbox::traced(Pivot::V0511);
    sandbox.write("project/pipeline.py", PIPELINE);
    sandbox.write("project/helper.py", format!("import os\nos.system('true')\n{HELPER}"));
    let mut scene = Scene::of(sandbox, &["demo/a", "demo/b"]);
    scene.edit("helper.py", "value + 1", "value + 2");
    scene.tab("discovered", &["demo/a", "demo/b"]);
    let trace = fs::read_to_string(scene.sandbox.path("trace")).unwrap();
    assert!(trace.contains(" shapes none os.system "), "{trace}");
}

/// The names are Pivot's own, whatever was edited.
#[test]
fn many_edits_in_a_row_give_the_names_of_pivot() {
    let mut scene = Scene::discovered();
    let mut truth = RealPivot::of(&scene.sandbox);
    let edits = [
        ("helper.py", "value=1", "value=2", "discovered"),
        ("helper.py", "return value", "return 1 + value", "same-shape"),
        ("pipeline.py", "rows=rows", "rows=rows, more=2", "same-shape"),
        ("pipeline.py", "'Makes '", "'Is '", "discovered"),
        ("helper.py", "def body", "\n\n# far below\ndef body", "same-shape"),
        ("helper.py", "['a', 'b']", "[\n    'a',\n    'b',\n]", "same-shape"),
        ("pipeline.py", "rows = 1", "rows = [i for i in range(3)]", "same-shape"),
        ("helper.py", "'b',", "'b', 'd',", "discovered"),
    ];
    for (file, old, new, how) in edits {
        scene.edit(file, old, new);
        let names = truth.names(&scene.sandbox, "project").unwrap();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        scene.tab(how, &names);
    }
    // Pivot itself believes what was written.
    let mut command = scene.sandbox.command("pivot", "project");
    command.args(["list", "--json"]);
    assert_eq!(ran(command).code, 0);
}

/// Its parameters may come from the environment, so that its store is one's own, with no stages.cache.
#[test]
fn a_pipeline_with_params_of_pivots_is_compared_too() {
    let sandbox = Sandbox::traced(Pivot::V0511);
    let text = "\
from pivot import Pipeline, StageParams, stage

class Params(StageParams):
    rate: float = 0.1

@stage
def fit(params: Params) -> dict:
    return {}

pipeline = Pipeline('demo')
with pipeline:
    fit(Params())
";
    sandbox.write("project/pipeline.py", text);
    let mut scene = Scene::of(sandbox, &["demo/fit"]);
    assert!(!scene.stages_cache().exists());
    scene.edit("pipeline.py", "return {}", "return dict()");
    scene.tab("same-shape", &["demo/fit"]);
    scene.edit("pipeline.py", "'demo'", "'demo/x'");
    scene.tab("discovered", &["demo/x/fit"]);
    scene.edit("pipeline.py", "'demo/x'", "'demo'");
    scene.tab("known-content", &["demo/fit"]);
}
