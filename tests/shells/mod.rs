//! The completion scripts in real shells on a pty: what a TAB makes of the line, and what the
//! accepted line then runs as.

pub mod all;
mod bash;
mod each;
mod everywhere;
mod fish;
mod matching;
mod plugins;
mod program;
mod readme;
mod typed;
mod upgrades;
mod zsh;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::support::Pivot;
use crate::support::behind::settle;
use crate::support::pty::{self, no_fork_meanwhile};
use crate::support::shell::sandbox::Question;
use crate::support::shell::{Item, Session, Shell, ShellSandbox as Sandbox, plain};

pub const TAB: &str = "\t";

/// The stages of this pipeline, in Pivot's order. Each import of it is a line in `imports`.
const STAGES: [&str; 4] = ["demo/train@a", "demo/evaluate@a", "demo/train@b", "demo/evaluate@b"];
const PIPELINE: &str = "
from pivot import Pipeline, stage
print(1, file=open('../imports', 'a'))
@stage
def train() -> dict: return {'a': 1}
@stage
def evaluate(m: dict) -> dict: return {'b': 1}
pipeline = Pipeline('demo')
with pipeline:
    for v in ('a', 'b'):
        with pipeline.variant(v): evaluate(train())
";

/// The real programs, and a project with this pipeline.
fn real_project(pipeline: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.install_real(&Pivot::V0511.venv());
    sandbox.make_directory("work/.pivot");
    sandbox.write("work/pipeline.py", pipeline);
    sandbox
}

/// Of the three files of the program that a hook started, as `readlink` told them: what it says may be
/// told, and nothing of the terminal is its own.
#[track_caller]
fn assert_only_the_output_is_heard(files: &str) {
    let files: Vec<&str> = files.lines().collect();
    assert!(files[1].starts_with("pipe:"), "what may be told: {files:?}");
    assert_eq!([files[0], files[2]], ["/dev/null"; 2]);
}

/// Puts a copy of the front, which has no engine beside it, in the place of the link to it.
fn leave_the_front_alone(sandbox: &Sandbox) {
    let front = sandbox.path("bin/pivot-complete");
    fs::remove_file(&front).expect("the link goes");
    let _guard = no_fork_meanwhile();
    fs::copy(crate::support::front(), &front).expect("a copy");
}

/// The process `pid` and the ones that it descends from, up to `top` and without it.
fn ancestors(pid: u32, top: u32) -> Vec<u32> {
    let parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process");
        // The name in parentheses may hold anything; state and parent follow it.
        let (_, rest) = stat.rsplit_once(')').expect("proc(5)");
        let parent = rest.split_whitespace().nth(1).expect("proc(5)").parse().expect("a number");
        (parent != top && parent > 1).then_some(parent)
    };
    std::iter::successors(Some(pid), parent).collect()
}

/// Looks again and again until `condition` holds.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + pty::DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the values for `word` do not repeat of it: an option and its `=`.
fn start_of(word: &str) -> &str {
    let equals = word.starts_with('-').then(|| word.find('=')).flatten();
    &word[..equals.map_or(0, |equals| equals + 1)]
}

/// Nothing but the line itself was printed, and what elvish says of no candidates.
pub fn assert_silent(session: &Session) {
    let shown = session.shown().replace("error: no candidates", "");
    for noise in [
        "NOISE",
        "pivot-complete",
        "_pivot",
        "not found",
        "unbound",
        "no match",
        "rror",
        "arning",
        "xception",
        "readonly",
        "read-only",
        "restricted",
    ] {
        assert!(!shown.contains(noise), "{shown:?}");
    }
}

/// The script `text` as `init` prints it, with the literal `program` for the program's path.
fn with_program(text: &str, program: &str) -> String {
    let (before, behind) = text.split_once("`init` writes its path.\n").expect("the place");
    format!("{before}`init` writes its path.\n{}", behind.replacen("''", program, 1))
}

/// What `init` printed, but for the mark that a function's file leaves before it ends.
fn without_early_mark(printed: &[u8]) -> String {
    let printed = String::from_utf8_lossy(printed);
    let is_early = |line: &str| line.starts_with(' ') && line.contains("PIVOT_COMPLETE_INIT");
    printed.split_inclusive('\n').filter(|line| !is_early(line)).collect()
}

/// Splits `words` by the part of POSIX's shlex that the scripts make use of.
fn shlex(words: &str) -> Vec<String> {
    let mut split = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = words.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '\'' | '"') => (quote, word) = (Some(char), Some(word.unwrap_or_default())),
            (Some(open), _) if open == char => quote = None,
            (None, ' ' | '\n') => split.extend(word.take()),
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some('"'), '\\') => panic!("not what the scripts do: {words:?}"),
            _ => word.get_or_insert_default().push(char),
        }
    }
    split.extend(word);
    split
}

/// Asserts what the program was asked last: these words, the last of them at the cursor.
#[track_caller]
pub fn assert_asked(sandbox: &Sandbox, shell: Shell, words: &[&str]) {
    let asked = sandbox.question();
    match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish => assert_eq!(asked, question(shell, words)),
        // These quote as they like.
        Shell::Elvish | Shell::Nushell | Shell::Xonsh => {
            assert_eq!(shlex(&asked.words), words, "{asked:?}");
            assert_eq!(asked.cword, (words.len() - 1).to_string(), "{asked:?}");
        }
    }
}

/// What `pivot-complete` is asked when `words` end at the cursor, none of them needing quotes.
fn question(shell: Shell, words: &[&str]) -> Question {
    let last = words.last().expect("words");
    let asked = if last.is_empty() { &words[..words.len() - 1] } else { words };
    Question {
        words: if shell == Shell::Fish { words } else { asked }.join(if shell == Shell::Bash {
            "\n"
        } else {
            " "
        }),
        cword: match shell {
            Shell::Fish => last.to_string(),
            _ => (words.len() - 1).to_string(),
        },
    }
}
