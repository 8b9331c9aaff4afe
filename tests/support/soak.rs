//! What runs long by nature: a seeded share of it in every run, all of it in `scripts/soak`.
//!
//! `PIVOT_COMPLETE_SEED` chooses another share; `PIVOT_COMPLETE_SOAK` asks for the whole.

use std::cell::Cell;
use std::panic::Location;

use super::oracle::Random;

thread_local! {
    /// How often a test, which is a thread, took turns.
    static ASKED: Cell<u32> = const { Cell::new(0) };
}

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

/// One of `all` that ask for the same, chosen by the seed, by where that is written and how often it
/// was asked there: one test takes the first release, another the last. In the whole, all of them.
#[track_caller]
pub fn in_turn<T>(all: impl IntoIterator<Item = T>) -> impl Iterator<Item = T> {
    let place = Location::caller();
    let asked = ASKED.replace(ASKED.get() + 1);
    in_turn_of(&format!("{}:{}", place.file(), place.line()), asked, all)
}

/// The same for whoever has a `name` and a `number` of their own.
pub fn in_turn_of<T, All: IntoIterator<Item = T>>(
    name: &str,
    number: u32,
    all: All,
) -> impl Iterator<Item = T> + use<T, All> {
    let all: Vec<T> = all.into_iter().collect();
    let place = name.bytes().chain(number.to_le_bytes());
    let sum = place.fold(seed(), |sum, byte| Random(sum ^ u64::from(byte)).next());
    let chosen = Random(sum).below(all.len());
    let all = all.into_iter().enumerate();
    all.filter_map(move |(number, item)| (is_whole() || number == chosen).then_some(item))
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

#[test]
fn turns_differ_by_place() {
    let turns = |place: fn(u32) -> (String, u32)| -> std::collections::BTreeSet<u32> {
        (0..100).map(place).flat_map(|(name, number)| in_turn_of(&name, number, 0..2)).collect()
    };
    assert_eq!(turns(|number| ("same".into(), number)).len(), 2);
    assert_eq!(turns(|number| (format!("{number}.rs"), 1)).len(), 2);
    assert_eq!(in_turn(0..2).count(), count(1, 2));
}
