//! Files that a crash left half written, and files that something wrote over.

use std::fs;
use std::path::{Path, PathBuf};

use super::super::error::StateDbError;
use super::super::request::KeyValue;
use super::store::{Random, Store, manifests, noise};

const STAGES: usize = 108;

#[test]
fn what_a_killed_process_left_is_put_right() {
    let entries = manifests(20, 0);
    let store = Store::with(&entries);
    let whole = store.copy("whole");
    let conf = fs::read(store.path("state.sled/conf")).unwrap();
    let cuts = [0, 4, 8, 9, 30, conf.len() - 4, conf.len() - 1];
    let cut_confs = cuts.map(|end| ("conf", conf[..end].to_vec()));
    let snapshots = [
        ("snap.00000000000FFFFF.generating", vec![]),
        ("snap.0000000000000000.generating", noise(40, 1)),
        ("snap.7FFFFFFFFFFFFFFF.generating", noise(4000, 2)),
    ];
    for (name, content) in cut_confs.into_iter().chain(snapshots) {
        store.copy_of(&whole);
        fs::write(store.path("state.sled").join(name), &content).unwrap();
        assert!(store.has(&entries), "{name} of {} bytes", content.len());
        assert_eq!(fs::read(store.path("state.sled/conf")).unwrap(), conf);
        assert!(!store.path("state.sled.broken").exists());
    }
    // A directory that was made, and nothing in there yet.
    store.copy_of(&whole);
    fs::remove_dir_all(store.path("state.sled")).unwrap();
    fs::create_dir(store.path("state.sled")).unwrap();
    fs::write(store.path("state.lock"), "").unwrap();
    store.is_empty_and_takes(&entries);
}

#[test]
fn one_that_was_being_replaced_is_one_of_both() {
    let entries = manifests(20, 0);
    let store = Store::with(&entries);
    fs::rename(store.path("state.sled"), store.path("state.sled.previous")).unwrap();
    fs::create_dir_all(store.path("state.sled.next/blobs")).unwrap();
    assert!(store.has(&entries));
    let left = |name: &str| store.path(name).exists();
    assert!(left("state.sled") && !left("state.sled.previous") && !left("state.sled.next"));
}

#[test]
fn what_is_no_directory_is_set_aside() {
    let entries = manifests(2, 0);
    let store = Store::with(&entries);
    let remove = || fs::remove_dir_all(store.path("state.sled")).unwrap();
    remove();
    fs::write(store.path("state.sled"), "a file").unwrap();
    store.client().put_many(&entries).unwrap();
    assert_eq!(fs::read(store.path("state.sled.broken")).unwrap(), b"a file");
    remove();
    let elsewhere = store.sandbox.make_directory("elsewhere");
    std::os::unix::fs::symlink(&elsewhere, store.path("state.sled")).unwrap();
    store.client().put_many(&entries).unwrap();
    assert!(store.path("state.sled.broken").is_symlink() && store.has(&entries));
    assert!(store.sandbox.listing("elsewhere").is_empty());
}

/// One block of 4 KiB after the other, of every file.
#[test]
fn a_zeroed_block_is_survived() {
    const BLOCK_BYTES: usize = 4096;
    // Of those in the long runs between the edges of segments, one in nineteen.
    let is_chosen = |block: usize| block % 128 < 3 || block.is_multiple_of(19);
    let damaged = Damaged::new();
    let mut tried = 0;
    for (name, len_bytes) in &damaged.files {
        for block in (0..len_bytes.div_ceil(BLOCK_BYTES)).filter(|&block| is_chosen(block)) {
            let at = block * BLOCK_BYTES;
            damaged.survives(name, at, &vec![0; BLOCK_BYTES.min(len_bytes - at)]);
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried} blocks");
}

#[test]
fn random_bytes_anywhere_are_survived() {
    let damaged = Damaged::new();
    let mut random = Random::new(41);
    for number in 0..40 {
        let (name, len_bytes) = &damaged.files[random.below(damaged.files.len())];
        let at = random.below(*len_bytes);
        let size = [1, 1, 8, 100, 4096][random.below(5)];
        damaged.survives(name, at, &noise(size.min(len_bytes - at), number));
    }
}

/// Without its snapshot sled reads the whole log, and panics at what it finds there.
#[test]
fn a_panic_is_survived() {
    let damaged = Damaged::new();
    let mut random = Random::new(7);
    let mut panics = 0;
    for number in 0.. {
        // One of five files that are damaged so makes it panic.
        if number >= 16 && panics > 0 {
            break;
        }
        assert!(number < 200, "it never panics");
        let reason = damaged.survives_as("db", |file| {
            for entry in fs::read_dir(file.parent().unwrap()).unwrap().flatten() {
                if entry.file_name().to_string_lossy().starts_with("snap.") {
                    fs::remove_file(entry.path()).unwrap();
                }
            }
            let mut bytes = fs::read(file).unwrap();
            for _ in 0..5 {
                let at = random.below(bytes.len() - 16);
                bytes[at..at + 16].copy_from_slice(&noise(16, number));
            }
            fs::write(file, bytes).unwrap();
        });
        panics += usize::from(reason.is_some_and(|reason| reason.starts_with("it panicked: ")));
    }
}

#[test]
fn a_file_that_is_missing_or_cut_is_survived() {
    let damaged = Damaged::new();
    for (name, len_bytes) in &damaged.files {
        damaged.survives_as(name, |file| fs::remove_file(file).unwrap());
        for end in [0, 1, len_bytes / 2, len_bytes - 1] {
            damaged.survives_as(name, |file| {
                fs::File::options().write(true).open(file).unwrap().set_len(end as u64).unwrap();
            });
        }
    }
}

/// A database that was written to some times, and copies of it that are damaged.
struct Damaged {
    store: Store,
    whole: PathBuf,
    generations: Vec<Vec<KeyValue>>,
    /// Names and sizes of its files.
    files: Vec<(String, usize)>,
}

impl Damaged {
    fn new() -> Self {
        let generations: Vec<_> = (0..6).map(|number| manifests(STAGES, number)).collect();
        let store = Store::new();
        for entries in &generations {
            store.client().put_many(entries).unwrap();
        }
        let whole = store.copy("whole");
        let mut files: Vec<_> = fs::read_dir(whole.join("state.sled"))
            .unwrap()
            .flatten()
            .filter(|entry| entry.file_type().unwrap().is_file())
            .map(|entry| (entry.file_name().into_string().unwrap(), entry.metadata().unwrap()))
            .map(|(name, found)| (name, found.len() as usize))
            .collect();
        files.sort();
        Self { store, whole, generations, files }
    }

    #[track_caller]
    fn survives(&self, name: &str, at: usize, bytes: &[u8]) {
        self.survives_as(name, |file| {
            use std::os::unix::fs::FileExt;
            let file = fs::File::options().write(true).open(file).unwrap();
            file.write_all_at(bytes, at as u64).unwrap();
        });
    }

    /// Reading gives what was written last, or nothing; writing works, and then reading too.
    ///
    /// Gives why it was set aside, if it was.
    #[track_caller]
    fn survives_as(&self, name: &str, damage: impl FnOnce(&Path)) -> Option<String> {
        self.store.copy_of(&self.whole);
        damage(&self.store.path("state.sled").join(name));
        let last = self.generations.last().unwrap();
        let keys: Vec<Vec<u8>> = last.iter().map(|(key, _)| key.clone()).collect();
        let mut reason = None;
        match self.store.client().get_many(&keys) {
            // The last ones: what is older never comes back.
            Ok(values) => {
                let written = values
                    .iter()
                    .zip(last)
                    .all(|(value, (_, last))| value.as_ref().is_none_or(|value| value == last));
                assert!(written, "{name}: others than were written last");
            }
            Err(StateDbError::Broken(why)) => {
                reason = Some(why);
                assert!(self.store.path("state.sled.broken").exists(), "{name}");
                assert!(!self.store.path("state.sled").exists(), "{name}");
            }
            Err(other) => panic!("{name}: {other:?}"),
        }
        let newer = manifests(STAGES, 99);
        self.store.client().put_many(&newer).unwrap();
        assert!(self.store.has(&newer), "{name}");
        reason
    }
}
