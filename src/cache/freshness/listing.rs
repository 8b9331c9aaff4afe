//! A directory that the pipeline listed: what it could choose from counts.

use xxhash_rust::xxh64::xxh64;

use super::directory::{Unordered, is_ignored};
use super::pattern;
use crate::files::{Disk, FileType, PATH_MAX_BYTES, PathBuffer, ReadError};

/// The pipeline could see what an entry is.
pub const TYPES: u8 = 1;
/// Directories, and links that may lead to one, count whatever they are called.
pub const DIRECTORIES: u8 = 2;
/// A name that begins with a dot is matched by no pattern that does not.
pub const HIDDEN_APART: u8 = 4;

/// The digest of those entries of a directory that count, whatever their order.
pub struct ListingDigest<'a> {
    aspects: u8,
    patterns: &'a [u8],
    entries: Unordered,
}

impl<'a> ListingDigest<'a> {
    /// Of no entry yet. `patterns` are those by which the pipeline chose, with a NUL between two;
    /// empty: it did not.
    pub fn of(aspects: u8, patterns: &'a [u8]) -> Self {
        Self { aspects, patterns, entries: Unordered::default() }
    }

    /// Whether the digest asks what an entry is.
    pub fn asks_kind(&self) -> bool {
        self.aspects & (TYPES | DIRECTORIES) != 0
    }

    /// Adds an entry; says what stands for it where it counts: its type's letter, or nothing where
    /// types do not count.
    pub fn add(&mut self, name: &[u8], kind: FileType) -> Option<Option<u8>> {
        if is_ignored(name) || !self.counts(name, kind) {
            return None;
        }
        let letter = (self.aspects & TYPES != 0).then(|| letter(kind));
        self.entries.add(xxh64(name, letter.map_or(0, u64::from)));
        Some(letter)
    }

    /// The digest of all that was added.
    pub fn value(&self) -> u64 {
        self.entries.value()
    }

    fn counts(&self, name: &[u8], kind: FileType) -> bool {
        let leads_on = matches!(kind, FileType::Directory | FileType::Link);
        if self.patterns.is_empty() || self.aspects & DIRECTORIES != 0 && leads_on {
            return true;
        }
        let mut patterns = self.patterns.split(|&byte| byte == 0);
        patterns.any(|pattern| {
            let is_apart = self.aspects & HIDDEN_APART != 0
                && name.starts_with(b".")
                && !pattern.starts_with(b".");
            !is_apart && pattern::matches(pattern, name)
        })
    }
}

/// The letter of a type.
pub fn letter(kind: FileType) -> u8 {
    match kind {
        FileType::File => b'f',
        FileType::Directory => b'd',
        FileType::Link => b'l',
        FileType::Other => b'o',
    }
}

/// The [digest](ListingDigest) of the directory at `path`.
pub fn digest<D: Disk>(
    aspects: u8,
    patterns: &[u8],
    disk: &D,
    path: &PathBuffer<'_>,
    seen: &mut dyn FnMut(&[u8], Option<u8>),
) -> Result<u64, ReadError> {
    let mut listing = ListingDigest::of(aspects, patterns);
    let listed = disk.list(path.as_c_path(), &mut |name, kind| {
        let kind = match kind {
            Some(kind) => kind,
            None if listing.asks_kind() => kind_of(disk, path, name),
            None => FileType::Other,
        };
        if let Some(letter) = listing.add(name, kind) {
            seen(name, letter);
        }
    });
    listed.map(|()| listing.value())
}

/// What an entry is where its directory does not tell.
#[cold]
fn kind_of<D: Disk>(disk: &D, directory: &PathBuffer<'_>, name: &[u8]) -> FileType {
    let mut storage = [0; PATH_MAX_BYTES];
    let mut path = PathBuffer::new(&mut storage);
    let whole = path.set(directory.as_bytes()).and_then(|()| path.push(name));
    match whole.map(|()| disk.stat_link(path.as_c_path())) {
        Ok(Ok(stat)) => stat.kind,
        _ => FileType::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(aspects: u8, patterns: &str, entries: &[(&str, FileType)]) -> u64 {
        let mut listing = ListingDigest::of(aspects, patterns.as_bytes());
        for (name, kind) in entries {
            listing.add(name.as_bytes(), *kind);
        }
        listing.value()
    }

    const A: (&str, FileType) = ("a.csv", FileType::File);

    #[test]
    fn what_no_pattern_chooses_does_not_count() {
        let none = digest(0, "*.csv\0b?", &[A]);
        for (other, same) in [("a.txt", true), ("b1", false), ("b.csv", false), (".h.csv", false)] {
            assert_eq!(
                digest(0, "*.csv\0b?", &[A, (other, FileType::File)]) == none,
                same,
                "{other}"
            );
        }
        let apart = digest(HIDDEN_APART, "*.csv", &[A]);
        assert_eq!(digest(HIDDEN_APART, "*.csv", &[A, (".h.csv", FileType::File)]), apart);
        assert_ne!(digest(HIDDEN_APART, ".*", &[(".h", FileType::File)]), digest(0, "", &[]));
    }

    #[test]
    fn directories_and_types_count_where_they_were_seen() {
        let data = |kind| digest(DIRECTORIES, "*.csv", &[A, ("data", kind)]);
        let alone = digest(DIRECTORIES, "*.csv", &[A]);
        assert_eq!([FileType::File, FileType::Other].map(|kind| data(kind) == alone), [true, true]);
        assert_eq!(
            [FileType::Directory, FileType::Link].map(|kind| data(kind) == alone),
            [false, false]
        );
        let typed = |kind| digest(TYPES, "", &[("b", kind)]);
        assert_ne!(typed(FileType::File), typed(FileType::Directory));
        assert_eq!(
            digest(0, "", &[("b", FileType::File)]),
            digest(0, "", &[("b", FileType::Directory)])
        );
    }
}
