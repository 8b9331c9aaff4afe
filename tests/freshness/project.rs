//! One row carried out: discovered by our programs, changed, asked again, and compared with the truth.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::rows::{Deed, Must, Row, Step};
use super::truth::{self, Names, Truth};
use crate::support::prepared::{self, What};
use crate::support::{ONE_THREAD, Pivot, Ran, front, ran};

/// What came of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// `seen`, `hit`, `said`, or what is wrong.
    pub word: &'static str,
    /// What was answered and what is true, for who mends it.
    pub why: String,
}

impl Verdict {
    /// Whether it is as it must be.
    pub fn is_right(&self) -> bool {
        matches!(self.word, "seen" | "hit" | "said")
    }
}

/// What a row or a walk starts has nothing of the test's environment, an installed Pivot on PATH, a HOME
/// of its own, and time for a busy machine.
pub fn as_at_a_terminal(command: &mut Command, venv: &Path, home: &Path) {
    command.env_clear().env("PATH", format!("{}/bin:/usr/bin:/bin", venv.display()));
    command.env("HOME", home).env("TERM", "dumb").env("PIVOT_COMPLETE_TIMEOUT", "120");
    command.envs([ONE_THREAD]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
}

/// What such a command says to these arguments.
pub fn answer(mut command: Command, arguments: &[&str]) -> Ran {
    command.args(arguments);
    ran(command)
}

/// Head and tail of every row's pipeline.
const HEAD: &str = "\
import os, sys
from pathlib import Path
NAMES = ['base']
def add(names):
    NAMES.extend(str(name) for name in names)
";
const TAIL: &str = "
import re
from pivot import Pipeline, stage
@stage
def fit() -> dict:
    return {}
pipeline = Pipeline('t')
with pipeline:
    for name in dict.fromkeys(re.sub('[^A-Za-z0-9_.-]', '_', name) for name in NAMES):
        with pipeline.variant('s' + name):
            fit()
";

/// A row's project, and how it is asked.
pub struct Project<'a> {
    row: &'a Row,
    truth: &'a Truth,
    top: tempfile::TempDir,
    venv: PathBuf,
    directory: PathBuf,
    variables: Vec<(String, String)>,
    prefix: Vec<String>,
}

impl<'a> Project<'a> {
    /// Sets it up.
    pub fn new(row: &'a Row, truth: &'a Truth) -> Self {
        let top = tempfile::Builder::new().prefix("pivot-complete-fresh-").tempdir().unwrap();
        let path = top.path().canonicalize().unwrap();
        let directory = path.join("project");
        let (venv, prefix) = (truth::venv(), Vec::new());
        let variables = vec![("LC_ALL".to_owned(), "C.UTF-8".to_owned())];
        let mut project = Self { row, truth, top, venv, directory, variables, prefix };
        fs::create_dir_all(project.path("project/.pivot")).unwrap();
        fs::create_dir(project.path("home")).unwrap();
        prepared::put(What::Driver, &Pivot::V0511.venv(), &project.path("home"));
        let git = "[user]\nname = x\nemail = x\n[init]\ndefaultBranch = main\n";
        fs::write(project.path("home/.gitconfig"), git).unwrap();
        let pipeline = format!("{HEAD}{}{TAIL}", row.pipeline);
        fs::write(project.path("project/pipeline.py"), pipeline).unwrap();
        if row.is("venv") {
            project.copy_environment();
        }
        row.before.iter().for_each(|deed| project.does(deed));
        project
    }

    fn top(&self) -> PathBuf {
        self.top.path().canonicalize().unwrap()
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.top().join(relative)
    }

    /// Makes a copy of the virtual environment: what rows change is copied, the rest is linked to. (Hard
    /// links would change the ctimes of what other rows' discoveries look at.)
    fn copy_environment(&mut self) {
        let (from, to) = (self.venv.display().to_string(), self.path("venv"));
        let script = format!(
            "from={from} to={} packages=lib/python3.13/site-packages
             mkdir -p $to/$packages; cp -a $from/bin $from/pyvenv.cfg $to
             for file in $to/bin/* $to/pyvenv.cfg; do
                 [[ -L $file ]] || sed -i \"s|$from|$to|g\" $file
             done
             for entry in $from/$packages/*; do
                 case $entry in
                     *.dist-info | *.pth | */pivot | */tabulate) cp -a $entry $to/$packages ;;
                     *) ln -s $entry $to/$packages ;;
                 esac
             done",
            to.display()
        );
        self.venv = to;
        self.shell(&script);
    }

    /// A command as the user would start it.
    fn command(&self, program: impl Into<PathBuf>) -> Command {
        let (program, mut words) = (program.into(), self.prefix.iter());
        let mut command = match words.next() {
            None => Command::new(program),
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
        };
        command.current_dir(&self.directory);
        as_at_a_terminal(&mut command, &self.venv, &self.path("home"));
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn ask(&self, arguments: &[&str]) -> Ran {
        answer(self.command(front()), arguments)
    }

    fn truth(&self) -> Names {
        if !(self.row.is("new") || self.row.is("venv")) && self.prefix.is_empty() {
            return self.truth.names(&self.for_truth("python3".into()));
        }
        self.fresh_truth()
    }

    /// The command that says the truth.
    fn for_truth(&self, python: PathBuf) -> Command {
        let mut command = self.command(python);
        if self.row.is("aside") {
            self.shell("rm -rf ../aside; cp -a . ../aside");
            command.current_dir(self.path("aside"));
        }
        command
    }

    /// The truth by a Python that is started for it.
    pub fn fresh_truth(&self) -> Names {
        self.truth.once(self.for_truth(self.venv.join("bin/python3")))
    }

    /// Whether the warmed Python says what one does that is started for it.
    pub fn truth_is_fresh(&self) -> bool {
        self.truth() == self.fresh_truth()
    }

    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Shell(script) => self.shell(script),
            Deed::Python(code) => {
                let mut command = self.command("python3");
                command.current_dir(self.path("project"));
                self.truth.run(&command, &format!("import os\nfrom pathlib import Path\n{code}"));
            }
            Deed::Set(setting) => {
                let (name, value) = match setting.split_once('=') {
                    Some((name, value)) => (name, Some(value)),
                    None => (setting.as_str(), None),
                };
                self.variables.retain(|(known, _)| known != name);
                let places = [("$TOP", self.top()), ("$VENV", self.venv.clone())];
                let value = value.map(|value| {
                    places.iter().fold(value.to_owned(), |value, (name, path)| {
                        value.replace(name, path.to_str().unwrap())
                    })
                });
                self.variables.extend(value.map(|value| (name.to_owned(), value)));
            }
            Deed::Go(relative) => self.directory = self.path("project").join(relative),
            Deed::Prefix(words) => {
                let script = format!("exec {words} \"$@\"");
                self.prefix = ["bash", "-c", &script, "bash"].map(str::to_owned).to_vec();
            }
        }
    }

    #[track_caller]
    fn shell(&self, script: &str) {
        let mut command = Command::new("bash");
        command.args(["-euc", script]).current_dir(self.path("project")).env_clear();
        command.env("PATH", format!("{}/bin:/usr/bin:/bin", self.venv.display()));
        command.env("HOME", self.path("home")).env("VENV", &self.venv).env("TOP", self.top());
        command.env("PIP_DISABLE_PIP_VERSION_CHECK", "1").env("LC_ALL", "C.UTF-8");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let said = ran(command);
        assert_eq!(said.code, 0, "{script}: {said:?}");
    }

    /// Discovers, and asks for what was kept: the true names, and whether they are a hit.
    pub fn discover(&self) -> Result<(Vec<String>, bool), Verdict> {
        let said = self.ask(&["stages"]);
        let names = self.truth().unwrap_or_else(|why| panic!("{:?}: {why}", self.row));
        is_right(&said, &Ok(names.clone()), "at first")?;
        let cached = self.ask(&["stages", "--cached"]);
        if cached.code == 0 {
            is_right(&cached, &Ok(names.clone()), "at once")?;
        }
        Ok((names, cached.code == 0))
    }

    /// Does the steps; what came of the last, or of the first that went wrong.
    pub fn verdict(&mut self, first: (Vec<String>, bool)) -> Verdict {
        let (mut names, mut was_cached) = first;
        let row = self.row;
        let mut last = None;
        for step in &row.steps {
            let verdict = match self.step(step, &mut names, was_cached) {
                Ok(verdict) | Err(verdict) => verdict,
            };
            if !verdict.is_right() {
                return verdict;
            }
            was_cached = self.ask(&["stages", "--cached"]).code == 0;
            last = Some(verdict);
        }
        last.expect("a step")
    }

    fn step(
        &mut self,
        Step { must, deeds }: &Step,
        before: &mut Vec<String>,
        was_cached: bool,
    ) -> Result<Verdict, Verdict> {
        let verdict = |word, why: String| Verdict { word, why };
        if let Must::Said(word) = must {
            let doctor = self.ask(&["doctor"]);
            let said = doctor.stdout.lines().any(|line| line.contains(word.as_str()));
            return match (said, was_cached) {
                (true, true) => Ok(verdict("said", String::new())),
                (true, false) => Err(verdict("not cached", doctor.stdout)),
                (false, _) => Err(verdict("not said", doctor.stdout)),
            };
        }
        deeds.iter().for_each(|deed| self.does(deed));
        let cached = self.ask(&["stages", "--cached"]);
        let said = self.ask(&["stages"]);
        let now = self.truth();
        let is_changed = now.as_ref() != Ok(before);
        assert_eq!(is_changed, *must == Must::Change, "{:?}: {before:?}, {now:?}", self.row);
        let is_hit = cached.code == 0;
        if is_hit && (is_changed || is_right(&cached, &now, "").is_err()) {
            return Err(verdict("STALE", format!("{cached:?}, but Pivot: {now:?}")));
        }
        is_right(&said, &now, if is_hit { "hit" } else { "asked again" })?;
        *before = now.unwrap_or_default();
        Ok(match (must, is_hit, was_cached) {
            (Must::Same, true, _) => verdict("hit", String::new()),
            (Must::Same, false, false) => verdict("not cached", format!("{said:?}")),
            (Must::Same, false, true) => verdict("needless", format!("{cached:?}")),
            (_, _, true) => verdict("seen", String::new()),
            (_, _, false) => verdict("not kept", String::new()),
        })
    }
}

/// Compares an answer of ours with the truth.
fn is_right(said: &Ran, truth: &Names, when: &str) -> Result<(), Verdict> {
    let is_right = match truth {
        Ok(names) => said.code == 0 && said.stdout.lines().eq(names),
        Err(_) => said.code == 1 && said.stdout.is_empty(),
    };
    let why = || format!("{when}: {said:?}, but Pivot: {truth:?}");
    if is_right { Ok(()) } else { Err(Verdict { word: "WRONG", why: why() }) }
}
