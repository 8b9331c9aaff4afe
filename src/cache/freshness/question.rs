//! A path that was asked about: what the answer said of it counts, and nothing else.

use xxhash_rust::xxh64::xxh64;

use super::{Input, InputState, listing};
use crate::files::{Disk, PathBuffer, Stat, StatError};
use crate::reason::Reason;

/// What it is; that it is there.
pub const TYPE: u8 = 1;
/// Permissions, owner, group.
pub const PERMISSIONS: u8 = 2;
/// Its length.
pub const SIZE: u8 = 4;
/// When it was modified.
pub const MTIME: u8 = 8;
/// Which file it is.
pub const INODE: u8 = 16;
/// A link was asked about itself.
pub const OF_LINK: u8 = 32;

/// When anything of it changed: its links, whatever else a status tells.
pub const CTIME: u8 = 64;

/// Whether there is anything in it: an empty one is as good as none.
pub const CONTENT: u8 = 128;

/// What stands for the answer that nothing is there.
pub const NOTHING: u64 = 0;

/// The digest of what `aspects` choose of a stat.
pub fn digest(aspects: u8, stat: &Stat) -> u64 {
    let Stat { kind, mtime, ctime, len_bytes, inode, uid, gid, mode } = stat;
    let chosen = |aspect: u8, value: u64| if aspects & aspect == 0 { 0 } else { value };
    if aspects & CONTENT != 0 && *len_bytes == 0 {
        return NOTHING;
    }
    let fields = [
        1,
        u64::from(listing::letter(*kind)),
        chosen(PERMISSIONS, u64::from(*mode)),
        chosen(PERMISSIONS, u64::from(*uid) << 32 | u64::from(*gid)),
        chosen(SIZE, *len_bytes),
        chosen(MTIME, mtime.0 as u64),
        chosen(MTIME, u64::from(mtime.1)),
        chosen(INODE, *inode),
        chosen(CTIME, ctime.0 as u64),
        chosen(CTIME, u64::from(ctime.1)),
    ];
    fields.iter().fold(0, |digest, field| xxh64(&field.to_le_bytes(), digest))
}

/// Asks, of a link itself where that was asked about.
pub fn ask<D: Disk>(aspects: u8, disk: &D, path: &PathBuffer<'_>) -> Result<Stat, StatError> {
    match aspects & OF_LINK {
        0 => disk.stat(path.as_c_path()),
        _ => disk.stat_link(path.as_c_path()),
    }
}

/// Asks again.
pub fn compare<D: Disk>(
    input: &Input<'_>,
    disk: &D,
    path: &PathBuffer<'_>,
    known: Option<&Stat>,
) -> InputState {
    let found = match known {
        Some(stat) if input.aspects & OF_LINK == 0 => Ok(*stat),
        _ => ask(input.aspects, disk, path),
    };
    match (found, input.digest) {
        (Err(StatError::Unsure), _) => InputState::Changed(Reason::FileSystemFails),
        (Err(StatError::Absent), NOTHING) => InputState::Same,
        (Err(StatError::Absent), _) => InputState::Changed(Reason::InputGone),
        (Ok(stat), then) if digest(input.aspects, &stat) == then => InputState::Same,
        (Ok(_), NOTHING) => InputState::Changed(Reason::InputAppeared),
        (Ok(_), _) => InputState::Changed(Reason::StatChanged),
    }
}
