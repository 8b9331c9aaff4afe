//! The description of Pivot's command line, cut at every byte and with flipped bits: the right words, or
//! none. And whoever writes into the user's caches, killed at each call.

use std::fs;
use std::path::PathBuf;

use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::strace::{Call, traced};
use crate::support::{Pivot, Sandbox, fake_pivot, set_mtime, soak, tally};

/// The user's caches.
const CACHES: &str = "home/.cache/pivot-complete";

/// A sandbox with a description that is kept, and where nobody describes any more.
fn described() -> (Sandbox, PathBuf, Vec<u8>) {
    let mut sandbox = fake_pivot::sandbox();
    let pivot = sandbox.write_program("tools/pivot", "#!/usr/bin/env python3\n");
    sandbox.prepend_path(pivot.parent().unwrap());
    sandbox.describe_pivot();
    let files = fs::read_dir(sandbox.path(CACHES)).unwrap().map(|entry| entry.unwrap().path());
    let mut stores = files.filter(|file| file.extension().is_some_and(|kind| kind == "store"));
    let file = stores.next().expect("a description");
    let whole = fs::read(&file).unwrap();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    (sandbox, file, whole)
}

/// Whether the words that begin with `repr` are known; else there must be none.
#[track_caller]
fn is_known(sandbox: &Sandbox, what: &str) -> bool {
    let tab = sandbox.tab_in("", &["pivot", "repr"]);
    let found = tab.candidates();
    assert!(found == ["repro"] || found.is_empty(), "{what}: {found:?}");
    !found.is_empty()
}

#[test]
fn a_description_that_was_cut_is_none() {
    let (sandbox, file, whole) = described();
    assert!(is_known(&sandbox, "whole"));
    let mut tried = 0;
    for len in soak::share(16, 0..whole.len()) {
        fs::write(&file, &whole[..len]).unwrap();
        assert!(!is_known(&sandbox, "cut"), "cut to {len} of {} bytes", whole.len());
        tried += 1;
    }
    fs::write(&file, [&whole[..], &whole].concat()).unwrap();
    assert!(!is_known(&sandbox, "twice"));
    tally::survived(tried + 1);
}

#[test]
fn flipped_bits_of_a_description_give_no_wrong_word() {
    let (sandbox, file, whole) = described();
    let (mut tried, mut known) = (0, 0);
    let bits = (0..whole.len()).flat_map(|place| (0..8).map(move |bit| (place, bit)));
    for (place, bit) in soak::share(128, bits) {
        let mut other = whole.clone();
        other[place] ^= 1 << bit;
        fs::write(&file, other).unwrap();
        known += usize::from(is_known(&sandbox, &format!("bit {bit} of byte {place}")));
        tried += 1;
    }
    // Bytes that lie between parts mean nothing.
    assert!(known * 10 < tried, "{known} of {tried} were no miss");
    tally::survived(tried);
}

/// A part of one Pivot's description and a part of the next one's.
#[test]
fn halves_of_an_old_and_a_new_description_are_none_or_the_new_one() {
    let (mut sandbox, file, old) = described();
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "wait");
    // The word becomes another one of the same length, so that both are alike in all else.
    let fake = fs::read_to_string(sandbox.path("bin/fake")).unwrap();
    let other = fake.replace("\"name\":\"repro\"", "\"name\":\"reprx\"");
    assert_ne!(other, fake);
    sandbox.write_program("bin/fake", &other);
    sandbox.write_program("tools/pivot", "#!/usr/bin/env python3\n# upgraded\n");
    assert_eq!(sandbox.tab_in("", &["pivot", "repr"]).candidates(), ["reprx"]);
    assert_nothing_is_alive(&sandbox);
    let new = fs::read(&file).unwrap();
    assert_ne!(new, old);
    sandbox.set("PIVOT_COMPLETE_ON_MISS", "never");
    let mut tried = 0;
    for (order, first, second) in [("old, new", &old, &new), ("new, old", &new, &old)] {
        for split in soak::share(32, 0..=first.len().max(second.len())) {
            let head = &first[..split.min(first.len())];
            let tail = second.get(split..).unwrap_or_default();
            let mixed = [head, tail].concat();
            fs::write(&file, &mixed).unwrap();
            let tab = sandbox.tab_in("", &["pivot", "repr"]);
            let found = tab.candidates();
            let what = format!("{order}, split at {split}");
            assert!(found == ["reprx"] || found.is_empty(), "{what}: {found:?}");
            tried += 1;
        }
    }
    fs::write(&file, &new).unwrap();
    assert_eq!(sandbox.tab_in("", &["pivot", "repr"]).candidates(), ["reprx"]);
    tally::survived(tried);
}

/// The first TAB, which writes the description and keeps the driver's code: what it had written when it was
/// killed is whole or nothing, the next one is right, and a later write sweeps what was left.
#[test]
fn killed_at_any_call_of_a_write_into_the_users_caches() {
    let sandbox = Sandbox::with(Pivot::V0511).without_tabs();
    let first = sandbox.tab_command("", &["pivot", "repr"]);
    let (ran, calls) = traced(&sandbox, &first, &[]);
    assert_eq!(ran.candidates(), ["repro"]);
    assert_nothing_is_alive(&sandbox);
    let whole = sandbox.listing(CACHES);
    assert!(whole.len() >= 2, "a description and the driver's code: {whole:?}");
    // A call that changes nothing is like the next one that does.
    const CHANGING: [&str; 6] = ["mkdir", "openat", "write", "fdatasync", "renameat", "unlinkat"];
    let is_about = |call: &&Call| {
        call.line.contains(".cache/pivot-complete") && CHANGING.contains(&call.name.as_str())
    };
    let mut killed = 0;
    for call in soak::share(8, calls.iter().filter(is_about)) {
        fs::remove_dir_all(sandbox.path("home/.cache")).unwrap();
        let (ran, _) = traced(&sandbox, &first, &[&call.inject("signal=KILL")]);
        killed += usize::from(ran.code == -1);
        assert_nothing_is_alive(&sandbox);
        let mut silent = sandbox.tab_command("", &["pivot", "repr"]);
        silent.env("PIVOT_COMPLETE_ON_MISS", "never");
        let found = crate::support::ran(silent);
        let found = found.candidates();
        assert!(found == ["repro"] || found.is_empty(), "{found:?} after {call:?}");
        sandbox.describe_pivot();
        // Of long ago: nobody writes them any more.
        for name in sandbox.listing(CACHES) {
            let file = sandbox.path(CACHES).join(&name);
            match name.ends_with(".store") {
                true => fs::remove_file(file).unwrap(),
                false => set_mtime(&file, 1_600_000_000, 0),
            }
        }
        sandbox.describe_pivot();
        assert_nothing_is_alive(&sandbox);
        assert_eq!(sandbox.listing(CACHES), whole, "after {call:?}");
    }
    assert!(killed > soak::count(1, 10), "killed {killed} times only");
    tally::survived(killed);
}
