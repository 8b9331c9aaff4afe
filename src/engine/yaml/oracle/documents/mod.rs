//! Generates YAML documents for the comparison with Python, always the same for one seed.

mod exotic;
mod noise;
mod plain;
mod table;

/// How often a choice of [`Category::Risky`] is one that tends to be invalid.
const RISK_PERCENT: usize = 3;

/// A generated `pivot.yaml`.
pub struct Document {
    pub category: Category,
    pub text: Vec<u8>,
}

/// Where a document comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// Written by hand, one construct each.
    Table,
    /// Written by hand: what Python answers and the fast path leaves to it, knowingly.
    LeftOut,
    /// What a project's config looks like.
    Plain,
    /// Anchors, merge keys, every style, unusual scalars; valid as a rule.
    Exotic,
    /// The same with tags, scalars and structures that often make it invalid.
    Risky,
    /// One of the former with a few random changes.
    Mutated,
    /// Random pieces of syntax where they decide over names.
    Soup,
}

impl Category {
    /// How many percent of the documents that Python answers may stay unanswered here.
    pub fn unsure_limit_percent(self) -> usize {
        match self {
            Self::Table => 0,
            Self::Plain | Self::Exotic => 1,
            Self::Risky | Self::Mutated | Self::Soup => 40,
            Self::LeftOut => 100,
        }
    }
}

/// Yields the tables, then random documents without end.
pub fn documents(seed: u64) -> impl Iterator<Item = Document> {
    let answered = table::ANSWERED_OR_REFUSED.iter();
    let answered = answered.map(|text| (Category::Table, text));
    let left_out = table::LEFT_OUT.iter();
    let left_out = left_out.map(|text| (Category::LeftOut, text));
    let tables = answered
        .chain(left_out)
        .map(|(category, text)| Document { category, text: text.as_bytes().to_vec() });
    let mut rng = Rng::new(seed);
    tables.chain(std::iter::repeat_with(move || random_document(&mut rng)))
}

fn random_document(rng: &mut Rng) -> Document {
    let (category, text) = match rng.below(20) {
        0..=4 => (Category::Plain, plain::document(rng)),
        5..=9 => (Category::Exotic, exotic::document(rng, 0)),
        10..=12 => (Category::Risky, exotic::document(rng, RISK_PERCENT)),
        13..=16 => (Category::Mutated, String::new()),
        _ => (Category::Soup, noise::soup(rng)),
    };
    let mut text = text.into_bytes();
    if category == Category::Mutated {
        text = match rng.below(4) {
            0 => plain::document(rng).into_bytes(),
            1 => exotic::document(rng, 0).into_bytes(),
            2 => rng.pick(table::LEFT_OUT).as_bytes().to_vec(),
            _ => rng.pick(table::ANSWERED_OR_REFUSED).as_bytes().to_vec(),
        };
        for _ in 0..=rng.below(3) {
            noise::mutate(rng, &mut text);
        }
    }
    Document { category, text }
}

/// xorshift64* (Vigna 2016): small, seeded, the same everywhere.
pub struct Rng(u64);

impl Rng {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.next() >> 33) as usize) % limit
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn pick<'a, T: ?Sized>(&mut self, from: &[&'a T]) -> &'a T {
        from[self.below(from.len())]
    }
}

#[rustfmt::skip]
const NAMES: &[&str] = &[
    "train", "evaluate", "prep", "a", "b", "build-features", "report_2", "\u{fc}bung", "x.y",
];

const DIMENSIONS: &[&str] = &["model", "data", "k"];
