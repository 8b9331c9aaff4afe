//! Shell patterns as Python's `fnmatch` has them: `*`, `?`, `[…]`, `[!…]`; case counts.

/// Whether `name` is matched by `pattern`. A character is one of UTF-8, or a byte that is none, as
/// Python decodes names.
pub fn matches(pattern: &[u8], name: &[u8]) -> bool {
    let (mut pattern, mut name) = (pattern, name);
    // Behind the last star: what is left of the pattern, and of the name that it took nothing of.
    let mut star: Option<(&[u8], &[u8])> = None;
    loop {
        let taken = match pattern {
            [b'*', rest @ ..] => {
                star = Some((rest, name));
                pattern = rest;
                continue;
            }
            [] if name.is_empty() => return true,
            [] => None,
            _ => one(pattern, name),
        };
        match (taken, star) {
            (Some((after, left)), _) => (pattern, name) = (after, left),
            (None, Some((after, left))) if !left.is_empty() => {
                let left = split_character(left).1;
                star = Some((after, left));
                (pattern, name) = (after, left);
            }
            (None, _) => return false,
        }
    }
}

/// What is left of both behind one character; nothing where they differ.
fn one<'a>(pattern: &'a [u8], name: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    if name.is_empty() {
        return None;
    }
    let (character, left) = split_character(name);
    match pattern {
        [b'?', after @ ..] => Some((after, left)),
        [b'[', inside @ ..] => match set(inside) {
            Some((set, after)) => set_has(set, character).then_some((after, left)),
            // Without its end it stands for itself.
            None => (character == b"[").then_some((inside, left)),
        },
        _ => {
            let (wanted, after) = split_character(pattern);
            (wanted == character).then_some((after, left))
        }
    }
}

/// The inside of a set and what comes behind it. A `]` at its start is one of the set.
fn set(inside: &[u8]) -> Option<(&[u8], &[u8])> {
    let negated = usize::from(inside.first() == Some(&b'!'));
    let start = negated + usize::from(inside.get(negated) == Some(&b']'));
    let end = start + inside.get(start..)?.iter().position(|&byte| byte == b']')?;
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

fn set_has(set: &[u8], character: &[u8]) -> bool {
    let (negated, mut rest) = match set {
        [b'!', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let wanted = code(character);
    let mut found = false;
    while !rest.is_empty() {
        let (low, after) = split_character(rest);
        match after {
            [b'-', more @ ..] if !more.is_empty() => {
                let (high, after) = split_character(more);
                found |= (code(low)..=code(high)).contains(&wanted);
                rest = after;
            }
            after => {
                found |= code(low) == wanted;
                rest = after;
            }
        }
    }
    found != negated
}

/// The first character and the rest.
fn split_character(bytes: &[u8]) -> (&[u8], &[u8]) {
    let len = match bytes {
        [0xC2..=0xDF, 0x80..=0xBF, ..] => 2,
        [0xE0..=0xEF, 0x80..=0xBF, 0x80..=0xBF, ..] => 3,
        [0xF0..=0xF4, 0x80..=0xBF, 0x80..=0xBF, 0x80..=0xBF, ..] => 4,
        [] => 0,
        _ => 1,
    };
    match bytes.get(..len).map(core::str::from_utf8) {
        Some(Ok(_)) => bytes.split_at_checked(len).unwrap_or((bytes, &[])),
        _ => bytes.split_at_checked(1).unwrap_or((bytes, &[])),
    }
}

/// A character's number; that of a byte that is none lies where Python's surrogates do.
fn code(character: &[u8]) -> u32 {
    let decoded = core::str::from_utf8(character).ok().and_then(|text| text.chars().next());
    let byte = || character.first().map_or(0, |&byte| 0xDC00 + u32::from(byte));
    decoded.map_or_else(byte, u32::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `fnmatch.fnmatchcase` of Python 3.13 answers.
    #[test]
    fn patterns_match_as_pythons_do() {
        for (pattern, name, matched) in [
            ("*.csv", "a.csv", true),
            ("*.csv", ".csv", true),
            ("*.csv", "a.csv.gz", false),
            ("*", "", true),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
            ("?", "é", true),
            ("??", "é", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[]x]", "]", true),
            ("[!]x]", "]", false),
            ("[", "[", true),
            ("[a", "[a", true),
            ("[a-]", "-", true),
            ("[é]", "é", true),
            ("part-[0-9][0-9]*.csv", "part-07-a.csv", true),
            ("", "", true),
            ("", "a", false),
            ("A*", "abc", false),
        ] {
            let found = matches(pattern.as_bytes(), name.as_bytes());
            assert_eq!(found, matched, "{pattern} {name}");
        }
        assert!(matches(b"?.csv", b"\xff.csv"));
        assert!(!matches(b"??.csv", b"\xff.csv"));
    }
}
