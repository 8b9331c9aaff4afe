//! One command's words, taken apart as click's parser does while it completes: the first mistake
//! ends it, and what was understood until then counts.

use crate::click::spec::{Command, Param};
use crate::line::{Args, Click, WordSet};
use crate::reason::Reason;

/// Most names of parameters that one command may have here.
const NAMES_MAX: u32 = 256;
/// Most words that a group may have before its command, where options may stand among them.
const AHEAD_MAX: usize = 32;

/// A word, or its end from some byte on: the value in `--name=value`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Piece {
    word: u32,
    start: u32,
}

/// Words in the order in which a parser takes them.
#[derive(Clone, Copy)]
pub struct Queue<'w> {
    args: Args<'w>,
    /// Words that were passed over, and come first.
    ahead: [Piece; AHEAD_MAX],
    ahead_next: usize,
    ahead_end: usize,
    /// The first of the words behind them.
    next: usize,
}

impl<'w> Queue<'w> {
    /// All of `args`.
    pub fn of(args: Args<'w>) -> Self {
        Self { args, ahead: [Piece::default(); AHEAD_MAX], ahead_next: 0, ahead_end: 0, next: 0 }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        (self.ahead_end - self.ahead_next) + (self.args.len() - self.next)
    }

    /// Takes the first word.
    pub fn pop(&mut self) -> Option<&'w [u8]> {
        let piece = self.pop_piece()?;
        Some(self.text(piece))
    }

    /// Drops every word.
    pub fn clear(&mut self) {
        (self.ahead_next, self.ahead_end, self.next) = (0, 0, self.args.len());
    }

    #[inline(never)]
    fn text(&self, piece: Piece) -> &'w [u8] {
        let word = self.args.get(piece.word as usize).unwrap_or_default();
        word.get(piece.start as usize..).unwrap_or_default()
    }

    /// The first word, which stays.
    fn peek(&self) -> Option<&'w [u8]> {
        self.first().map(|piece| self.text(piece))
    }

    fn first(&self) -> Option<Piece> {
        if self.ahead_next < self.ahead_end {
            return self.ahead.get(self.ahead_next).copied();
        }
        let is_left = self.next < self.args.len();
        is_left.then_some(Piece { word: self.next as u32, start: 0 })
    }

    #[inline(never)]
    fn pop_piece(&mut self) -> Option<Piece> {
        let first = self.first()?;
        if self.ahead_next < self.ahead_end {
            self.ahead_next += 1;
        } else {
            self.next += 1;
        }
        Some(first)
    }

    #[inline(never)]
    fn push_front(&mut self, piece: Piece) -> Result<(), Reason> {
        // All of it lies at the end of the room, so that more goes in front.
        if self.ahead_next == self.ahead_end {
            (self.ahead_next, self.ahead_end) = (AHEAD_MAX, AHEAD_MAX);
        }
        self.ahead_next = self.ahead_next.checked_sub(1).ok_or(Reason::LineTooLong)?;
        *self.ahead.get_mut(self.ahead_next).ok_or(Reason::LineTooLong)? = piece;
        Ok(())
    }

    #[inline(never)]
    fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.pop_piece();
        }
    }
}

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
    fn start_doubled(&self, word: &[u8]) -> bool {
        matches!(word, [first, second, ..] if first == second && self.double & bit(*first) != 0)
    }

    /// Whether the parser takes `word` for an option.
    fn is_option(&self, word: &[u8]) -> bool {
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
    let passed = Queue { next: words.args.len(), ..Queue::of(words.args) };
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
        if let Some(place) = self.passed.ahead.get_mut(self.passed_count) {
            *place = piece;
            self.passed.ahead_end = self.passed_count + 1;
        }
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
                for piece in passed.ahead.iter().take(self.passed_count).rev() {
                    self.words.push_front(*piece)?;
                }
            }
            self.words.skip(all - left);
        }
        Ok(())
    }
}

impl Piece {
    /// The same word from `start` bytes further on.
    fn behind(self, start: usize) -> Self {
        Self { start: self.start + start as u32, ..self }
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
