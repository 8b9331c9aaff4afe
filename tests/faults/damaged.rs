//! The store cut at every byte, with every bit flipped, made of halves.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use super::questions::{Known, NAMES, Questions, STAGES, SUB, project, refresh, refresh_aged};
use crate::support::fake_pivot::{self, discoveries, store};
use crate::support::store_bytes::{CURRENT, Sections};
use crate::support::{Ran, ran, soak, tally};

#[test]
fn a_store_that_was_cut_is_a_miss() {
    let Known { sandbox: _sandbox, mut questions, store, whole } = Known::new();
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    for len in soak::share(4, (0..whole.len()).rev()) {
        file.set_len(len as u64).unwrap();
        assert_eq!(questions.ask(STAGES), Ok(false), "cut to {len} of {} bytes", whole.len());
        if len % 3 == 0 {
            assert_eq!(questions.ask_all(), Ok(false), "cut to {len} of {} bytes", whole.len());
        }
    }
    tally::survived(soak::share(4, 0..whole.len()).count());
    // Grown, by nothing and by more of the same.
    for grown in [[&whole[..], &[0]].concat(), [&whole[..], &whole].concat()] {
        fs::write(&store, &grown).unwrap();
        assert_eq!(questions.ask_all(), Ok(false), "{} bytes", grown.len());
    }
    // What was lost comes as zeros after a crash of some file systems.
    for len in (0..whole.len()).step_by(61) {
        let mut torn = whole.clone();
        torn[len..].fill(0);
        fs::write(&store, &torn).unwrap();
        let answered = questions.ask_all().unwrap_or_else(|wrong| panic!("{len}: {wrong}"));
        assert!(!answered || has_record(&torn, &whole), "zeros from {len} on");
    }
}

/// Whether the current record of the store `whole` is unharmed: what a question does not need may
/// be damaged.
fn has_record(bytes: &[u8], whole: &[u8]) -> bool {
    let record = Sections::of(whole).bytes(CURRENT).clone();
    bytes.windows(record.len()).any(|window| window == record)
}

#[test]
fn every_flipped_bit_is_a_miss_or_of_no_account() {
    let Known { sandbox: _sandbox, mut questions, store, whole } = Known::new();
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    let mut hits = Vec::new();
    let mut wrong = Vec::new();
    for (place, byte) in whole.iter().enumerate() {
        for bit in soak::share(8, 0..8) {
            file.write_all_at(&[byte ^ (1 << bit)], place as u64).unwrap();
            // All questions at one bit of each byte.
            let asked = match (place + bit) % 8 {
                0 => questions.ask_all(),
                _ => questions.ask(STAGES),
            };
            match asked {
                Ok(true) if hits.last() != Some(&place) => hits.push(place),
                Ok(_) => {}
                Err(what) => wrong.push(format!("bit {bit} of byte {place}: {what}")),
            }
        }
        file.write_all_at(&[*byte], place as u64).unwrap();
    }
    assert!(wrong.is_empty(), "{} of {} bytes\n{}", wrong.len(), whole.len(), wrong.join("\n"));
    // What a question does not need may be damaged: the other sections.
    let mut sections = Sections::of(&whole);
    let current = sections.bytes(CURRENT).clone();
    let start = whole.windows(current.len()).position(|window| window == current).unwrap();
    let needed = |place: &&usize| **place < 24 || (start..start + current.len()).contains(*place);
    assert_eq!(fs::read(&store).unwrap(), whole, "somebody else wrote it");
    assert_eq!(hits.iter().filter(needed).collect::<Vec<_>>(), [&0; 0], "answered all the same");
    assert_eq!(questions.ask_all(), Ok(true));
    tally::survived(whole.len() * soak::count(1, 8));
}

/// No bit that is flipped makes a stale answer a fresh one.
#[test]
fn no_flipped_bit_revives_a_stale_answer() {
    let sandbox = project("train\nevaluate\n< ../params.txt\n");
    sandbox.write("project/params.txt", "");
    refresh(&sandbox);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
    sandbox.write("project/params.txt", "another\n");
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    for (place, byte) in soak::share(4, whole.iter().enumerate()) {
        for bit in [place % 8, (place + 5) % 8] {
            file.write_all_at(&[byte ^ (1 << bit)], place as u64).unwrap();
            assert_eq!(questions.ask(STAGES), Ok(false), "bit {bit} of byte {place}");
        }
        file.write_all_at(&[*byte], place as u64).unwrap();
    }
}

/// A part of the old store and a part of the new one.
#[test]
fn halves_of_an_old_and_a_new_store_are_a_miss() {
    let sandbox = project("old_train\nold_evaluate\n");
    let store = store(&sandbox);
    let old = fs::read(&store).unwrap();
    sandbox.write("project/sub/pipeline.py", NAMES);
    refresh_aged(&sandbox);
    let mut questions = Questions::of(&sandbox);
    let new = fs::read(&store).unwrap();
    let mut tried = 0;
    for (name, first, second) in [("old, new", &old, &new), ("new, old", &new, &old)] {
        let longest = first.len().max(second.len());
        for split in soak::share(4, (0..=longest).step_by(3)) {
            let head = &first[..split.min(first.len())];
            let tail = second.get(split..).unwrap_or_default();
            let mixed = [head, tail].concat();
            fs::write(&store, &mixed).unwrap();
            let answered = questions
                .ask_all()
                .unwrap_or_else(|wrong| panic!("{name}, split at {split}: {wrong}"));
            // Where both halves agree on what lies behind the split, it is the new one.
            assert!(!answered || has_record(&mixed, &new), "{name}, split at {split}");
            tried += 1;
        }
        // One behind the other.
        fs::write(&store, [&first[..], second].concat()).unwrap();
        assert_eq!(questions.ask_all(), Ok(false), "{name}");
        tried += 1;
    }
    tally::survived(tried);
}

/// Whatever the damage, the next explicit command is right and mends the store, and
/// a TAB says nothing wrong.
#[test]
fn what_was_damaged_is_mended_by_the_next_command() {
    let Known { sandbox, mut questions, store, whole } = Known::new();
    let (half, end) = (whole.len() / 2, whole.len());
    let flipped = |place: usize| {
        let mut bytes = whole.clone();
        bytes[place] ^= 0x10;
        bytes
    };
    let damages: Vec<(&str, Vec<u8>)> = vec![
        ("empty", vec![]),
        ("one byte", whole[..1].to_vec()),
        ("half", whole[..half].to_vec()),
        ("all but a byte", whole[..end - 1].to_vec()),
        ("zeros", vec![0; end]),
        ("doubled", [&whole[..], &whole].concat()),
        ("magic", flipped(0)),
        ("version", flipped(8)),
        ("table", flipped(40)),
        ("record", flipped(half)),
        ("text", b"v1\npipeline.py:1700000000.0\nwrong\n".to_vec()),
        ("sealed nonsense", Sections(vec![(CURRENT, vec![0xff; 1000])]).sealed()),
    ];
    for (what, bytes) in &damages {
        fs::write(&store, bytes).unwrap();
        let doctor = ran(sandbox.front_in(SUB, &["doctor"]));
        assert_eq!((doctor.code, doctor.stderr.as_str()), (0, ""), "{what}: {doctor:?}");
        let mut tab = sandbox.tab_command(SUB, &["pivot", "repro", ""]);
        tab.env("PIVOT_COMPLETE_ON_MISS", "never");
        let offered = Ran::from(tab.output().unwrap()).candidates().join("\n") + "\n";
        assert!(offered == NAMES || offered == "\n", "{what}: {offered}");
        let stages = ran(sandbox.front_in(SUB, &["stages"]));
        assert_eq!(stages.lines().join("\n") + "\n", NAMES, "{what}");
        assert_eq!(questions.ask(STAGES), Ok(true), "{what}");
        refresh(&sandbox);
        assert_eq!(questions.ask_all(), Ok(true), "{what}");
        let before = discoveries(&sandbox);
        assert_eq!(questions.ask_all(), Ok(true), "{what}");
        assert_eq!(discoveries(&sandbox), before, "{what}");
    }
    assert_eq!(fake_pivot::stores(&sandbox), [store] as [PathBuf; 1]);
}
