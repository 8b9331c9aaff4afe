//! Killed at every change of the file system, and at the half of every write; and each
//! of them failing instead.

use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use nix::errno::Errno;

use super::super::error::StateDbError;
use super::super::request::{KeyValue, Operation};
use super::super::response::Response;
use super::store::{COMPLETE, Store, manifests, noise, request};
use super::tracer::{self, Ended, Fault};
use crate::process::child::End;

/// A write to a database in the state `before`.
struct Write {
    store: Store,
    before: PathBuf,
    old: Vec<KeyValue>,
    new: Vec<KeyValue>,
}

impl Write {
    /// Of `new`, where `old` was written by several processes.
    fn over(old: Vec<KeyValue>, new: Vec<KeyValue>) -> Self {
        let store = Store::new();
        store.sandbox.make_directory(COMPLETE);
        for part in old.chunks(old.len().div_ceil(3).max(1)) {
            store.client().put_many(part).unwrap();
        }
        store.sandbox.write("request", request(&new));
        let before = store.copy("before");
        Self { store, before, old, new }
    }

    /// Does it with a fault; gives also what the process answered.
    fn run(&self, fault: Option<(usize, Fault)>) -> (Ended, Response) {
        self.store.copy_of(&self.before);
        let response = self.store.sandbox.path("response");
        let files = (
            File::open(self.store.sandbox.path("request")).unwrap(),
            File::create(&response).unwrap(),
        );
        let ended = tracer::run(self.store.command(Operation::PutMany), files, fault);
        let mut read = Response::default();
        read.take(&fs::read(response).unwrap());
        (ended, read)
    }

    /// Whether all is new; fails unless it is that or all is old, and unless it can be written.
    #[track_caller]
    fn is_new_or_old(&self, what: &dyn std::fmt::Debug) -> bool {
        let is_kept = |(key, _): &&KeyValue| self.new.iter().all(|(other, _)| other != key);
        let kept: Vec<KeyValue> = self.old.iter().filter(is_kept).cloned().collect();
        let found = self.store.values(&[self.new.as_slice(), &kept].concat());
        let (found, found_kept) = found.split_at(self.new.len());
        let old = |key: &Vec<u8>| self.old.iter().find(|(k, _)| k == key).map(|(_, value)| value);
        let pairs = || found.iter().map(Option::as_ref).zip(&self.new);
        let is_new = pairs().all(|(value, (_, new))| value == Some(new));
        let is_old = pairs().all(|(value, (key, _))| value == old(key));
        assert!(is_new || is_old, "a mixture: {what:?}");
        let mut others = found_kept.iter().zip(&kept);
        assert!(others.all(|(value, (_, old))| value.as_ref() == Some(old)), "lost: {what:?}");
        let complete = self.store.sandbox.listing(COMPLETE);
        let is_litter = |name: &&String| {
            ["broken", "next", "previous", "generating"].iter().any(|litter| name.contains(litter))
        };
        assert_eq!(complete.iter().find(is_litter), None, "{what:?}");
        let again = manifests(5, 77);
        self.store.client().put_many(&again).unwrap();
        assert!(self.store.has(&again), "{what:?}");
        is_new
    }

    /// Kills it at every change; in every run but a soak, at one of `group` that follow each other.
    #[track_caller]
    fn is_all_or_nothing(&self, group: usize) {
        let step = one_of(group);
        let (whole, _) = self.run(None);
        assert!(whole.by_itself && self.is_new_or_old(&whole));
        let (mut new, mut old) = (0, 0);
        for (at, is_write) in whole.changes.iter().enumerate().rev().step_by(step) {
            let tear = is_write.then_some(Fault::Tear);
            for fault in [Some(Fault::Kill), tear].into_iter().flatten() {
                let (ended, _) = self.run(Some((at + 1, fault)));
                let is_new = self.is_new_or_old(&(at + 1, fault, ended));
                *(if is_new { &mut new } else { &mut old }) += 1;
            }
        }
        assert!(new > 0 && old > 1, "{new} times new, {old} times old");
    }
}

/// How many there are for one that is taken: `group` in every run, one in a soak.
fn one_of(group: usize) -> usize {
    if std::env::var_os("PIVOT_COMPLETE_SOAK").is_some() { 1 } else { group }
}

#[test]
fn the_first_write_is_all_or_nothing() {
    Write::over(vec![], manifests(30, 1)).is_all_or_nothing(2);
}

#[test]
fn a_write_over_old_entries_is_all_or_nothing() {
    Write::over(manifests(60, 0), manifests(108, 1)[40..].to_vec()).is_all_or_nothing(4);
}

/// A batch that takes several segments of sled's log.
#[test]
fn a_large_write_is_all_or_nothing() {
    Write::over(manifests(900, 0), manifests(1000, 1)).is_all_or_nothing(10);
}

/// The write after which a smaller database takes the place of this one: far below the limits before
/// it, far above them behind it, since nobody knows how large sled's log becomes.
#[test]
fn replacing_it_is_all_or_nothing() {
    let large = |kib: usize, number: u64| (b"rc:record".to_vec(), noise(kib << 10, number));
    let (last, new) = (large(4096, 1), large(2800, 2));
    let store = Store::new();
    store.sandbox.write("request", request(std::slice::from_ref(&new)));
    store.client().put_many(&manifests(20, 0)).unwrap();
    for value in [large(4096, 0), last.clone()] {
        store.client().put_many(&[value]).unwrap();
    }
    let before = store.copy("before");
    let inode = |write: &Write| write.store.path("state.sled").metadata().unwrap().ino();
    let old = [manifests(20, 0), vec![last]].concat();
    let write = Write { store, before, old, new: vec![new] };
    write.store.copy_of(&write.before);
    let replaced = inode(&write);
    write.store.client().put_many(&write.new).unwrap();
    assert_ne!(inode(&write), replaced, "it was not replaced");
    write.is_all_or_nothing(10);
}

/// Nothing is set aside because the disk is full, and nothing is lost.
#[test]
fn a_call_that_fails_loses_nothing() {
    let write = Write::over(manifests(30, 0), manifests(40, 1));
    let (whole, _) = write.run(None);
    let others = [Errno::EDQUOT, Errno::EFBIG, Errno::EROFS, Errno::EACCES];
    let all = others.into_iter().enumerate().map(|(skip, error)| (error, skip, others.len()));
    for (error, skip, step) in std::iter::once((Errno::ENOSPC, 0, one_of(2))).chain(all) {
        let (mut failed, mut ended_by_itself) = (0, 0);
        for number in (1..=whole.changes.len()).skip(skip).step_by(step) {
            let what = (number, error);
            let (ended, response) = write.run(Some((number, Fault::Fail(error))));
            if !ended.by_itself {
                // It hung, and its time was up: one write more that was killed.
                write.is_new_or_old(&what);
                continue;
            }
            ended_by_itself += 1;
            let result = response.result(&End::TimedOut);
            assert!(!matches!(result, Err(StateDbError::Broken(_))), "{what:?}: {result:?}");
            failed += usize::from(result.is_err());
            let is_new = write.is_new_or_old(&what);
            assert!(is_new || result.is_err(), "{what:?}: {result:?}");
        }
        assert!(failed > 2, "{error}: {failed} times");
        assert!(ended_by_itself > whole.changes.len() / step / 2, "{error}: hangs often");
    }
}
