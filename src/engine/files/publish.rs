//! Writes files that readers see old or new, but always whole.
//!
//! A new temporary file in the same directory, written and synced, the inputs looked at once
//! more, then a rename. A cache that cannot be written is no error: the answer was given.

use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::{DirBuilder, File};
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Write};
use std::os::fd::OwnedFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat, mkdirat};
use nix::unistd::{Gid, Uid, UnlinkatFlags, fchown, geteuid, unlinkat};
use pivot_complete::files::Stamp;

use crate::environment::settings::{is_in_no_home, is_own_home, variable};
use crate::files::content;
use crate::files::lock_file::read_head;

/// Why an answer was not cached.
#[derive(Debug)]
pub enum NotCached {
    /// There is no `.pivot`, or a name or path does not fit the format.
    Unsuitable(&'static str),
    /// The config changed since it was first looked at.
    ConfigChanged,
    /// Something that the discovery read changed since.
    InputChanged(PathBuf),
    /// The cache directory leads to a directory of someone else.
    ForeignDirectory(PathBuf),
    /// The home directory that it would lie in does not exist.
    NoHome(PathBuf),
    /// Through a link, something of that name that is not ours would be written over.
    NotOurs(PathBuf),
    /// A file could not be written.
    Failed(PathBuf, io::Error),
}

impl NotCached {
    /// As an error of a write.
    pub fn into_io(self) -> io::Error {
        match self {
            NotCached::Failed(_, error) => error,
            other => io::Error::other(other.to_string()),
        }
    }
}

impl std::fmt::Display for NotCached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotCached::Unsuitable(why) => write!(out, "{why}; the answer was not cached"),
            NotCached::ConfigChanged => {
                out.write_str("the config changed meanwhile; the answer was not cached")
            }
            NotCached::InputChanged(path) => {
                write!(out, "{} changed meanwhile; the answer was not cached", path.display())
            }
            NotCached::ForeignDirectory(path) => write!(
                out,
                "cannot write {}: it is, or a link leads to, a directory of someone else",
                path.display()
            ),
            NotCached::NoHome(path) => {
                write!(out, "cannot write {}: HOME does not exist; make it first", path.display())
            }
            NotCached::NotOurs(path) => write!(
                out,
                "cannot write {}: a link leads there, and what is there is not ours",
                path.display()
            ),
            NotCached::Failed(path, error) => {
                write!(out, "cannot write {}: {error}; the answer was not cached", path.display())
            }
        }
    }
}

/// A directory below `ROOT/.pivot` that may be written to, or the user's own for caches.
pub struct CacheDirectory {
    path: PathBuf,
    fd: OwnedFd,
    /// Whether a link led here, perhaps to data of the user's.
    through_link: bool,
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
        fstat(&self.fd).is_ok_and(|found| found.st_uid == geteuid().as_raw())
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

    /// Replaces the file `name` by one with `content`, if `is_current` still says so at the end.
    pub fn write(
        &self,
        name: &OsStr,
        content: &[u8],
        is_current: impl Fn() -> bool,
    ) -> Result<(), NotCached> {
        self.prepare(name, content)?.publish(is_current)
    }

    /// Writes `content` under another name, to take the name `name` later.
    pub fn prepare<'a>(
        &'a self,
        name: &'a OsStr,
        content: &[u8],
    ) -> Result<Prepared<'a>, NotCached> {
        if self.through_link && self.exists(name) && !self.is_ours(name) {
            return Err(NotCached::NotOurs(self.path.join(name)));
        }
        self.prepare_with(name, content, 0o666)
    }

    /// The same for a file that is nobody else's business, whatever the umask, in the place of one
    /// that is known to be ours.
    pub fn prepare_private<'a>(
        &'a self,
        name: &'a OsStr,
        content: &[u8],
    ) -> Result<Prepared<'a>, NotCached> {
        self.prepare_with(name, content, 0o600)
    }

    fn prepare_with<'a>(
        &'a self,
        name: &'a OsStr,
        content: &[u8],
        mode: u32,
    ) -> Result<Prepared<'a>, NotCached> {
        let prepared = Prepared { directory: self, name, temporary: temporary_name() };
        let written = self.write_temporary(&prepared.temporary, content, mode);
        written.map_err(|error| prepared.failed(error))?;
        Ok(prepared)
    }

    /// Removes a file; that it cannot be is no error.
    pub fn remove(&self, name: &OsStr) {
        let _ = unlinkat(&self.fd, name, UnlinkatFlags::NoRemoveDir);
    }

    /// The time now by the clock of the directory's own file system: a new file's mtime.
    pub fn clock(&self) -> Result<(i64, u32), NotCached> {
        let failed = |error: io::Error| NotCached::Failed(self.path.clone(), error);
        let temporary = temporary_name();
        let file = self.create_temporary(&temporary, 0o600).map_err(failed)?;
        let found = file.metadata();
        let _ = unlinkat(&self.fd, temporary.as_c_str(), UnlinkatFlags::NoRemoveDir);
        found.map(|found| (found.mtime(), found.mtime_nsec() as u32)).map_err(failed)
    }

    fn create_temporary(&self, name: &CString, mode: u32) -> io::Result<File> {
        // New, and no link that someone planted: O_EXCL follows none.
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_CLOEXEC;
        let fd = openat(&self.fd, name.as_c_str(), flags, Mode::from_bits_truncate(mode))?;
        give_to_owner_of(&self.fd, &fd);
        Ok(File::from(fd))
    }

    fn write_temporary(&self, name: &CString, content: &[u8], mode: u32) -> io::Result<()> {
        let mut file = self.create_temporary(name, mode)?;
        file.write_all(content)?;
        loop {
            match file.sync_data() {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    /// Removes the temporary files that killed writers left; those of living ones only `alone`
    /// can tell from them, others by their age.
    pub fn sweep(&self, alone: bool) {
        let names = self.names().into_iter();
        let left = names.filter(|name| is_temporary_name(name.as_bytes()));
        let left = left.filter_map(|name| CString::new(name.into_vec()).ok());
        for name in left {
            if (alone || self.is_old(&name)) && self.is_our_temporary(&name) {
                let _ = unlinkat(&self.fd, name.as_c_str(), UnlinkatFlags::NoRemoveDir);
            }
        }
    }

    /// Whether the file `name` says by its content that this program wrote it, or Pivot: a regular
    /// one, perhaps cut off.
    pub fn is_ours(&self, name: &OsStr) -> bool {
        self.head(name).is_some_and(|head| content::is_ours(&head))
    }

    fn is_our_temporary(&self, name: &CStr) -> bool {
        let head = self.head(OsStr::from_bytes(name.to_bytes()));
        head.is_some_and(|head| content::is_our_temporary(&head))
    }

    /// The first bytes of the file `name`, if it is a regular one.
    fn head(&self, name: &OsStr) -> Option<Vec<u8>> {
        let flags = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
        let mut file = File::from(openat(&self.fd, name, flags, Mode::empty()).ok()?);
        file.metadata().ok().filter(|found| found.is_file())?;
        read_head(&mut file).ok()
    }

    fn exists(&self, name: &OsStr) -> bool {
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
        entries.iter().flatten().map(name).collect()
    }

    fn is_old(&self, name: &CString) -> bool {
        const OLD: Duration = Duration::from_secs(60);
        let modified = |found: FileStat| {
            SystemTime::UNIX_EPOCH + Duration::from_secs(found.st_mtime.unsigned_abs())
        };
        fstatat(&self.fd, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW)
            .is_ok_and(|found| modified(found).elapsed().is_ok_and(|age| age > OLD))
    }
}

/// A file that is written and synced and has not yet its name; it goes away unless it gets it.
pub struct Prepared<'a> {
    directory: &'a CacheDirectory,
    name: &'a OsStr,
    temporary: CString,
}

impl Prepared<'_> {
    /// What the file is; its ctime will be another one once it has its name.
    pub fn stamp(&self) -> Option<Stamp> {
        let found =
            fstatat(&self.directory.fd, self.temporary.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW);
        let found = found.ok()?;
        Some(Stamp {
            mtime: (found.st_mtime, u32::try_from(found.st_mtime_nsec).ok()?),
            ctime: (0, 0),
            len_bytes: u64::try_from(found.st_size).ok()?,
            inode: found.st_ino,
        })
    }

    /// Gives the file its name, if `is_current` says so.
    pub fn publish(self, is_current: impl Fn() -> bool) -> Result<(), NotCached> {
        if !is_current() {
            return Err(NotCached::ConfigChanged);
        }
        let fd = &self.directory.fd;
        renameat(fd, self.temporary.as_c_str(), fd, self.name)
            .map_err(|error| self.failed(error.into()))
    }

    fn failed(&self, error: io::Error) -> NotCached {
        NotCached::Failed(self.directory.path.join(self.name), error)
    }
}

impl Drop for Prepared<'_> {
    fn drop(&mut self) {
        // Nothing is there where it has its name.
        let _ = unlinkat(&self.directory.fd, self.temporary.as_c_str(), UnlinkatFlags::NoRemoveDir);
    }
}

/// Fails where a link led to a directory that is not the user's own.
fn refuse_foreign(fd: &OwnedFd, path: &Path, through_link: bool) -> Result<(), NotCached> {
    let found = fstat(fd).map_err(|error| NotCached::Failed(path.to_path_buf(), error.into()))?;
    if through_link && found.st_uid != geteuid().as_raw() {
        return Err(NotCached::ForeignDirectory(path.to_path_buf()));
    }
    Ok(())
}

const TEMPORARY_PREFIX: &[u8] = b".pivot-complete-";
const TEMPORARY_SUFFIX: &[u8] = b".tmp";

/// A name that nobody can guess: std seeds its hashers from the system's random numbers.
fn temporary_name() -> CString {
    let random = RandomState::new().build_hasher().finish();
    CString::new(format!(".pivot-complete-{random:016x}.tmp")).unwrap_or_default()
}

/// Whether `name` is one of ours.
pub fn is_temporary_name(name: &[u8]) -> bool {
    name.strip_prefix(TEMPORARY_PREFIX)
        .and_then(|rest| rest.strip_suffix(TEMPORARY_SUFFIX))
        .is_some_and(|random| random.len() == 16 && random.iter().all(u8::is_ascii_hexdigit))
}

/// Fails where somebody else made a link, wherever that leads.
fn refuse_foreign_link(path: &Path) -> Result<(), NotCached> {
    let is_anothers = path.symlink_metadata().is_ok_and(|found| {
        let is_ours = found.uid() == geteuid().as_raw() || found.uid() == 0;
        found.file_type().is_symlink() && !is_ours
    });
    if is_anothers { Err(NotCached::ForeignDirectory(path.to_path_buf())) } else { Ok(()) }
}

fn is_link(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink())
}

/// Gives what root made in a directory to the owner of that, where root is who became it in a session
/// of that user's (`sudo -E`).
fn give_to_owner_of(directory: &OwnedFd, made: &OwnedFd) {
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
    let there = path.ancestors().find_map(|above| std::fs::metadata(above).ok());
    there.is_some_and(|found| found.uid() == geteuid().as_raw() || found.uid() == 0)
}
