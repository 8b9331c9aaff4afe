//! The one writer of files: readers see them old or new, but always whole.
//!
//! A new temporary file in the same directory, written and synced, the inputs looked at once
//! more, then a rename. A cache that cannot be written is no error: the answer was given.

use std::collections::hash_map::RandomState;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::hash::{BuildHasher, Hasher};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, SystemTime};

use nix::fcntl::{AtFlags, OFlag, openat, renameat};
use nix::sys::stat::{FileStat, Mode, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use pivot_complete::files::Stamp;

use super::ownership::give_to_owner_of;
use super::{CacheDirectory, NotCached, content};

impl CacheDirectory {
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
        // Of another width elsewhere than on Linux.
        let mode = Mode::from_bits_truncate(mode as nix::libc::mode_t);
        let fd = openat(&self.fd, name.as_c_str(), flags, mode)?;
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

    fn is_our_temporary(&self, name: &CStr) -> bool {
        let head = self.head(OsStr::from_bytes(name.to_bytes()));
        head.is_some_and(|head| content::is_our_temporary(&head))
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
