//! Clocks that jump back, lag behind, stand still, and stamps that no kernel of ours
//! would make, on a file system whose clock is the test's.

use super::fuse::Fuse;
use crate::support::Sandbox;
use crate::support::fake_pivot::{self, cached, discoveries, stages};
use crate::support::rights::{require_root, take_own_mounts};

const SECOND_NS: i64 = 1_000_000_000;

/// Some time in 2023.
const THEN_NS: i64 = 1_700_000_000 * SECOND_NS;

const CONFIG: &str = "conf\n< params.txt\n* models\n";

const NAMES: &str = "conf para enty";

/// A project on such a file system, with files written at `clock_ns`.
#[track_caller]
pub fn project(clock_ns: i64) -> (Sandbox, Fuse) {
    require_root();
    take_own_mounts();
    let sandbox = fake_pivot::sandbox();
    let fuse = Fuse::mount(&sandbox.path("project"), clock_ns);
    let mut tree = fuse.tree();
    tree.write("pipeline.py", CONFIG);
    tree.write("params.txt", "para\n");
    tree.write("models/enty", "");
    tree.write(".pivot/here", "");
    drop(tree);
    (sandbox, fuse)
}

/// What is edited, with its names before and after.
pub const EDITS: [(&str, &str, &str); 3] = [
    ("pipeline.py", "CONF\n< params.txt\n* models\n", "CONF para enty"),
    ("params.txt", "PARA\n", "conf PARA enty"),
    ("models", "", "conf para ENTY"),
];

/// Makes one of [`EDITS`] at the file system's present time; inodes and sizes stay.
pub fn edit(tree: &mut super::fuse_tree::Tree, path: &str, content: &str) {
    if path == "models" {
        let directory = tree.find(super::fuse_tree::TOP, b"models").unwrap();
        tree.rename((directory, b"enty"), (directory, b"ENTY")).unwrap();
    } else {
        tree.write(path, content);
    }
}

/// Each edit after the clock moved by each of these, from a discovery at the files' own
/// time on.
#[test]
fn an_edit_is_noticed_wherever_the_clock_went() {
    // Not at all: a clock that stands still is one long tick.
    let moves = [0, 1, -1, SECOND_NS, -SECOND_NS, -3 * SECOND_NS, -3600 * SECOND_NS];
    for moved_ns in moves {
        for (path, content, names) in EDITS {
            let (sandbox, fuse) = project(THEN_NS);
            assert_eq!(stages(&sandbox), NAMES);
            assert_eq!(cached(&sandbox).as_deref(), Some(NAMES));
            let mut tree = fuse.tree();
            tree.clock_ns += moved_ns;
            edit(&mut tree, path, content);
            drop(tree);
            assert_noticed(&sandbox, names, &format!("{path} after {moved_ns} ns"));
        }
    }
}

/// Files of a time that the jump made the future; when it has come again, an edit gives
/// them the very stamps that were recorded.
#[test]
fn a_file_of_the_future_proves_nothing() {
    for ahead_ns in [SECOND_NS, 100 * SECOND_NS, 40_000_000 * SECOND_NS] {
        for (path, content, names) in EDITS {
            let (sandbox, fuse) = project(THEN_NS);
            fuse.tree().clock_ns = THEN_NS - ahead_ns;
            assert_eq!(stages(&sandbox), NAMES);
            assert_eq!(cached(&sandbox).as_deref(), Some(NAMES));
            let mut tree = fuse.tree();
            tree.clock_ns = THEN_NS;
            edit(&mut tree, path, content);
            drop(tree);
            assert_noticed(&sandbox, names, &format!("{path}, {ahead_ns} ns ahead"));
        }
    }
}

/// The clock jumps back between two discoveries; the younger one, with the older stamps,
/// is the one that holds.
#[test]
fn an_older_stamp_may_be_the_newer_state() {
    let (sandbox, fuse) = project(THEN_NS);
    assert_eq!(stages(&sandbox), NAMES);
    for (round, names) in ["ONE", "TWO", "TRE"].into_iter().enumerate() {
        let mut tree = fuse.tree();
        tree.clock_ns -= 10 * SECOND_NS;
        tree.write("pipeline.py", names);
        drop(tree);
        assert_noticed(&sandbox, names, &format!("round {round}"));
    }
}

/// Any 64 bits as a time.
#[test]
fn a_time_that_no_kernel_makes_is_no_panic() {
    let times = [
        0,
        1,
        -1,
        i64::MIN,
        i64::MIN + 1,
        i64::MAX,
        i64::MAX - 1,
        -SECOND_NS,
        (1 << 31) * SECOND_NS,
        -(1 << 31) * SECOND_NS - 1,
    ];
    for time_ns in times {
        for (path, content, names) in EDITS {
            let (sandbox, fuse) = project(THEN_NS);
            let stamp = |tree: &mut super::fuse_tree::Tree| {
                let node = tree.at(path);
                (node.mtime_ns, node.ctime_ns) = (time_ns, time_ns);
            };
            stamp(&mut fuse.tree());
            let what = format!("{path} at {time_ns} ns");
            assert_eq!(sandbox.run(&["stages"]).lines().join(" "), NAMES, "{what}");
            let before = discoveries(&sandbox);
            for _ in 0..2 {
                assert_eq!(cached(&sandbox).as_deref(), Some(NAMES), "{what}");
            }
            assert_eq!(discoveries(&sandbox), before, "{what}");
            let mut tree = fuse.tree();
            edit(&mut tree, path, content);
            stamp(&mut tree);
            drop(tree);
            assert_noticed(&sandbox, names, &what);
        }
    }
}

#[track_caller]
fn assert_noticed(sandbox: &Sandbox, names: &str, what: &str) {
    assert_eq!(cached(sandbox), None, "{what}");
    assert_eq!(stages(sandbox), names, "{what}");
    assert_eq!(cached(sandbox).as_deref(), Some(names), "{what}");
}

/// The file system does what the tests here rely on.
#[test]
fn the_file_system_is_one_and_has_the_tests_clock() {
    use std::fs;
    use std::os::unix::fs::MetadataExt;
    let (sandbox, fuse) = project(THEN_NS);
    let stamp = |path: &str| {
        let found = fs::metadata(sandbox.path(path)).unwrap();
        [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec()]
    };
    assert_eq!(stamp("project/params.txt"), [1_700_000_000, 0, 1_700_000_000, 0]);
    fuse.tree().clock_ns = -1;
    let long = "x".repeat(300_000);
    sandbox.write("project/deep/below/file", &long);
    assert_eq!(stamp("project/deep/below/file"), [-1, 999_999_999, -1, 999_999_999]);
    fs::rename(sandbox.path("project/deep/below/file"), sandbox.path("project/moved")).unwrap();
    assert_eq!(fs::read_to_string(sandbox.path("project/moved")).unwrap(), long);
    fuse.tree().clock_ns = 5;
    sandbox.write("project/moved", "short");
    assert_eq!(stamp("project/moved"), [0, 5, 0, 5]);
    assert_eq!(fs::read_to_string(sandbox.path("project/moved")).unwrap(), "short");
    for number in 0..500 {
        sandbox.write(&format!("project/many/{number}"), "");
    }
    assert_eq!(sandbox.listing("project/many").len(), 500);
    fs::remove_file(sandbox.path("project/moved")).unwrap();
    assert!(!sandbox.path("project/moved").exists());
    fuse.tree().write("params.txt", "seen at once");
    assert_eq!(fs::read_to_string(sandbox.path("project/params.txt")).unwrap(), "seen at once");
}
