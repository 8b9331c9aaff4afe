//! Rows 18 to 20 and 22: the store cut at every byte, with every bit flipped, made of halves, with
//! numbers that lead out of it.
//!
//! Its project is a sub-directory's pipeline, whose only cache is the store.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Output};

use nix::sys::resource::{Resource, setrlimit};

use crate::fake_pivot::{self, NOT_CACHED, discoveries, store};
use crate::store_bytes::{CURRENT, MANIFESTS, Sections};
use crate::support::{Ran, Sandbox, ran};

/// What the front needs at most.
const MEMORY_BYTES: u64 = 16 << 20;

const SUB: &str = "project/sub";

const NAMES: &str = "train\nevaluate\n";

const TARGETS: &str = "train\nevaluate\ntrain:out\nevaluate:out\n";

const MANIFEST: &str = "{\"self:run\":\"0123456789abcdef\"}\n";

/// A sub-directory's project with a store that has names, targets and manifests.
fn project(pipeline: &str) -> Sandbox {
    let sandbox = fake_pivot::sandbox();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/sub/pipeline.py", pipeline);
    refresh(&sandbox);
    sandbox
}

#[track_caller]
fn refresh(sandbox: &Sandbox) {
    let refreshed = ran(sandbox.front_in(SUB, &["refresh"]));
    assert_eq!((refreshed.code, refreshed.stderr.as_str()), (0, ""), "{refreshed:?}");
}

/// The front's questions to the store, in a form that is asked thousands of times.
struct Questions {
    /// Command and its whole answer.
    questions: Vec<(Command, &'static str)>,
}

/// Which of [`Questions`].
const STAGES: usize = 0;

impl Questions {
    /// With the answers that the store of [`NAMES`] gives.
    #[track_caller]
    fn of(sandbox: &Sandbox) -> Self {
        let ask = |arguments: &[&str]| {
            let mut command = sandbox.front_in(SUB, arguments);
            limit_memory(&mut command);
            command
        };
        let questions = vec![
            (ask(&["stages", "--cached"]), NAMES),
            (ask(&["targets", "--cached"]), TARGETS),
            (ask(&["manifest", "evaluate", "--cached"]), MANIFEST),
        ];
        let mut all = Self { questions };
        for index in 0..all.questions.len() {
            assert_eq!(all.ask(index), Ok(true), "nothing is wrong yet");
        }
        all
    }

    /// Whether one of them is answered as it should be, or not at all; else what is wrong.
    fn ask(&mut self, index: usize) -> Result<bool, String> {
        let (command, answer) = &mut self.questions[index];
        let Output { status, stdout, stderr } = command.output().unwrap();
        match status.code() {
            Some(0) if stdout == answer.as_bytes() && stderr.is_empty() => Ok(true),
            Some(NOT_CACHED) if stdout.is_empty() && stderr.is_empty() => Ok(false),
            code => Err(format!(
                "exit {code:?}, signal {:?}, {:?}, {:?}",
                status.signal(),
                String::from_utf8_lossy(&stdout[..stdout.len().min(200)]),
                String::from_utf8_lossy(&stderr[..stderr.len().min(200)]),
            )),
        }
    }

    /// The same of all; whether any was answered.
    fn ask_all(&mut self) -> Result<bool, String> {
        (0..self.questions.len()).try_fold(false, |any, index| Ok(any | self.ask(index)?))
    }
}

fn limit_memory(command: &mut Command) {
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES)?));
    }
}

/// Row 18.
#[test]
fn a_store_that_was_cut_is_a_miss() {
    let sandbox = project(NAMES);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    for len in (0..whole.len()).rev() {
        file.set_len(len as u64).unwrap();
        assert_eq!(questions.ask(STAGES), Ok(false), "cut to {len} of {} bytes", whole.len());
        if len % 8 == 0 {
            assert_eq!(questions.ask_all(), Ok(false), "cut to {len} of {} bytes", whole.len());
        }
    }
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

/// Row 19.
#[test]
fn every_flipped_bit_is_a_miss_or_of_no_account() {
    let sandbox = project(NAMES);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
    let file = OpenOptions::new().write(true).open(&store).unwrap();
    let mut hits = Vec::new();
    let mut wrong = Vec::new();
    for (place, byte) in whole.iter().enumerate() {
        for bit in 0..8 {
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
    assert_eq!(hits.iter().filter(needed).collect::<Vec<_>>(), [&0; 0], "answered all the same");
    assert_eq!(questions.ask_all(), Ok(true));
}

/// Row 19: no bit that is flipped makes a stale answer a fresh one.
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
    for (place, byte) in whole.iter().enumerate() {
        for bit in [place % 8, (place + 5) % 8] {
            file.write_all_at(&[byte ^ (1 << bit)], place as u64).unwrap();
            assert_eq!(questions.ask(STAGES), Ok(false), "bit {bit} of byte {place}");
        }
        file.write_all_at(&[*byte], place as u64).unwrap();
    }
}

/// Row 20: a part of the old store and a part of the new one.
#[test]
fn halves_of_an_old_and_a_new_store_are_a_miss() {
    let sandbox = project("old_train\nold_evaluate\n");
    let store = store(&sandbox);
    let old = fs::read(&store).unwrap();
    sandbox.write("project/sub/pipeline.py", NAMES);
    refresh(&sandbox);
    let mut questions = Questions::of(&sandbox);
    let new = fs::read(&store).unwrap();
    for (name, first, second) in [("old, new", &old, &new), ("new, old", &new, &old)] {
        let longest = first.len().max(second.len());
        for split in (0..=longest).step_by(3) {
            let head = &first[..split.min(first.len())];
            let tail = second.get(split..).unwrap_or_default();
            let mixed = [head, tail].concat();
            fs::write(&store, &mixed).unwrap();
            let answered = questions
                .ask_all()
                .unwrap_or_else(|wrong| panic!("{name}, split at {split}: {wrong}"));
            // Where both halves agree on what lies behind the split, it is the new one.
            assert!(!answered || has_record(&mixed, &new), "{name}, split at {split}");
        }
        // One behind the other.
        fs::write(&store, [&first[..], second].concat()).unwrap();
        assert_eq!(questions.ask_all(), Ok(false), "{name}");
    }
}

/// Row 22: every number of the store becomes a hostile one, with and without seals that are right.
#[test]
fn numbers_that_lead_out_of_the_store_are_a_miss() {
    let sandbox = project(NAMES);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
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
        for place in (0..whole.len() - 8).step_by(8) {
            let mut bytes = whole.clone();
            bytes[place..place + 8].copy_from_slice(&number.to_le_bytes());
            check(&bytes, format!("{number:#x} at {place}"), false);
        }
    }
    let sections = Sections::of(&whole);
    for number in [u32::MAX, 1 << 31, u32::MAX - 7, len as u32, 1, 0] {
        for index in 0..sections.0.len() {
            for place in (0..sections.0[index].1.len().saturating_sub(4)).step_by(4) {
                let mut other = sections.clone();
                let bytes = &mut other.0[index].1;
                bytes[place..place + 4].copy_from_slice(&number.to_le_bytes());
                let what = format!("{number:#x} at {place} of sealed section {index}");
                check(&other.sealed(), what, true);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {asked}\n{}", wrong.len(), wrong.join("\n"));
    assert!(asked > 2000, "{asked}");
}

/// Row 22: the table itself, its seal right: sections that overlap, swap places, are missing,
/// doubled, unknown, empty or too many.
#[test]
fn a_table_that_is_not_ours_is_a_miss() {
    let sandbox = project(NAMES);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
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

/// Rows 18 to 20: whatever the damage, the next explicit command is right and mends the store, and
/// a TAB says nothing wrong.
#[test]
fn what_was_damaged_is_mended_by_the_next_command() {
    let sandbox = project(NAMES);
    let mut questions = Questions::of(&sandbox);
    let store = store(&sandbox);
    let whole = fs::read(&store).unwrap();
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
