//! Documents that are broken, or random from the start.

use super::Rng;

/// Changes a few bytes in a way that a hurried or hostile hand would.
pub fn mutate(rng: &mut Rng, text: &mut Vec<u8>) {
    #[rustfmt::skip]
    const INSERTS: &[&str] = &[
        "\t", "\r", "\r\n", "\n", " ", "  ", ":", ": ", "- ", "? ", "?", "#", " #", "&a ", "*a",
        "!", "!!str ", "|", ">", "|#", "'", "\"", "%", "@", "`", "---\n", "...\n", "[", "]", "{",
        "}", ",", "\\", "\0", "\u{7f}", "\u{85}", "\u{2028}", "\u{feff}", "\u{a0}", "\u{fffe}",
        "\u{1f389}", "<<: ", "=", "~", "\n---\n", "!x,y ", "%YAML 1.1\n", "{{", "}}", "@{",
        "\u{1b}", "0", "-",
    ];
    let at = rng.below(text.len() + 1);
    match rng.below(8) {
        0 if at < text.len() => text[at] ^= 1 << rng.below(8),
        1 => text.truncate(at),
        2 if at < text.len() => {
            text.remove(at);
        }
        3..=5 => {
            text.splice(at..at, rng.pick(INSERTS).bytes());
        }
        _ => {
            let mut lines: Vec<Vec<u8>> =
                text.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
            if lines.is_empty() {
                return;
            }
            let (one, other) = (rng.below(lines.len()), rng.below(lines.len()));
            match rng.below(5) {
                0 => {
                    lines.remove(one);
                }
                1 => lines.swap(one, other),
                2 => lines.insert(one, lines[other].clone()),
                3 => {
                    lines[one].splice(0..0, " ".repeat(1 + rng.below(4)).bytes());
                }
                _ => {
                    let blanks = lines[one].iter().take_while(|byte| **byte == b' ').count();
                    lines[one].drain(..rng.below(blanks + 1));
                }
            }
            *text = lines.concat();
        }
    }
}

/// Puts random syntax into places where its values become names.
pub fn soup(rng: &mut Rng) -> String {
    const FRAMES: &[[&str; 2]] = &[
        ["stages: {s: {matrix: {x: ", "}}}\n"],
        ["stages: {s: {matrix: {x: [a, ", "]}}}\n"],
        ["stages: {s: {matrix: {x: {a, ", "}}}}\n"],
        ["stages:\n  s:\n    matrix:\n      x:\n", "\n"],
        ["stages:\n  s:\n    matrix:\n      x:\n        - ", "\n"],
        ["stages:\n  s:\n    matrix:\n      x:\n      - a\n      -", "\n"],
        ["stages:\n  s:\n    matrix:\n      x: ", "\n      y: [b]\n"],
        ["stages:\n  ", ": {}\n  z: {}\n"],
        ["", "\nstages: {s: {}}\n"],
        ["stages: {s: {}}\n", ""],
        ["stages: {\"", "\": {}}\n"],
        ["stages: {'", "': {}}\n"],
        ["stages:\n  s: {matrix: {x: [a, b], y: [\"c\", ", "\n]}}\n  t: {}\n"],
    ];
    #[rustfmt::skip]
    const PIECES: &[&str] = &[
        "a", "b", "c d", "1", "-1", "0.5", "yes", "~", " ", " ", "  ", "        ", "\n", "\n",
        "\n        ", "\n      ", "\n   ", "\n ", "\n\n", ":", ": ", ": ", "::", " :", "-", "- ",
        "- ", "--", "---", "\n---\n", "...", "\n...\n", "?", "? ", "[", "]", "{", "}", ",", ", ",
        ", ", "#", " #", " # c\n", "#c\n", "&a ", "&b", "*a", "*a ", "*b,", "!", "! ", "!!str ",
        "!!int ", "!!seq ", "!!map ", "!<x> ", "!e!x ", "|", "|\n", ">\n", "|-\n", ">+\n", "|2\n",
        "|1-\n", "> #c\n", "|#c\n", "'", "'", "''", "\"", "\"", "\\", "\\n", "\\\n", "\\x41",
        "\\u00e9", "\\", "%", "%YAML 1.1\n", "@", "`", "\t", "\t", "<<", "<<: ", "=", "\r",
        "\u{e9}", "\u{a0}", "\u{feff}", "\u{85}", "\u{2028}", "0x1F", "1:30", "2024-01-31", "null",
        "a?b", "a:b", "a#b", "x,y",
    ];
    let frame = &FRAMES[rng.below(FRAMES.len())];
    let mut out = frame[0].to_owned();
    let limit = if rng.chance(50) { 4 } else { 12 };
    for _ in 0..=rng.below(limit) {
        out += rng.pick(PIECES);
    }
    out += frame[1];
    out
}
