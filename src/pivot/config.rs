//! Pivot's config keys and their values, and the remotes that are part of both.
//!
//! The keys that Pivot always offers are a description's own part:
//!
//! ```text
//!      0      8  the key
//!      8      8  its help
//!     16    4+4  the values that it may have: first string, count
//!     24      1  kind of its value, as a parameter's
//!     25      1  paths beside that, as a parameter's
//!     26      6  zero
//! ```

use crate::answer::Items;
use crate::click::{Description, ItemType, Kind, Paths};
use crate::encoding::layout::Field;
use crate::encoding::lines;

/// The key.
pub const NAME: Field<8> = Field::first();
/// What a list of keys says of it.
pub const HELP: Field<8> = NAME.then();
/// The values that it may have.
pub const VALUES: Field<8> = HELP.then();
/// What its value is completed with.
pub const KIND: Field<1> = VALUES.then();
/// The paths beside that.
pub const PATHS: Field<1> = KIND.then();
const ZERO: Field<6> = PATHS.then();
/// Length of a config key, in bytes.
pub const KEY_LEN_BYTES: usize = ZERO.end();

/// A config key that Pivot always offers.
#[derive(Clone, Copy, Debug)]
pub struct ConfigKey<'a> {
    description: Description<'a>,
    entry: &'a [u8],
}

/// The config keys that Pivot always offers.
pub fn keys<'a>(description: &Description<'a>) -> impl Iterator<Item = ConfigKey<'a>> + use<'a> {
    let description = *description;
    let entries = description.own_part().chunks_exact(KEY_LEN_BYTES);
    entries.map(move |entry| ConfigKey { description, entry })
}

impl<'a> ConfigKey<'a> {
    /// The key.
    pub fn name(&self) -> &'a [u8] {
        self.description.string(self.entry, NAME)
    }

    /// What a list of keys says of it.
    pub fn help(&self) -> &'a [u8] {
        self.description.string(self.entry, HELP)
    }

    /// The values that it may have, where those are few.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, VALUES, 1)
    }

    /// What its value is completed with.
    pub fn kind(&self) -> Kind {
        Kind::numbered(KIND.u8(self.entry))
    }

    /// The paths that its value may be.
    pub fn paths(&self) -> Paths {
        Paths::numbered(PATHS.u8(self.entry))
    }
}

/// Adds the config keys that the word `prefix` may be, and those of `remotes`: pairs of lines, a key and
/// its help.
#[inline(never)]
pub fn add_keys(
    items: &mut Items<'_>,
    description: &Description<'_>,
    remotes: &[u8],
    prefix: &[u8],
) {
    let own = keys(description).map(|key| (key.name(), key.help()));
    let mut told = lines::names(remotes);
    let of_remotes = core::iter::from_fn(|| told.next().zip(told.next()));
    let matching = items.matching();
    for (key, help) in own.chain(of_remotes).filter(|(key, _)| matching.takes(key, prefix)) {
        items.add(ItemType::Plain, key, help);
    }
}

/// Adds the values of `key` that the word `prefix` may be.
pub fn add_values(items: &mut Items<'_>, key: &ConfigKey<'_>, prefix: &[u8]) {
    let matching = items.matching();
    for value in key.values().filter(|value| matching.takes(value, prefix)) {
        items.add(ItemType::Plain, value, b"");
    }
}

/// Adds the remotes of `names`, which are lines, that the word `prefix` may be.
pub fn add_remotes(items: &mut Items<'_>, names: &[u8], prefix: &[u8]) {
    let matching = items.matching();
    for name in lines::names(names).filter(|name| matching.takes(name, prefix)) {
        items.add(ItemType::Plain, name, b"");
    }
}
