//! What our own scripts ask for (`complete --rich`): more than click knows, from real Pivots.

mod answers;
mod by_pivot;
mod prewarm;
mod states;

use crate::support::{Pivot, Ran, Sandbox, pipeline_0511, ran};

/// What `complete --rich SHELL` prints for these words, the last of which is at the cursor.
fn rich_in(sandbox: &Sandbox, relative: &str, shell: &str, words: &[&str]) -> Ran {
    let mut command = sandbox.front_in(relative, &["complete", "--rich", shell]);
    command.env("COMP_WORDS", words.join("\n"));
    command.env("COMP_CWORD", (words.len() - 1).to_string());
    ran(command)
}

/// The same in the project for a line without quotes, its blanks between words, and a shell that has
/// candidates matched.
#[track_caller]
fn rich(sandbox: &Sandbox, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let said = rich_in(sandbox, "project", "elvish", &words);
    said.lines().into_iter().map(str::to_owned).collect()
}

/// The trace's decisions of the front since it was last asked.
fn by_front(sandbox: &Sandbox) -> Vec<String> {
    let all = sandbox.trace();
    std::fs::write(sandbox.path("trace"), "").unwrap();
    all.into_iter().filter(|line| line.starts_with("front")).collect()
}

/// A project with two stages that have docstrings, and one that has none.
const DOCUMENTED: &str = "\
from typing import TypedDict
from pivot import Pipeline, stage

class Two(TypedDict):
    model: dict
    log: dict

@stage
def train() -> Two:
    \"\"\"Trains the\tmodel: größe.

    Not told.
    \"\"\"
    return {}

@stage
def plain() -> dict: return {'a': 1}

@stage
def test() -> dict:
    \"\"\"

      Tests it.\"\"\"
    return {'b': 1}

pipeline = Pipeline('demo')
with pipeline:
    for each in (train, plain, test): each()
";
