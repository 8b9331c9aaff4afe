//! Text of lines: names, one a line, that move no terminal's cursor.

use crate::reason::Reason;

/// The names in the text after the header, in Pivot's order; blank lines are none.
pub fn names(text: &[u8]) -> impl Iterator<Item = &[u8]> + Clone {
    let mut rest = text;
    core::iter::from_fn(move || {
        while !rest.is_empty() {
            let (name, behind) = rest.split_at_checked(line_len(rest))?;
            rest = behind.get(1..).unwrap_or_default();
            if !name.is_empty() {
                return Some(name);
            }
        }
        None
    })
}

/// How many bytes stand before the first newline, eight of them looked at at once: names are
/// walked over several times at a TAB.
#[inline(never)]
fn line_len(text: &[u8]) -> usize {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const NEWLINES: u64 = u64::from_ne_bytes([b'\n'; 8]);
    let mut rest = text;
    while let Some((eight, behind)) = rest.split_first_chunk::<8>() {
        // A byte that is zero here borrows from its highest bit; bytes above it may seem to.
        let differs = u64::from_le_bytes(*eight) ^ NEWLINES;
        let found = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
        if found != 0 {
            return text.len() - rest.len() + found.trailing_zeros() as usize / 8;
        }
        rest = behind;
    }
    let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
    text.len() - rest.len() + end
}

/// Whether the text after the header has a line without a name, as that of no stages.
pub fn has_blank_lines(text: &[u8]) -> bool {
    let next = text.get(1..).unwrap_or_default();
    let pairs = text.iter().zip(next);
    text.first() == Some(&b'\n')
        || pairs.fold(false, |any, (&a, &b)| any | ((a == b'\n') & (b == b'\n')))
}

/// The names of `text` that start with `prefix`.
pub fn starting_with<'a>(
    text: &'a [u8],
    prefix: &'a [u8],
) -> impl Iterator<Item = &'a [u8]> + Clone {
    names(text).filter(move |name| name.starts_with(prefix))
}

/// Whether `name` can stand on a line of the file and come back as itself.
pub fn is_storable_name(name: &str) -> bool {
    !name.is_empty() && !name.contains('\n') && has_plain_lines(name.as_bytes())
}

/// Checks that `text` is UTF-8 and nothing in it but newlines moves a terminal's cursor.
pub fn check_lines(text: &[u8]) -> Result<(), Reason> {
    if core::str::from_utf8(text).is_err() {
        return Err(Reason::CacheNotUtf8);
    }
    if has_plain_lines(text) { Ok(()) } else { Err(Reason::CacheMalformed) }
}

/// Whether there is a control character of ASCII's, or of Latin 1's in UTF-8.
pub fn has_control(text: &[u8]) -> bool {
    let mut before = 0;
    text.iter().any(|&byte| {
        let is_latin = before == 0xc2 && byte < 0xa0;
        before = byte;
        is_latin || byte.is_ascii_control()
    })
}

/// Whether lines of UTF-8 end at newlines alone, and nothing in them moves a terminal's cursor.
///
/// Looks at bytes alone: a mapped file may change under it, and a `str` must not.
pub fn has_plain_lines(text: &[u8]) -> bool {
    // The fold, which never stops early, compiles to sixteen bytes a step.
    let control = |byte: u8| (byte < b' ') & (byte != b'\n') | (byte == 0x7f);
    if text.iter().fold(false, |any, &byte| any | control(byte)) {
        return false;
    }
    // U+0080 to U+009F; U+2028 and U+2029.
    let breaks =
        |bytes: &[u8]| matches!(bytes, [0xc2, 0x80..=0x9f, ..] | [0xe2, 0x80, 0xa8 | 0xa9]);
    text.is_ascii() || !(text.windows(3).any(breaks) || text.windows(2).any(breaks))
}
