//! A project with a database, and what tests put in there.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::client::StateDb;
use super::super::request::{Access, KeyValue, Operation};
use super::super::wire::Message;
use super::sandbox::{Sandbox, engine};

/// `complete/` in the sandbox.
pub const COMPLETE: &str = "project/.pivot/cache/complete";

/// A sandbox with `project/.pivot`.
pub struct Store {
    pub sandbox: Sandbox,
}

impl Store {
    /// Without a database.
    pub fn new() -> Self {
        Self { sandbox: Sandbox::new() }
    }

    /// With these entries in its database.
    #[track_caller]
    pub fn with(entries: &[KeyValue]) -> Self {
        let store = Self::new();
        store.client().put_many(entries).unwrap();
        store
    }

    /// The client with the built engine.
    pub fn client(&self) -> StateDb {
        self.client_of(engine())
    }

    /// The client with another program in the engine's place.
    pub fn client_of(&self, engine: PathBuf) -> StateDb {
        StateDb::served_by(Some(engine), &self.sandbox.path("project"), Access::ReadWrite)
    }

    /// A path below `complete/`.
    pub fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path(COMPLETE).join(name)
    }

    /// The command that serves one request.
    pub fn command(&self, operation: Operation) -> Command {
        let mut command = self.sandbox.engine();
        command.args([Operation::WORD, operation.as_str()]).arg(self.sandbox.path("project"));
        command
    }

    /// The values of the keys of `entries`.
    #[track_caller]
    pub fn values(&self, entries: &[KeyValue]) -> Vec<Option<Vec<u8>>> {
        let keys: Vec<Vec<u8>> = entries.iter().map(|(key, _)| key.clone()).collect();
        self.client().get_many(&keys).unwrap()
    }

    /// Whether the database has just these values for these keys.
    #[track_caller]
    pub fn has(&self, entries: &[KeyValue]) -> bool {
        self.values(entries)
            .iter()
            .zip(entries)
            .all(|(found, (_, value))| found.as_ref() == Some(value))
    }

    /// Asserts that none of `entries` is in there, and that they can be put there.
    #[track_caller]
    pub fn is_empty_and_takes(&self, entries: &[KeyValue]) {
        assert_eq!(self.values(entries), vec![None; entries.len()]);
        self.client().put_many(entries).unwrap();
        assert!(self.has(entries));
    }

    /// Makes `complete/` as it is at `other`.
    pub fn copy_of(&self, other: &Path) {
        let complete = self.sandbox.path(COMPLETE);
        let _ = fs::remove_dir_all(&complete);
        copy(other, &complete);
    }

    /// A copy of `complete/` as it is now.
    pub fn copy(&self, name: &str) -> PathBuf {
        let copied = self.sandbox.path(name);
        copy(&self.sandbox.path(COMPLETE), &copied);
        copied
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else if from.ends_with("blobs") {
            // Never written to again.
            fs::hard_link(entry.path(), target).unwrap();
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The manifests of `count` stages, some 2 KB each, that differ between generations.
pub fn manifests(count: usize, generation: u64) -> Vec<KeyValue> {
    (0..count)
        .map(|stage| {
            let key = format!("sm:stage_{stage}\0{}\0{}", "3.13", 30).into_bytes();
            (key, noise(2000, generation << 32 | stage as u64))
        })
        .collect()
}

/// Bytes that no one can guess from others: a xorshift of `seed`.
pub fn noise(len_bytes: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..len_bytes).map(|_| random.below(256) as u8).collect()
}

/// Numbers that are the same in every run (xorshift64*; Vigna 2016).
pub struct Random(u64);

impl Random {
    /// Starts from `seed`.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// One of the numbers below `limit`.
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit
    }
}

/// A request to write `entries`.
pub fn request(entries: &[KeyValue]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in entries {
        Message::write(Message::KEY, key, &mut bytes);
        Message::write(Message::VALUE, value, &mut bytes);
    }
    bytes
}
