//! Byte layouts: fields that are each derived from the one before, little-endian numbers, absent
//! where the bytes end; parts and strings by their places.

use crate::reason::Reason;

/// A field of a layout: `LEN` bytes of an entry or a header, for its writer and its reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field<const LEN: usize> {
    start: usize,
}

impl<const LEN: usize> Field<LEN> {
    /// The first field of a layout.
    pub const fn first() -> Self {
        Self { start: 0 }
    }

    /// The field right behind this one.
    pub const fn then<const NEXT: usize>(self) -> Field<NEXT> {
        Field { start: self.end() }
    }

    /// Where it starts.
    pub const fn start(self) -> usize {
        self.start
    }

    /// Where it ends: the length of a layout that it is the last field of.
    pub const fn end(self) -> usize {
        self.start + LEN
    }

    /// Its bytes.
    pub fn of(self, bytes: &[u8]) -> Option<&[u8; LEN]> {
        array_at(bytes, self.start)
    }

    /// Sets its bytes.
    ///
    /// Panics where `bytes` end before it does: a writer has room for all of its layout.
    pub fn set(self, bytes: &mut [u8], value: [u8; LEN]) {
        bytes[self.start..self.end()].copy_from_slice(&value);
    }
}

impl Field<1> {
    /// Its number.
    pub fn u8(self, bytes: &[u8]) -> Option<u8> {
        bytes.get(self.start).copied()
    }
}

impl Field<2> {
    /// Its number.
    pub fn u16(self, bytes: &[u8]) -> Option<u16> {
        self.of(bytes).map(|bytes| u16::from_le_bytes(*bytes))
    }
}

impl Field<4> {
    /// Its number.
    pub fn u32(self, bytes: &[u8]) -> Option<u32> {
        u32_at(bytes, self.start)
    }
}

/// A number of 8 bytes; or the place of a string or a list: an offset or the number of the first,
/// and a length or a count, 4 bytes each.
impl Field<8> {
    /// Its number.
    pub fn u64(self, bytes: &[u8]) -> Option<u64> {
        u64_at(bytes, self.start)
    }

    /// Its two numbers.
    pub fn pair(self, bytes: &[u8]) -> Option<(usize, usize)> {
        Some((
            u32_at(bytes, self.start)? as usize,
            u32_at(bytes, self.start.checked_add(4)?)? as usize,
        ))
    }

    /// The bytes of `strings` whose place it is.
    pub fn string<'a>(self, strings: &'a [u8], entry: &[u8]) -> Option<&'a [u8]> {
        let (start, len) = self.pair(entry)?;
        strings.get(start..start.checked_add(len)?)
    }
}

/// The `LEN` bytes at `place`.
pub fn array_at<const LEN: usize>(bytes: &[u8], place: usize) -> Option<&[u8; LEN]> {
    bytes.get(place..place.checked_add(LEN)?)?.first_chunk()
}

/// The entry of this number in a part that is made of entries of `LEN` bytes.
pub fn entry_at<const LEN: usize>(part: &[u8], number: usize) -> Option<&[u8; LEN]> {
    array_at(part, number.checked_mul(LEN)?)
}

/// The 4-byte number at `place`.
pub fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    array_at(bytes, place).map(|bytes| u32::from_le_bytes(*bytes))
}

/// The 8-byte number at `place`.
pub fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    array_at(bytes, place).map(|bytes| u64::from_le_bytes(*bytes))
}

/// Length of a line in a table of parts: offset in the section and length, 4 bytes each.
pub const PART_LEN_BYTES: usize = 8;

/// The bytes of a part of a section, and where they start in it: each part that the table at `table`
/// tells lies inside the section, or the section is malformed.
pub fn part(bytes: &[u8], table: usize, index: usize) -> Result<(usize, &[u8]), Reason> {
    let read = || {
        let (start, len) = Field::<8> { start: table + PART_LEN_BYTES * index }.pair(bytes)?;
        Some((start, bytes.get(start..start.checked_add(len)?)?))
    };
    read().ok_or(Reason::CacheMalformed)
}

/// Checks that a part is made of entries of `len` bytes.
pub fn check_entries(part: &[u8], len: usize) -> Result<(), Reason> {
    if part.len().is_multiple_of(len) { Ok(()) } else { Err(Reason::CacheMalformed) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLAGS: Field<4> = Field::first();
    const NAME: Field<8> = FLAGS.then();
    const KIND: Field<1> = NAME.then();

    #[test]
    fn a_field_comes_behind_the_one_before() {
        assert_eq!((FLAGS.start(), NAME.start(), KIND.start(), KIND.end()), (0, 4, 12, 13));
        let mut entry = [0; KIND.end()];
        FLAGS.set(&mut entry, 7_u32.to_le_bytes());
        NAME.set(&mut entry, [1, 0, 0, 0, 2, 0, 0, 0]);
        KIND.set(&mut entry, [9]);
        assert_eq!((FLAGS.u32(&entry), KIND.u8(&entry)), (Some(7), Some(9)));
        assert_eq!((NAME.pair(&entry), NAME.u64(&entry)), (Some((1, 2)), Some(1 | 2 << 32)));
        assert_eq!(NAME.string(b"abcd", &entry), Some(&b"bc"[..]));
        assert_eq!(NAME.string(b"ab", &entry), None);
        assert_eq!(KIND.u8(&entry[..12]), None);
    }
}
