//! A Pivot of twenty milliseconds: a shell script that speaks the driver's protocol.

use std::fs;

use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::key::file_name_in;

use super::{Ran, Sandbox, bytes, set_mtime};

/// What a discovery of [`NEW_CONFIG`] finds.
pub const NEW_NAMES: [&str; 2] = ["train", "evaluate"];

/// The stub's `pipeline.py`: a name a line.
pub const NEW_CONFIG: &str = "train\nevaluate\n";

/// A config's mtime that Python prints as [`MTIME_TEXT`].
pub const MTIME_S: i64 = 1_700_000_000;

/// See [`MTIME_S`].
pub const MTIME_TEXT: &str = "1700000000.0";

/// ROOT's `stages.cache`.
pub const STAGES_CACHE: &str = "project/.pivot/cache/stages.cache";

/// The command line of a stub, as the driver describes it.
pub const COMMAND_LINE: &str = include_str!("command_line.json");

// Arguments: -c DRIVER FD MODE PROGRAM CACHE. Works for ROOT's own config alone.
const SCRIPT: &str = r#"#!/bin/sh
field() { printf '%s%08x%s' "$1" "${#2}" "$2"; }
if [ "$4" = describe ]; then
    payload=$(field j 'COMMAND_LINE'; field v '3.13 8.5.1 0.5.11')
    printf 'pivot-complete 1 %08x\n%s' "${#payload}" "$payload" > "/proc/self/fd/$3"
    exit
fi
printf x >> DISCOVERIES
payload=$(
    while read -r name; do field n "$name"; done < pipeline.py
    field v '3.13 30 0.5.11'
    field r "$PWD"
    field c "$PWD/pipeline.py"
    # A manifest without a source, which nobody keeps. No variable holds a NUL.
    [ "$4" != manifests ] || while read -r name; do field g "$name@{}"; done < pipeline.py
)
if [ "$4" = manifests ]; then
    printf 'pivot-complete 1 %08x\n%s' "${#payload}" "$payload" | tr @ '\0' > "/proc/self/fd/$3"
    exit
fi
printf 'pivot-complete 1 %08x\n%s' "${#payload}" "$payload" > "/proc/self/fd/$3"
"#;

/// A sandbox whose `project/` has [`NEW_CONFIG`] and is discovered by the stub.
pub fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    let count = sandbox.path("discoveries");
    let stub = SCRIPT
        .replace("DISCOVERIES", count.to_str().unwrap())
        .replace("COMMAND_LINE", COMMAND_LINE.trim_end());
    let stub = sandbox.write_program("bin/stub", &stub);
    sandbox.set("PIVOT_COMPLETE_PYTHON", stub);
    let temporary = sandbox.make_directory("tmp");
    sandbox.set("TMPDIR", temporary);
    sandbox.make_directory("project/.pivot");
    write_config(&sandbox, NEW_CONFIG);
    sandbox
}

/// Writes the config, with the mtime [`MTIME_S`].
pub fn write_config(sandbox: &Sandbox, text: &str) {
    let config = sandbox.write("project/pipeline.py", text);
    set_mtime(&config, MTIME_S, 0);
}

/// The store of ROOT's `pipeline.py`, whether it is there or not.
pub fn store(sandbox: &Sandbox) -> String {
    let root = sandbox.path("project");
    let python = sandbox.path("bin/stub");
    // No `pivot` is on PATH.
    let program = xxh64(b"", 0).to_le_bytes();
    // The last is the user, of a store that is his alone.
    let key = [b"pipeline.py", &program[..], bytes(&python), b"", b"", b"", b"", b"", b""];
    let name = file_name_in(bytes(&root), key);
    format!("project/.pivot/cache/complete/{}", std::str::from_utf8(&name).unwrap())
}

/// How many discoveries there were.
pub fn discoveries(sandbox: &Sandbox) -> usize {
    fs::read(sandbox.path("discoveries")).unwrap_or_default().len()
}

/// The bytes of a `stages.cache` that is fresh for the config at [`MTIME_S`].
pub fn fresh_cache(names: &[&str]) -> String {
    format!("v1\npipeline.py:{MTIME_TEXT}\n{}\n", names.join("\n"))
}

/// A TAB at an empty stage's name.
pub fn tab(sandbox: &Sandbox) -> Ran {
    sandbox.tab(&["pivot", "repro", ""])
}

/// The command that a fault is injected into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// `stages`.
    Stages,
    /// `complete bash`.
    Tab,
}

impl Asked {
    /// Both.
    pub const ALL: [Asked; 2] = [Asked::Stages, Asked::Tab];

    /// The command in `project/`.
    pub fn command(self, sandbox: &Sandbox) -> std::process::Command {
        match self {
            Asked::Stages => sandbox.front_in("project", &["stages"]),
            Asked::Tab => sandbox.tab_command("project", &["pivot", "repro", ""]),
        }
    }

    /// The names in what it printed; it must have ended well and complained of nothing.
    #[track_caller]
    pub fn names(self, ran: &Ran) -> Vec<&str> {
        match self {
            Asked::Stages => ran.lines(),
            Asked::Tab => ran.candidates(),
        }
    }

    /// Whether it ended well, complained of nothing, and gave [`NEW_NAMES`].
    pub fn is_answered(self, ran: &Ran) -> bool {
        (ran.code, ran.stderr.as_str()) == (0, "") && self.names(ran) == NEW_NAMES
    }
}
