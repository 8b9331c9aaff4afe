//! The rows of a kind, as `rows/*.rows` holds them: a pipeline that looks at something, and what is
//! done to it then.
//!
//! ```text
//! change LIBRARY: what changes          the names change, which the next call notices
//! same LIBRARY: what happens            they do not, and the cached answer stays a hit
//! said SOME_WORDS LIBRARY: what is asked      no one can check it: `doctor` says so by those words
//!     < shell, in the project, before the discovery       <% Python, the libraries imported
//!     <= NAME=VALUE  sets a variable, NAME alone removes it
//!     <@ directory to ask from, relative to the project
//!     <! PREFIX...   starts everything by these words (a Python of its own for each truth)
//!     | the pipeline, which calls add(names)
//!     > >% >= >@ >!  the same for what is done then
//!     then change | then same               and what follows is done next
//! ```
//!
//! Words in brackets behind the first: `venv` for an environment of the row's own (`$VENV`), `new`
//! where Python has to be started for a truth (what it reads at its start), `aside` where the truth is
//! that of a copy, since each run changes the project, `root` for rows that only root can set up. `$TOP` is the directory that the project and `$HOME` lie in.

use super::KINDS;

/// What must come of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Must {
    /// Other names.
    Change,
    /// A hit.
    Same,
    /// A word of `doctor`.
    Said(String),
}

/// One thing that is done.
#[derive(Debug)]
pub enum Deed {
    Shell(String),
    Python(String),
    Set(String),
    Go(String),
    Prefix(String),
}

/// Deeds, and what comes of them.
#[derive(Debug)]
pub struct Step {
    pub must: Must,
    pub deeds: Vec<Deed>,
}

/// A row.
#[derive(Debug)]
pub struct Row {
    pub library: String,
    pub sentence: String,
    pub flags: Vec<String>,
    pub before: Vec<Deed>,
    pub pipeline: String,
    pub steps: Vec<Step>,
}

impl Row {
    /// Whether a flag stands in its brackets.
    pub fn is(&self, flag: &str) -> bool {
        self.flags.iter().any(|it| it == flag)
    }
}

/// The rows of a kind.
pub fn of(kind: &str) -> Vec<Row> {
    let (_, text) = KINDS.iter().find(|(name, _)| *name == kind).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        match line.strip_prefix("    ") {
            None => rows.push(headed(line)),
            Some(line) => add(rows.last_mut().expect("a row before it"), line),
        }
    }
    rows
}

fn headed(line: &str) -> Row {
    let (head, sentence) = line.split_once(": ").unwrap_or_else(|| panic!("{line}"));
    let (words, library) = head.rsplit_once(' ').unwrap();
    let (words, flags) = words.split_once('(').unwrap_or((words, ""));
    let must = match words.trim().split_once(' ') {
        None if words.trim() == "change" => Must::Change,
        None if words.trim() == "same" => Must::Same,
        Some(("said", words)) => Must::Said(words.replace('_', " ")),
        _ => panic!("what is {words:?} in {line}?"),
    };
    let flags = flags.trim_end_matches(')').split(' ').map(str::to_owned).collect();
    Row {
        library: library.to_owned(),
        sentence: sentence.to_owned(),
        flags,
        before: Vec::new(),
        pipeline: String::new(),
        steps: vec![Step { must, deeds: Vec::new() }],
    }
}

fn add(row: &mut Row, line: &str) {
    let (mark, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.to_owned();
    let Some(time @ ('<' | '>' | '|' | 't')) = mark.chars().next() else {
        panic!("{line}: {row:?}")
    };
    match time {
        '|' => row.pipeline += &format!("{rest}\n"),
        't' => {
            let must = if rest == "change" { Must::Change } else { Must::Same };
            row.steps.push(Step { must, deeds: Vec::new() });
        }
        _ => {
            let deed = match &mark[1..] {
                "" => Deed::Shell(rest),
                "%" => Deed::Python(rest),
                "=" => Deed::Set(rest),
                "@" => Deed::Go(rest),
                "!" => Deed::Prefix(rest),
                _ => panic!("{line}: {row:?}"),
            };
            let last = row.steps.last_mut().unwrap();
            if time == '<' { row.before.push(deed) } else { last.deeds.push(deed) }
        }
    }
}
