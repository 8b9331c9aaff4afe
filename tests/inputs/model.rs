//! Random walks through what people do to a project: after every step the answer is that of a
//! fresh discovery by Pivot itself.
//!
//! A failure prints the seed of its walk; `PIVOT_COMPLETE_TEST_WALK` starts there. Few walks in every
//! run, many in a soak.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use super::edits::{Way, replace};
use super::shape::pipeline_of;
use crate::support::oracle::Random;
use crate::support::real_pivot::RealPivot;
use crate::support::{Pivot, Sandbox, ran, set_mtime, soak};

const STEPS: usize = 12;

#[test]
fn random_walks_with_0_5_11() {
    walk_on(Pivot::V0511, 0x0511, soak::count(1, 24));
}

#[test]
fn random_walks_with_0_1_0() {
    walk_on(Pivot::V010, 0x0010, soak::count(3, 52));
}

fn walk_on(pivot: Pivot, seed: u64, walks: u64) {
    let walk = std::env::var("PIVOT_COMPLETE_TEST_WALK").ok();
    let seed = walk.map_or(seed + (soak::seed() << 32), |walk| walk.parse().unwrap());
    let mut sandbox = Sandbox::with(pivot);
    sandbox.start_trace();
    let mut oracle = RealPivot::of(&sandbox);
    for seed in seed..seed + walks {
        let mut walk = Walk::new(pivot, &sandbox, seed);
        walk.asks(&mut oracle);
        for _ in 0..STEPS {
            walk.step();
            // Some steps go unseen.
            match walk.random.below(10) {
                0..4 => walk.asks(&mut oracle),
                4..6 => walk.tabs(&mut oracle),
                _ => {}
            }
        }
        walk.tabs(&mut oracle);
        walk.asks(&mut oracle);
    }
}

/// One project on its way.
struct Walk<'a> {
    pivot: Pivot,
    sandbox: &'a Sandbox,
    /// The project, relative to the sandbox.
    directory: String,
    random: Random,
    /// What each file was before.
    versions: HashMap<&'static str, Vec<Version>>,
    /// What was answered last, where that was the answer of a discovery.
    last_good: Option<Vec<String>>,
    log: Vec<String>,
}

/// A file's text and mtime at some time.
#[derive(Clone)]
struct Version {
    text: String,
    mtime: (i64, i64),
}

/// The files that decide about the names. The last three may be missing; of these the second
/// shadows `steps.py`.
const FILES: [&str; 6] =
    ["pipeline.py", "steps.py", "params.json", "local.py", "steps/__init__.py", "extra.txt"];

impl<'a> Walk<'a> {
    fn new(pivot: Pivot, sandbox: &'a Sandbox, seed: u64) -> Self {
        let directory = format!("project-{seed}");
        sandbox.make_directory(&format!("{directory}/.pivot"));
        sandbox.write(&format!("{directory}/data/d0"), "");
        let mut walk = Self {
            pivot,
            sandbox,
            directory,
            random: Random(seed),
            versions: HashMap::new(),
            last_good: None,
            log: vec![format!("PIVOT_COMPLETE_TEST_WALK={seed} with {pivot:?}")],
        };
        for file in &FILES[..3] {
            let text = walk.text(file, false);
            fs::write(walk.path(file), text).unwrap();
            walk.remember(file);
        }
        walk
    }

    fn path(&self, file: &str) -> PathBuf {
        self.sandbox.path(&self.directory).join(file)
    }

    /// A text for `file`: mostly of one size; `longer` makes it another one.
    fn text(&mut self, file: &str, longer: bool) -> String {
        let n = self.random.below(10);
        let more = if longer { ", 'more'" } else { "" };
        match file {
            "pipeline.py" => pipeline_of(
                self.pivot,
                &format!(
                    "import json, os\nfrom steps import STEPS\n\
                     try:\n    from local import LOCAL\nexcept ImportError:\n    LOCAL = []\n\
                     NAMES = [*STEPS, *json.load(open('params.json')), *LOCAL, 'c{n}']\n\
                     try:\n    NAMES += open('extra.txt').read().split()\n\
                     except OSError:\n    pass\n\
                     NAMES += sorted(os.listdir('data'))"
                ),
            ),
            "steps/__init__.py" => format!("STEPS = ['k{n}'{more}]\n"),
            "extra.txt" => format!("x{n}{}\n", if longer { " y" } else { "" }),
            "steps.py" => format!("STEPS = ['s{n}'{more}]\n"),
            "local.py" => format!("LOCAL = ['l{n}'{}]\n", more.replace("more", "most")),
            _ if longer => format!("[\"p{n}\", \"q\"]\n"),
            _ => format!("[\"p{n}\"]\n"),
        }
    }

    /// Keeps the present text of `file` to come back to.
    fn remember(&mut self, file: &'static str) {
        let path = self.path(file);
        let stat = path.metadata().unwrap();
        let text = fs::read_to_string(path).unwrap();
        let version = Version { text, mtime: (stat.mtime(), stat.mtime_nsec()) };
        self.versions.entry(file).or_default().push(version);
    }

    /// Puts `text` in the place of `file`, in some way.
    fn put(&mut self, file: &'static str, text: &str) {
        let path = self.path(file);
        if !path.exists() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            return self.log.push(format!("{file} is back: {text:?}"));
        }
        let ways = [Way::InPlace, Way::OldMtime, Way::Renamed, Way::RenamedOld];
        let way = *self.random.pick(&ways);
        replace(&path, text, way);
        self.log.push(format!("{file} {way:?}: {text:?}"));
    }

    /// Does something to the project.
    fn step(&mut self) {
        // Mostly one of those that there always is.
        let file = match self.random.below(3) {
            0 => *self.random.pick(&FILES[3..]),
            _ => *self.random.pick(&FILES[..3]),
        };
        let exists = self.path(file).exists();
        match self.random.below(16) {
            0..5 => {
                let longer = self.random.below(3) == 0;
                let text = self.text(file, longer);
                self.put(file, &text);
                self.remember(file);
            }
            5..9 => self.go_back(file),
            9 if exists => {
                set_mtime(&self.path(file), 1_600_000_000 + self.random.below(9) as i64, 5);
                self.log.push(format!("{file} is touched"));
            }
            10 if exists => {
                fs::remove_file(self.path(file)).unwrap();
                self.log.push(format!("{file} goes"));
            }
            11 => {
                let text = self.text(file, false).replacen(['[', '('], "[[", 1);
                self.put(file, &text);
            }
            12 => {
                let n = self.random.below(100);
                fs::write(self.path(&format!("new{n}.py")), "x = 1\n").unwrap();
                self.log.push(format!("new{n}.py appears"));
            }
            _ => self.change_the_listing(),
        }
    }

    /// An earlier version comes back, as a checkout or as a restored backup.
    fn go_back(&mut self, file: &'static str) {
        let versions = self.versions.get(file).cloned().unwrap_or_default();
        if versions.is_empty() {
            return;
        }
        let Version { text, mtime: (sec, nsec) } = self.random.pick(&versions).clone();
        self.put(file, &text);
        if self.random.below(2) == 0 {
            set_mtime(&self.path(file), sec, nsec);
            self.log.push(format!("with the mtime it had then, {sec}.{nsec}"));
        }
    }

    fn change_the_listing(&mut self) {
        let number = self.random.below(4);
        let entry = self.path(&format!("data/d{number}"));
        if entry.exists() {
            fs::remove_file(&entry).unwrap();
        } else {
            fs::write(&entry, "").unwrap();
        }
        self.log.push(format!("{} comes or goes", entry.display()));
    }

    /// Asserts that `stages` says what Pivot does.
    fn asks(&mut self, oracle: &mut RealPivot) {
        self.log.push("stages".to_owned());
        let said = ran(self.sandbox.front_in(&self.directory, &["stages"]));
        let names: Vec<String> = said.stdout.lines().map(str::to_owned).collect();
        if !self.path("pipeline.py").exists() {
            // Pivot's commands want a pipeline; that there is none is an answer here.
            assert_eq!((said.code, names.len()), (0, 0), "{said:?} after {:#?}", self.log);
            self.last_good = None;
            return;
        }
        match oracle.names(self.sandbox, &self.directory) {
            Ok(right) => {
                assert_eq!(names, right, "{said:?} (Pivot is right) after {:#?}", self.log);
                assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{:#?}", self.log);
                self.last_good = Some(names);
            }
            Err(message) => {
                let shown = said.code == 1 && names.is_empty() && said.stderr.contains(&message);
                assert!(shown, "{said:?} lacks {message:?} after {:#?}", self.log);
            }
        }
    }

    /// Asserts that a TAB offers what Pivot lists, or the last good names where Pivot fails.
    fn tabs(&mut self, oracle: &mut RealPivot) {
        self.log.push("TAB".to_owned());
        // Names alone: 0.5.11 also offers them without their prefix.
        let word = if self.pivot == Pivot::V0511 { "demo/" } else { "" };
        let said = self.sandbox.tab_in(&self.directory, &["pivot", "repro", word]);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "after {:#?}", self.log);
        let offered: Vec<String> = said.candidates().into_iter().map(str::to_owned).collect();
        if !self.path("pipeline.py").exists() {
            assert!(offered.is_empty(), "{said:?} after {:#?}", self.log);
            self.last_good = None;
            return;
        }
        let listed = oracle.names(self.sandbox, &self.directory);
        let right = listed.as_ref().ok().or(self.last_good.as_ref());
        if let Some(right) = right {
            assert_eq!(&offered, right, "Pivot: {listed:?} after {:#?}", self.log);
        }
        if listed.is_ok() {
            self.last_good = Some(offered);
        }
    }
}
