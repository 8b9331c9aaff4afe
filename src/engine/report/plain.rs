//! Words for a terminal: whatever is in them, they move no cursor and turn no line around.

use std::fmt::Write;

use pivot_complete::encoding::lines::has_control;
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use super::Failure;

/// `text` with control characters and the like written out, as `\u{1b}`; line breaks and TABs stay.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => plain.push(char),
            _ if char.is_control() || is_directional(char) => {
                let _ = write!(plain, "{}", char.escape_unicode());
            }
            _ => plain.push(char),
        }
    }
    plain
}

/// The same on one line.
pub fn plain_line(text: &str) -> String {
    plain(text).replace('\n', "\\n").replace('\t', "\\t")
}

/// Whether `char` changes the direction of what follows, or hides.
pub fn is_directional(char: char) -> bool {
    matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Refuses to print lines that this format cannot tell: control characters would move a terminal's
/// cursor, NUL ends a name, and JSON is UTF-8.
pub fn check_printable(text: &[u8], format: Format) -> Result<(), Failure> {
    let (is_untold, why): (fn(&[u8]) -> bool, _) = match format {
        Format::Lines => (has_control, "it has control characters; --json tells it"),
        Format::Nul => (|line| line.contains(&0), "it has a NUL; --json tells it"),
        Format::Json => {
            (|line| std::str::from_utf8(line).is_err(), "it is no text; without --json it is told")
        }
    };
    let mut lines = text.split(|&byte| byte == b'\n').filter(|line| is_untold(line));
    let Some(line) = lines.next() else { return Ok(()) };
    let name = String::from_utf8_lossy(line);
    Err(Failure::new(Reason::NameUnprintable, format!("cannot print {name:?}: {why}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_move_no_cursor() {
        assert_eq!(plain("größe →\ta\n"), "größe →\ta\n");
        assert_eq!(
            plain("a\u{1b}[2J\r\u{9b}m\0\u{202e}x"),
            "a\\u{1b}[2J\\u{d}\\u{9b}m\\u{0}\\u{202e}x"
        );
        assert_eq!(plain_line("a\nb\tc"), "a\\nb\\tc");
    }
}
