//! The questions that the shared rules ask of a file system.
//!
//! The front answers them with bare system calls, the engine with std, a test with a table.

use crate::files::CPath;

/// What a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileType {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, where none was followed.
    Link,
    /// A FIFO, a socket or a device.
    Other,
}

/// What `stat` tells of a file, as far as any rule here needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What the path names.
    pub kind: FileType,
    /// Modification time: seconds since the epoch, and nanoseconds from 0 to 999,999,999.
    pub mtime: (i64, u32),
    /// Change time, as [`mtime`](Self::mtime).
    pub ctime: (i64, u32),
    /// Length in bytes.
    pub len_bytes: u64,
    /// Inode number. Device numbers are left out: they change on NFS.
    pub inode: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Permission bits.
    pub mode: u32,
}

/// To read a file, to list a directory; as access(2) has them.
pub const MAY_READ: u8 = 4;
/// To write to a file, to make something in a directory.
pub const MAY_WRITE: u8 = 2;
/// To execute a file, to pass through a directory.
pub const MAY_EXECUTE: u8 = 1;

/// Why it is not known what a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatError {
    /// Nothing that this process could see (no such file, a file on the way, no permission, a
    /// loop of links, a name too long).
    Absent,
    /// The file system failed; there may well be something.
    Unsure,
}

/// Why a file's content could not be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// There is no such file.
    Missing,
    /// Not a regular file.
    NotRegular,
    /// Longer than the caller's limit.
    TooLarge,
    /// Opening or reading failed, or the file shrank meanwhile.
    Unreadable,
}

/// A file system, seen through the calls that a cached answer needs.
pub trait Disk {
    /// A file's content while the caller looks at it.
    type Bytes: AsRef<[u8]>;

    /// Asks what `path` names; a file system that fails (ESTALE, EIO) is asked once more.
    fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError>;

    /// The same of a link itself.
    fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError>;

    /// Gives what the link `path` says to `put`.
    fn read_link(&self, path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError>;

    /// Whether this process may do with `path` what `mode` says, one of [`MAY_READ`] and its like
    /// or their sum. Not known, where a file system is not asked.
    fn may(&self, _path: CPath<'_>, _mode: u8) -> Result<bool, StatError> {
        Err(StatError::Unsure)
    }

    /// Reads the regular file `path`, of at most `limit_bytes`, without ever blocking on
    /// something that is not one.
    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Self::Bytes, ReadError>;

    /// Reads at least the start of a file as [`read`](Self::read) does: so many bytes as `wanted`
    /// says when it is given the first few. Gives the whole file's length too.
    fn read_start(
        &self,
        path: CPath<'_>,
        limit_bytes: usize,
        _wanted: fn(&[u8]) -> usize,
    ) -> Result<(Self::Bytes, usize), ReadError> {
        let bytes = self.read(path, limit_bytes)?;
        let len_bytes = bytes.as_ref().len();
        Ok((bytes, len_bytes))
    }

    /// Reads the regular file `path` of `len_bytes` and gives the xxh64 (seed 0) of its content.
    ///
    /// Fails with [`ReadError::Unreadable`] where it is longer or shorter.
    fn digest(&self, path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError>;

    /// The same without asking what `path` is, where it can lead to nothing but what lies below the
    /// working directory itself: to no device that it would be wrong to open. Nothing where that is
    /// not sure, or fails.
    fn digest_at_once(&self, _path: CPath<'_>, _len_bytes: u64) -> Option<u64> {
        None
    }

    /// Gives each name in the directory `path` to `put`, `.` and `..` perhaps too, and what it names
    /// where the directory itself tells; links are not followed.
    fn list(
        &self,
        path: CPath<'_>,
        put: &mut dyn FnMut(&[u8], Option<FileType>),
    ) -> Result<(), ReadError>;
}
