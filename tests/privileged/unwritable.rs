//! Real rights: devices, a read-only mount, directories and files without the
//! bits that are needed.

use std::fs;
use std::path::Path;

use nix::sys::stat::{Mode, SFlag, makedev, mknod};

use super::full_disks::assert_told_what_was_not_cached;
use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::rights::{Mounted, OWNER, Shared, chmod};
use crate::support::stub::{MTIME_TEXT, NEW_NAMES, STAGES_CACHE, discoveries};
use crate::support::{Ran, has_open, pipeline_0511, ran, start, wait_until};

fn stages(shared: &Shared) -> Ran {
    ran(shared.front(OWNER, "project", &["stages"]))
}

fn tab(shared: &Shared) -> Ran {
    ran(shared.tab(OWNER, "project", &["pivot", "repro", ""]))
}

/// Device nodes where caches belong.
#[test]
fn a_device_is_a_miss() {
    let devices = [
        ("zero", SFlag::S_IFCHR, 1, 5),
        ("null", SFlag::S_IFCHR, 1, 3),
        ("tty", SFlag::S_IFCHR, 5, 0),
        ("no driver", SFlag::S_IFCHR, 240, 77),
        ("block", SFlag::S_IFBLK, 7, 250),
    ];
    for (name, kind, major, minor) in devices {
        for place in [STAGES_CACHE, STORE, "project/.pivot/cache/complete.lock"] {
            let shared = Shared::with_stub();
            let path = path_of(&shared, place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            mknod(&path, kind, Mode::S_IRWXU, makedev(major, minor))
                .unwrap_or_else(|error| panic!("needs the right to make devices: {error}"));
            shared.give("project", OWNER);
            let cached = ran(shared.front(OWNER, "project", &["stages", "--cached"]));
            assert_eq!(cached.code, 3, "{name} at {place}: {cached:?}");
            assert_eq!(tab(&shared).candidates(), NEW_NAMES, "{name} at {place}");
            assert_eq!(stages(&shared).lines(), NEW_NAMES, "{name} at {place}");
        }
    }
}

/// Nothing can be written anywhere in the project.
#[test]
fn a_read_only_project_is_answered_each_time() {
    for has_caches in [false, true] {
        let shared = Shared::with_stub();
        if has_caches {
            assert_eq!(stages(&shared).lines(), NEW_NAMES);
            fs::remove_file(shared.sandbox.path(STAGES_CACHE)).unwrap();
        }
        let mounted = Mounted::read_only(&shared.sandbox.path("project"));
        let before = shared.sandbox.listing("project");
        for _ in 0..2 {
            assert_eq!(tab(&shared).candidates(), NEW_NAMES);
            assert_eq!(stages(&shared).lines(), NEW_NAMES);
        }
        let refresh = ran(shared.front(OWNER, "project", &["refresh"]));
        assert_eq!((refresh.code, refresh.stderr.as_str()), (0, ""));
        assert_told_what_was_not_cached(&shared, &refresh, "Read-only file system");
        assert_eq!(discoveries(&shared.sandbox), 5 + usize::from(has_caches));
        assert_eq!(shared.sandbox.listing("project"), before);
        drop(mounted);
    }
}

/// Also there one discovery serves all who come while it runs.
#[test]
fn many_misses_in_a_read_only_project_make_one_discovery() {
    let shared = Shared::with_pivot();
    let count = shared.make_writable_for_all("imports");
    let go = shared.sandbox.path("go");
    let pipeline = pipeline_0511("demo", &["train"]);
    shared.sandbox.write(
        "project/pipeline.py",
        format!(
            "import os, time\nopen({count:?}, 'ab').write(b'x')\n\
             while not os.path.exists({go:?}): time.sleep(0.01)\n{pipeline}"
        ),
    );
    shared.sandbox.make_directory("project/.pivot");
    shared.give("project", OWNER);
    let runtime = shared.sandbox.make_directory("owner/runtime");
    shared.give("owner", OWNER);
    chmod(&runtime, 0o700);
    let mounted = Mounted::read_only(&shared.sandbox.path("project"));
    let crowd: Vec<_> = (0..10)
        .map(|_| {
            let mut command = shared.front(OWNER, "project", &["stages"]);
            command.env("XDG_RUNTIME_DIR", &runtime);
            start(command)
        })
        .collect();
    let lock = || shared.sandbox.listing("owner/runtime/pivot-complete").pop();
    wait_until(60, "one has made the lock", || lock().is_some());
    let lock = runtime.join("pivot-complete").join(lock().unwrap());
    for child in &crowd {
        wait_until(60, "each waits for the lock", || has_open(child, &lock));
    }
    fs::write(&go, "").unwrap();
    for child in crowd {
        assert_eq!(Ran::from(child.wait_with_output().unwrap()).lines(), ["demo/train"]);
    }
    assert_eq!(fs::read(count).unwrap().len(), 1);
    // The directory that the lock lay in goes with it.
    assert_eq!(shared.sandbox.listing("owner/runtime"), [""; 0]);
    drop(mounted);
}

/// Bits that are missing, for a user whom they bind.
#[test]
fn missing_permissions_cost_the_cache_and_not_the_answer() {
    let cases = [
        ("project/.pivot", 0o555),
        ("project/.pivot/cache", 0o555),
        ("project/.pivot/cache", 0o000),
        ("project/.pivot/cache", 0o444),
        ("project/.pivot/cache/complete", 0o555),
        ("project/.pivot/cache/complete", 0o000),
        (STAGES_CACHE, 0o000),
        (STORE, 0o000),
        ("project/.pivot", 0o000),
        ("project", 0o555),
    ];
    for (place, mode) in cases {
        for with_old_cache in [false, true] {
            let shared = Shared::with_stub();
            assert_eq!(stages(&shared).lines(), NEW_NAMES);
            let path = path_of(&shared, place);
            if !with_old_cache {
                empty(&shared.sandbox.path("project/.pivot/cache"), &path);
            }
            chmod(&path, mode);
            for _ in 0..2 {
                assert_eq!(tab(&shared).candidates(), NEW_NAMES, "{place} {mode:o}");
                assert_eq!(stages(&shared).lines(), NEW_NAMES, "{place} {mode:o}");
            }
            let refresh = ran(shared.front(OWNER, "project", &["refresh"]));
            assert_eq!((refresh.code, refresh.stderr.as_str()), (0, ""), "{place} {mode:o}");
            assert_told_what_was_not_cached(&shared, &refresh, "Permission denied");
            // The sandbox is deleted by root, whom bits do not bind.
            let litter = shared.sandbox.listing("project/.pivot");
            assert!(!litter.iter().any(|name| name.ends_with(".tmp")), "{place}: {litter:?}");
        }
    }
}

/// A `stages.cache` that cannot be replaced is looked at once, not behind every TAB.
#[test]
fn another_ones_stages_cache_that_has_to_stay_is_noted() {
    let shared = Shared::with_stub();
    let trace = shared.make_writable_for_all("trace");
    assert_eq!(stages(&shared).lines(), NEW_NAMES);
    let other = format!("v1\npipeline.py:{MTIME_TEXT}\nother\n");
    fs::write(shared.sandbox.path(STAGES_CACHE), &other).unwrap();
    chmod(&shared.sandbox.path("project/.pivot/cache"), 0o555);
    for _ in 0..4 {
        let mut command = shared.tab(OWNER, "project", &["pivot", "repro", ""]);
        // By its home what a TAB leaves behind is found.
        command.env("PIVOT_COMPLETE_TRACE", &trace).env("HOME", shared.sandbox.home());
        assert_eq!(ran(command).candidates(), NEW_NAMES);
        assert_nothing_is_alive(&shared.sandbox);
    }
    assert_eq!(fs::read_to_string(shared.sandbox.path(STAGES_CACHE)).unwrap(), other);
    let renewals = fs::read_to_string(trace).unwrap().matches(" renewed ").count();
    assert!((1..=2).contains(&renewals), "{renewals}");
    assert_eq!(discoveries(&shared.sandbox), 1);
}

/// Stands for the store, whose name differs in each sandbox.
const STORE: &str = "the store";

fn path_of(shared: &Shared, place: &str) -> std::path::PathBuf {
    match place {
        STORE => shared.sandbox.path(&crate::support::stub::store(&shared.sandbox)),
        place => shared.sandbox.path(place),
    }
}

/// Removes the files in the cache directories, except for `kept`.
fn empty(cache: &Path, kept: &Path) {
    for directory in [cache.join("complete"), cache.to_path_buf()] {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            if entry.path() != kept && entry.path().is_file() {
                fs::remove_file(entry.path()).unwrap();
            }
        }
    }
}

/// A config that cannot be read is Pivot's to explain, and silent at a TAB.
#[test]
fn an_unreadable_config_is_an_error_of_pivots() {
    let shared = Shared::with_pivot();
    shared.sandbox.write("project/pipeline.py", pipeline_0511("demo", &["train"]));
    shared.sandbox.make_directory("project/.pivot");
    shared.give("project", OWNER);
    chmod(&shared.sandbox.path("project/pipeline.py"), 0o000);
    let failed = stages(&shared);
    assert_eq!((failed.code, failed.stdout.as_str()), (1, ""), "{failed:?}");
    assert!(failed.stderr.contains("Permission denied"), "{failed:?}");
    let silent = tab(&shared);
    assert_eq!((silent.code, silent.stdout.as_str(), silent.stderr.as_str()), (0, "\n", ""));
}
