//! The inside of a JSON string.

/// Writes the inside of a JSON string (RFC 8259, section 7).
#[inline(never)]
pub fn write_json_escaped(text: &[u8], put: &mut dyn FnMut(&[u8])) {
    for piece in text.split_inclusive(|&byte| byte == b'"' || byte == b'\\' || byte < b' ') {
        let Some((&last, plain)) = piece.split_last() else { continue };
        match last {
            b'"' | b'\\' => {
                put(plain);
                put(&[b'\\', last]);
            }
            0..b' ' => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                put(plain);
                put(b"\\u00");
                put(&[b'0' + (last >> 4), DIGITS[usize::from(last & 15)]]);
            }
            _ => put(piece),
        }
    }
}
