//! What options start with: `-`, and whatever an application declares.

use crate::click::spec::Command;
use crate::reason::Reason;

/// First characters of options: an ASCII character each, alone or doubled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prefixes {
    single: u128,
    double: u128,
}

impl Prefixes {
    /// `-` and `--`, which always are.
    pub const ALWAYS: Self = Self { single: bit(b'-'), double: bit(b'-') };

    /// These and those of `command`'s own options.
    ///
    /// Fails where one of them is no ASCII character.
    pub fn with_options_of(self, command: &Command<'_>) -> Result<Self, Reason> {
        let mut prefixes = self;
        for param in command.params().filter(|param| !param.is_argument()) {
            for opt in param.opts().chain(param.secondary_opts()) {
                let first = *opt.first().ok_or(Reason::OptionUnread)?;
                if !first.is_ascii() {
                    return Err(Reason::OptionUnread);
                }
                prefixes.single |= bit(first);
                if opt.get(1) == Some(&first) {
                    prefixes.double |= bit(first);
                }
            }
        }
        Ok(prefixes)
    }

    /// Whether `word` starts with one of them.
    pub fn start(&self, word: &[u8]) -> bool {
        word.first().is_some_and(|&first| self.single & bit(first) != 0)
    }

    /// Whether `word` starts with a doubled one.
    pub fn start_doubled(&self, word: &[u8]) -> bool {
        matches!(word, [first, second, ..] if first == second && self.double & bit(*first) != 0)
    }

    /// Whether the parser takes `word` for an option.
    pub fn is_option(&self, word: &[u8]) -> bool {
        word.len() > 1 && self.start(word)
    }

    /// All of both.
    pub fn and(self, other: Self) -> Self {
        Self { single: self.single | other.single, double: self.double | other.double }
    }
}

const fn bit(byte: u8) -> u128 {
    if byte < 128 { 1 << byte } else { 0 }
}
