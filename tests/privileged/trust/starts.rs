//! One function starts what a TAB starts; whatever else starts a program is in this table, with the
//! reason why it asks nobody.

use std::fs;
use std::path::Path;

use crate::support::sources::{is_of_tests, sources};

/// Words that start a program, in Rust and in the driver's Python.
const WORDS: [&str; 24] = [
    "Command::new",
    ".exec()",
    "execv(",
    "execve",
    "execvp",
    "fexecve",
    "execveat",
    "posix_spawn",
    "fork(",
    "vfork",
    "libc::system",
    "popen",
    "process::Command as",
    "os.exec",
    "os.spawn",
    "os.system",
    "os.startfile",
    "subprocess",
    "multiprocessing",
    "_posixsubprocess",
    "pty.spawn",
    "asyncio.create_subprocess",
    "dlopen",
    "clone3",
];

/// The driver hears what the pipeline itself starts, and starts nothing.
const EVENT: &str = "the name of an audit event";

/// A stand-in for what the pipeline itself starts children by.
const OWN_START: &str =
    "passes on the pipeline's own start, with a variable that keeps git from writing";

/// Words, and how often each.
type Words = &'static [(&'static str, usize)];

/// Where such words may stand, which of them and how often, and why: ARCHITECTURE.md, "Trust".
const ALLOWED: &[(&str, Words, &str)] = &[
    ("front/bare/kernel/mod.rs", &[("execve", 1)], "the system call, passed on"),
    ("front/bare/kernel/process.rs", &[("execve", 1), ("fork(", 1)], "the system call itself"),
    (
        "front/bare/process.rs",
        &[("execve", 1)],
        "front → engine, and the re-execution without mapping",
    ),
    ("front/bare/process.rs", &[("fork(", 1)], "front → engine, behind itself"),
    ("front/hosted.rs", &[("Command::new", 2)], "front → engine, in its place and behind itself"),
    ("front/hosted.rs", &[(".exec()", 1)], "front → engine, and the re-execution without mapping"),
    (
        "engine/process/child/mod.rs",
        &[("Command::new", 1)],
        "the one runner, which takes only what was asked about",
    ),
    (
        "engine/supervisor/mod.rs",
        &[("fork(", 2)],
        "engine → engine: who works, and who notes that it hangs",
    ),
    (
        "engine/process/orphans_linux.rs",
        &[("fork(", 1)],
        "engine → engine: who watches over who works",
    ),
    ("engine/process/behind.rs", &[("Command::new", 1)], "engine → engine, behind a TAB"),
    (
        "engine/watch/watcher.rs",
        &[("Command::new", 1)],
        "engine → engine: prewarm, which asks as a prompt does",
    ),
    (
        "engine/python/driver/askers.py",
        &[("multiprocessing", 4)],
        "who asks, by the name of its module",
    ),
    (
        "engine/python/driver/recorders/place.py",
        &[("multiprocessing", 1)],
        "who asks, by the name of its module",
    ),
    (
        "engine/python/driver/recorders/environment.py",
        &[("os.system", 1), ("subprocess", 1), ("pty.spawn", 1)],
        EVENT,
    ),
    ("engine/python/driver/recorders/files.py", &[("dlopen", 1)], EVENT),
    (
        "engine/python/driver/native/native.py",
        &[("subprocess", 4)],
        "events, and a hint that a program follows",
    ),
    (
        "engine/python/driver/recorders/children.py",
        &[("subprocess", 3), ("posix_spawn", 1), ("execve", 3)],
        OWN_START,
    ),
    ("engine/python/driver/recorders/children.py", &[("os.exec", 1), ("pty.spawn", 1)], EVENT),
    ("engine/python/driver/observation.py", &[("os.exec", 1)], EVENT),
    (
        "engine/python/driver/native/native.py",
        &[("multiprocessing", 2)],
        "hints that a program follows",
    ),
    (
        "engine/python/driver/native/native.py",
        &[("_posixsubprocess", 4)],
        "passes on the pipeline's own start, which raises no event",
    ),
    ("engine/python/driver/native/native.py", &[("dlopen", 1)], EVENT),
    (
        "engine/python/driver/askers.py",
        &[
            ("posix_spawn", 1),
            ("os.exec", 1),
            ("os.system", 1),
            ("subprocess", 1),
            ("pty.spawn", 1),
        ],
        EVENT,
    ),
];

#[test]
fn nothing_starts_a_program_but_what_the_design_names() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut failures = Vec::new();
    for file in sources(&top).into_iter().filter(|file| !is_of_tests(&top, file)) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&top).unwrap().display().to_string();
        if name.contains("/tests/") || name.contains("/oracle/") {
            continue;
        }
        for word in WORDS {
            // Comments, and what only tests do, start nothing for a user.
            let found: Vec<usize> = code(&name, &text)
                .filter(|(_, line)| stands_in(line, word))
                .map(|(number, _)| number)
                .collect();
            let of_file = ALLOWED.iter().filter(|(file, ..)| *file == name);
            let known = of_file.flat_map(|(_, words, _)| *words).find(|(known, _)| *known == word);
            let allowed = known.map_or(0, |(_, count)| *count);
            if found.len() > allowed {
                failures
                    .push(format!("src/{name}: {word:?} in lines {found:?}, allowed: {allowed}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// A table that allows what is not there hides what comes.
#[test]
fn what_is_allowed_is_there() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (file, words, reason) in ALLOWED {
        let text = fs::read_to_string(top.join(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        for (word, count) in *words {
            let found = code(file, &text).filter(|(_, line)| stands_in(line, word)).count();
            assert_eq!(found, *count, "{file}: {word:?}, {reason}");
        }
    }
}

/// The word, and not as the end of another one.
fn stands_in(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        !before.is_some_and(|c| c.is_alphanumeric() || c == '_') || word.starts_with('.')
    })
}

/// The lines that are code, with their numbers: no comments, no tests at a file's end.
fn code<'t>(name: &str, text: &'t str) -> impl Iterator<Item = (usize, &'t str)> {
    let comment = if name.ends_with(".py") { "#" } else { "//" };
    text.lines()
        .enumerate()
        .take_while(|(_, line)| *line != "#[cfg(test)]")
        .filter(move |(_, line)| !line.trim_start().starts_with(comment))
        .map(|(number, line)| (number + 1, line))
}

#[test]
pub fn the_judge_sees_a_start() {
    assert!(stands_in("    let mut command = Command::new(program);", "Command::new"));
    assert!(stands_in("std::process::Command::new(x)", "Command::new"));
    assert!(stands_in("command.exec()", ".exec()"));
    assert!(!stands_in("OtherCommand::new()", "Command::new"));
}
