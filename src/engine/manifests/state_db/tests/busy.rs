//! Held by another process, and by many.

use std::fs::File;
use std::time::Instant;

use super::super::error::StateDbError;
use super::store::{Store, manifests};

/// What takes longer hangs, however busy the machine is.
const HANGS_S: u64 = 60;

#[test]
fn one_that_is_held_is_given_up_after_a_second_and_left_alone() {
    let entries = manifests(3, 0);
    let store = Store::with(&entries);
    // The lock around it, then sled's own, which older engines may hold.
    for name in ["state.lock", "state.sled/db"] {
        let held = File::open(store.path(name)).unwrap();
        held.try_lock().unwrap();
        let start = Instant::now();
        assert_eq!(store.client().get_many(&[b"key".to_vec()]), Err(StateDbError::Busy));
        assert_eq!(store.client().put_many(&manifests(3, 1)), Err(StateDbError::Busy));
        assert!(start.elapsed().as_secs() < HANGS_S, "{:?}", start.elapsed());
        assert!(!store.path("state.sled.broken").exists());
        drop(held);
        assert!(store.has(&entries));
    }
}

#[test]
fn many_at_once_do_not_harm_it() {
    const PROCESSES: u64 = 24;
    let store = Store::with(&manifests(20, 0));
    let results: Vec<_> = std::thread::scope(|scope| {
        let put = |generation| {
            let client = store.client();
            scope.spawn(move || client.put_many(&manifests(20, generation)))
        };
        let threads: Vec<_> = (1..=PROCESSES).map(put).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(results.iter().all(|put| matches!(put, Ok(()) | Err(StateDbError::Busy))));
    assert!(results.contains(&Ok(())));
    let written = (0..=PROCESSES).filter(|&generation| store.has(&manifests(20, generation)));
    assert_eq!(written.count(), 1);
    assert!(!store.path("state.sled.broken").exists());
}
