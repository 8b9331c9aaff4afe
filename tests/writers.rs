//! One function replaces files: whatever else writes to a file system is in this table, with the
//! reason why readers may see it come about.

use std::fs;
use std::path::Path;

use crate::support::sources::{is_of_tests, sources};

/// Words that write, in Rust.
const WORDS: [&str; 8] = [
    "File::create",
    "fs::write",
    "OpenOptions::new",
    "fs::rename",
    "renameat(",
    "write_all_at(",
    "set_len(",
    "O_CREAT",
];

/// Where such a word may stand, and why.
const ALLOWED: [(&str, &[&str], &str); 15] = [
    ("engine/files/publish.rs", &["renameat(", "O_CREAT"], "the one writer"),
    ("engine/files/lock_file.rs", &["OpenOptions::new"], "a lock, opened or made: empty"),
    (
        "engine/cache/lock/mod.rs",
        &["set_len("],
        "a result for those who hold the lock file open: another file would not reach them",
    ),
    ("engine/cache/lock/yielding.rs", &["File::create"], "an empty file that says all by its name"),
    ("engine/watch/room.rs", &["set_len("], "a process id, for doctor, in a lock that is held"),
    (
        "engine/manifests/state_db/database_files.rs",
        &["fs::rename", "write_all_at(", "set_len("],
        "whole databases, whose bytes sled writes; a number in the lock that it belongs to",
    ),
    ("engine/supervisor/mod.rs", &["OpenOptions::new"], "/dev/null"),
    ("engine/process/quiet.rs", &["OpenOptions::new"], "/dev/null"),
    ("engine/process/openings/events.rs", &["OpenOptions::new"], "opens to read"),
    ("front/bare/kernel/files.rs", &["O_CREAT"], "the flag itself"),
    ("front/bare/kernel/mod.rs", &["O_CREAT"], "the flag, passed on"),
    ("front/bare/output.rs", &["O_CREAT"], "appends a line to the trace"),
    ("front/hosted.rs", &["OpenOptions::new"], "/dev/null"),
    ("hosted/output.rs", &["OpenOptions::new"], "appends a line to the trace"),
    ("hosted/disk.rs", &["OpenOptions::new"], "opens to read"),
];

#[test]
fn nothing_else_writes_files() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found: Vec<(String, &str)> = Vec::new();
    for file in sources(&top) {
        let text = fs::read_to_string(&file).unwrap();
        let name = file.strip_prefix(&top).unwrap().display().to_string();
        // What only tests do writes nothing of a user's.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        // Nor does what a comment shows.
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        let code = lines.collect::<Vec<_>>().join("\n");
        if !is_of_tests(&top, &file) && name.ends_with(".rs") {
            let words = WORDS.into_iter().filter(|word| code.contains(word));
            found.extend(words.map(|word| (name.clone(), word)));
        }
    }
    let allowed = ALLOWED.iter().flat_map(|(name, words, _)| words.iter().map(move |w| (name, w)));
    let mut allowed: Vec<(String, &str)> =
        allowed.map(|(name, w)| (name.to_string(), *w)).collect();
    found.sort();
    allowed.sort();
    assert_eq!(found, allowed, "what is found, and the table: more would hide what comes");
}
