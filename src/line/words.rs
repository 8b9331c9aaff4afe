//! Splits a command line into words as click does: POSIX rules, nothing expanded.
//!
//! The algorithm is that of CPython's `shlex.shlex(posix=True)` with `whitespace_split` and
//! without comments, and click 8.5.1's `split_arg_string`, which keeps the word in progress where
//! a quote or an escape is still open.

use crate::reason::Reason;

/// Most words a line may have before the engine takes over.
pub const MAX_WORDS: usize = 256;

/// The words of one line, unquoted, one after the other in borrowed storage.
pub struct Words<'b> {
    bytes: &'b [u8],
    /// Where each word ends in `bytes`.
    ends: [u32; MAX_WORDS],
    count: usize,
}

/// Some of the words of a line, by their numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordSet([u64; MAX_WORDS / 64]);

impl WordSet {
    /// All of them.
    pub const ALL: Self = Self([u64::MAX; MAX_WORDS / 64]);

    /// Adds the word of this number.
    pub fn insert(&mut self, number: usize) {
        if let Some(word) = self.0.get_mut(number / 64) {
            *word |= 1 << (number % 64);
        }
    }

    /// Whether the word of this number is one of them.
    pub fn contains(&self, number: usize) -> bool {
        self.0.get(number / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }
}

/// Where the splitter stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Between,
    Inside,
    /// Inside quotes of this kind.
    Quoted(u8),
    /// After a backslash; what it returns to.
    Escaped(Option<u8>),
}

impl<'b> Words<'b> {
    /// Splits `text` into `storage`, which takes at most as many bytes as `text` has.
    ///
    /// Fails with [`Reason::LineTooLong`] where either of them is full.
    #[inline(never)]
    pub fn split(text: &[u8], storage: &'b mut [u8]) -> Result<Self, Reason> {
        let mut ends = [0; MAX_WORDS];
        let mut count = 0;
        let mut used = 0;
        let mut start = 0;
        let mut was_quoted = false;
        let mut state = State::Between;
        let mut put = |byte: u8, used: &mut usize| -> Result<(), Reason> {
            *storage.get_mut(*used).ok_or(Reason::LineTooLong)? = byte;
            *used += 1;
            Ok(())
        };
        let mut close = |used: usize| -> Result<(), Reason> {
            *ends.get_mut(count).ok_or(Reason::LineTooLong)? =
                u32::try_from(used).map_err(|_| Reason::LineTooLong)?;
            count += 1;
            Ok(())
        };
        for &byte in text {
            state = match (state, byte) {
                (State::Between | State::Inside, b' ' | b'\t' | b'\r' | b'\n') => {
                    if used > start || was_quoted {
                        close(used)?;
                        start = used;
                        was_quoted = false;
                    }
                    State::Between
                }
                (State::Between | State::Inside, b'\'' | b'"') => State::Quoted(byte),
                (State::Between | State::Inside, b'\\') => State::Escaped(None),
                (State::Between | State::Inside, _) => {
                    put(byte, &mut used)?;
                    State::Inside
                }
                (State::Quoted(quote), _) if byte == quote => {
                    was_quoted = true;
                    State::Inside
                }
                (State::Quoted(b'"'), b'\\') => State::Escaped(Some(b'"')),
                (State::Quoted(quote), _) => {
                    put(byte, &mut used)?;
                    State::Quoted(quote)
                }
                (State::Escaped(quote), _) => {
                    // Inside double quotes a backslash stays, except before itself and the quote.
                    if quote.is_some() && byte != b'\\' && quote != Some(byte) {
                        put(b'\\', &mut used)?;
                    }
                    put(byte, &mut used)?;
                    quote.map_or(State::Inside, State::Quoted)
                }
            };
        }
        let in_progress = matches!(state, State::Quoted(_) | State::Escaped(_));
        if in_progress || used > start || was_quoted {
            close(used)?;
        }
        Ok(Self { bytes: storage.get(..used).unwrap_or_default(), ends, count })
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first word, as long as the storage lives.
    pub fn into_first(self) -> Option<&'b [u8]> {
        if self.count == 0 { None } else { self.bytes.get(..*self.ends.first()? as usize) }
    }

    /// The word at `index`.
    #[inline(never)]
    pub fn get(&self, index: usize) -> Option<&'b [u8]> {
        if index >= self.count {
            return None;
        }
        let start = match index.checked_sub(1) {
            Some(before) => *self.ends.get(before)? as usize,
            None => 0,
        };
        self.bytes.get(start..*self.ends.get(index)? as usize)
    }
}

/// Some of the words of a line, one behind the other.
#[derive(Clone, Copy)]
pub struct Args<'w> {
    words: &'w Words<'w>,
    start: usize,
    end: usize,
}

impl<'w> Args<'w> {
    /// The words from number `start` on, before number `end`.
    pub fn of(words: &'w Words<'w>, start: usize, end: usize) -> Self {
        let end = end.min(words.len());
        Self { words, start: start.min(end), end }
    }

    /// These without the first `count`.
    pub fn from(self, count: usize) -> Self {
        Self { start: self.start.saturating_add(count).min(self.end), ..self }
    }

    /// How many they are.
    pub fn len(&self) -> usize {
        self.end - self.start
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The word at `index`.
    pub fn get(&self, index: usize) -> Option<&'w [u8]> {
        if index < self.len() { self.words.get(self.start + index) } else { None }
    }

    /// All of them.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = &'w [u8]> + Clone {
        (0..self.len()).filter_map(move |index| self.get(index))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn split(text: &str) -> Vec<String> {
        let mut storage = [0; 256];
        let words = Words::split(text.as_bytes(), &mut storage).unwrap();
        (0..words.len())
            .map(|index| String::from_utf8(words.get(index).unwrap().to_vec()).unwrap())
            .collect()
    }

    /// What click 8.5.1's `split_arg_string` gives; tests/click.rs asks it for thousands more.
    #[test]
    fn splits_as_click_does() {
        assert_eq!(split("pivot repro tr"), ["pivot", "repro", "tr"]);
        assert_eq!(split("pivot\nrepro\n"), ["pivot", "repro"]);
        assert_eq!(split("a '' \"\" b"), ["a", "", "", "b"]);
        assert_eq!(split("a 'b c\"d'e"), ["a", "b c\"de"]);
        assert_eq!(split(r#"a\ b "c\"d\e\\""#), ["a b", r#"c"d\e\"#]);
        assert_eq!(split("a 'open quo"), ["a", "open quo"]);
        assert_eq!(split("a '"), ["a", ""]);
        assert_eq!(split("a \\"), ["a", ""]);
        assert_eq!(split("a#b #c"), ["a#b", "#c"]);
        assert_eq!(split(""), [""; 0]);
    }

    #[test]
    fn too_much_is_said_so() {
        assert!(Words::split(b"abc", &mut [0; 2]).is_err());
        let many = "a ".repeat(MAX_WORDS + 1);
        assert!(Words::split(many.as_bytes(), &mut [0; 1024]).is_err());
    }
}
