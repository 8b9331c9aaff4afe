//! The snapshot of one discovery's names: `ROOT/.pivot/cache/complete/<key>.names`.
//!
//! `stages.cache` has no integrity of its own, can be rewritten by Pivot's completion with
//! another pipeline's stages, and has room for ROOT's pipeline alone. The snapshot is a sealed
//! copy of what was written there, one for each config file:
//!
//! ```text
//! pivot-complete names 1            magic and version
//! 0f1e2d3c4b5a6978                  xxh64 (seed 0) of all that follows, 16 hex digits
//! v1                                from here on the bytes of a stages.cache; the config
//! sub/pipeline.py:1707123456.789    may lie in a sub-directory
//! train
//! ```

use xxhash_rust::xxh64::xxh64;

/// First line of every snapshot.
pub const MAGIC_LINE: &[u8] = b"pivot-complete names 1\n";

const SEAL_LEN_BYTES: usize = 16;

/// The name of the snapshot for `config` (a path relative to ROOT), without directories.
pub fn file_name(config: &[u8]) -> [u8; SEAL_LEN_BYTES + 6] {
    let mut name = *b"0000000000000000.names";
    if let Some(key) = name.get_mut(..SEAL_LEN_BYTES) {
        key.copy_from_slice(&seal(config));
    }
    name
}

/// A snapshot, still in its own bytes.
#[derive(Clone, Copy)]
pub struct Snapshot<'a> {
    seal: &'a [u8],
    /// The bytes of a `stages.cache`, not yet compared with their seal.
    pub content: &'a [u8],
}

impl<'a> Snapshot<'a> {
    /// Takes `bytes` apart; `None` for another version, and for what is no snapshot at all.
    pub fn open(bytes: &'a [u8]) -> Option<Self> {
        let sealed = bytes.strip_prefix(MAGIC_LINE)?;
        let (seal, rest) = sealed.split_at_checked(SEAL_LEN_BYTES)?;
        Some(Self { seal, content: rest.strip_prefix(b"\n")? })
    }

    /// Whether the content is what was sealed.
    pub fn is_intact(&self) -> bool {
        self.seal == seal(self.content)
    }
}

/// The seal of `content`: what stands between the magic line and a newline.
pub fn seal(content: &[u8]) -> [u8; SEAL_LEN_BYTES] {
    hex(xxh64(content, 0))
}

fn hex(value: u64) -> [u8; SEAL_LEN_BYTES] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; SEAL_LEN_BYTES];
    let mut rest = value;
    for place in text.iter_mut().rev() {
        *place = DIGITS[(rest & 15) as usize];
        rest >>= 4;
    }
    text
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn every_flipped_bit_breaks_the_seal() {
        let content_bytes = b"v1\nsub/pipeline.py:1.0\ntrain\n";
        let mut snapshot = Vec::new();
        snapshot.extend(MAGIC_LINE);
        snapshot.extend(seal(content_bytes));
        snapshot.extend(b"\n");
        snapshot.extend(content_bytes);
        let is_intact =
            |bytes: &[u8]| Snapshot::open(bytes).is_some_and(|snapshot| snapshot.is_intact());
        assert!(is_intact(&snapshot));
        assert_eq!(Snapshot::open(&snapshot).unwrap().content, content_bytes);
        for bit in 0..snapshot.len() * 8 {
            snapshot[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_intact(&snapshot), "bit {bit}");
            snapshot[bit / 8] ^= 1 << (bit % 8);
        }
        for end in 0..snapshot.len() {
            assert!(!is_intact(&snapshot[..end]), "cut at {end}");
        }
    }

    #[test]
    fn the_key_is_the_hash_of_the_path() {
        // xxh64 of the empty input, from the xxHash specification.
        assert_eq!(&file_name(b""), b"ef46db3751d8e999.names");
    }
}
