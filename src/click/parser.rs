//! One command's words, taken apart as click's parser does while it completes: the first mistake
//! ends it, and what was understood until then counts.

use crate::click::prefixes::Prefixes;
use crate::click::queue::{AHEAD_MAX, Piece, Queue};
use crate::click::spec::{Command, Param};
use crate::line::{Click, WordSet};
use crate::reason::Reason;

/// Most names of parameters that one command may have here.
const NAMES_MAX: u32 = 256;
/// The names of parameters that a line gives.
#[derive(Clone, Copy, Debug, Default)]
pub struct GivenParams([u64; NAMES_MAX as usize / 64]);

impl GivenParams {
    /// Whether the line gives the name of `param`.
    pub fn has(&self, param: &Param<'_>) -> bool {
        let number = param.name_number();
        self.0.get(number as usize / 64).is_some_and(|word| word & (1 << (number % 64)) != 0)
    }

    fn set(&mut self, param: &Param<'_>, given: bool) -> Result<(), Reason> {
        let number = param.name_number();
        let word = self.0.get_mut(number as usize / 64).ok_or(Reason::OptionUnread)?;
        let bit = 1 << (number % 64);
        *word = if given { *word | bit } else { *word & !bit };
        Ok(())
    }
}

/// A mistake of the user: click stops there.
enum Stop {
    Mistake,
    Unsure(Reason),
}

impl From<Reason> for Stop {
    fn from(reason: Reason) -> Self {
        Stop::Unsure(reason)
    }
}

/// What is understood of a command's words.
pub struct Parsed<'w> {
    /// The names given.
    pub given: GivenParams,
    /// The words that are no option's, in the order of the line; none, where a mistake came
    /// between.
    pub positional: WordSet,
    /// What is left for its commands.
    pub rest: Queue<'w>,
}

/// Takes `words` apart for `command`, whose own options start with `prefixes`.
///
/// Fails where the description, or the room here, does not suffice.
pub fn parse<'w>(
    command: &Command<'_>,
    is_interspersed: bool,
    prefixes: Prefixes,
    words: Queue<'w>,
    click: Click,
) -> Result<Parsed<'w>, Reason> {
    let passed = words.emptied();
    let mut parser = Parser {
        command: *command,
        is_interspersed,
        prefixes,
        words,
        passed,
        passed_count: 0,
        positional: WordSet::default(),
        given: GivenParams::default(),
        click,
    };
    match parser.options().and_then(|()| parser.arguments()) {
        Ok(()) => {}
        // What was passed over is left, and nothing of the words behind it.
        Err(Stop::Mistake) => {
            parser.words = parser.passed()?;
            parser.positional = WordSet::default();
        }
        Err(Stop::Unsure(reason)) => return Err(reason),
    }
    Ok(Parsed { given: parser.given, positional: parser.positional, rest: parser.words })
}

struct Parser<'a, 'w> {
    command: Command<'a>,
    is_interspersed: bool,
    prefixes: Prefixes,
    words: Queue<'w>,
    /// Arguments that were passed over on the way to options, as far as there is room.
    passed: Queue<'w>,
    passed_count: usize,
    positional: WordSet,
    given: GivenParams,
    click: Click,
}

impl<'a, 'w> Parser<'a, 'w> {
    fn options(&mut self) -> Result<(), Stop> {
        while let Some(piece) = self.words.pop_piece() {
            let word = self.words.text(piece);
            if word == b"--" {
                return Ok(());
            }
            if self.prefixes.is_option(word) {
                self.option(piece, word)?;
            } else if self.is_interspersed {
                self.pass(piece);
            } else {
                self.words.push_front(piece)?;
                return Ok(());
            }
        }
        Ok(())
    }

    fn pass(&mut self, piece: Piece) {
        self.passed.pass(piece);
        self.passed_count += 1;
        self.positional.insert(piece.word as usize);
    }

    /// What was passed over, where anybody asks for it.
    fn passed(&self) -> Result<Queue<'w>, Reason> {
        if self.command.is_group() && self.passed_count > AHEAD_MAX {
            return Err(Reason::LineTooLong);
        }
        Ok(self.passed)
    }

    #[inline(never)]
    fn option(&mut self, piece: Piece, word: &[u8]) -> Result<(), Stop> {
        let equals = word.iter().position(|&byte| byte == b'=');
        let (name, _) = word.split_at_checked(equals.unwrap_or(word.len())).unwrap_or_default();
        if let Some((param, takes_value)) = self.find(name, false) {
            if let Some(equals) = equals {
                if !takes_value {
                    return Err(Stop::Mistake);
                }
                self.words.push_front(piece.behind(equals + 1))?;
            }
            return self.process(&param, takes_value);
        }
        if self.prefixes.start_doubled(word) {
            return Err(Stop::Mistake);
        }
        self.cluster(piece, word)
    }

    /// `-abc`: options of one letter, the last of which may have its value right behind it.
    #[inline(never)]
    fn cluster(&mut self, piece: Piece, word: &[u8]) -> Result<(), Stop> {
        // click counts characters; a word that is not UTF-8 has some that are none.
        let text = core::str::from_utf8(word).map_err(|_| Reason::LineNotUtf8)?;
        let mut letters = text.char_indices().skip(1).peekable();
        while let Some((start, letter)) = letters.next() {
            let end = start + letter.len_utf8();
            let letter = word.get(start..end).unwrap_or_default();
            let (param, takes_value) =
                self.find_letter(word.first(), letter).ok_or(Stop::Mistake)?;
            if takes_value && letters.peek().is_some() {
                self.words.push_front(piece.behind(end))?;
                return self.process(&param, takes_value);
            }
            self.process(&param, takes_value)?;
        }
        Ok(())
    }

    /// The option that this string means, which the last declared owns; and whether it takes a
    /// value.
    fn find(&self, name: &[u8], is_short: bool) -> Option<(Param<'a>, bool)> {
        let mut options = self.command.params().rev().filter(|param| !param.is_argument());
        let param = options.find(|param| param.is_called(name))?;
        (is_short_option(name) == is_short).then(|| (param, param.takes_value()))
    }

    fn find_letter(&self, prefix: Option<&u8>, letter: &[u8]) -> Option<(Param<'a>, bool)> {
        let mut room = [0; 5];
        let (first, rest) = room.split_first_mut()?;
        *first = *prefix?;
        rest.get_mut(..letter.len())?.copy_from_slice(letter);
        self.find(room.get(..=letter.len())?, true)
    }

    fn process(&mut self, param: &Param<'_>, takes_value: bool) -> Result<(), Stop> {
        if takes_value {
            let wanted = usize::try_from(param.nargs()).map_err(|_| Reason::OptionUnread)?;
            if self.words.len() < wanted {
                if !param.has_optional_value() {
                    return Err(Stop::Mistake);
                }
            } else if wanted != 1 {
                self.words.skip(wanted);
            } else {
                let next = self.words.peek().unwrap_or_default();
                if !(param.has_optional_value() && self.prefixes.is_option(next)) {
                    self.words.skip(1);
                }
            }
        }
        Ok(self.given.set(param, true)?)
    }

    /// Deals the words that are left to the arguments: from the left up to the one that takes any
    /// number, from the right to those behind it.
    fn arguments(&mut self) -> Result<(), Stop> {
        let mut behind = self.words;
        while let Some(piece) = behind.pop_piece() {
            self.positional.insert(piece.word as usize);
        }
        let command = self.command;
        let all = self.passed_count + self.words.len();
        let mut left = all;
        // How many words those behind the one with any number want, that were not yet dealt to.
        let mut wanted_behind: Option<usize> = None;
        let mut arguments = command.params().filter(Param::is_argument);
        while let Some(param) = arguments.next() {
            let Ok(wanted) = usize::try_from(param.nargs()) else {
                let behind = arguments.clone();
                let behind = behind.map(|param| usize::try_from(param.nargs()).unwrap_or_default());
                let wanted = behind.fold(0, usize::saturating_add);
                wanted_behind = Some(wanted);
                // No words at all are a value to click 8.1.
                self.given.set(&param, left > wanted || self.click == Click::V81)?;
                continue;
            };
            let got = match &mut wanted_behind {
                None => {
                    let got = wanted.min(left);
                    left -= got;
                    got
                }
                Some(behind) => {
                    *behind = behind.saturating_sub(wanted);
                    wanted.min(left.saturating_sub(*behind))
                }
            };
            if 0 < got && got < wanted {
                return Err(Stop::Mistake);
            }
            self.given.set(&param, got > 0)?;
        }
        if wanted_behind.is_some() {
            self.words.clear();
        } else {
            // Nobody asks for what a command leaves, but the next one in a chain, whose commands
            // pass nothing over.
            if self.command.is_group() {
                let passed = self.passed()?;
                for piece in passed.ahead().iter().rev() {
                    self.words.push_front(*piece)?;
                }
            }
            self.words.skip(all - left);
        }
        Ok(())
    }
}

/// Whether an option string is one character and its prefix: only those stand in clusters.
fn is_short_option(opt: &[u8]) -> bool {
    let Some((prefix, value)) = opt.split_first() else { return false };
    value.first() != Some(prefix)
        && core::str::from_utf8(value).is_ok_and(|value| {
            let mut characters = value.chars();
            characters.next().is_some() && characters.next().is_none()
        })
}
