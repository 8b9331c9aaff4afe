//! Third stop of a TAB: turns the shell's words into a query. Touches no files.
//!
//! Only lines that every Pivot from 0.1.0 to 0.5.11 takes for a stage name are understood here;
//! any other is completed by Pivot itself, in the engine.

use crate::verdict::Reason;
use crate::words::Words;

/// The shells whose words and wire format are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// The shell of this name.
    pub fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"bash" => Some(Shell::Bash),
            b"zsh" => Some(Shell::Zsh),
            b"fish" => Some(Shell::Fish),
            _ => None,
        }
    }

    /// The shell that click's variable asks for: `bash_complete`, `zsh_complete`, `fish_complete`.
    pub fn of_instruction(value: &[u8]) -> Option<Self> {
        Self::named(value.strip_suffix(b"_complete")?)
    }

    /// The shell's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }
}

/// What the word at the cursor is to be completed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Query<'a> {
    /// Stage names that start with `prefix`.
    Stages {
        /// The cursor's word so far, unquoted.
        prefix: &'a [u8],
    },
}

/// A command line up to the cursor, in click's terms.
pub struct Line<'b> {
    words: Words<'b>,
    /// The words between the program and the cursor's word: `words[1..args_end]`.
    args_end: usize,
    incomplete: Incomplete<'b>,
}

/// Where the cursor's word is.
enum Incomplete<'b> {
    /// Among the words, at this index; past the end it is empty.
    Word(usize),
    /// Given apart, as fish does.
    Apart(&'b [u8]),
}

impl<'b> Line<'b> {
    /// Reads a line as click's class for `shell` does from `COMP_WORDS` and `COMP_CWORD`.
    ///
    /// Fails where the line needs more room than `storage` has, and where `COMP_CWORD` is not a
    /// plain number: click might still understand that.
    pub fn read(
        shell: Shell,
        comp_words: &[u8],
        comp_cword: &[u8],
        storage: &'b mut [u8],
    ) -> Result<Self, Reason> {
        let room = comp_words.len().min(storage.len());
        let (for_words, rest) = storage.split_at_mut(room);
        let words = Words::split(comp_words, for_words)?;
        if shell == Shell::Fish {
            return Self::read_fish(words, comp_cword, rest);
        }
        let index = small_number(comp_cword).ok_or(Reason::OtherWord)?;
        let args_end = index.min(words.len());
        Ok(Self { words, args_end, incomplete: Incomplete::Word(index) })
    }

    fn read_fish(words: Words<'b>, token: &[u8], storage: &'b mut [u8]) -> Result<Self, Reason> {
        let mut args_end = words.len();
        // Of several words the first counts; of a token that is none, click knows what it makes.
        let incomplete = match Words::split(token, storage)?.into_first() {
            Some(word) => word,
            None if token.is_empty() => b"",
            None => return Err(Reason::OtherWord),
        };
        // The word in progress is in both variables, where it is not empty.
        if args_end > 1 && !incomplete.is_empty() && words.get(args_end - 1) == Some(incomplete) {
            args_end -= 1;
        }
        Ok(Self { words, args_end, incomplete: Incomplete::Apart(incomplete) })
    }

    /// The word typed as the command.
    pub fn program(&self) -> &[u8] {
        self.words.get(0).unwrap_or_default()
    }

    /// The cursor's word so far.
    pub fn incomplete(&self) -> &[u8] {
        match self.incomplete {
            Incomplete::Word(index) => self.words.get(index).unwrap_or_default(),
            Incomplete::Apart(word) => word,
        }
    }

    /// What the line asks for, or why only Pivot knows.
    pub fn query(&self) -> Result<Query<'_>, Reason> {
        let mut args = (1..self.args_end).filter_map(|index| self.words.get(index));
        let takes = match args.next() {
            Some(b"params") => match args.next() {
                Some(b"diff" | b"show") => Takes::Stages,
                _ => return Err(Reason::OtherWord),
            },
            Some(command) => Takes::of_command(command).ok_or(Reason::OtherWord)?,
            None => return Err(Reason::OtherWord),
        };
        let incomplete = self.incomplete();
        // Options need the description of Pivot's command line.
        if args.any(looks_like_option) || looks_like_option(incomplete) {
            return Err(Reason::OtherWord);
        }
        // After a colon `stage:key` targets join the names, which no name cache holds.
        if takes == Takes::Targets && incomplete.contains(&b':') {
            return Err(Reason::OtherWord);
        }
        // click drops a lone "=" (`_resolve_incomplete`).
        Ok(Query::Stages { prefix: if incomplete == b"=" { b"" } else { incomplete } })
    }
}

/// What a command's one, repeatable argument is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    Stages,
    Targets,
}

impl Takes {
    /// The commands whose argument is the same in Pivot 0.1.0, 0.2.4, 0.3.11 and 0.5.11.
    fn of_command(command: &[u8]) -> Option<Self> {
        match command {
            b"repro" | b"run" | b"status" | b"verify" => Some(Takes::Stages),
            b"check-ignore" | b"checkout" | b"fetch" | b"pull" | b"push" => Some(Takes::Targets),
            _ => None,
        }
    }
}

fn looks_like_option(word: &[u8]) -> bool {
    word.first() == Some(&b'-')
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
    use super::*;
    use std::string::{String, ToString};

    fn prefix(shell: Shell, words: &str, cword: &str) -> Result<String, Reason> {
        let mut storage = [0; 512];
        let line = Line::read(shell, words.as_bytes(), cword.as_bytes(), &mut storage)?;
        let Query::Stages { prefix } = line.query()?;
        Ok(String::from_utf8(prefix.to_vec()).unwrap())
    }

    #[test]
    fn stage_words_are_recognised() {
        for (shell, words, cword, expected) in [
            (Shell::Bash, "pivot\nrepro\n", "2", ""),
            (Shell::Bash, "pivot\nrepro\ntr", "2", "tr"),
            (Shell::Bash, "pivot\nrepro\ntr\nev", "2", "tr"),
            (Shell::Zsh, "pivot params show a b@", "4", "b@"),
            (Shell::Zsh, "~/bin/pivot run 'a b", "2", "a b"),
            (Shell::Fish, "pivot repro tr", "tr", "tr"),
            (Shell::Fish, "pivot repro ", "", ""),
            (Shell::Fish, "pivot repro train tr", "tr", "tr"),
            (Shell::Bash, "pivot\npush\ndemo/tr", "2", "demo/tr"),
            (Shell::Bash, "pivot\nrun\n=", "2", ""),
            (Shell::Bash, "pivot\nrun\na=", "2", "a="),
            (Shell::Bash, "pivot\nrun\na:", "2", "a:"),
        ] {
            assert_eq!(prefix(shell, words, cword), Ok(expected.to_string()), "{words:?} {cword}");
        }
    }

    #[test]
    fn other_words_are_pivots_own() {
        for (shell, words, cword) in [
            (Shell::Bash, "pivot\n", "1"),
            (Shell::Bash, "pivot\nre", "1"),
            (Shell::Bash, "pivot\nrepro\n-", "2"),
            (Shell::Bash, "pivot\nrepro\n--\ntr", "3"),
            (Shell::Bash, "pivot\nrepro\n--force\ntr", "3"),
            (Shell::Bash, "pivot\n-v\nrepro\ntr", "3"),
            (Shell::Bash, "pivot\nparams\n", "2"),
            (Shell::Bash, "pivot\npush\na:", "2"),
            (Shell::Bash, "pivot\nexport\n", "2"),
            (Shell::Bash, "pivot\nrepro\n", "-1"),
            (Shell::Bash, "pivot\nrepro\n", ""),
            (Shell::Bash, "pivot\nrepro\n", "0"),
            (Shell::Fish, "pivot repro  ", " "),
        ] {
            assert_eq!(prefix(shell, words, cword), Err(Reason::OtherWord), "{words:?} {cword}");
        }
    }
}
