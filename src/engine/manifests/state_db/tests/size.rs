//! It stays small, whatever is written to it again and again.

use std::fs;
use std::path::Path;

use super::store::{Store, manifests, noise};

/// What is promised of a database whose entries are no more than a third of this.
const BOUND_BYTES: u64 = 10 << 20;

/// Each by a process of its own, as the engine does it; a test of `../database.rs` goes on to a
/// thousand in one.
#[test]
fn two_hundred_manifests_may_be_rewritten_for_ever() {
    let store = Store::new();
    let mut largest = 0;
    for generation in 0..60 {
        // All of them, and often only a few.
        let count = if generation % 2 == 0 { 200 } else { 7 };
        store.client().put_many(&manifests(count, generation)).unwrap();
        largest = largest.max(len_bytes(&store.path("state.sled")));
    }
    assert!(largest < 6 << 20, "{largest} bytes");
    assert!(store.has(&manifests(7, 59)) && store.has(&manifests(200, 58)[7..]));
}

/// sled keeps values of this size in files of their own and removes none.
#[test]
fn large_values_may_be_rewritten_for_ever() {
    let small = manifests(50, 0);
    let store = Store::with(&small);
    let mut replaced = 0;
    let mut before = 0;
    for generation in 0..32 {
        let large = [(b"rc:record".to_vec(), noise(1 << 20, generation))];
        store.client().put_many(&large).unwrap();
        let now = len_bytes(&store.path("state.sled"));
        assert!(now <= BOUND_BYTES, "{now} bytes");
        replaced += usize::from(now < before);
        before = now;
        assert!(store.has(&large));
    }
    assert!(replaced > 1, "it was replaced {replaced} times");
    assert!(store.has(&small), "what is not rewritten is kept");
    assert!(!store.path("state.sled.next").exists() && !store.path("state.sled.previous").exists());
}

/// Stages that are renamed with each edit: nobody removes the manifests of those that are gone.
#[test]
fn stages_of_other_names_may_be_written_for_ever() {
    let store = Store::new();
    let part = |generation: u64| -> Vec<_> {
        let entry = |at: u64| (format!("sm:{generation}/stage_{at}").into_bytes(), noise(80, at));
        (0..2_000).map(entry).collect()
    };
    let (mut largest, mut replaced, mut before) = (0, 0, 0);
    for generation in 0..60 {
        store.client().put_many(&part(generation)).unwrap();
        let now = len_bytes(&store.path("state.sled"));
        replaced += usize::from(now < before / 2);
        (largest, before) = (largest.max(now), now);
    }
    assert!(largest < 16 << 20, "{largest} bytes");
    assert!(replaced > 0, "it never became smaller");
    assert!(store.has(&part(59)));
}

#[test]
fn of_too_many_entries_the_last_ones_are_kept() {
    let part = |number: u64| -> Vec<_> {
        let entry = |at: u64| (format!("{number} {at}").into_bytes(), noise(100_000, at));
        (0..120).map(entry).collect()
    };
    let store = Store::with(&part(0));
    for number in 1..3 {
        store.client().put_many(&part(number)).unwrap();
    }
    assert!(store.has(&part(2)));
    assert!(store.values(&part(0)).iter().all(Option::is_none));
    assert!(len_bytes(&store.path("state.sled")) < 48 << 20);
}

/// The size of all files in there.
fn len_bytes(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().flatten();
    entries
        .map(|entry| match entry.metadata().unwrap() {
            found if found.is_dir() => len_bytes(&entry.path()),
            found => found.len(),
        })
        .sum()
}
