//! Reads entries of an LMDB file as it lies there: no lock, no mapping, nothing written. Pivot's state
//! is such a file.
//!
//! Source: LMDB 0.9, `mdb.c`: pages of one size, the first two of which describe the tree in turn.
//!
//! ```text
//! a page        0  number 8 | 8 zero 2 | 10 flags 2 | 12 end of the places 2, start of the entries 2,
//!                  or the number of overflow pages 4 | 16 places of entries, 2 each
//! the first two 16 magic 4 | 20 version 4 | 40 size of a page 4 | 88 the tree (its root 40 behind that)
//!              144 number of the transaction 8
//! an entry      0  low 2 | 2 high 2 | 4 flags 2 | 6 length of the key 2 | 8 the key | the value
//!                  low and high: in a leaf the value's length; in a branch, with the flags, a page
//! ```
//!
//! A writer spares the pages of the last transaction that ended, and those of the one before: while no
//! newer one has ended, what was read is of one moment.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::files::open;

const MAGIC: u32 = 0xBEEF_C0DE;
const VERSION: u32 = 1;
/// Flags of a page.
const BRANCH: u16 = 1;
const LEAF: u16 = 2;
const OVERFLOW: u16 = 4;
/// Flag of an entry whose value lies in overflow pages.
const BIG: u16 = 1;
/// Deepest tree; LMDB's own limit.
const DEPTH_MAX: usize = 32;
/// Most pages that are read.
const PAGES_MAX: usize = 4_096;
/// Longest value, in bytes.
const VALUE_LIMIT_BYTES: usize = 1 << 20;
/// Longest values in all, in bytes: many entries may share one.
const VALUES_LIMIT_BYTES: usize = 16 << 20;
/// Times that it is tried while others write.
const TRIES: usize = 3;

/// The last entries whose keys start with `prefix`, at most `max` of them, the last one first; nothing
/// where this is no such file, or is written to all the time.
pub fn last_entries(file: &Path, prefix: &[u8], max: usize) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    let (file, _) = open(file).ok()?;
    for _ in 0..TRIES {
        let tree = newest(&file)?;
        let left_bytes = VALUES_LIMIT_BYTES;
        let mut walk =
            Walk { file: &file, tree, pages: 0, left_bytes, prefix, max, found: Vec::new() };
        let is_whole = walk.page(tree.root, DEPTH_MAX).is_some();
        // What a writer was about to reuse may have looked like anything.
        if newest(&file)?.transaction == tree.transaction {
            return is_whole.then_some(walk.found);
        }
    }
    None
}

/// A tree as one transaction left it.
#[derive(Clone, Copy)]
struct Tree {
    transaction: u64,
    page_len_bytes: usize,
    /// `None` for an empty tree.
    root: Option<u64>,
}

/// The newer of the two trees.
fn newest(file: &File) -> Option<Tree> {
    let first = described(file, 0)?;
    let second = described(file, first.page_len_bytes as u64)?;
    Some(if second.transaction > first.transaction { second } else { first })
}

fn described(file: &File, place: u64) -> Option<Tree> {
    let mut page = [0; 152];
    file.read_exact_at(&mut page, place).ok()?;
    let is_known = u32_at(&page, 16)? == MAGIC && u32_at(&page, 20)? == VERSION;
    let page_len_bytes = u32_at(&page, 40)? as usize;
    let is_size = page_len_bytes.is_power_of_two() && (512..=1 << 16).contains(&page_len_bytes);
    let root = u64_at(&page, 128)?;
    (is_known && is_size).then_some(Tree {
        transaction: u64_at(&page, 144)?,
        page_len_bytes,
        root: (root != u64::MAX).then_some(root),
    })
}

/// A way through the tree, from its end.
struct Walk<'w> {
    file: &'w File,
    tree: Tree,
    /// Pages that were read.
    pages: usize,
    /// How long the values may be yet.
    left_bytes: usize,
    prefix: &'w [u8],
    max: usize,
    found: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Walk<'_> {
    /// Adds what lies in and below a page; nothing where it is none.
    fn page(&mut self, number: Option<u64>, depth_left: usize) -> Option<()> {
        let Some(number) = number else { return Some(()) };
        let depth_left = depth_left.checked_sub(1)?;
        let page = self.read(number, self.tree.page_len_bytes)?;
        let flags = u16_at(&page, 10)?;
        let count = usize::from(u16_at(&page, 12)?).checked_sub(16)? / 2;
        let entry = |index: usize| Entry::of(&page, usize::from(u16_at(&page, 16 + 2 * index)?));
        // The first key that is behind all that are asked for ends those of the entry before.
        let mut next: Option<Vec<u8>> = None;
        for index in (0..count).rev() {
            if self.found.len() >= self.max {
                break;
            }
            let entry = entry(index)?;
            if flags & LEAF != 0 {
                if entry.key.starts_with(self.prefix) {
                    let value = self.value(&entry)?;
                    self.found.push((entry.key.to_vec(), value));
                } else if entry.key < self.prefix {
                    break;
                }
                continue;
            }
            if flags & BRANCH == 0 {
                return None;
            }
            // The first entry of a branch has no key: all that come before the second are below it.
            let is_behind =
                index > 0 && entry.key > self.prefix && !entry.key.starts_with(self.prefix);
            let is_before = next.is_some_and(|next| next.as_slice() <= self.prefix);
            if is_before {
                break;
            }
            if !is_behind {
                self.page(Some(entry.child()), depth_left)?;
            }
            next = Some(entry.key.to_vec());
        }
        Some(())
    }

    fn value(&mut self, entry: &Entry<'_>) -> Option<Vec<u8>> {
        let len_bytes = entry.value_len_bytes();
        if len_bytes > VALUE_LIMIT_BYTES {
            return None;
        }
        self.left_bytes = self.left_bytes.checked_sub(len_bytes)?;
        if entry.flags & BIG == 0 {
            return entry.rest.get(..len_bytes).map(<[u8]>::to_vec);
        }
        let page = self.read(u64_at(entry.rest, 0)?, 16 + len_bytes)?;
        (u16_at(&page, 10)? & OVERFLOW != 0).then(|| page[16..].to_vec())
    }

    /// So many bytes from the start of a page.
    fn read(&mut self, number: u64, len_bytes: usize) -> Option<Vec<u8>> {
        self.pages += 1;
        if self.pages > PAGES_MAX {
            return None;
        }
        let place = number.checked_mul(self.tree.page_len_bytes as u64)?;
        let mut bytes = vec![0; len_bytes];
        self.file.read_exact_at(&mut bytes, place).ok()?;
        (u64_at(&bytes, 0)? == number).then_some(bytes)
    }
}

/// An entry of a page.
struct Entry<'p> {
    low: u16,
    high: u16,
    flags: u16,
    key: &'p [u8],
    /// What stands behind the key, to the end of the page.
    rest: &'p [u8],
}

impl<'p> Entry<'p> {
    fn of(page: &'p [u8], place: usize) -> Option<Self> {
        let bytes = page.get(place..)?;
        let (key, rest) = bytes.get(8..)?.split_at_checked(u16_at(bytes, 6)?.into())?;
        let [low, high, flags] = [u16_at(bytes, 0)?, u16_at(bytes, 2)?, u16_at(bytes, 4)?];
        Some(Self { low, high, flags, key, rest })
    }

    fn value_len_bytes(&self) -> usize {
        usize::from(self.low) | usize::from(self.high) << 16
    }

    fn child(&self) -> u64 {
        u64::from(self.low) | u64::from(self.high) << 16 | u64::from(self.flags) << 32
    }
}

fn u16_at(bytes: &[u8], place: usize) -> Option<u16> {
    Some(u16::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    Some(u32::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    Some(u64::from_le_bytes(*bytes.get(place..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A tree of two leaves, one value of which lies in overflow pages.
    #[test]
    fn the_last_entries_come_first() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/corpus/lmdb/sound");
        let found = last_entries(Path::new(file), b"run:", 2).unwrap();
        let keys: Vec<&[u8]> = found.iter().map(|(key, _)| key.as_slice()).collect();
        assert_eq!(keys, [b"run:3", b"run:2"]);
        assert_eq!((found[0].1.len(), found[1].1.as_slice()), (600, &b"{}"[..]));
        let all = last_entries(Path::new(file), b"run:", 100).unwrap();
        assert_eq!(all.len(), 3);
    }

    /// What fuzzing kept, with one byte in three changed: some entries, or none.
    #[test]
    fn what_fuzzing_kept_ends() {
        let place = tempfile::NamedTempFile::new().unwrap();
        for bytes in crate::corpus::kept("lmdb") {
            std::fs::write(place.path(), &bytes).unwrap();
            for (number, byte) in (0..).zip(&bytes).step_by(3) {
                place.as_file().write_all_at(&[!byte], number).unwrap();
                let _ = last_entries(place.path(), b"run:", 100);
                place.as_file().write_all_at(&[*byte], number).unwrap();
            }
        }
    }
}
