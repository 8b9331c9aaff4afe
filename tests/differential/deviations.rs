//! Where an answer must be another than click's: Pivot's completion offers what Pivot's commands
//! would not take (ARCHITECTURE.md, "Freshness"). Everything else of such a line stays as click
//! prints it.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use super::*;
use crate::support::real_pivot::RealPivot;
use crate::support::set_mtime;

/// The candidates that click has in process for a line, and those of the front.
#[track_caller]
fn both(sandbox: &Sandbox, relative: &str, words: &[&str]) -> (Vec<String>, Vec<String>) {
    let question = format!(
        "tab {} bash {} {}",
        hex(sandbox.path(relative).as_os_str().as_bytes()),
        hex(words.join("\n")),
        hex((words.len() - 1).to_string())
    );
    let mut oracle = sandbox.command(Pivot::V0511.bin().join("python"), "");
    oracle.args(["-W", "ignore"]).arg(script("oracle_click.py"));
    let answer = ask_command(oracle, &[question]).remove(0);
    let printed = String::from_utf8(unhex(&answer)).expect("text");
    (candidates(&printed), ours(sandbox, relative, words))
}

/// Those of the front alone.
#[track_caller]
fn ours(sandbox: &Sandbox, relative: &str, words: &[&str]) -> Vec<String> {
    let said = sandbox.tab_in(relative, words);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    candidates(&said.stdout)
}

fn candidates(text: &str) -> Vec<String> {
    text.lines().filter_map(|line| line.strip_prefix("plain,")).map(str::to_owned).collect()
}

/// With the bare names beside them, as Pivot offers the names of one pipeline.
fn with_bare(names: &[String]) -> Vec<String> {
    let bare = names.iter().filter_map(|name| name.split_once('/')).map(|(_, bare)| bare.into());
    names.iter().cloned().chain(bare).collect()
}

const REPRO: [&str; 3] = ["pivot", "repro", ""];

#[test]
fn a_sub_directorys_pipeline_is_its_own() {
    let sandbox = Sandbox::project(&pipeline_0511("outer", &["above"]));
    sandbox.write("project/sub/pipeline.py", pipeline_0511("inner", &["below"]));
    let mut pivot = RealPivot::of(&sandbox);
    // By ROOT's cache, which click believes everywhere below.
    ran(sandbox.front_in("project", &["refresh"]));
    let (click, ours) = both(&sandbox, "project/sub", &REPRO);
    assert_eq!(click, ["outer/above", "above"]);
    assert_eq!(ours, with_bare(&pivot.names(&sandbox, "project/sub").unwrap()));
    assert_eq!(ours, ["inner/below", "below"]);
    let (click, ours) = both(&sandbox, "project", &REPRO);
    assert_eq!(ours, click);
    // The rest of the line is the same.
    let (click, ours) = both(&sandbox, "project/sub", &["pivot", "repro", "--"]);
    assert_eq!(ours, click);
}

#[test]
fn what_click_wrote_for_a_sub_directory_is_not_roots() {
    let sandbox = Sandbox::project(&pipeline_0511("outer", &["above"]));
    sandbox.write("project/sub/pipeline.py", pipeline_0511("inner", &["below"]));
    // Before a discovery of ours nobody could tell whose names a cache of Pivot's has.
    ran(sandbox.front_in("project", &["refresh"]));
    let (_, ours) = both(&sandbox, "project", &REPRO);
    assert_eq!(ours, ["outer/above", "above"]);
    fs::remove_file(sandbox.path("project/.pivot/cache/stages.cache")).unwrap();
    // Click's discovery in the sub-directory writes ROOT's cache.
    let (click, _) = both(&sandbox, "project/sub", &REPRO);
    assert_eq!(click, ["inner/below", "below"]);
    let (click, ours) = both(&sandbox, "project", &REPRO);
    assert_eq!(click, ["inner/below", "below"]);
    assert_eq!(ours, with_bare(&RealPivot::of(&sandbox).names(&sandbox, "project").unwrap()));
}

#[test]
fn the_topmost_root_counts() {
    let sandbox = Sandbox::project(&pipeline_0511("outer", &["above"]));
    sandbox.make_directory("project/sub/.pivot");
    sandbox.write("project/sub/pipeline.py", pipeline_0511("inner", &["below"]));
    sandbox.make_directory("project/sub/deep");
    let mut pivot = RealPivot::of(&sandbox);
    for relative in ["project", "project/sub", "project/sub/deep"] {
        let right = with_bare(&pivot.names(&sandbox, relative).unwrap());
        assert_eq!(both(&sandbox, relative, &REPRO).1, right, "in {relative}, behind click");
        assert_eq!(ours(&sandbox, relative, &REPRO), right, "in {relative}");
    }
}

#[test]
fn a_cache_that_click_believes_is_stale() {
    let sandbox = Sandbox::project("from modules import pipeline\n");
    sandbox.write("project/modules.py", pipeline_0511("demo", &["first"]));
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_000, 0);
    ran(sandbox.front_in("project", &["refresh"]));
    let (click, ours) = both(&sandbox, "project", &REPRO);
    assert_eq!(ours, click);
    assert_eq!(ours, ["demo/first", "first"]);
    sandbox.write("project/modules.py", pipeline_0511("demo", &["second"]));
    let cache = sandbox.path("project/.pivot/cache/stages.cache");
    let stale = fs::read(&cache).unwrap();
    let question = || both(&sandbox, "project", &REPRO);
    // Ours is asked behind click, which finds the old names still.
    let (click, ours) = question();
    assert_eq!(click, ["demo/first", "first"]);
    assert_eq!(ours, ["demo/second", "second"]);
    assert_eq!(ours, with_bare(&RealPivot::of(&sandbox).names(&sandbox, "project").unwrap()));
    // The cache was put right for click too.
    assert_ne!(fs::read(&cache).unwrap(), stale);
    assert_eq!(question(), (ours.clone(), ours));
}
