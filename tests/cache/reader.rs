//! The reader of `stages.cache` against Pivot's own, on thousands of damaged files.

use std::os::unix::fs::MetadataExt;

use pivot_complete::cache::stages_cache::StagesCache;
use pivot_complete::encoding::lines;

use super::CACHE;
use crate::support::oracle::{Random, ask, hex, unhex};
use crate::support::{Pivot, Sandbox};

const CONFIG: &str = "pipeline.py";
const MTIME: &str = "1700000000.25";

#[test]
fn it_says_what_pivots_reader_says_or_miss() {
    let sandbox = project();
    let files = files(&mut Random(4), 8_000);
    let root = sandbox.path("project");
    let questions: Vec<String> =
        files.iter().map(|bytes| format!("content {} {}", root.display(), hex(bytes))).collect();
    let mut both_hit = 0;
    for pivot in Pivot::ALL {
        for (bytes, answer) in files.iter().zip(ask(pivot, "oracle_cache.py", &[], &questions)) {
            let Some(ours) = names(bytes) else { continue };
            let theirs = answer
                .strip_prefix("hit")
                .map(|names| names.split_whitespace().map(unhex).collect::<Vec<_>>());
            assert_eq!(Some(&ours), theirs.as_ref(), "{:?}", String::from_utf8_lossy(bytes));
            both_hit += 1;
        }
    }
    assert!(both_hit > 1_000, "too few to compare: {both_hit}");
}

#[test]
fn a_well_formed_file_is_a_hit() {
    let mut random = Random(5);
    for _ in 0..5_000 {
        let list = random_names(&mut random);
        let bytes = well_formed(&list);
        let expected: Vec<_> = list.iter().map(|name| name.as_bytes().to_vec()).collect();
        assert_eq!(names(&bytes), Some(expected), "{:?}", String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn the_front_reads_damaged_files_as_the_library_does() {
    let sandbox = project();
    for bytes in files(&mut Random(6), 400) {
        sandbox.write(CACHE, &bytes);
        let said = sandbox.run(&["stages", "--cached", "-0"]);
        let expected = match names(&bytes) {
            Some(names) => (0, names.iter().flat_map(|name| [name, &b"\0"[..]].concat()).collect()),
            None => (3, Vec::new()),
        };
        assert_eq!(
            (said.code, said.stdout.into_bytes(), said.stderr.as_str()),
            (expected.0, expected.1, ""),
            "{:?}",
            String::from_utf8_lossy(&bytes)
        );
    }
}

/// A project whose config has the mtime that the files name, and files beside it that a damaged
/// header may name.
fn project() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.make_directory("project/.pivot/cache");
    for name in [CONFIG, "x:pipeline.py", "pipeline.p", "a.py"] {
        let file = sandbox.write(&format!("project/{name}"), "");
        crate::support::set_mtime(&file, 1_700_000_000, 250_000_000);
        assert_eq!(file.metadata().unwrap().mtime_nsec(), 250_000_000);
    }
    sandbox
}

/// What our reader makes of the file, in the project above.
fn names(bytes: &[u8]) -> Option<Vec<Vec<u8>>> {
    let cache = StagesCache::parse(bytes).ok()?;
    cache.check(CONFIG.as_bytes(), (1_700_000_000, 250_000_000)).ok()?;
    Some(lines::names(&bytes[cache.names_start..]).map(<[u8]>::to_vec).collect())
}

fn files(random: &mut Random, count: usize) -> Vec<Vec<u8>> {
    (0..count)
        .map(|_| {
            let mut bytes = well_formed(&random_names(random));
            for _ in 0..random.below(4) {
                damage(&mut bytes, random);
            }
            bytes
        })
        .collect()
}

fn well_formed(names: &[String]) -> Vec<u8> {
    format!("v1\n{CONFIG}:{MTIME}\n{}\n", names.join("\n")).into_bytes()
}

fn random_names(random: &mut Random) -> Vec<String> {
    const PIECES: [&str; 16] = [
        "train",
        "demo/",
        "@",
        "_",
        "é",
        "名",
        "\u{1f600}",
        " ",
        ":",
        "\"",
        "\\",
        "$x",
        "\u{a0}",
        "\u{feff}",
        "1e-3",
        "-",
    ];
    (0..random.below(5))
        .map(|_| (0..=random.below(4)).map(|_| *random.pick(&PIECES)).collect())
        .collect()
}

/// Breaks a file in one of the ways that files break, or that their readers differ on.
fn damage(bytes: &mut Vec<u8>, random: &mut Random) {
    // Where Python's splitlines breaks a line, what universal newlines make of others, what is
    // no UTF-8, what int() and float() would forgive.
    const PIECES: [&[u8]; 30] = [
        b"\n",
        b"\r",
        b"\r\n",
        b"\x0b",
        b"\x0c",
        b"\x1c",
        b"\x1d",
        b"\x1e",
        b"\x1f",
        b"\0",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xe2\x80\xa9",
        b"\xef\xbb\xbf",
        b"\xff",
        b"\xc0\xaf",
        b"\xed\xa0\x80",
        b"\xf4\x90\x80\x80",
        b"\x7f",
        b"\x1b[31m",
        b" ",
        b"\t",
        b":",
        b"v1\n",
        b"0",
        b"+",
        b"/",
        b"../",
        b"./",
        b"x:pipeline.py:1700000000.25\n",
    ];
    let at = random.below(bytes.len() + 1);
    let to = (at + random.below(6)).min(bytes.len());
    match random.below(8) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..to)),
        2 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
        3 => {
            let piece = bytes[at..to].to_vec();
            bytes.splice(to..to, piece);
        }
        4 => {
            // Just before the end or at a line's start, where it matters most.
            let starts: Vec<usize> = (0..bytes.len()).filter(|&i| bytes[i] == b'\n').collect();
            if !starts.is_empty() {
                let place = random.pick(&starts) + random.below(2);
                bytes.splice(place..place, random.pick(&PIECES).iter().copied());
            }
        }
        _ => drop(bytes.splice(at..at, random.pick(&PIECES).iter().copied())),
    }
}
