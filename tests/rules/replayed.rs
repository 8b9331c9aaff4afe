//! What fuzzing kept (`tests/fuzz/corpus`), and edits of it, read once more by the stable toolchain.

#[path = "../fuzz/looks/click.rs"]
mod click;
#[path = "../fuzz/looks/corpus.rs"]
mod corpus;
#[path = "../fuzz/looks/forms.rs"]
mod forms;
#[path = "../fuzz/looks/line.rs"]
mod line;
#[path = "../fuzz/looks/pieces.rs"]
mod pieces;
#[path = "../fuzz/looks/settings.rs"]
mod settings;
#[path = "../fuzz/looks/stages_cache.rs"]
mod stages_cache;
#[path = "../fuzz/looks/store.rs"]
mod store;

/// So many edits of each.
const EDITS: u64 = 10;

/// The bytes with some of them changed, by a number.
fn edited(bytes: &[u8], number: u64) -> Vec<u8> {
    let mut edited = bytes.to_vec();
    let mut random = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for _ in 0..=number % 4 {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let place = (random >> 16) as usize % (edited.len() + 1);
        match edited.get_mut(place) {
            Some(byte) => *byte ^= random as u8,
            None => edited.push(random as u8),
        }
    }
    edited
}

#[track_caller]
fn replay(name: &str, look: fn(&[u8])) {
    for bytes in corpus::kept(name) {
        look(&bytes);
        (1..=EDITS).for_each(|number| look(&edited(&bytes, number)));
    }
}

#[test]
fn stages_caches_are_read_as_pivot_does() {
    replay("stages_cache", stages_cache::look);
}

#[test]
fn stores_are_read_within_their_bounds() {
    assert!(store::is_sound());
    replay("store", store::look);
}

#[test]
fn lines_are_read_or_refused() {
    replay("line", line::look);
}

#[test]
fn descriptions_are_completed_by_or_refused() {
    click::assert_is_sound();
    replay("click", click::look);
}

#[test]
fn settings_mean_something_or_nothing() {
    replay("settings", settings::look);
}
