//! Environment variables that were read: their values count, or that they are not set.

use xxhash_rust::xxh64::xxh64;

use super::directory::Unordered;
use crate::environment::Pieces;
use crate::environment::loader::{self, Cleaned};
use crate::environment::terminals::OF_TERMINALS;

/// A directory in PATH with this in its name belongs to one terminal.
const OF_TERMINAL_IN_PATH: &[u8] = b"fnm_multishells";

/// The digest of what `names`, with a NUL between two, choose of an environment: by their names, by
/// their beginnings with `*` behind, or with `*` alone as a whole. `each` gives its entries,
/// `NAME=VALUE`.
pub fn digest(names: &[u8], salt: u64, each: Pieces) -> u64 {
    let split = || names.split(|&byte| byte == 0);
    let bit = |name: &[u8]| name.first().map_or(0, |first| 1_u64 << (first & 63));
    let is_whole = split().any(|name| name == b"*");
    // Most entries are none of those, which their first letter tells.
    let letters = split().fold(0, |letters, name| letters | bit(name));
    let mut chosen = Unordered::default();
    // Zeroed once: that costs more than all else.
    let mut room = [0; ROOM_BYTES];
    each(&mut |entry| {
        let entry = as_engine_has_it(entry, &mut room);
        if entry.is_empty() || !is_whole && letters & bit(entry) == 0 {
            return;
        }
        let name = entry.split(|&byte| byte == b'=').next().unwrap_or_default();
        if split().any(|wanted| wanted != b"*" && is_named(wanted, name)) {
            chosen.add(xxh64(entry, salt));
        } else if is_whole && !is_of_terminal(name) {
            chosen.add(if name == b"PATH" { path_digest(entry, salt) } else { xxh64(entry, salt) });
        }
    });
    chosen.value()
}

/// Room for an entry from which paths are taken out.
const ROOM_BYTES: usize = 4 << 10;

/// An entry as it is for the engine and what that starts, which get no relative paths to load code
/// from; empty where it is none for them.
fn as_engine_has_it<'a>(entry: &'a [u8], room: &'a mut [u8; ROOM_BYTES]) -> &'a [u8] {
    if !matches!(entry, [b'L' | b'G' | b'O' | b'P', ..]) {
        return entry;
    }
    match loader::clean(entry, room) {
        Cleaned::Whole => entry,
        Cleaned::Shortened => room.split(|&byte| byte == 0).next().unwrap_or_default(),
        Cleaned::Gone => b"",
    }
}

/// Whether the variable `name` is a terminal's own, or its shell's: no part of an environment as a whole.
pub fn is_of_terminal(name: &[u8]) -> bool {
    OF_TERMINALS.iter().any(|own| is_named(own.as_bytes(), name))
}

/// Variables by which version managers choose a Python: by other files than usual, or from elsewhere. Those
/// that name a version are in the keys of stores.
pub const CHOOSES_PYTHON: [&str; 15] = [
    "ASDF_DATA_DIR",
    "ASDF_DEFAULT_TOOL_VERSIONS_FILENAME",
    "ASDF_TOOL_VERSIONS_FILENAME",
    "MISE_CEILING_PATHS",
    "MISE_CONFIG_DIR",
    "MISE_DATA_DIR",
    "MISE_DEFAULT_CONFIG_FILENAME",
    "MISE_DEFAULT_TOOL_VERSIONS_FILENAME",
    "MISE_ENV",
    "MISE_ENV_FILE",
    "MISE_GLOBAL_CONFIG_FILE",
    "MISE_OVERRIDE_CONFIG_FILENAMES",
    "MISE_OVERRIDE_TOOL_VERSIONS_FILENAMES",
    "PYENV_DIR",
    "PYENV_ROOT",
];

/// Whether a record that holds the digest of these is nobody else's business: what only says how
/// Python works, or which one does, is no secret.
pub fn is_private(names: &[u8]) -> bool {
    let is_public = |name: &[u8]| {
        name.starts_with(b"PYTHON") || CHOOSES_PYTHON.iter().any(|own| own.as_bytes() == name)
    };
    names.split(|&byte| byte == 0).any(|name| !is_public(name))
}

fn is_named(wanted: &[u8], name: &[u8]) -> bool {
    match wanted {
        [start @ .., b'*'] => name.starts_with(start),
        whole => name == whole,
    }
}

fn path_digest(entry: &[u8], salt: u64) -> u64 {
    let is_own = |directory: &[u8]| {
        let mut places = directory.windows(OF_TERMINAL_IN_PATH.len());
        places.any(|place| place == OF_TERMINAL_IN_PATH)
    };
    let directories = entry.split(|&byte| byte == b':').filter(|directory| !is_own(directory));
    directories.fold(salt, |digest, directory| xxh64(directory, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest_of(names: &str, each: Pieces) -> u64 {
        digest(names.as_bytes(), 7, each)
    }

    #[test]
    fn what_was_not_read_does_not_count() {
        let none = digest_of("ENV\0PYTHON*", |_| {});
        let same: [Pieces; 3] =
            [|put| put(b"ENVIRONMENT=a"), |put| put(b"EN=V"), |put| put(b"PYTHO=x")];
        assert_eq!(same.map(|each| digest_of("ENV\0PYTHON*", each)), [none; 3]);
        let others: [Pieces; 3] =
            [|put| put(b"ENV="), |put| put(b"ENV=a"), |put| put(b"PYTHONHASHSEED=0")];
        assert!(others.iter().all(|each| digest_of("ENV\0PYTHON*", *each) != none));
    }

    #[test]
    fn a_whole_environment_is_without_what_is_the_terminals() {
        let plain = digest_of("*", |put| put(b"PATH=/bin:/usr/bin"));
        let another = digest_of("*", |put| {
            put(b"TERM=xterm");
            put(b"SSH_TTY=/dev/pts/3");
            put(b"PATH=/bin:/run/fnm_multishells/7/bin:/usr/bin");
            put(b"STARSHIP_SESSION_KEY=1");
        });
        assert_eq!(plain, another);
        assert_ne!(plain, digest_of("*", |put| put(b"PATH=/usr/bin:/bin")));
        assert_ne!(plain, digest_of("TERM\0*", |put| put(b"TERM=xterm")));
    }

    #[test]
    fn the_salt_counts_and_pythons_own_are_no_secret() {
        let each: Pieces = |put| put(b"A=1");
        assert_ne!(digest(b"A", 1, each), digest(b"A", 2, each));
        assert!(is_private(b"PYTHON*\0A") && !is_private(b"PYTHON*\0PYTHONHASHSEED"));
    }
}
