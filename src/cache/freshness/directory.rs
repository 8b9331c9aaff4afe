//! A directory that was looked into for some names, or whose names all count: those count.

use xxhash_rust::xxh64::xxh64;

use crate::files::{Disk, PathBuffer, ReadError};

/// The [digest](NamesDigest) of those entries of the directory at `path` that count.
pub fn digest<D: Disk>(names: &[u8], disk: &D, path: &PathBuffer<'_>) -> Result<u64, ReadError> {
    let mut digest = NamesDigest::of(names);
    let listed = disk.list(path.as_c_path(), &mut |name, _| {
        digest.add(name);
    });
    listed.map(|()| digest.value())
}

/// What a name is found by among those that count.
pub fn name_hash(name: &[u8]) -> u32 {
    xxh64(name, 0) as u32
}

/// A digest of entries, whatever their order.
#[derive(Default)]
pub struct Unordered {
    sum: u64,
    count: u64,
}

impl Unordered {
    /// Adds an entry of this digest.
    pub fn add(&mut self, digest: u64) {
        self.sum = self.sum.wrapping_add(digest);
        self.count += 1;
    }

    /// The digest of all that was added.
    pub fn value(&self) -> u64 {
        self.sum ^ self.count.rotate_left(48)
    }
}

/// The digest of those entries of a directory that count, whatever their order.
pub struct NamesDigest<'a> {
    names: &'a [u8],
    entries: Unordered,
}

impl<'a> NamesDigest<'a> {
    /// Of no entry yet. `names` are the sorted [hashes](name_hash) of the names that count, 4
    /// bytes each; empty: all of them.
    pub fn of(names: &'a [u8]) -> Self {
        Self { names, entries: Unordered::default() }
    }

    /// Adds an entry; says whether it counts. What is [ignored](is_ignored) never does.
    pub fn add(&mut self, name: &[u8]) -> bool {
        let counts = !is_ignored(name) && self.counts(name);
        if counts {
            self.entries.add(xxh64(name, 0));
        }
        counts
    }

    /// The digest of all that was added.
    pub fn value(&self) -> u64 {
        self.entries.value()
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

/// The module that a file of this name holds: source, bytecode without it, or an extension
/// (`x.cpython-313-….so`).
fn module_in(name: &[u8]) -> Option<&[u8]> {
    name.strip_suffix(b".py").or_else(|| name.strip_suffix(b".pyc")).or_else(|| {
        let stem = name.strip_suffix(b".so")?;
        stem.split(|&byte| byte == b'.').next()
    })
}

/// Whether an entry of a directory is no input, whoever listed it: bytecode beside its source, and
/// Pivot's own directory.
pub fn is_ignored(name: &[u8]) -> bool {
    matches!(name, b"." | b".." | b"__pycache__" | b".pivot")
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec::Vec;

    use super::*;

    fn digest(names: &[u8], entries: &[&str]) -> u64 {
        let mut digest = NamesDigest::of(names);
        for entry in entries {
            digest.add(entry.as_bytes());
        }
        digest.value()
    }

    #[test]
    fn a_listing_is_a_set_of_names() {
        assert_eq!(digest(b"", &["a", "b"]), digest(b"", &["b", "a", "__pycache__", ".pivot"]));
        assert_ne!(digest(b"", &["a", "b"]), digest(b"", &["a"]));
        assert_ne!(digest(b"", &["a"]), digest(b"", &["a", "a"]));
        assert_ne!(digest(b"", &["a"]), digest(b"", &["a", "x.pyc"]));
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
        let found =
            ["helpers", "helpers.py", "helpers.pyc", "helpers.cpython-313.so", "pivot.yaml"];
        for entry in found.into_iter().chain(["yaml.so"]) {
            assert_ne!(digest(&names, &[entry]), none, "{entry}");
        }
    }
}
