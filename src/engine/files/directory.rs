//! The directories that caches lie in, opened once: whatever becomes of the path that led to one.

use std::ffi::{OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{Mode, fstat, fstatat, mkdirat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::lock_file::read_head;
use super::ownership::{give_to_owner_of, is_link, may_make, refuse_foreign, refuse_foreign_link};
use super::{NotCached, content};
use crate::environment::owner::is_users;
use crate::environment::settings::is_in_no_home;

/// A directory below `ROOT/.pivot` that may be written to, or the user's own for caches.
pub struct CacheDirectory {
    pub(super) path: PathBuf,
    pub(super) fd: OwnedFd,
    /// Whether a link led here, perhaps to data of the user's.
    pub(super) through_link: bool,
}

impl CacheDirectory {
    /// Opens `ROOT/.pivot/<below>`, creating what is missing below an existing `.pivot`.
    ///
    /// What is reached through a link must be the user's own, or nothing is made below it.
    pub fn open(root: &Path, below: &[&str]) -> Result<Self, NotCached> {
        Self::walk(root, below, true)
    }

    /// The same without creating anything.
    pub fn existing(root: &Path, below: &[&str]) -> Result<Self, NotCached> {
        Self::walk(root, below, false)
    }

    /// Opens the directory at `path`, the user's own, creating what is missing.
    pub fn open_own(path: &Path) -> Result<Self, NotCached> {
        let failed = |error: io::Error| NotCached::Failed(path.to_path_buf(), error);
        if is_in_no_home(path) {
            return Err(NotCached::NoHome(path.to_path_buf()));
        }
        if !may_make(path) {
            return Err(NotCached::ForeignDirectory(path.to_path_buf()));
        }
        // XDG Base Directory Specification: nobody else's business.
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(failed)?;
        Self::existing_own(path)
    }

    /// The same without creating anything.
    pub fn existing_own(path: &Path) -> Result<Self, NotCached> {
        let failed = |error: Errno| NotCached::Failed(path.to_path_buf(), error.into());
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | OFlag::O_RDONLY;
        let fd = nix::fcntl::open(path, flags, Mode::empty()).map_err(failed)?;
        refuse_foreign_link(path)?;
        // That of the user who became another one by sudo stays his.
        refuse_foreign(&fd, path, true)?;
        Ok(Self { path: path.to_path_buf(), fd, through_link: is_link(path) })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes it the working directory, whatever becomes of the path that led to it.
    pub fn enter(&self) -> io::Result<()> {
        Ok(nix::unistd::fchdir(&self.fd)?)
    }

    /// Whether the user owns it, however it was reached.
    pub fn is_own(&self) -> bool {
        fstat(&self.fd).is_ok_and(|found| is_users(found.st_uid))
    }

    /// Whether nobody but the user can write there.
    pub fn is_own_alone(&self) -> bool {
        self.is_own() && fstat(&self.fd).is_ok_and(|found| found.st_mode & 0o022 == 0)
    }

    fn walk(root: &Path, below: &[&str], create: bool) -> Result<Self, NotCached> {
        let mut path = root.join(".pivot");
        let failed = |path: &Path, error: Errno| match error {
            Errno::ENOENT => NotCached::Unsuitable("there is no .pivot directory"),
            error => NotCached::Failed(path.to_path_buf(), error.into()),
        };
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC | OFlag::O_RDONLY;
        let mut through_link = is_link(&path);
        refuse_foreign_link(&path)?;
        let mut fd = nix::fcntl::open(&path, flags, Mode::empty()).map_err(|e| failed(&path, e))?;
        refuse_foreign(&fd, &path, through_link)?;
        for name in below {
            path.push(name);
            let made = if create {
                // One's umask decides; another process may have been first.
                mkdirat(&fd, *name, Mode::from_bits_truncate(0o777))
            } else {
                Err(Errno::EEXIST)
            };
            through_link |= made == Err(Errno::EEXIST) && is_link(&path);
            refuse_foreign_link(&path)?;
            let opened = openat(&fd, *name, flags, Mode::empty()).map_err(|error| match made {
                Err(made) if made != Errno::EEXIST => failed(&path, made),
                _ => failed(&path, error),
            })?;
            if made.is_ok() {
                give_to_owner_of(&fd, &opened);
            }
            fd = opened;
            refuse_foreign(&fd, &path, through_link)?;
        }
        Ok(Self { path, fd, through_link })
    }

    /// Whether a link led here.
    pub fn is_linked(&self) -> bool {
        self.through_link
    }

    /// Removes a file; that it cannot be is no error.
    pub fn remove(&self, name: &OsStr) {
        let _ = unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir);
    }

    /// Whether the file `name` says by its content that this program wrote it, or Pivot: a regular
    /// one, perhaps cut off.
    pub fn is_ours(&self, name: &OsStr) -> bool {
        self.head(name).is_some_and(|head| content::is_ours(&head))
    }

    /// The first bytes of the file `name`, if it is a regular one.
    pub(super) fn head(&self, name: &OsStr) -> Option<Vec<u8>> {
        read_head(&mut self.open_regular(name)?).ok()
    }

    /// Opens the file `name`, if it is a regular one and no link.
    pub fn open_regular(&self, name: &OsStr) -> Option<File> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let file = File::from(openat(&self.fd, name, flags, Mode::empty()).ok()?);
        file.metadata().ok().filter(|found| found.is_file())?;
        Some(file)
    }

    pub(super) fn exists(&self, name: &OsStr) -> bool {
        fstatat(&self.fd, name, AtFlags::AT_SYMLINK_NOFOLLOW).is_ok()
    }

    /// The names of all that lies there, as far as it can be listed.
    pub fn names(&self) -> Vec<OsString> {
        // Its own place in the directory, which another listing does not move.
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        let Ok(mut entries) = Dir::openat(&self.fd, c".", flags, Mode::empty()) else {
            return Vec::new();
        };
        let name =
            |entry: nix::dir::Entry| OsStr::from_bytes(entry.file_name().to_bytes()).to_owned();
        // One that fails fails again and again.
        entries.iter().map_while(Result::ok).map(name).collect()
    }
}
