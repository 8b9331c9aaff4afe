//! Real Python as an oracle: one process answers thousands of questions, a line each.

use std::io::{Seek, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{Pivot, ran};

/// A script beside this file.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/support").join(name)
}

/// Lets `command` read the questions from its input, and gives back one answer for each.
#[track_caller]
pub fn ask_command(mut command: Command, questions: &[String]) -> Vec<String> {
    // A file, not a pipe: the oracle may answer before it has heard all questions.
    let mut input = tempfile::tempfile().unwrap();
    for question in questions {
        writeln!(input, "{question}").unwrap();
    }
    input.rewind().unwrap();
    command.stdin(input);
    let said = ran(command);
    let answers: Vec<String> = said.lines().into_iter().map(str::to_owned).collect();
    assert_eq!(answers.len(), questions.len(), "one answer for each question");
    answers
}

/// Runs the script `name` in this Pivot's Python with `arguments`.
#[track_caller]
pub fn ask(pivot: Pivot, name: &str, arguments: &[&Path], questions: &[String]) -> Vec<String> {
    let mut command = Command::new(pivot.bin().join("python3"));
    command.env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
    command.arg(script(name)).args(arguments);
    ask_command(command, questions)
}

/// Any bytes as a word on a line.
pub fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The bytes behind [`hex`].
#[track_caller]
pub fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| (pair[0] << 4 | pair[1]) as u8).collect()
}

/// Numbers that are the same at every run (SplitMix64).
pub struct Random(pub u64);

impl Random {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    /// One of `choices`.
    pub fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }
}

/// Seconds and nanoseconds of mtimes of every kind: none, all, at and around the epoch, far away.
pub const MTIMES: [(i64, i64); 16] = [
    (1_700_000_000, 0),
    (1_795_376_406, 518_714_200),
    (1_795_376_406, 999_999_999),
    (1_795_376_406, 1),
    (1_795_376_406, 500_000_000),
    (0, 0),
    (0, 1),
    (0, 99_999),
    (0, 100_000_000),
    (1, 0),
    (-1, 0),
    (-1, 999_999_999),
    (-1_000_000_000, 123_456_789),
    (2_147_483_648, 7),
    (4_294_967_296, 250_000_000),
    (15_000_000_000, 123_456_700),
];

/// The names in what `pivot list --json` printed.
///
/// That is `json.dumps` with an indent of 2, so a stage's name stands on a line of its own.
#[track_caller]
pub fn listed(json: &str) -> Vec<String> {
    assert!(json.starts_with('{'), "{json}");
    json.lines().filter_map(|line| line.strip_prefix("      \"name\": ")).map(unquoted).collect()
}

/// The value of a JSON string with Python's escapes.
fn unquoted(text: &str) -> String {
    let inside = text.trim_end_matches(',').strip_prefix('"').and_then(|t| t.strip_suffix('"'));
    let mut units: Vec<u16> = Vec::new();
    let mut chars = inside.expect("a string").chars();
    while let Some(c) = chars.next() {
        let unit = match (c, if c == '\\' { chars.next() } else { None }) {
            ('\\', Some('n')) => u16::from(b'\n'),
            ('\\', Some('t')) => u16::from(b'\t'),
            ('\\', Some('u')) => {
                let digits: String = chars.by_ref().take(4).collect();
                u16::from_str_radix(&digits, 16).unwrap()
            }
            ('\\', Some(escaped)) => escaped as u16,
            // Python escapes whatever is not ASCII.
            (plain, _) => plain as u16,
        };
        units.push(unit);
    }
    String::from_utf16(&units).unwrap()
}
