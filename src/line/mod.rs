//! Of the third stop: the shell's words, and the one at the cursor. Touches no files.

mod given;
mod release;
mod shell;
mod words;

pub use given::GivenWords;
pub use release::Click;
pub use shell::{Form, Shell, rich};
pub use words::{Args, MAX_WORDS, WordSet, Words};

use crate::reason::Reason;

/// A command line up to the cursor, in click's terms.
pub struct Line<'b> {
    words: Words<'b>,
    cursor: Cursor<'b>,
}

/// Where the cursor's word is.
enum Cursor<'b> {
    /// Among the words, at this index; past the end it is empty.
    At(usize),
    /// Given apart, as fish does: as it was typed, and its first word.
    Apart(&'b [u8], Option<&'b [u8]>),
}

impl<'b> Line<'b> {
    /// Reads a line as click's class for `shell` does from `COMP_WORDS` and `COMP_CWORD`.
    ///
    /// Fails where the line needs more room than `storage` has, where `COMP_CWORD` is not a plain
    /// number (click might still understand that), and where something is not UTF-8: Python has
    /// its own ways with that.
    pub fn read(
        shell: Shell,
        comp_words: &[u8],
        comp_cword: &'b [u8],
        storage: &'b mut [u8],
    ) -> Result<Self, Reason> {
        let is_text = |bytes| core::str::from_utf8(bytes).is_ok();
        if !is_text(comp_words) || !is_text(comp_cword) {
            return Err(Reason::LineNotUtf8);
        }
        let room = comp_words.len().min(storage.len());
        let (for_words, rest) = storage.split_at_mut(room);
        let words = Words::split(comp_words, for_words)?;
        let cursor = match shell {
            Shell::Fish => Cursor::Apart(comp_cword, Words::split(comp_cword, rest)?.into_first()),
            _ => Cursor::At(small_number(comp_cword).ok_or(Reason::CursorNotNumber)?),
        };
        Ok(Self { words, cursor })
    }

    /// The word typed as the command.
    pub fn program(&self) -> &[u8] {
        self.words.get(0).unwrap_or_default()
    }

    /// The words between the program and the cursor's word, and that word so far.
    ///
    /// Fails where click does: it then prints nothing.
    pub fn split_at_cursor(&self, click: Click) -> Result<(Args<'_>, &[u8]), Reason> {
        let words = &self.words;
        let (typed, first) = match self.cursor {
            Cursor::At(index) => {
                return Ok((Args::of(words, 1, index), words.get(index).unwrap_or_default()));
            }
            Cursor::Apart(typed, first) => (typed, first),
        };
        let incomplete = match (click, first) {
            (Click::V81, _) => typed,
            (Click::V85, Some(word)) => word,
            (Click::V85, None) if typed.is_empty() => b"",
            (Click::V85, None) => return Err(Reason::NoCursorWord),
        };
        // The word in progress is in both variables, where it is not empty.
        let end = words.len();
        let is_last = end > 1 && !incomplete.is_empty() && words.get(end - 1) == Some(incomplete);
        Ok((Args::of(words, 1, end - usize::from(is_last)), incomplete))
    }
}

/// A number of at most four digits.
fn small_number(text: &[u8]) -> Option<usize> {
    if text.is_empty() || text.len() > 4 {
        return None;
    }
    text.iter().try_fold(0, |number, byte| {
        byte.is_ascii_digit().then(|| number * 10 + usize::from(byte - b'0'))
    })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn split(
        shell: Shell,
        click: Click,
        words: &str,
        cword: &str,
    ) -> Result<(Vec<String>, String), Reason> {
        let mut storage = [0; 512];
        let line = Line::read(shell, words.as_bytes(), cword.as_bytes(), &mut storage)?;
        let (args, incomplete) = line.split_at_cursor(click)?;
        let text = |word: &[u8]| String::from_utf8(word.to_vec()).unwrap();
        Ok((args.iter().map(text).collect(), text(incomplete)))
    }

    #[test]
    fn the_cursors_word_is_found() {
        for (shell, words, cword, args, incomplete) in [
            (Shell::Bash, "pivot\nrepro\n", "2", "repro", ""),
            (Shell::Bash, "pivot\nrepro\ntr\nev", "2", "repro", "tr"),
            (Shell::Bash, "pivot\nrepro\ntr", "9", "repro tr", ""),
            (Shell::Bash, "pivot\nrepro\ntr", "0", "", "pivot"),
            (Shell::Zsh, "~/bin/pivot run 'a b", "2", "run", "a b"),
            (Shell::Fish, "pivot repro tr", "tr", "repro", "tr"),
            (Shell::Fish, "pivot repro ", "", "repro", ""),
            (Shell::Fish, "pivot repro train tr", "'tr' x", "repro train", "tr"),
        ] {
            let args = args.split_whitespace().map(String::from).collect();
            let expected = Ok((args, String::from(incomplete)));
            assert_eq!(split(shell, Click::V85, words, cword), expected, "{words:?} {cword}");
        }
        let early = split(Shell::Fish, Click::V81, "pivot run 'a'", "'a'").unwrap();
        assert_eq!(early.1, "'a'");
    }

    #[test]
    fn what_only_python_reads_is_left_to_it() {
        for (shell, cword, reason) in [
            (Shell::Bash, "-1", Reason::CursorNotNumber),
            (Shell::Zsh, "", Reason::CursorNotNumber),
            (Shell::Fish, " ", Reason::NoCursorWord),
        ] {
            let found = split(shell, Click::V85, "pivot run", cword);
            assert_eq!(found, Err(reason), "{cword:?}");
        }
        let mut storage = [0; 64];
        let line = Line::read(Shell::Bash, b"pivot \xff", b"1", &mut storage);
        assert_eq!(line.err(), Some(Reason::LineNotUtf8));
    }
}
