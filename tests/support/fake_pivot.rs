//! A Pivot of twenty milliseconds that observes what it reads: `fake_pivot.py` in Python's place.
//!
//! For loops over hundreds of moments, bytes or files; that the real driver observes the same is
//! shown by `tests/discovery`.

use std::fs;
use std::path::PathBuf;

use super::{Pivot, Ran, Sandbox};

/// `--cached`, and not cached.
pub const NOT_CACHED: i32 = 3;

/// Where the stores lie.
pub const COMPLETE: &str = "project/.pivot/cache/complete";

/// A sandbox with an empty `project/`, which the fake discovers.
pub fn sandbox() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    let count = sandbox.path("discoveries");
    let python = Pivot::V0511.bin().join("python3");
    let program = include_str!("fake_pivot.py")
        .replace("PYTHON", python.to_str().unwrap())
        .replace("DISCOVERIES", count.to_str().unwrap())
        .replace("COMMAND_LINE", include_str!("command_line.json").trim_end());
    let program = sandbox.write_program("bin/fake", &program);
    sandbox.set("PIVOT_COMPLETE_PYTHON", program);
    let temporary = sandbox.make_directory("tmp");
    sandbox.set("TMPDIR", temporary);
    sandbox.make_directory("project");
    sandbox
}

/// The same with `.pivot/` and this `pipeline.py`, a name a line.
pub fn project(pipeline: &str) -> Sandbox {
    let sandbox = sandbox();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/pipeline.py", pipeline);
    sandbox
}

/// How many discoveries there were.
pub fn discoveries(sandbox: &Sandbox) -> usize {
    fs::read(sandbox.path("discoveries")).unwrap_or_default().len()
}

/// The names that caches alone give: `None` for a miss.
#[track_caller]
pub fn cached(sandbox: &Sandbox) -> Option<String> {
    answer_of_caches(&sandbox.run(&["stages", "--cached"]))
}

/// What `stages --cached` said: names, or a miss.
#[track_caller]
pub fn answer_of_caches(ran: &Ran) -> Option<String> {
    match (ran.code, ran.stderr.as_str()) {
        (0, "") => Some(ran.stdout.lines().collect::<Vec<_>>().join(" ")),
        (NOT_CACHED, "") if ran.stdout.is_empty() => None,
        _ => panic!("neither a hit nor a miss: {ran:?}"),
    }
}

/// The names as an explicit command gives them.
#[track_caller]
pub fn stages(sandbox: &Sandbox) -> String {
    sandbox.run(&["stages"]).lines().join(" ")
}

/// The project's stores.
pub fn stores(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs::read_dir(sandbox.path(COMPLETE)).into_iter().flatten().flatten();
    let is_store = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "store");
    let mut stores: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_store).collect();
    stores.sort();
    stores
}

/// The project's only store.
#[track_caller]
pub fn store(sandbox: &Sandbox) -> PathBuf {
    let stores = stores(sandbox);
    assert_eq!(stores.len(), 1, "{:?}", sandbox.listing(COMPLETE));
    stores.into_iter().next().unwrap()
}
