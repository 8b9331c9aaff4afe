//! The driver: what runs in the user's Python, put together from its parts.

use pivot_complete::line::Shell;

/// What an edited module is compared by.
const SHAPE: &str = include_str!("driver/shape.py");
/// Compares it, where nothing else of the driver is.
const CHECK: &str = include_str!("check.py");
/// Sees what an answer depends on: one recorder for each kind of input.
const OBSERVATION: [&str; 23] = [
    include_str!("driver/territory.py"),
    include_str!("driver/bytecode.py"),
    include_str!("driver/askers.py"),
    include_str!("driver/contents.py"),
    include_str!("driver/stand_ins.py"),
    include_str!("driver/descriptors.py"),
    include_str!("driver/files.py"),
    include_str!("driver/patterns.py"),
    include_str!("driver/listings.py"),
    include_str!("driver/entries.py"),
    include_str!("driver/questions.py"),
    include_str!("driver/environment.py"),
    include_str!("driver/place.py"),
    include_str!("driver/unprovable.py"),
    include_str!("driver/imports.py"),
    include_str!("driver/packages.py"),
    include_str!("driver/named.py"),
    include_str!("driver/native_patterns.py"),
    include_str!("driver/native.py"),
    SHAPE,
    include_str!("driver/doubts.py"),
    include_str!("driver/shapes.py"),
    include_str!("driver/observation.py"),
];
const MANIFESTS: &str = include_str!("driver/manifests.py");
/// Finds the command that the program runs.
const ENTRY: &str = include_str!("driver/entry.py");
/// Describes it; watches nothing, since no code of the user runs.
const DESCRIPTION: [&str; 7] = [
    include_str!("driver/territory.py"),
    include_str!("driver/bytecode.py"),
    include_str!("driver/contents.py"),
    include_str!("driver/known.py"),
    include_str!("driver/rich.py"),
    include_str!("driver/describe.py"),
    include_str!("driver/installed.py"),
];
/// Ends in the call of its main function, which uses the other parts.
const MAIN: &str = include_str!("driver/main.py");

/// What a Python begins with that knows no `-P`: before anything is imported the working directory is
/// no place of modules. Any later one knows it, and gave the answer that it had.
pub const WITHOUT_SAFE_PATH: &str = "\
import sys
sys.version_info < (3, 11) or sys.exit(2)
if sys.path and not sys.path[0]: del sys.path[0]
";

/// The script that compares edited modules with their shapes.
pub fn check() -> String {
    [SHAPE, CHECK].concat()
}

/// What Python is started with: it takes a script's code, or the script, from a descriptor. No system
/// takes so long an argument as that is.
pub const START: &str = include_str!("driver/start.py");

/// The script for `mode`, without what it would compile for nothing; the same in every run.
pub fn script(mode: &str) -> String {
    let mut parts = Vec::new();
    match mode {
        "describe" => {
            parts.push(ENTRY);
            parts.extend(DESCRIPTION);
        }
        _ if Shell::named(mode.as_bytes()).is_some() => parts.push(ENTRY),
        _ => parts.extend(OBSERVATION),
    }
    if mode == "manifests" {
        parts.push(MANIFESTS);
    }
    parts.push(MAIN);
    bare(&parts.concat())
}

/// The script without comments, blank lines and most of its indentation: one argument of a program has
/// 128 KiB at most, and Python reads it anew each time. No string of the driver has a line that begins
/// with `#`, and only docstrings go over several lines that are indented.
fn bare(script: &str) -> String {
    let mut bare = String::with_capacity(script.len());
    for line in script.lines() {
        let code = line.trim_start();
        if code.is_empty() || code.starts_with('#') {
            continue;
        }
        let blanks = line.len() - code.len();
        bare.extend(std::iter::repeat_n(' ', blanks / 4 + blanks % 4));
        bare.push_str(code);
        bare.push('\n');
    }
    bare
}

#[cfg(test)]
mod tests {
    /// Linux takes no longer argument; some room is left for what comes.
    const ARGUMENT_MAX_BYTES: usize = 120 << 10;

    #[test]
    fn each_script_fits_into_an_argument() {
        for mode in ["stages", "all", "manifests", "describe", "bash"] {
            let script = super::script(mode);
            assert!(script.len() < ARGUMENT_MAX_BYTES, "{mode}: {} bytes", script.len());
        }
    }
}
