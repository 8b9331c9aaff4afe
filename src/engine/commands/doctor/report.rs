//! What doctor prints: a verdict, what to do, and the facts, for people or as JSON.

use std::fmt::{Display, Write};

use pivot_complete::reason::Reason;
use serde_json::{Map, Value, json};

use super::shell::Loaded;
use super::words::{NOTHING_NEEDED, Words, words};
use crate::report::plain_line;

/// A report as it comes about.
pub struct Report {
    pub verdict: Verdict,
    /// A name and a value each, in the order of printing; a name may stand more than once.
    facts: Vec<(&'static str, String)>,
}

/// What the next TAB at a stage's name does.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Whether it is answered; that there are no stages is an answer, too.
    pub is_answered: bool,
    /// What decides.
    pub reason: Reason,
    /// A whole sentence.
    pub sentence: String,
    /// What to do, a sentence each, the first thing first.
    pub remedies: Vec<String>,
}

impl Verdict {
    /// Where the shell that a user sits before does not ask us: this first, the rest is for later.
    pub fn is_of_shell(&mut self, loaded: Loaded) {
        match loaded {
            Loaded::Yes => {}
            Loaded::ByOther(remedy) => self.remedies.push(remedy),
            Loaded::Misreading => {
                let Words { what, remedy } = words(Reason::OtherProtocol);
                self.reason = Reason::OtherProtocol;
                self.not_in_this_shell(what, remedy.to_owned(), "In that one");
            }
            Loaded::Overruled(remedy) => {
                let why =
                    "Pivot's own completion is loaded behind this one, and asked in its place";
                self.not_in_this_shell(why, remedy, "Without it");
            }
            Loaded::No(remedy) => {
                let why = "it has not loaded the completion";
                self.not_in_this_shell(why, remedy, "In a shell that has");
            }
        }
    }

    /// That and why this shell does not ask us, and what to do; then what a TAB does `elsewhere`.
    fn not_in_this_shell(&mut self, why: &str, remedy: String, elsewhere: &str) {
        let sentence = format!("A TAB in this shell is not answered: {why}.");
        let later = std::mem::replace(&mut self.sentence, sentence);
        self.remedies.splice(0..0, [remedy, format!("{elsewhere}: {later}")]);
        self.is_answered = false;
    }

    /// What to do, the first thing first: that nothing needs to be done is said where nothing does.
    fn what_to_do(&self) -> Vec<String> {
        let needs_nothing = |remedy: &&String| remedy.starts_with(NOTHING_NEEDED);
        let (nothing, all): (Vec<_>, Vec<_>) = self.remedies.iter().partition(needs_nothing);
        if all.is_empty() {
            return self.remedies.clone();
        }
        // Why it does not may still be worth a word.
        let why = |remedy: &String| {
            let mut letters = remedy.strip_prefix(NOTHING_NEEDED)?.strip_prefix(": ")?.chars();
            Some(letters.next()?.to_uppercase().chain(letters).collect())
        };
        all.into_iter().cloned().chain(nothing.into_iter().filter_map(why)).collect()
    }
}

impl Report {
    pub fn new(verdict: Verdict) -> Self {
        Self { verdict, facts: Vec::new() }
    }

    pub fn line(&mut self, name: &'static str, value: &dyn Display) {
        self.facts.push((name, plain_line(&value.to_string())));
    }

    /// For people, and for a report of theirs.
    pub fn text(&self) -> String {
        let mut text = plain_line(&self.verdict.sentence) + "\n";
        for remedy in self.verdict.what_to_do() {
            let _ = writeln!(text, "  {}", plain_line(&remedy));
        }
        let _ = writeln!(text, "\nreason: {}", self.verdict.reason.as_str());
        for (name, value) in &self.facts {
            let _ = writeln!(text, "{name}: {value}");
        }
        text
    }

    /// One object: `answered`, `reason`, `verdict`, `remedies` (an array) and `facts`, in which each
    /// name has an array of its values.
    pub fn json(&self) -> String {
        let mut facts = Map::new();
        for (name, value) in &self.facts {
            let values = facts.entry(*name).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(values) = values {
                values.push(Value::from(value.as_str()));
            }
        }
        let Verdict { is_answered, reason, sentence, .. } = &self.verdict;
        let report = json!({
            "answered": is_answered,
            "reason": reason.as_str(),
            "verdict": sentence,
            "remedies": self.verdict.what_to_do(),
            "facts": facts,
        });
        format!("{report}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shell_that_does_not_ask_is_the_first_thing() {
        let verdict = || Verdict {
            is_answered: true,
            reason: Reason::Fresh,
            sentence: "A TAB here answers.".into(),
            remedies: vec!["Later.".into()],
        };
        let told = |loaded| {
            let mut verdict = verdict();
            verdict.is_of_shell(loaded);
            verdict
        };
        assert_eq!(told(Loaded::Yes), verdict());
        assert_eq!(told(Loaded::ByOther("Anew.".into())).remedies, ["Later.", "Anew."]);
        let misreading = told(Loaded::Misreading);
        assert_eq!((misreading.is_answered, misreading.reason), (false, Reason::OtherProtocol));
        assert!(misreading.sentence.contains("reads other answers"), "{misreading:?}");
        let not_loaded = told(Loaded::No("First.".into()));
        assert!(!not_loaded.is_answered && not_loaded.sentence.contains("not loaded"));
        let right = ["First.", "In a shell that has: A TAB here answers.", "Later."];
        assert_eq!(not_loaded.remedies, right);
    }

    #[test]
    fn nothing_needs_to_be_done_where_nothing_does() {
        let what_to_do = |remedies: &[&str]| {
            let remedies = remedies.iter().map(|&remedy| remedy.to_owned()).collect();
            let (reason, sentence) = (Reason::Fresh, "A TAB here answers.".into());
            Verdict { is_answered: true, reason, sentence, remedies }.what_to_do()
        };
        let nothing = "Nothing needs to be done.";
        let once = words(Reason::CacheMissing).remedy;
        for alone in [nothing, once] {
            assert_eq!(what_to_do(&[alone]), [alone]);
        }
        assert_eq!(what_to_do(&[nothing, "Set it."]), ["Set it."]);
        let told = what_to_do(&[once, "Set it."]);
        assert!(told[0] == "Set it." && told[1].starts_with("Pivot is asked once"), "{told:?}");
    }

    #[test]
    fn the_verdict_comes_first_and_names_may_stand_twice() {
        let verdict = Verdict {
            is_answered: false,
            reason: Reason::NoPivot,
            sentence: "A TAB here is not answered.".into(),
            remedies: vec!["Do\u{1b}this.".into()],
        };
        let mut report = Report::new(verdict);
        report.line("setting", &"one");
        report.line("setting", &"two\nlines");
        let text = report.text();
        assert_eq!(
            text,
            "A TAB here is not answered.\n  Do\\u{1b}this.\n\nreason: no-pivot\nsetting: one\nsetting: two\\nlines\n"
        );
        let json: Value = serde_json::from_str(&report.json()).unwrap();
        assert_eq!(json["facts"]["setting"], json!(["one", "two\\nlines"]));
        assert_eq!((&json["answered"], &json["reason"]), (&json!(false), &json!("no-pivot")));
    }
}
