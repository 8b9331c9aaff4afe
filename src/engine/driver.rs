//! The driver: what runs in the user's Python, put together from its parts.

use pivot_complete::query::Shell;

/// Sees what an answer depends on.
const OBSERVATION: [&str; 5] = [
    include_str!("driver/territory.py"),
    include_str!("driver/inputs.py"),
    include_str!("driver/descriptors.py"),
    include_str!("driver/imports.py"),
    include_str!("driver/observation.py"),
];
const MANIFESTS: &str = include_str!("driver/manifests.py");
/// Finds the command that the program runs.
const ENTRY: &str = include_str!("driver/entry.py");
/// Describes it; watches nothing, since no code of the user runs.
const DESCRIPTION: [&str; 6] = [
    include_str!("driver/territory.py"),
    include_str!("driver/inputs.py"),
    include_str!("driver/known.py"),
    include_str!("driver/rich.py"),
    include_str!("driver/describe.py"),
    include_str!("driver/installed.py"),
];
/// Ends in the call of its main function, which uses the other parts.
const MAIN: &str = include_str!("driver/main.py");

/// The script for `mode`, without what it would compile for nothing.
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
    parts.concat()
}
