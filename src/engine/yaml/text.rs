//! Decodes a config's bytes as Python's `read_text` and PyYAML's reader do.

use super::Unsure;

/// The longest text that is looked at, in bytes.
pub(super) const MAX_LEN_BYTES: usize = 1 << 20;

/// A decoded text: printable characters, lines that end in `\n` alone, no byte order mark.
pub(super) struct Text {
    /// Never empty: it ends in `\n` even where the file does not, because the scanner library
    /// panics on an escape or a block scalar that meets the end.
    pub(super) lines: String,
    /// Whether the last `\n` is the file's own.
    pub(super) ends_in_newline: bool,
}

/// Decodes UTF-8 with universal newlines.
///
/// Unsure of whatever PyYAML's reader refuses, and of the characters which it takes for line
/// breaks or passes over (U+0085, U+2028, U+2029, an inner U+FEFF): they are too rare to follow.
pub(super) fn decode(bytes: &[u8]) -> Result<Text, Unsure> {
    if bytes.len() > MAX_LEN_BYTES {
        return Err("too-large");
    }
    let decoded = std::str::from_utf8(bytes).map_err(|_| "not-utf-8")?;
    let decoded = decoded.strip_prefix('\u{feff}').unwrap_or(decoded);
    if !decoded.chars().all(is_plainly_printable) {
        return Err("unusual-character");
    }
    let mut lines = if decoded.contains('\r') {
        decoded.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        decoded.to_owned()
    };
    let ends_in_newline = lines.ends_with('\n');
    if !ends_in_newline {
        lines.push('\n');
    }
    Ok(Text { lines, ends_in_newline })
}

/// Tells whether PyYAML's reader accepts a character and gives it no special meaning.
///
/// Source: PyYAML 6.0.3 `Reader.NON_PRINTABLE`.
fn is_plainly_printable(ch: char) -> bool {
    matches!(ch, '\t' | '\n' | '\r' | ' '..='~')
        || matches!(ch, '\u{a0}'..='\u{fffd}' | '\u{10000}'..)
            && !matches!(ch, '\u{2028}' | '\u{2029}' | '\u{feff}')
}
