//! The shapes of modules in a record: by what of its code an edited one would give the same names.
//!
//! ```text
//!      0      4  number of the input that is the module's source
//!      4      4  length of what started: n
//!      8      8  digest of the module's code (driver/shapes/shape.py)
//!     16      n  what of it started: `0` or `1` for each code object, in the order of shape.py
//! ```

use crate::encoding::drawn::fields;

/// The fields of a shape, before what started.
pub mod header {
    use super::fields;

    fields! {
        INPUT: 4, STARTED_LEN: 4, DIGEST: 8
    }
}

/// A module's shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape<'a> {
    /// The number of the input that is its source.
    pub input: usize,
    /// The digest of its code.
    pub digest: u64,
    /// What of it started, a byte for each code object.
    pub started: &'a [u8],
}

/// The shapes in the part of a record; they end at one that is malformed.
pub fn shapes(mut part: &[u8]) -> impl Iterator<Item = Shape<'_>> {
    core::iter::from_fn(move || {
        let started_len = header::STARTED_LEN.u32(part)? as usize;
        let (head, rest) = part.split_at_checked(header::LEN_BYTES)?;
        let (started, rest) = rest.split_at_checked(started_len)?;
        part = rest;
        let (input, digest) = (header::INPUT.u32(head)? as usize, header::DIGEST.u64(head)?);
        Some(Shape { input, digest, started })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_are_read_to_the_first_that_is_cut() {
        let mut part = [0; 2 * header::LEN_BYTES + 3];
        part[..16].copy_from_slice(&[3, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 1]);
        part[16..19].copy_from_slice(b"101");
        part[19] = 4;
        let first = Shape { input: 3, digest: 1 << 56 | 9, started: b"101" };
        let second = Shape { input: 4, digest: 0, started: b"" };
        assert!(shapes(&part).eq([first, second]));
        for end in 0..part.len() {
            let whole = shapes(&part[..end]).count();
            assert_eq!(whole, usize::from(end >= 19), "cut at {end}");
        }
    }
}
