//! Of the third stop: the shell's words, and the one at the cursor. Touches no files.

mod given;
mod release;
mod runner;
mod shell;
mod words;

pub use given::GivenWords;
pub use release::Click;
pub use shell::{Form, Matching, PROTOCOL, Reader, Shell, by_script, rich};
pub use words::{Args, MAX_WORDS, WordSet, Words};

use crate::reason::Reason;
use runner::Start;

/// A command line up to the cursor, in click's terms.
pub struct Line<'b> {
    words: Words<'b>,
    cursor: Cursor<'b>,
    /// Where Pivot begins.
    start: Start<'b>,
    /// What it is looked for by.
    program: &'b [u8],
}

/// Where the cursor's word is.
enum Cursor<'b> {
    /// Among the words, at this index; past the end it is empty.
    At(usize),
    /// Given apart, as fish does: as it was typed, and its first word.
    Apart(&'b [u8], Option<&'b [u8]>),
}

impl<'b> Line<'b> {
    /// Reads a line as click's class for `shell` does from `COMP_WORDS` and `COMP_CWORD`. For scripts
    /// of ours it may begin with a program that runs Pivot.
    ///
    /// Fails where the line needs more room than `storage` has ([`Line::room`]), where `COMP_CWORD` is
    /// not a plain number (click might still understand that), where something is not UTF-8: Python
    /// has its own ways with that; and with [`Reason::OtherCommand`] where it is none of Pivot's.
    pub fn read(
        shell: Shell,
        form: Form,
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
        let (for_cursor, for_program) = rest.split_at_mut(comp_cword.len().min(rest.len()));
        let cursor = match shell {
            Shell::Fish => {
                Cursor::Apart(comp_cword, Words::split(comp_cword, for_cursor)?.into_first())
            }
            _ => Cursor::At(small_number(comp_cword).ok_or(Reason::CursorNotNumber)?),
        };
        let mut line = Self { words, cursor, start: Start::default(), program: b"" };
        if form != Form::Click {
            let end = line.end(line.incomplete(Click::V85).unwrap_or_default());
            line.start = runner::find(&line.words, end).ok_or(Reason::OtherCommand)?;
        }
        line.program = joined(line.start.pieces(&line.words), for_program)?;
        Ok(line)
    }

    /// How many bytes of storage a line of these variables needs.
    pub const fn room(comp_words: &[u8], comp_cword: &[u8]) -> usize {
        /// What stands for a word is longer than the words that it is made of by no more.
        const MOST_MORE_BYTES: usize = 32;
        2 * comp_words.len() + comp_cword.len() + MOST_MORE_BYTES
    }

    /// The word typed as the command, or what stands for one that another program runs: see
    /// `project/environment.rs`.
    pub fn program(&self) -> &'b [u8] {
        self.program
    }

    /// The directory that the program which runs Pivot enters first.
    pub fn directory(&self) -> Option<&'b [u8]> {
        self.start.directory
    }

    /// The words between the program and the cursor's word, and that word so far.
    ///
    /// Fails where click does: it then prints nothing.
    pub fn split_at_cursor(&self, click: Click) -> Result<(Args<'_>, &[u8]), Reason> {
        let incomplete = self.incomplete(click)?;
        Ok((Args::of(&self.words, self.start.number + 1, self.end(incomplete)), incomplete))
    }

    /// The word at the cursor so far.
    #[inline(never)]
    fn incomplete(&self, click: Click) -> Result<&'b [u8], Reason> {
        let (typed, first) = match self.cursor {
            Cursor::At(index) => return Ok(self.words.get(index).unwrap_or_default()),
            Cursor::Apart(typed, first) => (typed, first),
        };
        match (click, first) {
            (Click::V81, _) => Ok(typed),
            (Click::V85, Some(word)) => Ok(word),
            (Click::V85, None) if typed.is_empty() => Ok(b""),
            (Click::V85, None) => Err(Reason::NoCursorWord),
        }
    }

    /// The number of the word at the cursor, which is `incomplete` so far.
    #[inline(never)]
    fn end(&self, incomplete: &[u8]) -> usize {
        if let Cursor::At(index) = self.cursor {
            return index;
        }
        // The word in progress is in both variables, where it is not empty.
        let end = self.words.len();
        let is_last =
            end > 1 && !incomplete.is_empty() && self.words.get(end - 1) == Some(incomplete);
        end - usize::from(is_last)
    }
}

/// The pieces one behind the other, in `storage` where they are several.
fn joined<'b>(pieces: [&'b [u8]; 4], storage: &'b mut [u8]) -> Result<&'b [u8], Reason> {
    if let [one, b"", ..] = pieces {
        return Ok(one);
    }
    let mut len = 0;
    for piece in pieces {
        let end = len + piece.len();
        storage.get_mut(len..end).ok_or(Reason::LineTooLong)?.copy_from_slice(piece);
        len = end;
    }
    Ok(storage.get(..len).unwrap_or_default())
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
        let (words, cword) = (words.as_bytes(), cword.as_bytes());
        let line = Line::read(shell, Form::Click, words, cword, &mut storage)?;
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
        let line = Line::read(Shell::Bash, Form::Click, b"pivot \xff", b"1", &mut storage);
        assert_eq!(line.err(), Some(Reason::LineNotUtf8));
    }
}
