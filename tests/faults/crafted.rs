//! Stores whose numbers lead out of them, and tables that are not ours.

use std::fs;

use super::questions::Known;
use crate::support::store_bytes::{CURRENT, MANIFESTS, Sections};
use crate::support::{soak, tally};

/// Every number of the store becomes a hostile one, with and without seals that are right.
#[test]
fn numbers_that_lead_out_of_the_store_are_a_miss() {
    let Known { sandbox: _sandbox, mut questions, store, whole } = Known::new();
    let len = whole.len() as u64;
    let mut wrong = Vec::new();
    let mut asked = 0;
    let mut check = |bytes: &[u8], what: String, is_sealed: bool| {
        asked += 1;
        fs::write(&store, bytes).unwrap();
        match questions.ask_all() {
            // What is sealed may say anything, as long as it is bounded and ends well.
            Ok(_) => {}
            Err(found) if is_sealed && found.starts_with("exit Some(0)") => {}
            Err(found) => wrong.push(format!("{what}: {found}")),
        }
    };
    for number in [u64::MAX, 1 << 63, u64::from(u32::MAX), 1 << 31, len, len - 1, len + 8, 0, 8] {
        for place in soak::share(5, (0..whole.len() - 8).step_by(8)) {
            let mut bytes = whole.clone();
            bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
            check(&bytes, format!("{number:#x} at {place}"), false);
        }
    }
    let sections = Sections::of(&whole);
    for number in [u32::MAX, 1 << 31, u32::MAX - 7, len as u32, 1, 0] {
        for index in 0..sections.0.len() {
            let end = sections.0[index].1.len().saturating_sub(4);
            for place in soak::share(5, (0..end).step_by(4)) {
                let mut other = sections.clone();
                let bytes = &mut other.0[index].1;
                bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
                let what = format!("{number:#x} at {place} of sealed section {index}");
                check(&other.sealed(), what, true);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > soak::count(400, 2000), "{asked}");
    tally::survived(asked);
}

/// The table itself, its seal right: sections that overlap, swap places, are missing,
/// doubled, unknown, empty or too many.
#[test]
fn a_table_that_is_not_ours_is_a_miss() {
    let Known { sandbox: _sandbox, mut questions, store, whole } = Known::new();
    let count = Sections::of(&whole).0.len();
    let mut others: Vec<(usize, String, Vec<u8>)> = Vec::new();
    let numbers = [0, 8, 24, 64, whole.len() as u64 - 8, whole.len() as u64, u64::MAX, 1 << 63];
    for line in 0..count {
        for number in numbers {
            for field in [8, 16] {
                let mut bytes = whole.clone();
                let place = 24 + 32 * line + field;
                if bytes[place..place + 8] == number.to_le_bytes() {
                    continue;
                }
                bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
                reseal_table(&mut bytes, count);
                others.push((line, format!("{number:#x} at {place}"), bytes));
            }
        }
    }
    // All sections lie in the same place.
    let mut same = whole.clone();
    for line in 1..count {
        same.copy_within(32..56, 32 + 32 * line);
    }
    reseal_table(&mut same, count);
    others.push((0, "overlapping".into(), same));
    for (line, what, bytes) in others {
        fs::write(&store, bytes).unwrap();
        let answered = questions.ask_all().unwrap_or_else(|wrong| panic!("{what}: {wrong}"));
        // The record comes first; a line behind it may be wrong by less than a padding.
        assert!(!answered || line > 0, "{what}");
    }
    let sections = Sections::of(&whole);
    for (what, other) in [
        ("no section", vec![]),
        (
            "manifests alone",
            sections.0.iter().filter(|(kind, _)| *kind == MANIFESTS).cloned().collect(),
        ),
        ("too many", sections.0.iter().cycle().take(1000).cloned().collect()),
        ("an empty record", vec![(CURRENT, vec![])]),
        ("a short record", vec![(CURRENT, vec![0; 167])]),
        ("a record of zeros", vec![(CURRENT, vec![0; 4096])]),
    ] {
        fs::write(&store, Sections(other).sealed()).unwrap();
        assert_eq!(questions.ask_all(), Ok(false), "{what}");
    }
}

fn reseal_table(bytes: &mut [u8], sections: usize) {
    let end = 24 + 32 * sections;
    let seal = xxhash_rust::xxh3::xxh3_64(&bytes[..end]);
    bytes[end..end + 8].copy_from_slice(&seal.to_le_bytes());
}
