//! The words of a line in the order in which click's parser takes them.

use crate::line::Args;
use crate::reason::Reason;

/// Most words that a group may have before its command, where options may stand among them.
pub const AHEAD_MAX: usize = 32;

/// A word, or its end from some byte on: the value in `--name=value`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Piece {
    /// The number of the word.
    pub word: u32,
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

    /// None of these words.
    pub fn emptied(&self) -> Self {
        Self { next: self.args.len(), ..Self::of(self.args) }
    }

    /// The words that were passed over.
    pub fn ahead(&self) -> &[Piece] {
        self.ahead.get(self.ahead_next..self.ahead_end).unwrap_or_default()
    }

    /// Adds a word behind those that were passed over, as far as there is room.
    pub fn pass(&mut self, piece: Piece) {
        if let Some(place) = self.ahead.get_mut(self.ahead_end) {
            *place = piece;
            self.ahead_end += 1;
        }
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

    /// The text of a piece.
    #[inline(never)]
    pub fn text(&self, piece: Piece) -> &'w [u8] {
        let word = self.args.get(piece.word as usize).unwrap_or_default();
        word.get(piece.start as usize..).unwrap_or_default()
    }

    /// The first word, which stays.
    pub fn peek(&self) -> Option<&'w [u8]> {
        self.first().map(|piece| self.text(piece))
    }

    fn first(&self) -> Option<Piece> {
        if self.ahead_next < self.ahead_end {
            return self.ahead.get(self.ahead_next).copied();
        }
        let is_left = self.next < self.args.len();
        is_left.then_some(Piece { word: self.next as u32, start: 0 })
    }

    /// Takes the first word as a piece.
    #[inline(never)]
    pub fn pop_piece(&mut self) -> Option<Piece> {
        let first = self.first()?;
        if self.ahead_next < self.ahead_end {
            self.ahead_next += 1;
        } else {
            self.next += 1;
        }
        Some(first)
    }

    /// Puts a word in front; fails where there is no room.
    #[inline(never)]
    pub fn push_front(&mut self, piece: Piece) -> Result<(), Reason> {
        // All of it lies at the end of the room, so that more goes in front.
        if self.ahead_next == self.ahead_end {
            (self.ahead_next, self.ahead_end) = (AHEAD_MAX, AHEAD_MAX);
        }
        self.ahead_next = self.ahead_next.checked_sub(1).ok_or(Reason::LineTooLong)?;
        *self.ahead.get_mut(self.ahead_next).ok_or(Reason::LineTooLong)? = piece;
        Ok(())
    }

    /// Drops the first words.
    #[inline(never)]
    pub fn skip(&mut self, count: usize) {
        for _ in 0..count {
            self.pop_piece();
        }
    }
}

impl Piece {
    /// The same word from `start` bytes further on.
    pub fn behind(self, start: usize) -> Self {
        Self { start: self.start + start as u32, ..self }
    }
}
