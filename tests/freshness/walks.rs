//! Generated pipelines that look at things of several kinds, and random changes: a cached answer is
//! what a fresh discovery says, and nothing is discovered again for a change that no part looked at.
//!
//! `PIVOT_COMPLETE_TEST_WALK` starts at the walk whose seed a failure prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use super::changes::Place;
use super::fragments::{self, Fragment};
use super::project::{answer, as_at_a_terminal};
use super::truth::{self, Truth};
use crate::support::oracle::Random;
use crate::support::{Ran, front, soak};

/// Walks that take turns: what happens to one is seconds old when it is asked again.
const TURNS: usize = 5;
/// Changes of a walk.
const CHANGES: usize = 25;
/// Faults of a walk that are told: it goes on, since the first seldom is all that is wrong.
const FAULTS: usize = 20;

/// What was counted.
#[derive(Debug, Default)]
struct Counts {
    changes: usize,
    compared: usize,
    discoveries: usize,
    faults: Vec<String>,
}

/// In a soak there are so many changes, half of them in each of two tests that share the cores.
const ALL_CHANGES: usize = 5000;

#[test]
fn random_changes_of_generated_pipelines() {
    let first = std::env::var("PIVOT_COMPLETE_TEST_WALK").ok();
    walk(first.map_or(soak::seed() << 32, |seed| seed.parse().unwrap()));
}

#[test]
fn more_random_changes_of_generated_pipelines() {
    walk((soak::seed() << 32) + (1 << 16));
}

fn walk(seed: u64) {
    let changes = soak::count(CHANGES / 2, CHANGES);
    let turns = soak::count(TURNS / 2 + 1, TURNS);
    let rounds = soak::count(1, ALL_CHANGES / 2 / (TURNS * CHANGES));
    let libraries = ["polars", "duckdb", "pyarrow.csv", "yaml"].map(str::to_owned);
    let truth = Truth::warmed(&libraries);
    let mut counts = Counts::default();
    for round in 0..rounds {
        let seeds = (0..turns).map(|turn| seed + (round * TURNS + turn) as u64);
        let mut walks: Vec<Walk> = seeds.map(Walk::new).collect();
        for walk in &mut walks {
            walk.resolve(&truth, &mut counts);
        }
        for _ in 0..changes {
            for walk in &mut walks {
                walk.step(&truth, &mut counts);
            }
        }
        // How far a soak came that is ended.
        println!("{} of {rounds} rounds: {counts:?}", round + 1);
    }
    let Counts { changes, compared, discoveries, faults } = counts;
    println!("{changes} changes, {compared} answers compared, {discoveries} discoveries");
    let first = faults.iter().take(5).cloned().collect::<Vec<_>>().join("\n");
    assert!(faults.is_empty(), "{} faults, the first of which are\n{first}", faults.len());
    // Half of the misses are; of few changes chance may leave fewer.
    assert!(compared > changes / soak::count(4, 2), "most changes are compared");
}

/// One project on its way.
struct Walk {
    random: Random,
    place: Place,
    top: tempfile::TempDir,
    parts: Vec<Fragment>,
    /// Parts that a part was replaced by, to be brought back.
    spare: Vec<Fragment>,
    /// What was touched since the last answer that was compared.
    touched: BTreeSet<String>,
    seed: u64,
    /// What happened since the last discovery.
    log: Vec<String>,
    faults: usize,
}

impl Walk {
    fn new(seed: u64) -> Self {
        let top = tempfile::Builder::new().prefix("pivot-complete-walk-").tempdir().unwrap();
        // Deep enough that no part can mean what others have among their temporary files.
        let path = top.path().canonicalize().unwrap().join("user/work");
        fs::create_dir_all(path.join("home")).unwrap();
        let place = Place::new(path.join("project"));
        let mut random = Random(seed);
        let count = 1 + random.below(8);
        let parts: Vec<Fragment> = (0..count).map(|_| fragments::random(&mut random)).collect();
        let spare = (0..2).map(|_| fragments::random(&mut random)).collect();
        let (touched, log) = Default::default();
        let walk = Self { random, place, top, parts, spare, touched, seed, log, faults: 0 };
        walk.write_pipeline("");
        walk
    }

    fn write_pipeline(&self, comment: &str) {
        let pipeline = pipeline_of(&self.parts) + comment;
        fs::write(self.place.project.join("pipeline.py"), pipeline).unwrap();
    }

    /// What is looked at that was touched since the last answer.
    fn is_seen(&self) -> bool {
        let mut looks = self.parts.iter().flat_map(|part| &part.looks);
        self.touched.contains("pipeline.py") || looks.any(|it| self.touched.contains(it))
    }

    /// The pipeline has another part, or only another comment.
    fn edit(&mut self) {
        let spare = self.random.below(self.spare.len() + 1);
        let number = self.random.below(self.parts.len());
        let mut comment = String::new();
        let what = match self.spare.get_mut(spare) {
            Some(spare) => {
                std::mem::swap(spare, &mut self.parts[number]);
                format!("part {number} is {}", self.parts[number].code)
            }
            None => {
                comment = format!("# {}\n", self.random.below(4));
                format!("the pipeline ends in {comment:?}")
            }
        };
        self.write_pipeline(&comment);
        self.log.push(what);
        self.touched.insert("pipeline.py".to_owned());
    }

    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.place.project.join(self.place.here));
        as_at_a_terminal(&mut command, &truth::venv(), &self.place.project.with_file_name("home"));
        command.env("LC_ALL", "C.UTF-8").env("PIVOT_COMPLETE_TRACE", self.trace());
        command.envs(&self.place.variables);
        command
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        answer(self.command(front()), arguments)
    }

    fn trace(&self) -> PathBuf {
        self.top.path().join("trace")
    }

    /// Says what is wrong, with all that led to it.
    fn fault(&mut self, what: &str, counts: &mut Counts) {
        let trace = fs::read_to_string(self.trace()).unwrap_or_default();
        let Self { seed, log, .. } = &*self;
        let parts: Vec<&str> = self.parts.iter().map(|part| part.code.as_str()).collect();
        let mut decided = trace.lines().rev().take(5).collect::<Vec<_>>();
        let doctor = self.ask(&["doctor"]).stdout;
        decided.extend(doctor.lines().filter(|line| line.starts_with("changed")));
        let fault = format!(
            "{what}\n  of PIVOT_COMPLETE_TEST_WALK={seed} {parts:#?}\n  after {log:#?}\n  {decided:#?}"
        );
        println!("FAULT {fault}");
        counts.faults.push(fault);
        self.faults += 1;
    }

    /// Compares an answer with what a fresh discovery says. What is wrong is found out anew, or all
    /// that follows would be wrong as well.
    fn compare(&mut self, what: &str, said: &Ran, truth: &Truth, counts: &mut Counts) {
        counts.compared += 1;
        let right = truth.names(&self.command("python3"));
        if said.code != 0
            || right.as_ref().is_ok_and(|right| !said.stdout.lines().eq(right))
            || right.is_err()
        {
            let parts = self.differing(&said.stdout, right.as_deref().unwrap_or_default());
            self.fault(&format!("{what}: {said:?}, but Pivot: {right:?}\n  in {parts:#?}"), counts);
            self.log.push("refresh".to_owned());
            self.ask(&["refresh"]);
        }
        self.touched.clear();
    }

    /// The code of the parts whose stages differ.
    fn differing(&self, said: &str, right: &[String]) -> Vec<&str> {
        let said: Vec<&str> = said.lines().collect();
        let is_other =
            |number: &usize| said.get(*number) != right.get(*number).map(|n| n.as_str()).as_ref();
        let parts = self.parts.iter().map(|part| part.code.as_str()).enumerate();
        parts.filter(|(number, _)| is_other(number)).map(|(_, code)| code).collect()
    }

    /// Asks, whatever that takes: right, and a hit from then on.
    fn resolve(&mut self, truth: &Truth, counts: &mut Counts) {
        self.log.push("stages".to_owned());
        counts.discoveries += 1;
        let said = self.ask(&["stages"]);
        self.compare("stages", &said, truth, counts);
        // It is kept behind the answer.
        let is_kept = |_| {
            sleep(Duration::from_millis(100));
            self.ask(&["stages", "--cached"]).code == 0
        };
        if !(0..50).any(is_kept) {
            self.fault("not kept", counts);
        }
    }

    fn step(&mut self, truth: &Truth, counts: &mut Counts) {
        if self.faults >= FAULTS {
            return;
        }
        counts.changes += 1;
        let wanted = self.random.below(4) > 0;
        if self.random.below(12) == 0 {
            self.edit();
        }
        // Mostly until one touches what a part looks at.
        for _ in 0..6 {
            let change = self.place.change(&mut self.random);
            self.log.push(format!("{} (touches {})", change.what, change.touches.join(" ")));
            self.touched.extend(change.touches);
            if self.is_seen() || !wanted {
                break;
            }
        }
        let cached = self.ask(&["stages", "--cached"]);
        let is_seen = self.is_seen();
        if cached.code == 0 {
            self.log.push("hit".to_owned());
            // What was seen and is back counts on: the record may be an older one.
            self.compare("hit", &cached, truth, counts);
        } else if !is_seen {
            self.fault(&format!("needless: {cached:?}"), counts);
            self.resolve(truth, counts);
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
