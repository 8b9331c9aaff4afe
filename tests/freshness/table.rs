//! The table of kinds and results: `results.md`, a section a kind.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use super::KINDS;
use super::project::Verdict;
use super::rows::{Must, Row};

const HEAD: &str = "# What a discovery looked at, and what is seen of it

Made by tests/freshness from its rows, each of which is a small pipeline that is discovered and then
asked again after something happened, beside a fresh discovery by real Pivot. `seen`: the names
changed, and the next answer has the new ones. `hit`: they did not, and no discovery ran. `said`:
nobody can check it; `doctor` names it. `open`: it does not come right yet, and is not run.
";

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/freshness/results.md")
}

/// The section of a kind.
fn section(kind: &str, results: &[(&Row, Verdict)], open: &[Row]) -> String {
    let mut text = format!("\n## {kind}\n\n| library | what happens | result |\n|---|---|---|\n");
    let mut line = |row: &Row, result: &str| {
        let cell = |text: &str| text.replace('|', "\\|");
        writeln!(text, "| {} | {} | {result} |", cell(&row.library), cell(&row.sentence)).unwrap();
    };
    for (row, verdict) in results {
        let steps: Vec<&str> = row.steps.iter().map(|step| word(&step.must)).collect();
        line(row, &if steps.len() > 1 { steps.join(", ") } else { verdict.word.to_owned() });
    }
    open.iter().for_each(|row| line(row, "open"));
    text
}

/// What a step that came out right is called.
fn word(must: &Must) -> &'static str {
    match must {
        Must::Change => "seen",
        Must::Same => "hit",
        Must::Said(_) => "said",
    }
}

/// Asserts that the committed table has these results; or writes them there.
#[track_caller]
pub fn holds(kind: &str, results: &[(&Row, Verdict)], open: &[Row]) {
    let text = section(kind, results, open);
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
        return bless(kind, &text);
    }
    let kept = fs::read_to_string(path()).unwrap_or_default();
    // Rows for root alone are missing elsewhere.
    let is_kept = text.lines().all(|line| kept.contains(&format!("{line}\n")));
    let is_all = !nix::unistd::geteuid().is_root() || kept.contains(&text);
    assert!(is_kept && is_all, "results.md has not, run with PIVOT_COMPLETE_BLESS set:\n{text}");
}

/// Puts a section in its place.
fn bless(kind: &str, text: &str) {
    let lock =
        fs::File::open(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/freshness")).unwrap();
    // Tests of other kinds may write at the same time.
    lock.lock().unwrap();
    let kept = fs::read_to_string(path()).unwrap_or_default();
    let mut whole = HEAD.to_owned();
    for (name, _) in KINDS {
        let start = format!("\n## {name}\n");
        if *name == kind {
            whole += text;
        } else if let Some(at) = kept.find(&start) {
            let end = kept[at + 1..].find("\n## ").map_or(kept.len(), |end| at + 1 + end);
            whole += &kept[at..end];
        }
    }
    fs::write(path(), whole).unwrap();
}
