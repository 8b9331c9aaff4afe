//! Generated pipelines that look at things of several kinds, and random changes: a cached answer is
//! what a fresh discovery says, and nothing is discovered again for a change that no part looked at.
//!
//! `PIVOT_COMPLETE_TEST_WALK` starts at the walk whose seed a failure prints.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};

use super::changes::Place;
use super::fragments::{self, Fragment};
use super::truth::{self, Truth};
use crate::support::oracle::Random;
use crate::support::{Ran, front, ran, soak};

/// Walks that take turns: what happens to one is seconds old when it is asked again.
const TURNS: usize = 5;
/// Changes of a walk.
const CHANGES: usize = 25;

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    changes: usize,
    compared: usize,
    discoveries: usize,
    faults: Vec<String>,
}

#[test]
fn random_changes_of_generated_pipelines() {
    let first = std::env::var("PIVOT_COMPLETE_TEST_WALK").ok();
    let seed = first.map_or(soak::seed() << 32, |seed| seed.parse().unwrap());
    let rounds = soak::count(1, 5000 / (TURNS * CHANGES));
    let libraries = ["polars", "duckdb", "pyarrow.csv", "yaml"].map(str::to_owned);
    let truth = Truth::warmed(&libraries);
    let mut counts = Counts::default();
    for round in 0..rounds {
        let seeds = (0..TURNS).map(|turn| seed + (round * TURNS + turn) as u64);
        let mut walks: Vec<Walk> = seeds.map(Walk::new).collect();
        for walk in &mut walks {
            walk.resolve(&truth, &mut counts);
        }
        for _ in 0..CHANGES {
            for walk in &mut walks {
                walk.step(&truth, &mut counts);
            }
        }
    }
    let Counts { changes, compared, discoveries, faults } = counts;
    println!("{changes} changes, {compared} answers compared, {discoveries} discoveries");
    let first = faults.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults, the first of which are\n{first}", faults.len());
    assert!(compared > changes / 2, "most changes are compared");
}

/// One project on its way.
struct Walk {
    random: Random,
    place: Place,
    top: tempfile::TempDir,
    looks: BTreeSet<String>,
    /// What was touched since the last answer that was compared.
    touched: BTreeSet<String>,
    log: Vec<String>,
    /// Whether a fault was found: what follows from it is none.
    is_lost: bool,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let top = tempfile::Builder::new().prefix("pivot-complete-walk-").tempdir().unwrap();
        let path = top.path().canonicalize().unwrap();
        fs::create_dir(path.join("home")).unwrap();
        let place = Place::new(path.join("project"));
        let mut random = Random(seed);
        let count = 1 + random.below(8);
        let parts: Vec<Fragment> = (0..count).map(|_| fragments::random(&mut random)).collect();
        let pipeline = pipeline_of(&parts);
        fs::write(place.project.join("pipeline.py"), &pipeline).unwrap();
        let mut log = vec![format!("PIVOT_COMPLETE_TEST_WALK={seed}")];
        log.extend(parts.iter().map(|part| part.code.clone()));
        let looks = parts.into_iter().flat_map(|part| part.looks).collect();
        let touched = BTreeSet::new();
        Self { random, place, top, looks, touched, log, is_lost: false }
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.place.project.join(self.place.here)).env_clear();
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", truth::venv().display()));
        command.env("HOME", self.top.path().canonicalize().unwrap().join("home"));
        command.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("PIVOT_COMPLETE_TIMEOUT", "120");
        command.envs(&self.place.variables);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        let mut command = self.command(front());
        command.args(arguments);
        ran(command)
    }

    fn fault(&mut self, what: &str, counts: &mut Counts) {
        counts.faults.push(format!("{what} after {:#?}", self.log));
        self.is_lost = true;
    }

    /// Compares an answer with what a fresh discovery says.
    fn compare(&mut self, what: &str, said: &Ran, truth: &Truth, counts: &mut Counts) {
        counts.compared += 1;
        let right = truth.names(&self.command("python3")).unwrap();
        if said.code != 0 || !said.stdout.lines().eq(&right) {
            self.fault(&format!("{what}: {said:?}, but Pivot: {right:?}"), counts);
        }
        self.touched.clear();
    }

    /// Asks, whatever that takes: right, and a hit from then on.
    fn resolve(&mut self, truth: &Truth, counts: &mut Counts) {
        self.log.push("stages".to_owned());
        counts.discoveries += 1;
        let said = self.ask(&["stages"]);
        self.compare("stages", &said, truth, counts);
        if self.ask(&["stages", "--cached"]).code != 0 {
            self.fault("not kept", counts);
        }
    }

    fn step(&mut self, truth: &Truth, counts: &mut Counts) {
        if self.is_lost {
            return;
        }
        counts.changes += 1;
        let wanted = self.random.below(4) > 0;
        // Mostly until one touches what a part looks at.
        for _ in 0..6 {
            let change = self.place.change(&mut self.random);
            self.log.push(format!("{} (touches {})", change.what, change.touches.join(" ")));
            let is_it = change.touches.iter().any(|it| self.looks.contains(it));
            self.touched.extend(change.touches);
            if is_it || !wanted {
                break;
            }
        }
        let cached = self.ask(&["stages", "--cached"]);
        let is_seen = self.touched.intersection(&self.looks).next().is_some();
        if cached.code == 0 {
            self.log.push("hit".to_owned());
            // What was seen and is back counts on: the record may be an older one.
            self.compare("hit", &cached, truth, counts);
        } else if !is_seen {
            self.fault("needless", counts);
        } else if self.random.below(2) == 0 {
            self.resolve(truth, counts);
        }
    }
}

/// A pipeline that has a stage for what each part sees.
fn pipeline_of(parts: &[Fragment]) -> String {
    let mut text = "import os, sys, zlib\nfrom pathlib import Path\nNAMES = []\n".to_owned();
    for (number, part) in parts.iter().enumerate() {
        text += &format!(
            "def part():\n    {}\n\
             try: seen = part()\nexcept Exception as error: seen = type(error).__name__\n\
             NAMES.append(f'{number}-{{zlib.crc32(repr(seen).encode()):08x}}')\n",
            part.code
        );
    }
    text + "from pivot import Pipeline, stage\n\
            @stage\ndef fit() -> dict:\n    return {}\n\
            pipeline = Pipeline('t')\n\
            with pipeline:\n    for name in NAMES:\n        with pipeline.variant(name):\n            fit()\n"
}
