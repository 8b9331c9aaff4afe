//! One project with its real Pivot beside it: what `stages` says, and who said it.

use crate::support::real_pivot::RealPivot;
use crate::support::{Ran, Sandbox, ran};

/// A project, what Pivot says about it, and the names that were last answered.
pub struct Scene {
    pub sandbox: Sandbox,
    pub directory: &'static str,
    pivot: RealPivot,
    names: Vec<String>,
    complaints: Vec<String>,
}

impl Scene {
    /// Asks for the first time: a discovery, and from then on a hit.
    #[track_caller]
    pub fn open(sandbox: Sandbox, directory: &'static str) -> Self {
        let pivot = RealPivot::of(&sandbox);
        let mut scene =
            Self { sandbox, directory, pivot, names: Vec::new(), complaints: Vec::new() };
        scene.is_pivots("at first");
        assert!(!scene.names.is_empty(), "no stages at first");
        scene.hits("at first");
        scene
    }

    /// Runs the front there.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.sandbox.front_in(self.directory, arguments))
    }

    /// The names that were last answered.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// What Pivot says now: its names or its message.
    #[track_caller]
    pub fn pivots(&mut self) -> Result<Vec<String>, String> {
        self.pivot.names(&self.sandbox, self.directory)
    }

    /// Asserts that `stages` says what Pivot does.
    #[track_caller]
    pub fn is_pivots(&mut self, what: &str) {
        let said = self.run(&["stages"]);
        match self.pivots() {
            Ok(names) => {
                let trace = self.sandbox.trace();
                assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{what}: {trace:?}");
                let said: Vec<&str> = said.stdout.lines().collect();
                assert_eq!(said, names, "{what}: Pivot (right) lists otherwise: {trace:?}");
                self.names = names;
            }
            Err(message) => {
                assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{what}: {message}");
                assert!(said.stderr.contains(&message), "{what}: {said:?} lacks {message:?}");
                self.names.clear();
            }
        }
    }

    /// Asserts that `edit`, which changes the list, is noticed at the next call.
    #[track_caller]
    pub fn notices(&mut self, what: &str, edit: impl FnOnce(&Sandbox)) {
        self.hits(&format!("before: {what}"));
        let before = self.names.clone();
        edit(&self.sandbox);
        self.is_pivots(what);
        assert_ne!(self.names, before, "{what} changes nothing in Pivot's list");
    }

    /// Asserts that the cached answer is given, by the front alone.
    #[track_caller]
    pub fn hits(&self, what: &str) {
        if let Some(complaint) = self.missed(what) {
            panic!("{complaint}");
        }
    }

    /// What is wrong, where the front does not give the cached answer.
    pub fn missed(&self, what: &str) -> Option<String> {
        let before = self.sandbox.trace().len();
        let said = self.run(&["stages", "--cached"]);
        let mut trace = self.sandbox.trace().split_off(before);
        // Those run behind an earlier hit and come at any time.
        trace.retain(|decision| !decision.starts_with("engine renewed"));
        let by_front = trace.first().is_some_and(|line| line.starts_with("front answered"));
        let alone = by_front && !trace.iter().any(|line| is_discovery(line));
        let names = said.stdout.lines().eq(&self.names);
        let hit = alone && names && (said.code, said.stderr.as_str()) == (0, "");
        (!hit).then(|| format!("{what} is no hit: {said:?}, {trace:?}"))
    }

    /// Asserts that `edit`, which changes nothing in the list, leaves the cached answer a hit; a
    /// complaint is kept until the end.
    pub fn ignores(&mut self, what: &str, edit: impl FnOnce(&Sandbox)) {
        edit(&self.sandbox);
        if let Some(complaint) = self.missed(what) {
            self.complaints.push(complaint);
            self.is_pivots(what);
        }
    }

    /// Asserts that there was no complaint.
    #[track_caller]
    pub fn close(self) {
        assert!(self.complaints.is_empty(), "{:#?}", self.complaints);
    }

    /// How many of the decisions from number `since` on were discoveries.
    pub fn discoveries(&self, since: usize) -> usize {
        self.sandbox.trace().iter().skip(since).filter(|line| is_discovery(line)).count()
    }
}

/// Whether a decision tells of a discovery: Python ran, or ran into an error.
fn is_discovery(line: &str) -> bool {
    line.ends_with(" discovered") || line.ends_with(" discovery-failed")
}
