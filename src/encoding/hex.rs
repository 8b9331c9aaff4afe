//! Numbers as hex digits, for the names of files and the seals of text.

/// The 16 hex digits of `value`.
pub fn digits(value: u64) -> [u8; 16] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    let mut rest = value;
    for place in text.iter_mut().rev() {
        *place = DIGITS[(rest & 15) as usize];
        rest >>= 4;
    }
    text
}
