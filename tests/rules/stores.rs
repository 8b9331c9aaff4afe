//! What a store says beside the freshness of its inputs: names, targets, failures; whose it is, and
//! what a broken one is.

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::cache::key::FILE_SUFFIX;
use pivot_complete::cache::store::Store;
use pivot_complete::files::ReadError;
use pivot_complete::project::Environment;
use pivot_complete::reason::Reason;

use crate::record::Findings;
use crate::table::{NOTHING_SET, Table};
use crate::{CACHE, FRESH};

fn project() -> Table {
    Table::of(&["/r/.pivot/", "/r/pipeline.py", "/r/helpers.py"])
}

fn discovered(findings: &Findings) -> Table {
    let mut table = project();
    let inputs =
        ["/r/pipeline.py", "/r/helpers.py"].map(|path| table.input(InputKind::File, path, &[]));
    table.record_all("/r", NOTHING_SET, findings, &inputs);
    table
}

#[test]
fn names_come_with_their_targets_where_those_are_known() {
    let names = b"train\nevaluate\n".to_vec();
    for targets in [None, Some(&b""[..]), Some(b"train:model\n")] {
        let targets = targets.map(<[u8]>::to_vec);
        let found = Findings { names: names.clone(), targets, ..Findings::default() };
        let table = discovered(&found);
        let said = table.names("/r");
        assert_eq!((said.text(), said.targets()), (&names[..], found.targets.as_deref()));
        let store = said.store().expect("the answer comes from a store");
        assert!(!store.current().unwrap().has_failed());
        assert!(said.store_name.unwrap().ends_with(FILE_SUFFIX));
    }
}

/// Until an input changes, TABs answer the last good names; explicit commands try again.
#[test]
fn a_failed_discovery_is_an_answer_for_a_tab_alone() {
    let failure = Some(b"SyntaxError".to_vec());
    for (names, expected) in [("train\n", vec!["train"]), ("", vec![])] {
        let mut table = discovered(&Findings {
            names: names.into(),
            failure: failure.clone(),
            ..Findings::default()
        });
        let tab = table.ask("/r", NOTHING_SET, true).unwrap();
        assert_eq!((tab.names, tab.how), (strings(&expected), Reason::FailedBefore));
        assert_eq!(table.ask("/r", NOTHING_SET, false), Err(Reason::FailureRecorded));
        table.put("/r/helpers.py", 6, b"mended");
        for is_tab in [true, false] {
            assert_eq!(table.ask("/r", NOTHING_SET, is_tab), Err(Reason::InputChanged));
        }
    }
}

#[test]
fn a_sub_directorys_names_come_from_its_store_alone() {
    let mut table = Table::of(&["/r/.pivot/", "/r/pipeline.py", "/r/s/pipeline.py"]);
    table.put(CACHE, 0, b"v1\ns/pipeline.py:5.0\npoison\n");
    assert_eq!(table.answer("/r/s"), Err(Reason::CacheMissing));
    let config = table.input(InputKind::File, "/r/s/pipeline.py", &[]);
    table.record("/r/s", "own\n", &[config]);
    assert_eq!(table.answer("/r/s"), Ok(strings(&["own"])));
    // ROOT's file is nothing to it, and its store nothing to ROOT.
    table.remove(CACHE, 2_000);
    assert_eq!(table.answer("/r/s"), Ok(strings(&["own"])));
    assert_eq!(table.answer("/r"), Err(Reason::CacheMissing));
    table.put("/r/s/pipeline.py", 6, b"");
    table.put(CACHE, 0, b"v1\ns/pipeline.py:6.0\npoison\n");
    assert_eq!(table.answer("/r/s"), Err(Reason::ConfigChanged));
}

#[test]
fn two_environments_have_two_answers() {
    let mut table = project();
    let config = table.input(InputKind::File, "/r/pipeline.py", &[]);
    let other = Environment { virtual_env: b"/other", ..NOTHING_SET };
    for (environment, names) in [(NOTHING_SET, "here\n"), (other, "other\n")] {
        let findings = Findings { names: names.into(), ..Findings::default() };
        table.record_all("/r", environment, &findings, std::slice::from_ref(&config));
    }
    for (environment, names) in [(NOTHING_SET, "here"), (other, "other")] {
        assert_eq!(table.ask("/r", environment, false).unwrap().names, [names]);
    }
}

/// What cannot be read as a store is a miss, even beside a fresh `stages.cache`: nobody knows what
/// the discovery depended on.
#[test]
fn a_broken_store_is_a_miss() {
    let mut table = discovered(&Findings { names: b"train\n".to_vec(), ..Findings::default() });
    let path = table.store_path("/r", NOTHING_SET);
    let whole = table.names("/r").store().map(|store| bytes_of(&table, store)).unwrap();
    table.put(CACHE, 0, FRESH);
    let mut other_version = whole.clone();
    other_version[8] = 1;
    let mut flipped = whole.clone();
    *flipped.iter_mut().rfind(|byte| **byte == b'n').unwrap() = b'm';
    for (bytes, expected) in [
        (&b""[..], Reason::CacheMalformed),
        (b"PvtStore", Reason::CacheVersion),
        (&whole[..whole.len() - 1], Reason::CacheMalformed),
        (&[&whole[..], b"\0"].concat(), Reason::CacheMalformed),
        (&flipped, Reason::CacheMalformed),
        (&other_version, Reason::CacheVersion),
    ] {
        table.put(&path, 990, bytes);
        assert_eq!(table.answer("/r"), Err(expected), "{}", bytes.escape_ascii());
    }
    for (error, expected) in [
        (ReadError::NotRegular, Reason::CacheNotRegular),
        (ReadError::TooLarge, Reason::CacheTooLarge),
        (ReadError::Unreadable, Reason::CacheUnreadable),
    ] {
        let mut table = discovered(&Findings::default());
        table.cannot_read(&path, error);
        assert_eq!(table.answer("/r"), Err(expected));
    }
}

fn bytes_of(table: &Table, store: Store<'_>) -> Vec<u8> {
    use pivot_complete::files::Disk;
    assert!(store.is_intact());
    let path = std::ffi::CString::new(table.store_path("/r", NOTHING_SET)).unwrap();
    table.read(path.as_c_str().into(), usize::MAX).unwrap()
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}
