//! StateDB where the disk is full and where a directory is someone else's.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, chown};

use crate::support::rights::{Mounted, Shared, VISITOR};
use crate::support::{Sandbox, engine};

/// How a request failed: the letter that the answer gives for it.
#[derive(Debug, PartialEq)]
enum Failed {
    DatabaseFull,
    Unavailable,
    Otherwise(u8),
}

/// A frame: what kind it is, the length of the rest, the rest.
fn frame(kind: u8, value: &[u8]) -> Vec<u8> {
    [&[kind], &(value.len() as u32).to_le_bytes()[..], value].concat()
}

/// What one request to the database's process came to: the values in its answer, one after the other.
fn ask(sandbox: &Sandbox, operation: &str, request: &[u8]) -> Result<Vec<u8>, Failed> {
    let mut command = sandbox.command(engine(), "project");
    command.args(["--state-db", operation]).arg(sandbox.path("project"));
    let input = File::open(sandbox.write("request", request)).unwrap();
    let output = command.stdin(input).output().unwrap();
    assert!(output.stderr.is_empty());
    let (mut rest, mut values) = (output.stdout.as_slice(), Vec::new());
    while let [kind, a, b, c, d, behind @ ..] = rest {
        let (value, next) = behind.split_at(u32::from_le_bytes([*a, *b, *c, *d]) as usize);
        rest = next;
        match (kind, value.first()) {
            (b'v', _) => values.extend(value),
            (b'e', Some(b'f')) => return Err(Failed::DatabaseFull),
            (b'e', Some(b'u')) => return Err(Failed::Unavailable),
            (b'e', letter) => return Err(Failed::Otherwise(*letter.expect("a letter"))),
            _ => {}
        }
    }
    Ok(values)
}

fn put(sandbox: &Sandbox, value: &[u8]) -> Result<Vec<u8>, Failed> {
    let entry = |stage| [frame(b'k', format!("sm:{stage}").as_bytes()), frame(b'v', value)];
    let request: Vec<Vec<u8>> = (0..108).flat_map(entry).collect();
    ask(sandbox, "put-many", &request.concat())
}

fn get(sandbox: &Sandbox) -> Result<Vec<u8>, Failed> {
    ask(sandbox, "get", &frame(b'k', b"sm:107"))
}

#[test]
fn nothing_is_lost_and_nothing_set_aside_where_the_disk_is_full() {
    let (mut full, mut written) = (0, 0);
    for free_kib in [0, 4, 64, 256, 512, 1000, 1300, 1500, 1800, 2500, 4000] {
        let shared = Shared::with_stub();
        let sandbox = &shared.sandbox;
        let disk = Mounted::tmpfs(&sandbox.path("project/.pivot"), "size=8m,mode=755");
        let [old, new] = [b'o', b'n'].map(|letter| vec![letter; 2000]);
        assert_eq!(put(sandbox, &old), Ok(vec![]));
        fill(sandbox, free_kib << 10);
        let result = put(sandbox, &new);
        match &result {
            Ok(_) => written += 1,
            Err(error) => {
                assert_eq!(*error, Failed::DatabaseFull, "{free_kib} KiB");
                full += 1;
            }
        }
        // sled recovers into new files: it may have no room to read either.
        let read = get(sandbox);
        assert!(read.is_ok() || read == Err(Failed::DatabaseFull), "{free_kib} KiB: {read:?}");
        fs::remove_file(sandbox.path("project/.pivot/filler")).unwrap();
        assert_eq!(get(sandbox), Ok(if result.is_ok() { new } else { old }), "{free_kib} KiB");
        assert!(!sandbox.path("project/.pivot/cache/complete/state.sled.broken").exists());
        drop(disk);
    }
    assert!(full > 3 && written > 1, "{full} times full, {written} times written");
}

#[test]
fn a_read_only_disk_is_no_damage() {
    let shared = Shared::with_stub();
    let sandbox = &shared.sandbox;
    shared.make_writable_for_all("request");
    assert_eq!(put(sandbox, b"value"), Ok(vec![]));
    let disk = Mounted::read_only(&sandbox.path("project"));
    for result in [put(sandbox, b"newer"), get(sandbox)] {
        assert!(result == Err(Failed::Unavailable), "{result:?}");
    }
    drop(disk);
    assert_eq!(get(sandbox), Ok(b"value".to_vec()));
}

#[test]
fn what_is_someone_elses_is_not_worked_with() {
    for name in ["", "/state.lock", "/state.sled"] {
        let shared = Shared::with_stub();
        let sandbox = &shared.sandbox;
        assert_eq!(put(sandbox, b"value"), Ok(vec![]));
        let path = sandbox.path(&format!("project/.pivot/cache/complete{name}"));
        chown(&path, Some(VISITOR.uid), None).unwrap();
        for result in [put(sandbox, b"newer"), get(sandbox)] {
            assert!(result == Err(Failed::Unavailable), "{name}: {result:?}");
        }
        chown(&path, Some(0), None).unwrap();
        assert_eq!(get(sandbox), Ok(b"value".to_vec()), "{name}");
    }
}

/// Fills the disk but for `free` bytes.
fn fill(sandbox: &Sandbox, free: u64) {
    let mut file = File::create(sandbox.path("project/.pivot/filler")).unwrap();
    while file.write_all(&[b'f'; 4096]).is_ok() {}
    let len = file.metadata().unwrap().size();
    file.set_len(len - free).unwrap();
}
