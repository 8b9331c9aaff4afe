//! What goes in comes out, under its own key alone.

use std::fs;
use std::io::Write;
use std::os::unix::fs::MetadataExt;

use super::super::client::StateDb;
use super::super::error::StateDbError;
use super::super::request::{Access, Operation};
use super::super::response::Response;
use super::sandbox::engine;
use super::store::{COMPLETE, Store, manifests, request};
use crate::process::child::End;

#[test]
fn entries_come_back_in_the_order_of_their_keys() {
    let store = Store::new();
    let mut entries = manifests(108, 0);
    entries.extend([(b"empty".to_vec(), vec![]), (b"a\0\xff".to_vec(), vec![0; 300_000])]);
    entries.push((vec![b'k'; 511], b"longest key".to_vec()));
    store.client().put_many(&entries).unwrap();
    assert!(store.has(&entries));

    let newer = manifests(50, 1);
    store.client().put_many(&newer).unwrap();
    assert!(store.has(&newer) && store.has(&entries[50..]));

    let keys = [b"nothing".to_vec(), b"empty".to_vec(), b"".to_vec()];
    assert_eq!(store.client().get_many(&keys), Ok(vec![None, Some(vec![]), None]));
    assert_eq!(store.client().get_many(&[]), Ok(vec![]));
    assert_eq!(store.client().put_many(&[]), Ok(()));
}

#[test]
fn a_batch_leaves_out_keys_that_are_too_long() {
    let entries = [
        (b"before".to_vec(), b"1".to_vec()),
        (vec![b'k'; 512], b"2".to_vec()),
        (b"after".to_vec(), b"3".to_vec()),
    ];
    let store = Store::with(&entries);
    assert_eq!(store.values(&entries), [Some(b"1".to_vec()), None, Some(b"3".to_vec())]);
}

#[test]
fn a_single_key_that_is_too_long_is_an_error() {
    let store = Store::new();
    for (len_bytes, expected) in [(511, Ok(vec![])), (512, Err(StateDbError::KeyTooLong))] {
        let mut command = store.command(Operation::Put);
        command.stdin(std::process::Stdio::piped());
        let mut child = command.spawn().unwrap();
        let entry = (vec![b'k'; len_bytes], b"value".to_vec());
        child.stdin.take().unwrap().write_all(&request(&[entry])).unwrap();
        let mut response = Response::default();
        assert!(response.take(&child.wait_with_output().unwrap().stdout));
        assert_eq!(response.result(&End::Answered), expected);
    }
}

#[test]
fn a_handle_that_only_reads_writes_nothing() {
    let entries = manifests(2, 0);
    let store = Store::with(&entries);
    let project = store.sandbox.path("project");
    let reader = StateDb::served_by(Some(engine()), &project, Access::ReadOnly);
    assert_eq!(reader.put_many(&manifests(2, 1)), Err(StateDbError::ReadOnly));
    let keys: Vec<_> = entries.iter().map(|(key, _)| key.clone()).collect();
    assert_eq!(reader.get_many(&keys).unwrap()[0].as_ref(), Some(&entries[0].1));
}

#[test]
fn reading_where_there_is_nothing_makes_nothing() {
    let store = Store::new();
    assert_eq!(store.values(&manifests(1, 0)), [None]);
    assert!(store.sandbox.listing("project/.pivot").is_empty());
    // Also where a database was, once.
    store.sandbox.write(&format!("{COMPLETE}/state.lock"), "");
    assert_eq!(store.values(&manifests(1, 0)), [None]);
    assert_eq!(store.sandbox.listing(COMPLETE), ["state.lock"]);
}

#[test]
fn the_database_is_its_owners_alone_and_the_cache_directory_is_not() {
    let store = Store::with(&manifests(1, 0));
    let mode = |name: &str| fs::metadata(store.path(name)).unwrap().mode() & 0o777;
    assert_eq!((mode("state.sled"), mode("state.sled/db")), (0o700, 0o600));
    assert_eq!((mode("state.lock"), mode("..")), (0o600, 0o755));
}

#[test]
fn without_a_pivot_directory_there_is_no_database() {
    let store = Store::new();
    fs::remove_dir(store.sandbox.path("project/.pivot")).unwrap();
    let put = store.client().put_many(&manifests(1, 0));
    assert!(matches!(put, Err(StateDbError::Unavailable(_))), "{put:?}");
    assert!(store.sandbox.listing("project").is_empty());
}
