//! A process that crashes, hangs or is killed, as its client sees it.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::super::error::StateDbError;
use super::super::request::KeyValue;
use super::sandbox::engine;
use super::store::{COMPLETE, Store, manifests};

/// A program that runs the engine under strace with this fault, but sets databases aside without.
fn faulty(store: &Store, fault: &str) -> PathBuf {
    let engine = engine();
    let script = format!(
        "#!/bin/sh\n\
         test \"$2\" = set-aside && exec {engine} \"$@\"\n\
         exec strace -f -qq -o {log} -e trace=all -e inject={fault} {engine} \"$@\"\n",
        engine = engine.display(),
        log = store.sandbox.path("strace.log").display(),
    );
    store.sandbox.write_program("faulty", &script)
}

/// What comes of writing `entries` with such a fault.
fn put(store: &Store, fault: &str, entries: &[KeyValue]) -> Result<(), StateDbError> {
    store.client_of(faulty(store, fault)).put_many(entries)
}

/// For how long a call hangs.
const HANG_US: u64 = 60_000_000;

#[test]
fn one_that_hangs_is_ended_at_the_deadline_and_the_database_set_aside() {
    let entries = manifests(10, 0);
    let store = Store::with(&entries);
    // The first call that only sled makes.
    let hangs = format!("pwrite64:delay_enter={HANG_US}:when=1");
    let client = store.client_of(faulty(&store, &hangs));
    let start = Instant::now();
    let result = client.get_many(&[entries[0].0.clone()]);
    assert!(matches!(result, Err(StateDbError::Broken(_))), "{result:?}");
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_micros(HANG_US), "{elapsed:?}");
    assert!(store.path("state.sled.broken/db").exists() && !store.path("state.sled").exists());
    store.is_empty_and_takes(&entries);
}

#[test]
fn one_that_crashes_sets_the_database_aside_and_one_is_kept() {
    let entries = manifests(10, 0);
    let store = Store::with(&entries);
    for signal in ["SEGV", "ABRT", "BUS"] {
        let inode = inode(&store, "state.sled");
        let result = put(&store, &format!("pwrite64:signal={signal}:when=1"), &entries);
        assert!(matches!(result, Err(StateDbError::Broken(_))), "{signal}: {result:?}");
        // It was tried twice: the one set aside is the second.
        assert_ne!(self::inode(&store, "state.sled.broken"), inode);
        assert!(!store.path("state.sled").exists());
        store.client().put_many(&entries).unwrap();
        assert!(store.has(&entries));
    }
    let is_core = |name: &String| name.contains("core");
    assert!(!store.sandbox.listing(COMPLETE).iter().any(is_core));
}

#[test]
fn one_that_is_killed_from_outside_is_left_alone() {
    let entries = manifests(10, 0);
    let store = Store::with(&entries);
    for signal in ["KILL", "TERM"] {
        let result = put(&store, &format!("pwrite64:signal={signal}:when=1"), &manifests(10, 1));
        assert!(matches!(result, Err(StateDbError::Unavailable(_))), "{signal}: {result:?}");
        assert!(!store.path("state.sled.broken").exists());
        assert!(store.has(&entries));
    }
}

#[test]
fn without_locks_for_its_lock_file_it_still_works() {
    let entries = manifests(10, 0);
    let store = Store::with(&entries);
    for error in ["ENOLCK", "EOPNOTSUPP"] {
        let client = store.client_of(faulty(&store, &format!("flock:error={error}:when=1")));
        client.put_many(&entries).unwrap();
        assert!(store.has(&entries));
        // Where nothing can be locked, sled does not open it.
        let result = put(&store, &format!("flock:error={error}"), &entries);
        assert!(matches!(result, Err(StateDbError::Unavailable(_))), "{error}: {result:?}");
        assert!(!store.path("state.sled.broken").exists() && store.has(&entries));
    }
}

/// sled would wait for its threads for ever.
#[test]
fn without_threads_it_is_given_up_at_once_and_left_alone() {
    let entries = manifests(10, 0);
    let store = Store::with(&entries);
    let client = store.client_of(faulty(&store, "clone,clone3:error=EAGAIN"));
    let result = client.put_many(&manifests(10, 1));
    let Err(StateDbError::Unavailable(why)) = result else { panic!("{result:?}") };
    assert_ne!(why, "it could not be reached in time");
    assert!(!store.path("state.sled.broken").exists() && store.has(&entries));
}

#[test]
fn without_an_engine_there_is_no_database() {
    let store = Store::new();
    let missing = store.sandbox.path("no engine");
    let result = store.client_of(missing).put_many(&manifests(1, 0));
    assert!(matches!(result, Err(StateDbError::Unavailable(_))), "{result:?}");
    let silent = store.sandbox.write_program("silent", "#!/bin/sh\nexit 0\n");
    let result = store.client_of(silent).put_many(&manifests(1, 0));
    assert!(matches!(result, Err(StateDbError::Unavailable(_))), "{result:?}");
}

fn inode(store: &Store, name: &str) -> u64 {
    use std::os::unix::fs::MetadataExt;
    fs::metadata(store.path(name)).unwrap().ino()
}
