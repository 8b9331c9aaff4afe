//! Whose directories and links are written to, and whose is what root makes there.

use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use nix::sys::stat::fstat;
use nix::unistd::{AccessFlags, Gid, Uid, access, fchown, geteuid};

use super::NotCached;
use crate::environment::owner::{is_ours, is_users};
use crate::environment::settings::{is_in_no_home, is_own_home, variable};

/// Fails where a link led to a directory that is not the user's own.
pub fn refuse_foreign(fd: &OwnedFd, path: &Path, through_link: bool) -> Result<(), NotCached> {
    let found = fstat(fd).map_err(|error| NotCached::Failed(path.to_path_buf(), error.into()))?;
    if through_link && !is_users(found.st_uid) {
        return Err(NotCached::ForeignDirectory(path.to_path_buf()));
    }
    Ok(())
}

/// Fails where somebody else made a link, wherever that leads.
pub fn refuse_foreign_link(path: &Path) -> Result<(), NotCached> {
    let is_anothers = path
        .symlink_metadata()
        .is_ok_and(|found| found.file_type().is_symlink() && !is_ours(&found, path));
    if is_anothers { Err(NotCached::ForeignDirectory(path.to_path_buf())) } else { Ok(()) }
}

pub fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink())
}

/// Gives what root made in a directory to the owner of that, where root is who became it in a session
/// of that user's (`sudo -E`).
pub fn give_to_owner_of(directory: &OwnedFd, made: &OwnedFd) {
    if geteuid().is_root()
        && !is_own_home()
        && let Ok(found) = fstat(directory)
        && found.st_uid != 0
    {
        let (owner, group) = (Uid::from_raw(found.st_uid), Gid::from_raw(found.st_gid));
        let _ = fchown(made, Some(owner), Some(group));
    }
}

/// Whether the user may make what is missing of `path`, a directory: what is there of it is the
/// user's own, or root's, which says itself who may.
pub fn may_make(path: &Path) -> bool {
    if !is_own_home() && variable("HOME").is_some_and(|home| path.starts_with(home)) {
        return false;
    }
    if is_in_no_home(path) {
        return false;
    }
    let there = path.ancestors().find_map(|above| Some((std::fs::metadata(above).ok()?, above)));
    there.is_some_and(|(found, above)| is_ours(&found, above))
}

/// The nearest directory that is there of those that `file` would lie in, below `top` or that itself, if
/// this process may not write there.
pub fn unwritable(file: &Path, top: &Path) -> Option<PathBuf> {
    let mut above = file.ancestors().skip(1).take_while(|at| at.starts_with(top));
    let nearest = above.find(|at| at.exists())?;
    let flags = AccessFlags::W_OK | AccessFlags::X_OK;
    access(nearest, flags).is_err().then(|| nearest.to_path_buf())
}
