//! What files of the project tell: git's references, runs, imports. Rare, and so the engine's to find out.

use crate::answer::Items;
use crate::click::ItemType;
use crate::encoding::lines::starting_with;
use crate::line::GivenWords;

/// Adds what the lines of `text` tell that start with `prefix` and were not `given`: a value, and
/// behind a TAB what a list says of it.
pub fn add_told(items: &mut Items<'_>, text: &[u8], prefix: &[u8], given: GivenWords<'_>) {
    for line in starting_with(text, prefix) {
        let end = line.iter().position(|&byte| byte == b'\t').unwrap_or(line.len());
        let (value, help) = line.split_at_checked(end).unwrap_or_default();
        // What was typed may go beyond the value.
        if value.starts_with(prefix) && !given.contains(value) {
            items.add(ItemType::Plain, value, help.get(1..).unwrap_or_default());
        }
    }
}
