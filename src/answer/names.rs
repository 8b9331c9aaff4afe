//! How a command prints names: lines, NUL-separated, or a JSON array.

use crate::encoding::lines::{has_blank_lines, starting_with};
use crate::encoding::write_json_escaped;
use crate::request::Format;

/// Prints the names in `texts` that start with `prefix` piece by piece into `put`.
///
/// Once in the program, whoever prints: the front is to stay small.
#[inline(never)]
pub fn write_names(format: Format, texts: &[&[u8]], prefix: &[u8], put: &mut dyn FnMut(&[u8])) {
    let names = texts.iter().flat_map(|text| starting_with(text, prefix));
    match format {
        // All names, a line each: the text as it is.
        Format::Lines if prefix.is_empty() && !texts.iter().any(|text| has_blank_lines(text)) => {
            texts.iter().for_each(|text| put(text));
        }
        Format::Lines => names.for_each(|name| {
            put(name);
            put(b"\n");
        }),
        Format::Nul => names.for_each(|name| {
            put(name);
            put(b"\0");
        }),
        Format::Json => {
            put(b"[");
            for (index, name) in names.enumerate() {
                put(if index == 0 { b"\"" } else { b",\"" });
                write_json_escaped(name, put);
                put(b"\"");
            }
            put(b"]\n");
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn written(format: Format, text: &str, prefix: &str) -> String {
        let mut out = Vec::new();
        write_names(format, &[text.as_bytes()], prefix.as_bytes(), &mut |piece| out.extend(piece));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn formats() {
        assert_eq!(written(Format::Lines, "train\n\neval\n", ""), "train\neval\n");
        assert_eq!(written(Format::Nul, "train\neval\n", "e"), "eval\0");
        assert_eq!(written(Format::Json, "a\"b\\\nc\n", ""), "[\"a\\\"b\\\\\",\"c\"]\n");
        assert_eq!(written(Format::Json, "\n", ""), "[]\n");
        assert_eq!(written(Format::Lines, "\n", ""), "");
    }

    #[test]
    fn several_texts_are_one_list() {
        let mut out: Vec<u8> = Vec::new();
        write_names(Format::Json, &[b"a\nb\n", b"", b"a:k\n"], b"a", &mut |piece| {
            out.extend(piece)
        });
        assert_eq!(out, b"[\"a\",\"a:k\"]\n");
    }

    #[test]
    fn control_characters_are_escaped() {
        let mut out: Vec<u8> = Vec::new();
        write_json_escaped(b"a\x1b\n", &mut |piece| out.extend(piece));
        assert_eq!(out, b"a\\u001b\\u000a");
    }
}
