//! `.pivot` and `.git` at different levels, and a `.pivot` that appears above.

use std::fs;

use crate::support::aftermath::keep_temporary_files;
use crate::support::stub::{MTIME_S, MTIME_TEXT};
use crate::support::{Pivot, Sandbox, ran, set_mtime};

/// Directories from the top; in each a config, and a fresh cache with the directory's name.
const LEVELS: [&str; 3] = ["top", "top/middle", "top/middle/low"];

/// Where commands run: a directory without a config of its own.
const HERE: &str = "top/middle/low/here";

/// A sandbox with those levels and these markers.
fn tree(pivot: &[&str], git: &[&str]) -> Sandbox {
    let mut sandbox = Sandbox::empty();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    sandbox.make_directory(HERE);
    for level in LEVELS {
        let config = sandbox.write(&format!("{level}/pipeline.py"), "");
        set_mtime(&config, MTIME_S, 0);
    }
    pivot.iter().for_each(|level| add_pivot(&sandbox, level));
    git.iter().for_each(|level| drop(sandbox.make_directory(&format!("{level}/.git"))));
    sandbox
}

/// Makes a directory a root whose cache names it.
fn add_pivot(sandbox: &Sandbox, level: &str) {
    let cache = format!("v1\npipeline.py:{MTIME_TEXT}\nof_{}\n", level.replace('/', "_"));
    sandbox.write(&format!("{level}/.pivot/cache/stages.cache"), cache);
}

/// The names at [`HERE`], asked in both ways.
#[track_caller]
fn names(sandbox: &Sandbox) -> String {
    let stages = ran(sandbox.front_in(HERE, &["stages", "--cached"]));
    let names = stages.lines().join(" ");
    assert_eq!(sandbox.tab_in(HERE, &["pivot", "repro", ""]).candidates().join(" "), names);
    names
}

#[test]
fn the_topmost_pivot_is_the_root_wherever_git_is() {
    let cases: [(&[&str], &[&str], &str); 8] = [
        (&["top"], &[], "of_top"),
        (&["top/middle/low"], &[], "of_top_middle_low"),
        (&["top", "top/middle/low"], &[], "of_top"),
        (&["top/middle", "top/middle/low"], &[], "of_top_middle"),
        (&["top"], &["top/middle/low"], "of_top"),
        (&["top/middle/low"], &["top"], "of_top_middle_low"),
        (&["top/middle"], &["top", "top/middle", "top/middle/low", HERE], "of_top_middle"),
        (&["top", "top/middle"], &["top/middle"], "of_top"),
    ];
    for (pivot, git, expected) in cases {
        assert_eq!(names(&tree(pivot, git)), expected, "{pivot:?} {git:?}");
    }
}

#[test]
fn a_pivot_that_appears_above_moves_the_root_at_once() {
    let sandbox = tree(&["top/middle/low"], &["top/middle"]);
    assert_eq!(names(&sandbox), "of_top_middle_low");
    add_pivot(&sandbox, "top/middle");
    assert_eq!(names(&sandbox), "of_top_middle");
    add_pivot(&sandbox, "top");
    assert_eq!(names(&sandbox), "of_top");
    // A root without a config has no stages, and those of a lower root are not its.
    fs::remove_file(sandbox.path("top/pipeline.py")).unwrap();
    assert_eq!(names(&sandbox), "");
    fs::remove_dir_all(sandbox.path("top/.pivot")).unwrap();
    assert_eq!(names(&sandbox), "of_top_middle");
    // A file of that name is no project.
    sandbox.write("top/.pivot", "");
    assert_eq!(names(&sandbox), "of_top_middle");
}

#[test]
fn the_config_of_the_working_directory_has_no_part_in_the_roots_cache() {
    let sandbox = tree(&["top"], &[]);
    let middle = ran(sandbox.front_in("top/middle", &["stages", "--cached"]));
    assert_eq!((middle.code, middle.stdout.as_str()), (3, ""));
    assert_eq!(sandbox.tab_in("top/middle", &["pivot", "repro", ""]).stdout, "\n");
}

/// Below a mere `.git` Pivot's commands refuse, and a TAB offers nothing for a `pipeline.py`.
#[test]
fn git_alone_is_no_project_for_a_command() {
    for pivot in Pivot::in_turn() {
        let mut sandbox = Sandbox::with(pivot);
        keep_temporary_files(&mut sandbox);
        sandbox.make_directory("top/.git");
        sandbox.write("top/pipeline.py", "raise SystemExit('executed')\n");
        let stages = ran(sandbox.front_in("top", &["stages"]));
        assert_eq!((stages.code, stages.stdout.as_str()), (1, ""), "{pivot:?}");
        assert!(stages.stderr.contains(".pivot"), "{pivot:?}: {}", stages.stderr);
        let tab = sandbox.tab_in("top", &["pivot", "repro", ""]);
        assert_eq!(
            (tab.code, tab.stdout.as_str(), tab.stderr.as_str()),
            (0, "\n", ""),
            "{pivot:?}"
        );
        assert_eq!(sandbox.listing("top"), [".git", "pipeline.py"], "{pivot:?}");
    }
}

/// Without any marker there is nothing, and no error.
#[test]
fn no_project_is_an_empty_answer() {
    let sandbox = tree(&[], &[]);
    assert_eq!(names(&sandbox), "");
    assert_eq!(ran(sandbox.front_in(HERE, &["stages"])).lines(), [""; 0]);
}
