//! The words that a line gives to one parameter already, which need not be offered again.

use super::{Args, WordSet};

/// Some words of a line: those of `args` that are `among` them, but for the first few.
#[derive(Clone, Copy)]
pub struct GivenWords<'w> {
    args: Args<'w>,
    among: WordSet,
    skipped: usize,
}

impl<'w> GivenWords<'w> {
    /// All of `args`.
    pub fn all(args: Args<'w>) -> Self {
        Self::of(args, WordSet::ALL, 0)
    }

    /// The words of `args` whose numbers are `among` these, without the first `skipped`.
    pub fn of(args: Args<'w>, among: WordSet, skipped: usize) -> Self {
        Self { args, among, skipped }
    }

    /// The words in their order.
    pub fn iter(self) -> impl Iterator<Item = &'w [u8]> + Clone {
        let among = self.among;
        let numbered = self.args.iter().enumerate();
        let words = numbered.filter(move |(number, _)| among.contains(*number));
        words.map(|(_, word)| word).skip(self.skipped)
    }

    /// Whether `word` is one of them.
    #[inline(never)]
    pub fn contains(self, word: &[u8]) -> bool {
        self.iter().any(|given| given == word)
    }
}
