//! How an answer is printed: as click does, byte for byte, or as our own scripts read it.
//!
//! Source of the former: click 8.5.1's and 8.1.8's `shell_completion.py`, `format_completion`. bash
//! takes `type,value` lines, fish the same and the help behind a TAB, zsh three lines: type, value,
//! help or `_`.
//!
//! ```text
//! file:--out=                       a rich answer: what the shell completes beside the values
//! model.pkl                         (none, file, dir; zsh: file/values), and what they do not
//!                                   repeat of the word
//! train<TAB>Trains the model.       then a value a line; its help, where the shell can show one
//! <TAB>no module named lab          last, for zsh: what to tell below the line, no value
//! ```
//!
//! Or it is `other:` alone, where the line runs something else. Lines `wait:WORDS` may come before it
//! (`supervisor/sign.rs`).
//!
//! A rich answer has no control characters: a value with one is left out, of a help the first line
//! is printed, with blanks for them. Where there is no answer at all either form is one newline.

use crate::click::{ItemType, Paths};
use crate::encoding::lines::has_control;
use crate::line::{Click, Form, Matching, Reader, Shell};

/// The answer to a line that is none of Pivot's, for scripts of ours.
pub const OTHER_COMMAND: &[u8] = b"other:\n";

/// Who reads an answer, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wire {
    /// The shell.
    pub shell: Shell,
    /// The form that its script asks for.
    pub form: Form,
    /// The click whose format that is, where it is click's.
    pub click: Click,
}

/// What stands above the values of a rich answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<'w> {
    /// The paths that the shell completes beside the values.
    pub paths: Paths,
    /// What the values are, as users of zsh address it.
    pub tag: &'static str,
    /// What the values do not repeat of the word: an option and its `=`.
    pub start: &'w [u8],
}

impl Head<'_> {
    /// Of values that are the whole word.
    pub const NONE: Self = Self { paths: Paths::None, tag: "values", start: b"" };
}

/// The items of one answer, on their way to the shell.
pub struct Items<'p> {
    wire: Wire,
    any: bool,
    is_first_enough: bool,
    /// The head of a rich answer, until it is known whether there are values.
    head: Option<Head<'p>>,
    put: &'p mut dyn FnMut(&[u8]),
}

impl<'p> Items<'p> {
    /// None yet; `put` takes what is printed, piece by piece.
    pub fn new(wire: Wire, head: Head<'p>, put: &'p mut dyn FnMut(&[u8])) -> Self {
        let head = (wire.form != Form::Click).then_some(head);
        Self { wire, any: false, is_first_enough: false, head, put }
    }

    /// For who wants to know whether there is any, in an answer of this `wire` without helps.
    pub fn of_any(wire: Wire, put: &'p mut dyn FnMut(&[u8])) -> Self {
        let wire = Wire { form: Form::Rich(Reader::Bash), ..wire };
        Self { is_first_enough: true, ..Self::new(wire, Head::NONE, put) }
    }

    /// Whether the first is enough.
    pub fn is_first_enough(&self) -> bool {
        self.is_first_enough
    }

    /// Has the shell complete files beside the values, where that was to be for want of any.
    pub fn have_files_beside(&mut self) {
        if let Some(head) = &mut self.head
            && head.paths == Paths::FilesElse
        {
            head.paths = Paths::Files;
        }
    }

    /// Whether there is one.
    pub fn are_any(&self) -> bool {
        self.any
    }

    /// The form of the answer.
    pub fn form(&self) -> Form {
        self.wire.form
    }

    /// Which candidates are wanted.
    pub fn matching(&self) -> Matching {
        self.wire.form.matching()
    }

    /// Whether they are for scripts of ours.
    pub fn are_rich(&self) -> bool {
        self.wire.form != Form::Click
    }

    /// Prints the head, which is to be printed once.
    fn put_head(&mut self) {
        let Some(Head { paths, tag, start }) = self.head.take() else { return };
        (self.put)(match paths {
            Paths::FilesElse if self.any => b"none",
            Paths::None => b"none",
            Paths::Files | Paths::FilesElse => b"file",
            Paths::Directories => b"dir",
        });
        if self.wire.form.is_zsh() {
            (self.put)(b"/");
            (self.put)(tag.as_bytes());
        }
        (self.put)(b":");
        (self.put)(if has_control(start) { b"" } else { start });
        (self.put)(b"\n");
    }

    /// Prints an item; no `help` is an empty one.
    #[inline(never)]
    pub fn add(&mut self, kind: ItemType, value: &[u8], help: &[u8]) {
        match self.wire.form {
            Form::Click => self.add_for_click(kind, value, help),
            Form::Rich(_) if kind == ItemType::Plain => self.add_rich(value, [b"", help]),
            Form::Rich(_) => {}
        }
    }

    /// Prints a value of a rich answer that two things are said of, either of which may be empty.
    pub fn add_rich(&mut self, value: &[u8], helps: [&[u8]; 2]) {
        self.put_rich(value, if self.shows_help() { &helps } else { &[] });
    }

    /// Has the shell tell the first line of `message` below the user's, if it can do that and there is
    /// one; behind all values.
    pub fn tell(&mut self, message: &[u8]) {
        if self.wire.form.is_zsh() && !message.is_empty() {
            self.put_head();
            (self.put)(b"\t");
            put_first_line(message, self.put);
            (self.put)(b"\n");
        }
    }

    /// Whether what is said of a value is printed.
    pub fn shows_help(&self) -> bool {
        self.wire.form.shows_help()
    }

    #[inline(never)]
    fn put_rich(&mut self, value: &[u8], helps: &[&[u8]]) {
        if has_control(value) {
            return;
        }
        self.any = true;
        self.put_head();
        (self.put)(value);
        let mut before: &[u8] = b"\t";
        for help in helps.iter().filter(|help| !help.is_empty()) {
            (self.put)(before);
            put_first_line(help, self.put);
            before = b"; ";
        }
        (self.put)(b"\n");
    }

    #[inline(never)]
    fn add_for_click(&mut self, kind: ItemType, value: &[u8], help: &[u8]) {
        self.any = true;
        let put = &mut *self.put;
        match self.wire.shell {
            Shell::Bash | Shell::Fish => {
                put(kind.before_comma());
                put(value);
                if self.wire.shell == Shell::Fish && !help.is_empty() {
                    put(b"\t");
                    match self.wire.click {
                        Click::V81 => put(help),
                        Click::V85 => put_replaced(help, put, |byte| match byte {
                            b'\n' => Some(b"\\n"),
                            b'\t' => Some(b" "),
                            _ => None,
                        }),
                    }
                }
            }
            Shell::Zsh => {
                put(kind.as_str().as_bytes());
                put(b"\n");
                // zsh takes what stands behind a colon for the help, where there is one.
                let escapes = !help.is_empty() && help != b"_";
                match self.wire.click {
                    Click::V85 if escapes => {
                        put_replaced(value, put, |byte| (byte == b':').then_some(b"\\:"));
                    }
                    _ => put(value),
                }
                put(b"\n");
                put(if help.is_empty() { b"_" } else { help });
            }
        }
        put(b"\n");
    }

    /// Ends the answer: an empty one is one newline, as `click.echo("")` makes it.
    pub fn finish(mut self) {
        self.put_head();
        if !self.any && self.wire.form == Form::Click {
            (self.put)(b"\n");
        }
    }
}

/// Whether an answer holds no control character but line breaks and TABs, as click prints them, and
/// nothing that turns a line around: any other would move the terminal's cursor, or end the shell's
/// reading.
#[inline(never)]
pub fn is_plain(answer: &[u8]) -> bool {
    // All bytes at once: whoever branches here pays for each of them.
    let is_ascii_text = answer.iter().fold(true, |is_text, &byte| {
        is_text & ((byte == b'\n') | (byte == b'\t') | (b' '..0x7f).contains(&byte))
    });
    is_ascii_text || core::str::from_utf8(answer).is_ok_and(|text| !text.chars().any(is_harmful))
}

/// Whether a terminal would do something else than show `char`: a control character but those that
/// click prints, or one of Unicode's explicit directional formatting characters.
fn is_harmful(char: char) -> bool {
    let is_control = char.is_ascii_control() || matches!(char, '\u{80}'..='\u{9f}');
    let is_directional = matches!(
        char,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}'
    );
    is_directional || is_control && !matches!(char, '\n' | '\t')
}

/// Prints the first line of `text`, with blanks for what a terminal would do something else with than
/// show it: control characters, and those that turn a line around.
pub fn put_first_line(text: &[u8], put: &mut dyn FnMut(&[u8])) {
    let text = text.trim_ascii_start();
    let line = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
    // Text of letters alone has neither.
    if line.is_ascii() && !has_control(line) {
        return put(line);
    }
    let mut rest = line;
    while let Some((byte, behind)) = rest.split_first() {
        let harm = harmful_start(rest);
        put(if harm > 0 { b" " } else { core::slice::from_ref(byte) });
        rest = behind.get(harm.saturating_sub(1)..).unwrap_or_default();
    }
}

/// How many bytes the harmful character takes that `text` begins with, if it does: those of
/// [`is_harmful`], as UTF-8, TAB and all line breaks too. No other character's bytes begin like that within.
fn harmful_start(text: &[u8]) -> usize {
    match text {
        [byte, ..] if byte.is_ascii_control() => 1,
        [0xc2, 0x80..=0x9f, ..] | [0xd8, 0x9c, ..] => 2,
        [0xe2, 0x80, 0x8e | 0x8f | 0xa8..=0xae, ..] | [0xe2, 0x81, 0xa6..=0xa9, ..] => 3,
        _ => 0,
    }
}

/// Prints `text` with some bytes replaced.
fn put_replaced(
    text: &[u8],
    put: &mut dyn FnMut(&[u8]),
    replacement: impl Fn(u8) -> Option<&'static [u8]>,
) {
    let mut rest = text;
    while let Some(place) = rest.iter().position(|&byte| replacement(byte).is_some()) {
        let (before, after) = rest.split_at_checked(place).unwrap_or_default();
        put(before);
        let Some((&byte, after)) = after.split_first() else { break };
        put(replacement(byte).unwrap_or_default());
        rest = after;
    }
    put(rest);
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn printed(wire: Wire, head: Head<'_>, add: impl Fn(&mut Items<'_>)) -> String {
        let mut out = Vec::new();
        let mut put = |piece: &[u8]| out.extend_from_slice(piece);
        let mut items = Items::new(wire, head, &mut put);
        add(&mut items);
        items.finish();
        String::from_utf8(out).unwrap()
    }

    fn rich(reader: Reader, head: Head<'_>, add: impl Fn(&mut Items<'_>)) -> String {
        let form = Form::Rich(reader);
        printed(Wire { shell: Shell::Zsh, form, click: Click::V81 }, head, add)
    }

    #[test]
    fn rich_answers_have_no_control_characters() {
        let head = |start: &'static [u8]| {
            rich(Reader::Other, Head { paths: Paths::Files, start, ..Head::NONE }, |_| ())
        };
        assert_eq!(head(b"--out="), "file:--out=\n");
        assert_eq!(head(b"--o\x1but="), "file:\n");
        for (value, help, expected) in [
            ("a:b", "", "a:b\n"),
            ("a b", " one\ttwo \nthree", "a b\tone two \n"),
            ("größe→大", "\u{9b}31m red\x7f", "größe→大\t 31m red \n"),
            ("a\nb", "x", ""),
            ("a\x1b[m", "x", ""),
            ("a\u{80}", "x", ""),
            ("\u{a0}", "\u{c0}\u{80}é", "\u{a0}\t\u{c0} é\n"),
        ] {
            let add = |items: &mut Items<'_>| {
                items.add(ItemType::Plain, value.as_bytes(), help.as_bytes())
            };
            let printed = rich(Reader::Fish, Head::NONE, add);
            assert_eq!(printed.strip_prefix("none:\n"), Some(expected), "{value:?}");
        }
        let without =
            rich(Reader::Bash, Head::NONE, |items| items.add(ItemType::Plain, b"a", b"help"));
        assert_eq!(without, "none:\na\n");
        // What is told is no value, and only where a script shows it.
        let told = b" no module\nnamed \x1b[2Jlab";
        let tell = |reader| rich(reader, Head::NONE, |items| items.tell(told));
        assert_eq!(tell(Reader::Zsh), "none/values:\n\tno module\n");
        assert_eq!(tell(Reader::Fish), "none:\n");
        let tagged = rich(Reader::Zsh, Head { tag: "stages", ..Head::NONE }, |_| ());
        assert_eq!(tagged, "none/stages:\n");
    }

    #[test]
    fn a_plain_answer_moves_no_cursor() {
        for plain in ["", "plain,a\n", "plain\na\nx\ty\nz\n", "größe → °\u{a0}\n"] {
            assert!(is_plain(plain.as_bytes()), "{plain:?}");
        }
        for other in
            ["a\0b", "a\x1b[2J", "a\rb", "a\x7f", "a\u{9b}31m", "\u{80}", "\u{202e}", "\u{2067}a"]
        {
            let within = std::format!("plain,one\nplain,{other}\n");
            assert!(!is_plain(within.as_bytes()), "{other:?}");
        }
    }

    #[test]
    fn the_first_line_of_a_text_turns_nothing_around() {
        let first = |text: &str| {
            let mut line = Vec::new();
            put_first_line(text.as_bytes(), &mut |piece| line.extend_from_slice(piece));
            std::string::String::from_utf8(line).unwrap()
        };
        assert_eq!(first(" größe → °\u{a0}\u{2028}x\nmore"), "größe → °\u{a0} x");
        for char in (0..=0x2100).filter_map(char::from_u32).filter(|char| *char != '\n') {
            let is_harm = is_harmful(char) || matches!(char, '\t' | '\u{2028}' | '\u{2029}');
            let expected = if is_harm { ' ' } else { char };
            assert_eq!(first(&std::format!("a{char}b")), std::format!("a{expected}b"), "{char:?}");
        }
    }

    #[test]
    fn help_is_kept_from_breaking_the_format() {
        let item = |shell| {
            let wire = Wire { shell, form: Form::Click, click: Click::V85 };
            printed(wire, Head::NONE, |items| items.add(ItemType::Plain, b"a:b", b"x\ty\nz"))
        };
        assert_eq!(item(Shell::Bash), "plain,a:b\n");
        assert_eq!(item(Shell::Zsh), "plain\na\\:b\nx\ty\nz\n");
        assert_eq!(item(Shell::Fish), "plain,a:b\tx y\\nz\n");
    }
}
