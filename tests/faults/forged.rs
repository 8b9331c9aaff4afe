//! Stores that somebody made, every seal right: what they name blocks nobody, costs little, and
//! moves no terminal's cursor. Caches are data; a repository may ship its own.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use xxhash_rust::xxh3::xxh3_64;
use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::store::LIMIT_BYTES;

use super::cost::counted;
use super::questions::{self, SUB};
use crate::support::aftermath::ran_within;
use crate::support::fake_pivot::{NOT_CACHED, store};
use crate::support::store_bytes::{
    ABSENT, BLURBS, DIRECTORY, FILE, INPUTS, MANIFESTS, NAMES, Record, STAMP_ONLY, Sections,
    TARGETS, stamp_of, u32_at,
};
use crate::support::strace::traced;
use crate::support::{Ran, Sandbox, soak};

/// More than anything here takes on a busy machine.
const BOUNDED_S: u64 = 10;

/// The text of the manifests.
const MANIFEST_TEXT: u32 = 4;

/// A project whose only cache is a store, and that store taken apart.
fn project() -> (Sandbox, PathBuf, Sections) {
    let sandbox = questions::project(questions::NAMES);
    let store = store(&sandbox);
    let sections = Sections::of(&fs::read(&store).unwrap());
    (sandbox, store, sections)
}

fn ask(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    ran_within(BOUNDED_S, sandbox.front_in(SUB, arguments))
}

/// Asks the caches, a TAB that may not discover, and doctor; each ends well and in time.
#[track_caller]
fn ask_all(sandbox: &Sandbox, what: &str) -> [Ran; 3] {
    let stages = ask(sandbox, &["stages", "--cached"]);
    assert!([0, NOT_CACHED].contains(&stages.code), "{what}: {stages:?}");
    let mut tab = sandbox.tab_command(SUB, &["pivot", "repro", ""]);
    tab.env("PIVOT_COMPLETE_ON_MISS", "never");
    let tab = ran_within(BOUNDED_S, tab);
    let doctor = ask(sandbox, &["doctor"]);
    for ran in [&stages, &tab, &doctor] {
        assert_eq!(ran.stderr, "", "{what}");
    }
    assert_eq!((tab.code, doctor.code), (0, 0), "{what}");
    [stages, tab, doctor]
}

/// Inputs that are no files, as each kind of input, with the stamp they have and with another.
#[test]
fn an_input_that_is_no_file_is_not_opened() {
    let (sandbox, store, sections) = project();
    let fifo = sandbox.path("fifo");
    mkfifo(&fifo, Mode::S_IRWXU).unwrap();
    let socket = sandbox.path("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let links = [("zero", "/dev/zero"), ("tty", "/dev/tty"), ("random", "/dev/random")];
    let mut things = vec![fifo.clone(), socket, "/dev/zero".into(), "/dev/ptmx".into()];
    for (name, target) in links {
        symlink(target, sandbox.path(name)).unwrap();
        things.push(sandbox.path(name));
    }
    symlink(&fifo, sandbox.path("link")).unwrap();
    things.push(sandbox.path("link"));
    let mut sections = sections;
    let sound = sections.record();
    for thing in &things {
        for kind in [FILE, DIRECTORY, ABSENT, STAMP_ONLY] {
            for stamp in [None, std::path::Path::new(thing).exists().then(|| stamp_of(thing))] {
                let mut record = sound.clone();
                let path = thing.as_os_str().as_encoded_bytes();
                record.add_input(kind, path, 0);
                if let Some(stamp) = stamp {
                    let last = record.parts[INPUTS].len() - 72;
                    record.parts[INPUTS][last..last + 40].copy_from_slice(&stamp);
                }
                fs::write(&store, sections.with(&record).sealed()).unwrap();
                let what = format!("{thing:?} as {kind}");
                let command = sandbox.front_in(SUB, &["stages", "--cached"]);
                let (answer, calls) = traced(&sandbox, &command, &["trace=%file"]);
                assert!([0, NOT_CACHED].contains(&answer.code), "{what}: {answer:?}");
                let named = format!("{thing:?}");
                let is_open = |line: &str| line.starts_with("open") && line.contains(&named);
                let opened = calls.iter().find(|call| is_open(&call.line));
                assert!(opened.is_none(), "{what}: {opened:?}");
            }
        }
        ask_all(&sandbox, &format!("{thing:?}"));
        assert_eq!(ask(&sandbox, &["stages"]).lines(), ["train", "evaluate"], "{thing:?}");
    }
}

/// Inputs of hundreds of gigabytes in all, of which no byte is on the disk.
#[test]
fn huge_inputs_are_not_read() {
    let (sandbox, store, mut sections) = project();
    let huge = sandbox.path("huge");
    let sound = sections.record();
    let sizes = [(8_u64 << 30, 1), (8 << 30, 1000), (60 << 20, 5000), (1 << 20, 100_000)];
    for (len, times) in soak::share(4, sizes) {
        File::create(&huge).unwrap().set_len(len).unwrap();
        let mut record = sound.clone();
        let digest = if len < 1 << 30 { xxh64(&vec![0; len as usize], 0) } else { 0 };
        record.add_input(FILE, huge.as_os_str().as_encoded_bytes(), digest);
        let last = record.parts[INPUTS].split_off(sound.parts[INPUTS].len());
        // The stamp is right, but proves nothing; and so is the digest, of one that is compared.
        let input = [&stamp_of(&huge)[..], &last[40..]].concat();
        record.parts[INPUTS].extend(input.repeat(times));
        check_costs(&sandbox, &store, &sections.with(&record), &format!("{times} of {len} bytes"));
    }
}

/// As many inputs as a store has room for, and more.
#[test]
fn inputs_without_end_are_bounded() {
    let (sandbox, store, mut sections) = project();
    let crowded = sandbox.make_directory("crowded");
    for number in 0..3000 {
        File::create(crowded.join(format!("entry_of_a_directory_{number}"))).unwrap();
    }
    let file = sandbox.write("small", "x".repeat(5000));
    let absent = sandbox.path("absent");
    let sound = sections.record();
    let kinds = [(ABSENT, &absent), (FILE, &file), (STAMP_ONLY, &file), (DIRECTORY, &crowded)];
    for (kind, path) in soak::share(4, kinds) {
        let mut record = sound.clone();
        let digest = digest_of(&crowded, &file, kind);
        record.add_input(kind, path.as_os_str().as_encoded_bytes(), digest);
        let mut input = record.parts[INPUTS].split_off(sound.parts[INPUTS].len());
        if kind != ABSENT {
            input[..40].copy_from_slice(&stamp_of(path));
        }
        // The last is longer than any store that is read.
        let too_many = LIMIT_BYTES / input.len() + 1;
        for count in [100_000, too_many].into_iter().take(1 + usize::from(kind == ABSENT)) {
            let mut record = record.clone();
            record.parts[INPUTS].extend(input.repeat(count));
            let what = format!("{count} inputs of kind {kind}");
            check_costs(&sandbox, &store, &sections.with(&record), &what);
        }
    }
}

/// What a store would say of these, so that every one of many is looked at.
fn digest_of(directory: &std::path::Path, file: &std::path::Path, kind: u8) -> u64 {
    use pivot_complete::cache::freshness::NamesDigest;
    if kind != DIRECTORY {
        return xxh64(&fs::read(file).unwrap(), 0);
    }
    let mut listing = NamesDigest::of(b"");
    for entry in fs::read_dir(directory).unwrap() {
        listing.add(entry.unwrap().file_name().as_encoded_bytes());
    }
    listing.value()
}

/// Asks for what a hostile store says, within bounds.
#[track_caller]
fn check_costs(sandbox: &Sandbox, store: &PathBuf, forged: &Sections, what: &str) {
    fs::write(store, forged.sealed()).unwrap();
    let cached = frugally(what, sandbox, &sandbox.front_in(SUB, &["stages", "--cached"]));
    assert!([0, NOT_CACHED].contains(&cached.code), "{what}: {cached:?}");
    let mut tab = sandbox.tab_command(SUB, &["pivot", "repro", ""]);
    tab.env("PIVOT_COMPLETE_ON_MISS", "never");
    let tab = frugally(what, sandbox, &tab);
    assert_eq!((tab.code, tab.stderr.as_str()), (0, ""), "{what}");
    // An explicit command gets the answer, from whomever.
    assert_eq!(ask(sandbox, &["stages"]).lines(), ["train", "evaluate"], "{what}");
}

/// Runs a command that may work for about two seconds of an idle machine; counted, since on a busy
/// one the same work takes longer.
#[track_caller]
fn frugally(what: &str, sandbox: &Sandbox, command: &Command) -> Ran {
    const LOOKS: u64 = 300_000;
    const INSTRUCTIONS: u64 = 2_500_000_000;
    let (ran, cost) = counted(sandbox, command);
    assert!(cost.looks < LOOKS && cost.instructions < INSTRUCTIONS, "{what}: {cost:?}");
    ran
}

/// Control characters and what else no name has, in everything that is printed.
#[test]
fn no_control_character_of_a_store_is_printed() {
    let (sandbox, store, mut sections) = project();
    let sound = sections.record();
    let mut hostile: Vec<Vec<u8>> = (0..32).chain([127]).map(|byte: u8| vec![byte]).collect();
    hostile.extend([0x80, 0x85, 0x90, 0x9b, 0x9d, 0x9f].map(|byte| vec![0xc2, byte]));
    hostile.extend([b"\x1b]0;title\x07".to_vec(), b"\x1b[2J".to_vec(), b"\xff\xfe".to_vec()]);
    hostile.extend(["\u{2028}".as_bytes().to_vec()]);
    for bytes in soak::share(4, hostile) {
        for part in [NAMES, TARGETS, BLURBS] {
            let mut record: Record = sound.clone();
            record.parts[part] = [b"tr", &bytes[..], b"ain\nevaluate\n"].concat();
            fs::write(&store, sections.with(&record).sealed()).unwrap();
            let what = format!("{bytes:?} in part {part}");
            for ran in ask_all(&sandbox, &what) {
                assert_is_harmless(&ran, &what);
            }
            assert_is_harmless(&ask(&sandbox, &["targets", "--cached"]), &what);
            // Its columns stand behind tabs.
            let mut status = ask(&sandbox, &["status"]);
            let name = |line: &str| line.split("\tun").next().unwrap_or_default().to_owned() + "\n";
            status.stdout = status.stdout.lines().map(name).collect();
            assert_is_harmless(&status, &what);
        }
        let json = [b"{\"self:ru", &bytes[..], b"n\":\"0123\"}"].concat();
        fs::write(&store, with_manifests(&sections, &json).sealed()).unwrap();
        for arguments in [&["manifest", "train", "--cached"][..], &["manifest", "--json"]] {
            assert_is_harmless(&ask(&sandbox, arguments), &format!("{bytes:?} in a manifest"));
        }
    }
    // That the manifests are where this test writes them.
    let other = "{\"self:other\":\"0123\"}";
    fs::write(&store, with_manifests(&sections, other.as_bytes()).sealed()).unwrap();
    assert_eq!(ask(&sandbox, &["manifest", "train", "--cached"]).lines(), [other]);
}

/// The same sections with `json` for every stage's manifest.
fn with_manifests(sections: &Sections, json: &[u8]) -> Sections {
    const STAGE_LEN: usize = 64;
    let mut other = sections.clone();
    *other.bytes(MANIFEST_TEXT) = json.to_vec();
    let index = other.bytes(MANIFESTS);
    let (start, len) = (u32_at(index, 24) as usize, u32_at(index, 28) as usize);
    assert_eq!(len, 2 * STAGE_LEN, "two stages");
    for stage in index[start..start + len].chunks_exact_mut(STAGE_LEN) {
        stage[24..32].fill(0);
        stage[32..40].copy_from_slice(&xxh3_64(json).to_le_bytes());
        stage[40..44].copy_from_slice(&u32::try_from(json.len()).unwrap().to_le_bytes());
    }
    other
}

#[track_caller]
fn assert_is_harmless(ran: &Ran, what: &str) {
    let is_harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    assert!([0, 1, NOT_CACHED].contains(&ran.code), "{what}: {ran:?}");
    assert!(is_harmless(&ran.stdout) && is_harmless(&ran.stderr), "{what}: {ran:?}");
}

/// Paths that lead nowhere, out of the project, or are none.
#[test]
fn hostile_paths_are_a_miss_and_no_panic() {
    let (sandbox, store, mut sections) = project();
    let sound = sections.record();
    let long = "x/".repeat(3000);
    let paths: [&[u8]; 12] = [
        b"",
        b"/",
        b"..",
        b"../../../../etc/shadow",
        b"a/../../b",
        b"nul\0byte",
        b"\0",
        b"\xff\xfe",
        b"//etc//shadow",
        b"/proc/self/mem",
        b"/proc/self/fd/0",
        long.as_bytes(),
    ];
    for path in paths {
        for kind in [FILE, DIRECTORY, ABSENT, STAMP_ONLY, 4, 255] {
            let mut record = sound.clone();
            record.add_input(kind, path, 0);
            fs::write(&store, sections.with(&record).sealed()).unwrap();
            let what = format!("{:?} as {kind}", String::from_utf8_lossy(path));
            ask_all(&sandbox, &what);
            if kind == FILE {
                assert_eq!(ask(&sandbox, &["stages", "--cached"]).code, NOT_CACHED, "{what}");
            }
        }
    }
    // A record without inputs depends on nothing; it is about no config.
    let mut record = sound.clone();
    record.parts[INPUTS].clear();
    fs::write(&store, sections.with(&record).sealed()).unwrap();
    assert_eq!(ask(&sandbox, &["stages", "--cached"]).code, NOT_CACHED);
}
