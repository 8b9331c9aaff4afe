//! Byte layouts: little-endian numbers, absent where the bytes end; parts and strings by their places.

use crate::reason::Reason;

/// The `LEN` bytes at `place`.
pub fn array_at<const LEN: usize>(bytes: &[u8], place: usize) -> Option<&[u8; LEN]> {
    bytes.get(place..place.checked_add(LEN)?)?.first_chunk()
}

/// The 4-byte number at `place`.
pub fn u32_at(bytes: &[u8], place: usize) -> Option<u32> {
    array_at(bytes, place).map(|bytes| u32::from_le_bytes(*bytes))
}

/// The 8-byte number at `place`.
pub fn u64_at(bytes: &[u8], place: usize) -> Option<u64> {
    array_at(bytes, place).map(|bytes| u64::from_le_bytes(*bytes))
}

/// The bytes of an array of parts `(offset, length)`, 4 bytes each, of a section: each part lies
/// inside the section, or the section is malformed.
pub fn part(bytes: &[u8], table: usize, index: usize) -> Result<(usize, &[u8]), Reason> {
    let place = table + 8 * index;
    let read = || {
        let [start, len] = [u32_at(bytes, place)?, u32_at(bytes, place + 4)?];
        let start = start as usize;
        Some((start, bytes.get(start..start.checked_add(len as usize)?)?))
    };
    read().ok_or(Reason::CacheMalformed)
}

/// A string of a section: its place in the part `strings` is given at `place` of `entry`.
pub fn string_at<'a>(strings: &'a [u8], entry: &[u8], place: usize) -> Option<&'a [u8]> {
    let [start, len] = [u32_at(entry, place)? as usize, u32_at(entry, place + 4)? as usize];
    strings.get(start..start.checked_add(len)?)
}

/// Checks that a part is made of entries of `len` bytes.
pub fn check_entries(part: &[u8], len: usize) -> Result<(), Reason> {
    if part.len().is_multiple_of(len) { Ok(()) } else { Err(Reason::CacheMalformed) }
}
