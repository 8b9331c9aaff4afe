//! What files of the project tell: git's references, runs, imports. Rare, and so the engine's to find out.

use super::stages::matching_in;
use crate::answer::Items;
use crate::click::ItemType;
use crate::encoding::lines;
use crate::line::GivenWords;

/// Adds what the lines of `text` tell that the word `prefix` may be and were not `given`: a value, and
/// behind a TAB what a list says of it.
pub fn add_told(items: &mut Items<'_>, text: &[u8], prefix: &[u8], given: GivenWords<'_>) {
    let matching = matching_in(text, items, |line| line.starts_with(prefix));
    for line in lines::names(text) {
        let end = line.iter().position(|&byte| byte == b'\t').unwrap_or(line.len());
        let (value, help) = line.split_at_checked(end).unwrap_or_default();
        if matching.takes(value, prefix) && !given.contains(value) {
            items.add(ItemType::Plain, value, help.get(1..).unwrap_or_default());
        }
    }
}
