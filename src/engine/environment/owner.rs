//! Whose a file or directory is: the user's, root's or somebody else's, in a user namespace too.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::geteuid;

/// What belongs to nobody who has a number in the user namespace (`overflowuid`).
const NOBODY: u32 = 65_534;

pub const WRITABLE_BY_EVERYONE: u32 = 0o002;
pub const WRITABLE_BY_OTHERS: u32 = 0o022;
/// Of a directory: only its owner and an entry's take an entry away.
pub const STICKY: u32 = 0o1000;

/// Whether what has this owner is the user's.
pub fn is_users(owner: u32) -> bool {
    is_of(geteuid().as_raw(), owner)
}

/// Whether what has this owner is `user`'s. In a user namespace nobody's number is that of everybody
/// who has none there, too: it tells nothing.
pub fn is_of(user: u32, owner: u32) -> bool {
    owner == user && (user != NOBODY || is_every_user_mapped())
}

/// Whether what lies at `path`, and has this owner, is root's.
///
/// In a user namespace without root (a sandbox) all that is other people's has one owner. What only
/// root could have made is told by its place there.
pub fn is_roots(owner: u32, path: &Path) -> bool {
    const TOPS: [&str; 9] =
        ["/", "/home", "/tmp", "/var", "/var/tmp", "/opt", "/run", "/run/user", "/nix"];
    if owner != NOBODY {
        return owner == 0;
    }
    let is_system = TOPS.iter().any(|top| path == Path::new(top)) || is_of_system(path);
    is_system && !has_root()
}

/// Whether what was found at `path` is the user's or root's.
pub fn is_ours(found: &Metadata, path: &Path) -> bool {
    is_users(found.uid()) || is_roots(found.uid(), path)
}

/// Whether everyone may put something else in its place, or into it: of a sticky directory the entry
/// counts, and of a link where it leads.
pub fn is_open(found: &Metadata) -> bool {
    let is_sticky = found.is_dir() && found.mode() & STICKY != 0;
    !found.is_symlink() && !is_sticky && found.mode() & WRITABLE_BY_EVERYONE != 0
}

/// Whether it lies where systems have their programs and settings.
pub fn is_of_system(path: &Path) -> bool {
    const TREES: [&str; 7] = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc", "/nix/store"];
    TREES.iter().any(|tree| path.starts_with(tree))
}

/// Whether all that there are have a number in the user namespace of this process.
fn is_every_user_mapped() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// Whether root has a number in the user namespace of this process, by `/proc/self/uid_map`: lines of
/// the first number inside, the first outside, and how many.
fn has_root() -> bool {
    let map = fs::read_to_string("/proc/self/uid_map");
    let is_first = |line: &str| line.split_whitespace().next() == Some("0");
    map.map_or(true, |map| map.lines().any(is_first))
}
