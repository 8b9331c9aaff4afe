//! What `stages.cache` says by itself, and what it still says beside a store.

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::files::ReadError;
use pivot_complete::project::Environment;
use pivot_complete::reason::Reason;

use crate::record::Findings;
use crate::table::{NOTHING_SET, Table};
use crate::{CACHE, FRESH};

fn project() -> Table {
    Table::of(&["/r/.pivot/", "/r/pipeline.py"])
}

#[test]
fn without_a_store_roots_own_names_come_from_stages_cache() {
    assert_eq!(Table::default().answer("/r"), Ok(vec![]));
    assert_eq!(Table::of(&["/r/.pivot/"]).answer("/r"), Ok(vec![]));
    assert_eq!(Table::of(&["/r/.git/"]).answer("/r"), Err(Reason::NoPivotDirectory));
    assert_eq!(project().answer("/r"), Err(Reason::CacheMissing));

    for (content, expected) in [
        (FRESH, Ok(vec!["train".to_owned()])),
        (b"v1\npipeline.py:5.0\n\n", Ok(vec![])),
        (b"v1\npipeline.py:4.0\ntrain\n", Err(Reason::ConfigChanged)),
        (b"v1\npipeline.py:5.00\ntrain\n", Err(Reason::ConfigChanged)),
        (b"v1\npivot.yaml:5.0\ntrain\n", Err(Reason::CacheOtherConfig)),
        (b"v1\nsub/pipeline.py:5.0\ntrain\n", Err(Reason::CacheOtherConfig)),
    ] {
        let mut table = project();
        table.put(CACHE, 0, content);
        assert_eq!(table.answer("/r"), expected, "{}", String::from_utf8_lossy(content));
        assert_eq!(table.answer("/r/s"), expected, "from a sub-directory without a config");
    }
}

/// A million names are read, of twenty bytes each; more than is read is said to be too much.
#[test]
fn a_million_names_are_cached() {
    let names = |count: usize| -> String {
        (0..count).map(|number| format!("demo/stage_{number:08}\n")).collect()
    };
    let mut table = project();
    table.put(CACHE, 0, format!("v1\npipeline.py:5.0\n{}", names(1_000_000)).as_bytes());
    assert_eq!(table.answer("/r").map(|names| names.len()), Ok(1_000_000));
    table.put(CACHE, 0, format!("v1\npipeline.py:5.0\n{}", names(1_800_000)).as_bytes());
    assert_eq!(table.answer("/r"), Err(Reason::CacheTooLarge));
}

#[test]
fn stages_cache_tells_no_targets_and_is_no_store() {
    let mut table = project();
    table.put(CACHE, 0, FRESH);
    let names = table.names("/r");
    assert_eq!(names.targets(), None);
    assert!(names.store().is_none());
}

/// A project with a fresh store that says "stored", written along with a `stages.cache`.
fn with_store() -> Table {
    let mut table = project();
    table.put(CACHE, 990, FRESH);
    let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
    table.record("/r", "stored\n", &[config]);
    table
}

#[test]
fn a_store_that_is_fresh_says_more_than_stages_cache() {
    let stored = Ok(vec!["stored".to_owned()]);
    let mut table = with_store();
    assert_eq!(table.answer("/r"), stored);
    // Its content is nobody's concern while its stamp is the one that was recorded.
    table.cannot_read(CACHE, ReadError::Unreadable);
    assert_eq!(table.answer("/r"), stored);

    for (content, expected) in [
        (FRESH, stored.clone()),
        // Pivot's own completion may have written another pipeline's names.
        (b"v1\nsub/pipeline.py:5.0\nother\n", stored.clone()),
        (b"v1\npipeline.py:4.0\ntrain\n", stored),
        // Broken by hand: somebody wants a discovery.
        (b"", Err(Reason::CacheVersion)),
        (b"\xef\xbb\xbfv1\npipeline.py:5.0\ntrain\n", Err(Reason::CacheVersion)),
        (b"v1\r\npipeline.py:5.0\r\ntrain\r\n", Err(Reason::CacheVersion)),
        (b"v1\n", Err(Reason::CacheTorn)),
        (b"v1\npipeline.py:5.0\n", Err(Reason::CacheTorn)),
        (b"v1\npipeline.py\ntrain\n", Err(Reason::CacheMalformed)),
        (b"v1\npipeline.py:5.0\ntr\x0cain\n", Err(Reason::CacheMalformed)),
        (b"v1\n../pipeline.py:5.0\ntrain\n", Err(Reason::CacheHostilePath)),
        (b"v1\nsub/../../x:5.0\ntrain\n", Err(Reason::CacheHostilePath)),
        (b"v1\npipeline.py:5.0\ntr", Err(Reason::CacheTorn)),
        (b"v2\npipeline.py:5.0\ntrain\n", Err(Reason::CacheVersion)),
        (b"v1\n/etc/passwd:5.0\ntrain\n", Err(Reason::CacheHostilePath)),
        (b"v1\npipeline.py:5.0\n\xff\n", Err(Reason::CacheNotUtf8)),
    ] {
        let mut table = with_store();
        table.put(CACHE, 2_000, content);
        assert_eq!(table.answer("/r"), expected, "{}", String::from_utf8_lossy(content));
    }
}

#[test]
fn removing_stages_cache_is_a_miss_whatever_the_store_says() {
    let mut table = with_store();
    table.remove(CACHE, 2_000);
    assert_eq!(table.answer("/r"), Err(Reason::CacheMissing));
    table.make_directory(CACHE);
    assert_eq!(table.answer("/r"), Err(Reason::CacheNotRegular));
    let mut table = with_store();
    table.fail(CACHE);
    assert_eq!(table.answer("/r"), Err(Reason::CacheUnreadable));
}

#[test]
fn where_stages_cache_could_not_be_written_none_is_missed() {
    let mut table = project();
    let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
    table.record("/r", "stored\n", &[config]);
    assert_eq!(table.answer("/r"), Ok(vec!["stored".to_owned()]));
}

#[test]
fn a_store_about_another_mtime_leaves_the_answer_to_stages_cache() {
    let mut table = with_store();
    table.put("/r/pipeline.py", 6, b"");
    assert_eq!(table.answer("/r"), Err(Reason::ConfigChanged));
    // As after Pivot's own completion.
    table.put(CACHE, 2_000, b"v1\npipeline.py:6.0\ntrain\n");
    assert_eq!(table.answer("/r"), Ok(vec!["train".to_owned()]));
    table.remove(CACHE, 2_000);
    assert_eq!(table.answer("/r"), Err(Reason::CacheMissing));
}

#[test]
fn what_was_written_along_with_another_environments_store_is_a_miss() {
    let other = OTHER;
    let with_others_store = || {
        let mut table = project();
        table.put(CACHE, 990, FRESH);
        let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
        let findings = Findings { names: b"train\n".to_vec(), ..Findings::default() };
        table.record_all("/r", other, &findings, &[config]);
        table
    };
    let table = with_others_store();
    assert_eq!(table.answer("/r"), Err(Reason::OtherEnvironment));
    assert_eq!(table.ask("/r", other, false).unwrap().names, ["train"]);

    // Stale is stale, whoever wrote it.
    let mut table = with_others_store();
    table.put("/r/pipeline.py", 6, b"");
    assert_eq!(table.answer("/r"), Err(Reason::ConfigChanged));

    // Written again since, by Pivot: its mtime alone decides.
    let mut table = with_others_store();
    table.put(CACHE, 2_000, FRESH);
    assert_eq!(table.answer("/r"), Ok(vec!["train".to_owned()]));

    // A store that is broken tells nobody who wrote what.
    let mut table = with_others_store();
    table.put(&table.store_path("/r", other), 990, b"PvtStore");
    assert_eq!(table.answer("/r"), Ok(vec!["train".to_owned()]));
}

/// The environment of another terminal.
const OTHER: Environment<'_> = Environment { virtual_env: b"/other", ..NOTHING_SET };

/// A copy of `/o`: `/r` has its `stages.cache` and the store that was written along.
fn copied() -> Table {
    let mut table = Table::of(&["/r/.pivot/", "/r/pipeline.py", "/o/.pivot/", "/o/pipeline.py"]);
    table.put(CACHE, 990, FRESH);
    let there = table.store_path("/o", Environment::default());
    table.put(&there.replacen("/o", "/r", 1), 990, b"its name tells");
    table
}

#[test]
fn beside_another_roots_store_nothing_is_believed() {
    let mut table = copied();
    assert_eq!(table.answer("/r"), Err(Reason::OtherRoot));
    // Whoever wrote it since, here or there.
    table.put(CACHE, 2_000, FRESH);
    assert_eq!(table.answer("/r"), Err(Reason::OtherRoot));
    // Stale is stale.
    table.put("/r/pipeline.py", 6, b"");
    assert_eq!(table.answer("/r"), Err(Reason::ConfigChanged));

    // What was found in the copy counts there.
    let mut table = copied();
    let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
    table.record("/r", "own\n", &[config]);
    assert_eq!(table.answer("/r"), Ok(vec!["own".to_owned()]));
    assert_eq!(table.ask("/r", OTHER, false).err(), Some(Reason::OtherRoot));
}

#[test]
fn any_number_of_stores_of_its_own_hides_no_other_roots() {
    let mut table = copied();
    for number in 0..40 {
        let virtual_env = format!("/e{number}");
        let environment =
            Environment { virtual_env: virtual_env.as_bytes(), ..Environment::default() };
        table.put(&table.store_path("/r", environment), 990, b"");
    }
    assert_eq!(table.answer("/r"), Err(Reason::OtherRoot));
}

#[test]
fn what_a_backup_brought_back_is_still_the_other_environments() {
    let mut table = project();
    table.put(CACHE, 990, FRESH);
    let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
    let findings = Findings { names: b"train\n".to_vec(), ..Findings::default() };
    table.record_all("/r", OTHER, &findings, &[config]);
    table.stat_mut(CACHE).inode += 1_000;
    assert_eq!(table.answer("/r"), Err(Reason::OtherEnvironment));
}
