//! The file system by std: how the engine and the hosted front look at files.

use std::ffi::OsStr;
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Read};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, access};
use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::freshness::DIGEST_LIMIT_BYTES;
use pivot_complete::files::{CPath, FileType, ReadError, Stat, StatError};

/// What `path` names, links followed; a file system that fails is asked once more.
pub fn stat(path: CPath<'_>) -> Result<Stat, StatError> {
    ask(path, |path| std::fs::metadata(path))
}

/// The same of a link itself.
pub fn stat_link(path: CPath<'_>) -> Result<Stat, StatError> {
    ask(path, |path| std::fs::symlink_metadata(path))
}

fn ask(
    path: CPath<'_>,
    call: impl Fn(&OsStr) -> std::io::Result<Metadata>,
) -> Result<Stat, StatError> {
    let ask = || call(OsStr::from_bytes(path.to_bytes())).map_err(|error| sort(&error));
    let found = match ask() {
        Err(StatError::Unsure) => ask(),
        answer => answer,
    };
    found.as_ref().map(describe).map_err(|error| *error)
}

/// Gives what the link `path` says to `put`.
pub fn read_link(path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
    let target = std::fs::read_link(OsStr::from_bytes(path.to_bytes()));
    put(target.map_err(|_| ReadError::Missing)?.as_os_str().as_bytes());
    Ok(())
}

/// Whether this process may do with `path` what `mode` says, as access(2).
pub fn may(path: CPath<'_>, mode: u8) -> Result<bool, StatError> {
    let mode = AccessFlags::from_bits_truncate(mode.into());
    match access(path.to_bytes(), mode) {
        Ok(()) => Ok(true),
        Err(Errno::EACCES | Errno::EPERM | Errno::EROFS | Errno::ETXTBSY) => Ok(false),
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP | Errno::ENAMETOOLONG) => {
            Err(StatError::Absent)
        }
        Err(_) => Err(StatError::Unsure),
    }
}

fn sort(error: &std::io::Error) -> StatError {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(
            Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES | Errno::ELOOP | Errno::ENAMETOOLONG,
        ) => StatError::Absent,
        _ => StatError::Unsure,
    }
}

fn describe(found: &Metadata) -> Stat {
    let kind = match found.file_type() {
        kind if kind.is_file() => FileType::File,
        kind if kind.is_dir() => FileType::Directory,
        kind if kind.is_symlink() => FileType::Link,
        _ => FileType::Other,
    };
    Stat {
        kind,
        mtime: (found.mtime(), found.mtime_nsec() as u32),
        ctime: (found.ctime(), found.ctime_nsec() as u32),
        len_bytes: found.len(),
        inode: found.ino(),
        uid: found.uid(),
        gid: found.gid(),
        mode: found.mode() & 0o7777,
    }
}

/// Opens a regular file of at most `limit_bytes`; waits for no FIFO and no device.
pub fn open(path: CPath<'_>, limit_bytes: usize) -> Result<(File, Metadata), ReadError> {
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
    let file = OpenOptions::new()
        .read(true)
        .custom_flags(flags.bits())
        .open(OsStr::from_bytes(path.to_bytes()))
        .map_err(|error| match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::Missing,
            _ => ReadError::Unreadable,
        })?;
    let found = file.metadata().map_err(|_| ReadError::Unreadable)?;
    if !found.is_file() {
        return Err(ReadError::NotRegular);
    }
    if found.len() > limit_bytes as u64 {
        return Err(ReadError::TooLarge);
    }
    Ok((file, found))
}

/// Reads an open file of `len_bytes`, neither more nor less.
pub fn read(file: &mut File, len_bytes: u64) -> Result<Vec<u8>, ReadError> {
    let mut bytes = Vec::new();
    file.take(len_bytes + 1).read_to_end(&mut bytes).map_err(|_| ReadError::Unreadable)?;
    if bytes.len() as u64 == len_bytes { Ok(bytes) } else { Err(ReadError::Unreadable) }
}

/// The most that one process compares by content, in bytes, and the most names that it lists: a
/// store may be made by anybody, and must not keep anybody waiting.
const DIGEST_TOTAL_BYTES: u64 = 256 << 20;
const NAMES_TOTAL: u64 = 4_000_000;

static DIGESTED_BYTES: AtomicU64 = AtomicU64::new(0);
static NAMES: AtomicU64 = AtomicU64::new(0);

/// The xxh64 of the regular file `path`, which has `len_bytes`, neither more nor less.
pub fn digest(path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError> {
    if DIGESTED_BYTES.fetch_add(len_bytes, Relaxed).saturating_add(len_bytes) > DIGEST_TOTAL_BYTES {
        return Err(ReadError::TooLarge);
    }
    let limit_bytes = usize::try_from(DIGEST_LIMIT_BYTES).unwrap_or(usize::MAX);
    let (mut file, found) = open(path, limit_bytes)?;
    if found.len() != len_bytes {
        return Err(ReadError::Unreadable);
    }
    Ok(xxh64(&read(&mut file, len_bytes)?, 0))
}

/// Gives each name in the directory `path` to `put`.
pub fn list(
    path: CPath<'_>,
    put: &mut dyn FnMut(&[u8], Option<FileType>),
) -> Result<(), ReadError> {
    let sort = |error| match error {
        Errno::ENOENT | Errno::ENOTDIR => ReadError::Missing,
        _ => ReadError::Unreadable,
    };
    // Not std's, which panics where the directory cannot be closed.
    let flags = OFlag::O_DIRECTORY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
    for entry in Dir::open(path.to_bytes(), flags, Mode::empty()).map_err(sort)?.iter() {
        if NAMES.fetch_add(1, Relaxed) > NAMES_TOTAL {
            return Err(ReadError::TooLarge);
        }
        let entry = entry.map_err(sort)?;
        let kind = entry.file_type().map(|kind| match kind {
            Type::File => FileType::File,
            Type::Directory => FileType::Directory,
            Type::Symlink => FileType::Link,
            _ => FileType::Other,
        });
        put(entry.file_name().to_bytes(), kind);
    }
    Ok(())
}

/// A `Disk`'s functions as std does them; how a whole file is read, mapped or not, is each program's.
macro_rules! all_but_read {
    () => {
        fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
            std_disk::stat(path)
        }

        std_disk::all_but_stat_and_read!();
    };
}
pub(crate) use all_but_read;

/// The same for a view of the file system that tells of a path what it has itself.
macro_rules! all_but_stat_and_read {
    () => {
        fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
            std_disk::stat_link(path)
        }

        fn may(&self, path: CPath<'_>, mode: u8) -> Result<bool, StatError> {
            std_disk::may(path, mode)
        }

        fn read_link(&self, path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
            std_disk::read_link(path, put)
        }

        fn digest(&self, path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError> {
            std_disk::digest(path, len_bytes)
        }

        fn list(
            &self,
            path: CPath<'_>,
            put: &mut dyn FnMut(&[u8], Option<FileType>),
        ) -> Result<(), ReadError> {
            std_disk::list(path, put)
        }
    };
}
pub(crate) use all_but_stat_and_read;
