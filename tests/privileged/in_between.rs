//! An input is edited between any two looks at it, by the front, the driver or the engine.
//!
//! The file system edits it itself, right before it answers the n-th request about it, for every
//! n, and its clock stands still: the edit shows in no stamp.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::clocks::{EDITS, edit, project};
use super::fuse::Fuse;
use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::fake_pivot::{answer_of_caches, cached, stages};

const THEN_NS: i64 = 1_700_000_000_000_000_000;

const OLD_NAMES: &str = "conf para enty";

/// Edits `path` before its `number`th request from now on, counted from 1.
fn edit_before(fuse: &Fuse, number: usize, path: &'static str, content: &'static str) -> Watch {
    let watch = Watch::default();
    let (requests, is_edited) = (Arc::clone(&watch.requests), Arc::clone(&watch.is_edited));
    fuse.tree().hook = Some(Box::new(move |tree, _, about| {
        if about != path || is_edited.load(Ordering::Relaxed) {
            return;
        }
        if requests.fetch_add(1, Ordering::Relaxed) + 1 == number {
            is_edited.store(true, Ordering::Relaxed);
            edit(tree, path, content);
        }
    }));
    watch
}

#[derive(Default)]
struct Watch {
    requests: Arc<AtomicUsize>,
    is_edited: Arc<AtomicBool>,
}

impl Watch {
    fn is_edited(&self) -> bool {
        self.is_edited.load(Ordering::Relaxed)
    }
}

/// Has `edited_at` try an edit before request 1, 2, …, until that says that it did not come to it; fails
/// where it came to fewer than `at_least`. It is given path, content, the names then, and the number.
fn at_each_moment(
    at_least: usize,
    edited_at: impl Fn(&'static str, &'static str, &'static str, usize) -> bool,
) {
    for (path, content, new_names) in EDITS {
        let moments =
            (1..).take_while(|&number| edited_at(path, content, new_names, number)).count();
        assert!(moments >= at_least, "{path} was looked at {moments} times");
    }
}

/// During a discovery: old or new names are given, and old ones are not cached.
#[test]
fn an_edit_at_any_moment_of_a_discovery_leaves_no_false_answer() {
    // Looked up, opened and read by the driver and by the engine at least.
    at_each_moment(6, |path, content, new_names, number| {
        let (sandbox, fuse) = project(THEN_NS);
        let watch = edit_before(&fuse, number, path, content);
        let given = stages(&sandbox);
        let what = format!("{path} edited before its request {number}");
        if !watch.is_edited() {
            assert_eq!(given, OLD_NAMES, "{what}");
            return false;
        }
        fuse.tree().hook = None;
        assert!(given == OLD_NAMES || given == new_names, "{what}: {given}");
        let kept = cached(&sandbox);
        assert!(kept.is_none() || kept.as_deref() == Some(new_names), "{what}: {kept:?}");
        assert_eq!(stages(&sandbox), new_names, "{what}");
        assert_eq!(cached(&sandbox).as_deref(), Some(new_names), "{what}");
        true
    });
}

/// While the front looks whether its answer is still right: then the edit came after its look, or
/// it is a miss; the next look sees it.
#[test]
fn an_edit_while_the_front_compares_is_seen_by_the_next_look() {
    at_each_moment(2, |path, content, new_names, number| {
        let (sandbox, fuse) = project(THEN_NS);
        assert_eq!(stages(&sandbox), OLD_NAMES);
        let watch = edit_before(&fuse, number, path, content);
        let given = answer_of_caches(&sandbox.run(&["stages", "--cached"]));
        let what = format!("{path} edited before the front's request {number}");
        fuse.tree().hook = None;
        if !watch.is_edited() {
            assert_eq!(given.as_deref(), Some(OLD_NAMES), "{what}");
            return false;
        }
        assert!(given.is_none() || given.as_deref() == Some(OLD_NAMES), "{what}: {given:?}");
        assert_eq!(cached(&sandbox), None, "{what}");
        assert_eq!(stages(&sandbox), new_names, "{what}");
        true
    });
}

/// While stamps that have aged are taken anew, behind a TAB: the new stamp of a new content is not
/// recorded with the old one's names.
#[test]
fn an_edit_at_any_moment_of_a_renewal_leaves_no_false_answer() {
    const AGED_NS: i64 = 10_000_000_000;
    // By the front, and by the engine that it left behind.
    at_each_moment(6, |path, content, new_names, number| {
        let (sandbox, fuse) = project(THEN_NS);
        assert_eq!(stages(&sandbox), OLD_NAMES);
        fuse.tree().clock_ns += AGED_NS;
        let watch = edit_before(&fuse, number, path, content);
        let offered = sandbox.tab(&["pivot", "repro", "conf"]).candidates().join(" ");
        assert_nothing_is_alive(&sandbox);
        fuse.tree().hook = None;
        fuse.tree().clock_ns += AGED_NS;
        let what = format!("{path} edited before request {number}: {offered}");
        let kept = cached(&sandbox);
        if !watch.is_edited() {
            assert_eq!(kept.as_deref(), Some(OLD_NAMES), "{what}");
            return false;
        }
        assert!(kept.is_none() || kept.as_deref() == Some(new_names), "{what}: {kept:?}");
        assert_eq!(stages(&sandbox), new_names, "{what}");
        true
    });
}
