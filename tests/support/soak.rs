//! What runs long by nature: a seeded share of it in every run, all of it in `scripts/soak`.
//!
//! `PIVOT_COMPLETE_SEED` chooses another share; `PIVOT_COMPLETE_SOAK` asks for the whole.

use super::oracle::Random;

/// Whether the whole is asked for.
pub fn is_whole() -> bool {
    std::env::var_os("PIVOT_COMPLETE_SOAK").is_some()
}

/// What the share, and all that is random, is chosen by.
pub fn seed() -> u64 {
    let seed = std::env::var("PIVOT_COMPLETE_SEED").ok();
    seed.map_or(1, |seed| seed.parse().expect("PIVOT_COMPLETE_SEED is a number"))
}

/// So many: `few` in every run, `all` of them in the whole.
pub fn count<T>(few: T, all: T) -> T {
    if is_whole() { all } else { few }
}

/// One of each `group` that follow each other, chosen by the seed; in the whole, all of them.
pub fn share<T>(group: usize, all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let (group, seed) = (count(group, 1), seed());
    all.into_iter().enumerate().filter_map(move |(number, item)| {
        let mut random = Random(seed ^ ((number / group) as u64) << 20);
        (random.below(group) == number % group).then_some(item)
    })
}

#[test]
fn a_share_has_one_of_each_group() {
    let chosen: Vec<usize> = share(4, 0..1000).collect();
    let groups: Vec<usize> = chosen.iter().map(|number| number / count(4, 1)).collect();
    assert_eq!(groups, (0..count(250, 1000)).collect::<Vec<_>>());
    // Not always the same place of a group.
    let places: std::collections::BTreeSet<usize> =
        chosen.iter().map(|number| number % 4).collect();
    assert_eq!(places.len(), 4);
}
