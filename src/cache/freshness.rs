//! One input of a discovery, and whether it is still what the discovery read.

use xxhash_rust::xxh64::xxh64;

use crate::files::PathBuffer;
use crate::files::Stamp;
use crate::files::{Disk, Kind, ReadError, Stat, StatError};
use crate::reason::Reason;

/// Longest file whose content is compared, in bytes: beyond it stamps alone decide.
pub const DIGEST_LIMIT_BYTES: u64 = 64 << 20;

/// What a discovery did with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Read a file: its content counts.
    File = 0,
    /// Listed a directory, or looked for some names in it: those names count.
    Directory = 1,
    /// Found nothing there.
    Absent = 2,
    /// Ran it, or read something too long to compare: its stamp counts, of programs but for the
    /// ctime, which a new hard link changes.
    StampOnly = 3,
}

impl InputKind {
    /// The kind of this number in a store.
    pub fn numbered(number: u8) -> Option<Self> {
        match number {
            0 => Some(InputKind::File),
            1 => Some(InputKind::Directory),
            2 => Some(InputKind::Absent),
            3 => Some(InputKind::StampOnly),
            _ => None,
        }
    }
}

/// One input as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// What the discovery did with it.
    pub kind: InputKind,
    /// Whether the stamp proves nothing; see [`Stamp::is_racy`].
    pub is_racy: bool,
    /// Whether it is data that the pipeline opened, and no module.
    pub is_data: bool,
    /// Its stamp; zeros where it was absent.
    pub stamp: Stamp,
    /// xxh64 (seed 0) of a file's content, or the [digest of a listing](ListingDigest).
    pub digest: u64,
    /// Where it is: absolute, or relative to ROOT.
    pub path: &'a [u8],
    /// The names that count in a directory, as sorted [hashes](name_hash) of 4 bytes; empty: all.
    pub names: &'a [u8],
}

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputState {
    /// Its stamp proves that it is the same.
    Same,
    /// Its content is the same, though its stamp proves nothing, or no longer. A new stamp would
    /// prove something once the time given, in seconds, has aged.
    SameContent(Option<i64>),
    /// It is another one.
    Changed(Reason),
}

/// How it is known that all inputs are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// Whether stamps alone proved it.
    pub by_stamps: bool,
    /// The earliest change, in seconds, whose stamp did not prove what the content had to: once
    /// that has aged, new stamps would.
    pub renewable_s: Option<i64>,
}

impl Proof {
    /// Of no input.
    pub const NONE: Self = Self { by_stamps: true, renewable_s: None };

    /// Counts one input in; fails where it is another one.
    pub fn add(&mut self, state: InputState) -> Result<(), Reason> {
        match state {
            InputState::Same => Ok(()),
            InputState::SameContent(changed_s) => {
                self.by_stamps = false;
                self.renewable_s = [self.renewable_s, changed_s].into_iter().flatten().min();
                Ok(())
            }
            InputState::Changed(reason) => Err(reason),
        }
    }
}

impl Input<'_> {
    /// Compares the input with what is there now.
    ///
    /// `path` is where it lies, ready to be asked about. `known` is its stat where the caller has
    /// it already.
    pub fn compare<D: Disk>(
        &self,
        disk: &D,
        path: &PathBuffer<'_>,
        known: Option<&Stat>,
    ) -> InputState {
        // Whatever the stat would be, the content decides.
        if let (InputKind::File, true, None) = (self.kind, self.is_racy, known)
            && disk.digest_at_once(path.as_c_path(), self.stamp.len_bytes) == Some(self.digest)
        {
            // Touched or not since then: a renewal finds that out.
            return InputState::SameContent(self.stamp.changed_s());
        }
        let found = match known {
            Some(stat) => Ok(*stat),
            None => disk.stat(path.as_c_path()),
        };
        let stat = match (found, self.kind) {
            (Err(StatError::Unsure), _) => return InputState::Changed(Reason::FileSystemFails),
            (Err(StatError::Absent), InputKind::Absent) => return InputState::Same,
            (Err(StatError::Absent), _) => return InputState::Changed(Reason::InputGone),
            (Ok(_), InputKind::Absent) => return InputState::Changed(Reason::InputAppeared),
            (Ok(stat), _) => stat,
        };
        let now = Stamp::of(&stat);
        match self.kind {
            // Data too long to be compared: nothing else tells of a stamp that was restored.
            InputKind::StampOnly if self.is_data && (self.is_racy || now != self.stamp) => {
                InputState::Changed(Reason::InputsTooLarge)
            }
            InputKind::StampOnly if now.is_same_file(&self.stamp) => InputState::Same,
            InputKind::StampOnly | InputKind::Absent => InputState::Changed(Reason::InputChanged),
            InputKind::File if stat.kind != Kind::File => InputState::Changed(Reason::InputChanged),
            InputKind::Directory if stat.kind != Kind::Directory => {
                InputState::Changed(Reason::InputChanged)
            }
            _ if now == self.stamp && !self.is_racy => InputState::Same,
            InputKind::File if now.len_bytes != self.stamp.len_bytes => {
                InputState::Changed(Reason::InputChanged)
            }
            InputKind::File => self.compare_content(disk, path, &now),
            InputKind::Directory => {
                let mut listing = ListingDigest::of(self.names);
                let listed = disk.list(path.as_c_path(), &mut |name| {
                    listing.add(name);
                });
                self.settle(listed.map(|()| listing.value()), &now, Reason::ListingChanged)
            }
        }
    }

    /// Compares the content alone of a file that has this stamp now.
    pub fn compare_content<D: Disk>(
        &self,
        disk: &D,
        path: &PathBuffer<'_>,
        now: &Stamp,
    ) -> InputState {
        self.settle(disk.digest(path.as_c_path(), now.len_bytes), now, Reason::InputChanged)
    }

    fn settle(&self, digest: Result<u64, ReadError>, now: &Stamp, otherwise: Reason) -> InputState {
        match digest {
            Ok(digest) if digest == self.digest => InputState::SameContent(now.changed_s()),
            Ok(_) => InputState::Changed(otherwise),
            Err(ReadError::Missing) => InputState::Changed(Reason::InputGone),
            Err(ReadError::TooLarge) => InputState::Changed(Reason::InputsTooLarge),
            Err(_) => InputState::Changed(Reason::InputUnreadable),
        }
    }
}

/// What a name is found by among those that count.
pub fn name_hash(name: &[u8]) -> u32 {
    xxh64(name, 0) as u32
}

/// The digest of those entries of a directory that count, whatever their order.
pub struct ListingDigest<'a> {
    names: &'a [u8],
    sum: u64,
    count: u64,
}

impl<'a> ListingDigest<'a> {
    /// Of no entry yet. `names` are the sorted [hashes](name_hash) of the names that count, 4
    /// bytes each; empty: all of them.
    pub fn of(names: &'a [u8]) -> Self {
        Self { names, sum: 0, count: 0 }
    }

    /// Adds an entry; says whether it counts. Bytecode, Pivot's and git's own directories never
    /// do.
    pub fn add(&mut self, name: &[u8]) -> bool {
        let counts = !is_ignored(name) && self.counts(name);
        if counts {
            self.sum = self.sum.wrapping_add(xxh64(name, 0));
            self.count += 1;
        }
        counts
    }

    /// The digest of all that was added.
    pub fn value(&self) -> u64 {
        self.sum ^ self.count.rotate_left(48)
    }

    /// Whether the whole name was looked for, as that of a package, or the module in it.
    fn counts(&self, name: &[u8]) -> bool {
        self.names.is_empty()
            || self.contains(name_hash(name))
            || module_in(name).is_some_and(|module| self.contains(name_hash(module)))
    }

    fn contains(&self, hash: u32) -> bool {
        let (mut low, mut high) = (0, self.names.len() / 4);
        while low < high {
            let middle = low.midpoint(high);
            let found = self.names.get(middle * 4..middle * 4 + 4).unwrap_or_default();
            match found.try_into().map_or(0, u32::from_le_bytes).cmp(&hash) {
                core::cmp::Ordering::Equal => return true,
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        false
    }
}

/// The module that a file of this name holds: source, or an extension (`x.cpython-313-….so`).
fn module_in(name: &[u8]) -> Option<&[u8]> {
    name.strip_suffix(b".py").or_else(|| {
        let stem = name.strip_suffix(b".so")?;
        stem.split(|&byte| byte == b'.').next()
    })
}

/// Whether an entry of a directory is no input, whoever listed it.
pub fn is_ignored(name: &[u8]) -> bool {
    matches!(name, b"." | b".." | b"__pycache__" | b".git" | b".pivot")
        || name.ends_with(b".pyc")
        || name.ends_with(b".pyo")
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    fn digest(names: &[u8], entries: &[&str]) -> u64 {
        let mut listing = ListingDigest::of(names);
        for entry in entries {
            listing.add(entry.as_bytes());
        }
        listing.value()
    }

    #[test]
    fn a_listing_is_a_set_of_names() {
        assert_eq!(digest(b"", &["a", "b"]), digest(b"", &["b", "a", "__pycache__", "x.pyc"]));
        assert_ne!(digest(b"", &["a", "b"]), digest(b"", &["a"]));
        assert_ne!(digest(b"", &["a"]), digest(b"", &["a", "a"]));
        assert_ne!(digest(b"", &[]), digest(b"", &["a"]));
    }

    #[test]
    fn only_names_that_were_looked_for_count() {
        let mut hashes: Vec<u32> =
            ["helpers", "pivot.yaml", "yaml"].map(|name| name_hash(name.as_bytes())).to_vec();
        hashes.sort_unstable();
        let names: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let none = digest(&names, &[]);
        let others = ["out.csv", "pivot.yml", "help", "helpers.csv", "helpers.py.orig", "yaml.py~"];
        assert_eq!(digest(&names, &others), none);
        for entry in ["helpers", "helpers.py", "helpers.cpython-313.so", "pivot.yaml", "yaml.so"] {
            assert_ne!(digest(&names, &[entry]), none, "{entry}");
        }
    }
}
