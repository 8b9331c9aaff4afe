//! Results by content: what was discovered once is not discovered again when its files come back,
//! unless the user says so; failures are remembered alike.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::edits::{Way, replace};
use super::scene::Scene;
use super::shape::pipeline_of;
use crate::support::{Pivot, Ran, Sandbox, set_mtime};

/// A project that counts in the file `runs` how often its pipeline is executed, but not by the
/// oracle.
pub struct Counted {
    pivot: Pivot,
    pub scene: Scene,
}

impl Counted {
    /// With these files beside a config that has a stage for each of the `NAMES` that `code`
    /// leaves behind.
    pub fn open(pivot: Pivot, code: &str, files: &[(&str, &str)]) -> Self {
        let mut sandbox = Sandbox::with(pivot);
        sandbox.start_trace();
        sandbox.make_directory("project/.pivot");
        for (file, text) in files {
            sandbox.write(&format!("project/{file}"), text);
        }
        let config = counting(pivot, &sandbox, code);
        sandbox.write("project/pipeline.py", config);
        Self { pivot, scene: Scene::open(sandbox, "project") }
    }

    pub fn runs(&self) -> usize {
        runs(&self.scene.sandbox)
    }

    pub fn write(&self, file: &str, text: &str) {
        self.scene.sandbox.write(&format!("project/{file}"), text);
    }

    pub fn config(&self, code: &str) -> String {
        counting(self.pivot, &self.scene.sandbox, code)
    }

    /// What a TAB offers: the names alone.
    #[track_caller]
    pub fn tab(&self) -> Vec<String> {
        let word = if self.pivot == Pivot::V0511 { "demo/" } else { "" };
        let said = self.scene.sandbox.tab(&["pivot", "repro", word]);
        said.candidates().into_iter().map(str::to_owned).collect()
    }

    /// Asserts that a TAB offers what Pivot lists.
    #[track_caller]
    fn tab_is_pivots(&mut self, what: &str) {
        let offered = self.tab();
        assert_eq!(self.scene.pivots(), Ok(offered), "{what}, {:?}", self.pivot);
    }
}

/// A config that counts its executions.
pub fn counting(pivot: Pivot, sandbox: &Sandbox, code: &str) -> String {
    let count = format!(
        "import os\nif os.environ.get('PIVOT_COMPLETE'):\n    \
         fd = os.open({:?}, os.O_WRONLY | os.O_APPEND | os.O_CREAT)\n    \
         os.write(fd, b'.')\n    os.close(fd)\n",
        sandbox.path("runs")
    );
    pipeline_of(pivot, &format!("{count}{code}"))
}

pub fn runs(sandbox: &Sandbox) -> usize {
    fs::read(sandbox.path("runs")).map_or(0, |runs| runs.len())
}

const TWO_FILES: &str =
    "import json\nfrom steps.names import STEPS\nNAMES = STEPS + json.load(open('params.json'))";

#[test]
fn switching_between_two_versions_discovers_each_of_them_once() {
    for pivot in Pivot::in_turn() {
        let version = |name: &str| {
            [
                ("steps/__init__.py", format!("# {name}\n")),
                ("steps/names.py", format!("STEPS = ['{name}_step']\n")),
                ("params.json", format!("[\"{name}_param\"]")),
            ]
        };
        let files = version("one");
        let files: Vec<_> = files.iter().map(|(file, text)| (*file, text.as_str())).collect();
        let mut project = Counted::open(pivot, TWO_FILES, &files);
        for round in 0..3 {
            for name in ["two", "one"] {
                for (file, text) in version(name) {
                    project.write(file, &text);
                }
                project.tab_is_pivots(&format!("{name}, round {round}"));
                assert!(project.tab()[0].ends_with(&format!("{name}_step")));
                assert_eq!(project.runs(), 2, "{name}, round {round}, {pivot:?}");
                // And a command is answered alike.
                project.scene.is_pivots(name);
            }
        }
        assert_eq!(project.runs(), 2, "{pivot:?}");
    }
}

/// Real branches, which differ in their config, a module, parameters, and which files there are.
#[test]
fn switching_a_real_branch_runs_python_twice_in_all() {
    for pivot in Pivot::in_turn() {
        let code = "import os\nfrom steps import STEPS\nNAMES = STEPS + sorted(os.listdir('conf'))";
        let files = [("steps.py", "STEPS = ['main_step']\n"), ("conf/first", "")];
        let mut project = Counted::open(pivot, code, &files);
        let root = project.scene.sandbox.path("project");
        let git = |arguments: &[&str]| git(&root, arguments);
        git(&["init", "-q", "-b", "main"]);
        fs::write(root.join(".git/info/exclude"), ".pivot\n__pycache__\n").unwrap();
        git(&["add", "."]);
        git(&["commit", "-qm", "one"]);
        git(&["checkout", "-qb", "other"]);
        let other = format!("{code}\nNAMES.append('extra')");
        project.write("pipeline.py", &project.config(&other));
        project.write("steps.py", "from package.inner import STEPS\n");
        project.write("package/__init__.py", "");
        project.write("package/inner.py", "STEPS = ['other_step']\n");
        project.write("conf/second", "");
        git(&["add", "-A"]);
        git(&["commit", "-qm", "two"]);
        project.tab_is_pivots("the other branch, before any switch");
        for _ in 0..3 {
            for branch in ["main", "other"] {
                git(&["checkout", "-q", branch]);
                project.tab_is_pivots(branch);
                assert_eq!(project.runs(), 2, "{branch}, {pivot:?}");
            }
        }
        // Touched as it was answered last; one that was not answered yet has other bytes.
        for (asked, branch) in [(true, "main"), (false, "other")] {
            git(&["checkout", "-q", branch]);
            if asked {
                project.tab();
            }
            let before = project.runs();
            set_mtime(&root.join("pipeline.py"), 1_900_000_000, 0);
            project.tab_is_pivots("touched");
            let expected = before + usize::from(asked);
            assert_eq!(project.runs(), expected, "{branch} touched, asked: {asked}, {pivot:?}");
        }
    }
}

/// Runs git there, without anybody's configuration.
pub fn git(root: &Path, arguments: &[&str]) {
    let mut command = Command::new("git");
    command.arg("-C").arg(root).args(["-c", "user.name=x", "-c", "user.email=x@example.org"]);
    command.args(["-c", "core.hooksPath=/dev/null", "-c", "commit.gpgsign=false"]).args(arguments);
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    let said: Ran = command.output().expect("git").into();
    assert_eq!(said.code, 0, "{arguments:?}: {said:?}");
}

/// The config as it was, older or newer: the user asks for a discovery.
#[test]
fn touching_the_config_after_a_switch_discovers_again() {
    for pivot in Pivot::in_turn() {
        let files = [("steps.py", "NAMES = ['a']\n")];
        let mut project = Counted::open(pivot, "from steps import NAMES", &files);
        project.write("steps.py", "NAMES = ['b']\n");
        project.tab_is_pivots("b");
        assert_eq!(project.runs(), 2);
        project.write("steps.py", "NAMES = ['a']\n");
        set_mtime(&project.scene.sandbox.path("project/pipeline.py"), 1_900_000_000, 0);
        project.tab_is_pivots("a, and the config touched before anybody asked");
        assert_eq!(project.runs(), 3, "{pivot:?}");
        set_mtime(&project.scene.sandbox.path("project/pipeline.py"), 1_500_000_000, 0);
        project.tab_is_pivots("touched once more");
        assert_eq!(project.runs(), 4, "{pivot:?}");
        project.tab_is_pivots("nothing");
        assert_eq!(project.runs(), 4, "{pivot:?}");
    }
}

#[test]
fn a_failure_is_remembered_until_an_input_changes() {
    for pivot in Pivot::in_turn() {
        let files = [("steps.py", "NAMES = ['good']\n"), ("conf/x", "")];
        let code = "import os\nos.listdir('conf')\nfrom steps import NAMES";
        let mut project = Counted::open(pivot, code, &files);
        let good = project.tab();
        project.write("steps.py", "NAMES = [\n");
        for tab in 0..3 {
            assert_eq!(project.tab(), good, "TAB {tab} after the error, {pivot:?}");
        }
        assert_eq!(project.runs(), 2, "TABs start no Python again, {pivot:?}");
        for command in 0..2 {
            project.scene.is_pivots("the error");
            assert_eq!(project.runs(), 3 + command, "an explicit command tries again, {pivot:?}");
        }
        assert_eq!(project.scene.run(&["stages", "--cached"]).code, 3);
        // Another error, then what is no input, then the right text.
        project.write("steps.py", "raise ValueError('other')\n");
        assert_eq!((project.tab(), project.tab(), project.runs()), (good.clone(), good.clone(), 5));
        project.write("notes.txt", "x");
        assert_eq!((project.tab(), project.runs()), (good, 5), "{pivot:?}");
        project.write("steps.py", "NAMES = ['fixed']\n");
        project.tab_is_pivots("fixed");
        assert_eq!(project.runs(), 6, "{pivot:?}");
        project.scene.is_pivots("fixed");
        project.scene.hits("fixed");
    }
}

/// Whatever ends the failure is an input of it: a module, a file, a listing.
#[test]
fn what_a_failure_lacked_is_noticed_when_it_comes() {
    let works: [(&str, &str, &str, &str); 3] = [
        ("a module", "from late import NAMES", "late.py", "NAMES = ['came']\n"),
        ("a file", "NAMES = open('late/names').read().split()", "late/names", "came"),
        ("a directory", "import os\nNAMES = os.listdir('late')", "late/came", ""),
    ];
    for pivot in Pivot::in_turn() {
        let mut project = Counted::open(pivot, "NAMES = ['good']", &[]);
        for (index, (what, code, file, text)) in works.into_iter().enumerate() {
            let before = project.runs();
            let good = project.tab();
            let config = project.scene.sandbox.path("project/pipeline.py");
            replace(&config, project.config(code), Way::Renamed);
            assert_eq!((project.tab(), project.tab()), (good.clone(), good), "{what}");
            assert_eq!(project.runs(), before + 1, "{what}, {pivot:?}");
            project.write(file, text);
            project.tab_is_pivots(what);
            assert_eq!(project.runs(), before + 2, "{what}, {pivot:?}");
            // Names of their own, so that the next one does not look like this one.
            let path = project.scene.sandbox.path("project").join(file);
            if path.parent().unwrap().ends_with("late") {
                fs::remove_dir_all(path.parent().unwrap()).unwrap();
            } else {
                fs::remove_file(path).unwrap();
            }
            let other = project.config(&format!("NAMES = ['good{index}']"));
            replace(&config, other, Way::Renamed);
            project.tab_is_pivots("good again");
        }
    }
}

/// Also with no good names at all.
#[test]
fn a_pipeline_that_never_worked_offers_nothing_at_once() {
    for pivot in Pivot::in_turn() {
        let sandbox = Sandbox::traced(pivot);
        sandbox.make_directory("project/.pivot/cache");
        let broken = counting(pivot, &sandbox, "raise RuntimeError('never')");
        sandbox.write("project/pipeline.py", broken);
        for tab in 0..3 {
            assert_eq!(sandbox.tab(&["pivot", "repro", ""]).stdout, "\n", "TAB {tab}");
            assert_eq!(runs(&sandbox), 1, "TAB {tab}, {pivot:?}");
        }
        assert_eq!(sandbox.run(&["stages"]).code, 1);
        assert_eq!(runs(&sandbox), 2, "{pivot:?}");
    }
}

/// What the user wants at a miss is about discoveries, and so is trust; what doctor foretells is
/// what happens.
#[test]
fn known_content_is_answered_whatever_a_miss_would_do() {
    const FORETOLD: &str = "A TAB here answers what an earlier discovery saw for this content, without Python: 1 stage.";
    for (variable, value, keeps) in [
        ("PIVOT_COMPLETE_ON_MISS", "never", true),
        ("PIVOT_COMPLETE_ON_MISS", "stale", true),
        ("PIVOT_COMPLETE_TRUST", "explicit", false),
    ] {
        let what = format!("{variable}={value}");
        let files = [("steps.py", "NAMES = ['one']\n")];
        let mut project = Counted::open(Pivot::V0511, "from steps import NAMES", &files);
        project.write("steps.py", "NAMES = ['two']\n");
        project.tab_is_pivots("two");
        project.scene.sandbox.set(variable, value);
        project.write("steps.py", "NAMES = ['one']\n");
        let doctor = project.scene.run(&["doctor"]).stdout;
        assert!(doctor.contains(FORETOLD), "{what}: {doctor}");
        for _ in 0..2 {
            project.tab_is_pivots(&what);
        }
        // A hit by now, where it could be kept.
        let cached = project.scene.run(&["stages", "--cached"]);
        assert_eq!(cached.code, if keeps { 0 } else { 3 }, "{what}");
        assert_eq!(project.runs(), 2, "{what}");
        assert!(!project.scene.sandbox.path("project/.pivot/cache/complete.lock").exists());
    }
}

/// A config that was merely touched asks for a discovery, which these policies do not run.
#[test]
fn a_touched_config_is_no_known_content_for_any_policy() {
    for value in ["never", "wait"] {
        let mut project = Counted::open(Pivot::V0511, "NAMES = ['one']", &[]);
        let names = project.tab();
        project.scene.sandbox.set("PIVOT_COMPLETE_ON_MISS", value);
        set_mtime(&project.scene.sandbox.path("project/pipeline.py"), 1_900_000_000, 0);
        let doctor = project.scene.run(&["doctor"]).stdout;
        assert!(!doctor.contains("earlier discovery"), "{value}: {doctor}");
        let (expected, runs) = if value == "never" { (vec![], 1) } else { (names, 2) };
        assert_eq!((project.tab(), project.runs()), (expected, runs), "{value}");
    }
}

/// Known content is answered by a failure too, or by a success before it.
#[test]
fn a_failure_that_is_reverted_needs_no_python() {
    for pivot in Pivot::in_turn() {
        let files = [("steps.py", "NAMES = ['good']\n")];
        let mut project = Counted::open(pivot, "from steps import NAMES", &files);
        let good = project.tab();
        for _ in 0..2 {
            project.write("steps.py", "NAMES = [\n");
            assert_eq!(project.tab(), good);
            project.write("steps.py", "NAMES = ['good']\n");
            project.tab_is_pivots("reverted");
            assert_eq!(project.runs(), 2, "{pivot:?}");
        }
    }
}
