//! Numbers in byte layouts: little-endian, and absent where the bytes end.

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
