//! The file system as the engine reads it: whole files, never mapped, since the engine is what
//! the front falls back to when a mapped file was cut.

use std::ffi::{CString, OsStr};
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pivot_complete::files::{self, CPath, FileType, PATH_MAX_BYTES, ReadError, Stat, StatError};

#[path = "../../hosted/disk.rs"]
mod std_disk;

/// The real file system.
pub struct Disk;

/// A path of the shared library as std takes it.
pub fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// Room for any path that the shared library puts together.
pub const fn path_storage() -> [u8; PATH_MAX_BYTES] {
    [0; PATH_MAX_BYTES]
}

/// Reads the regular file at `path` if it is no longer than `limit_bytes` and `accepts` says so
/// of the open file; waits for no FIFO and no device.
pub fn read_if(
    path: &Path,
    limit_bytes: usize,
    accepts: impl Fn(&Metadata) -> bool,
) -> Result<Vec<u8>, ReadError> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| ReadError::Missing)?;
    let (mut file, found) = std_disk::open(CPath::from(path.as_c_str()), limit_bytes)?;
    if accepts(&found) {
        std_disk::read(&mut file, found.len())
    } else {
        Err(ReadError::Unreadable)
    }
}

/// Opens the regular file at `path`, however long it is; waits for no FIFO and no device.
pub fn open(path: &Path) -> Result<(File, Metadata), ReadError> {
    let path = CString::new(path.as_os_str().as_bytes()).map_err(|_| ReadError::Missing)?;
    std_disk::open(CPath::from(path.as_c_str()), usize::MAX)
}

impl files::Disk for Disk {
    type Bytes = Vec<u8>;

    std_disk::all_but_read!();

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
        let (mut file, found) = std_disk::open(path, limit_bytes)?;
        std_disk::read(&mut file, found.len())
    }
}

/// What a view of the file system leaves as it is, in the body of its `impl files::Disk`: all but what it
/// is told of a path, and what it reads.
macro_rules! else_as_it_is {
    () => {
        fn stat_link(
            &self,
            path: pivot_complete::files::CPath<'_>,
        ) -> Result<pivot_complete::files::Stat, pivot_complete::files::StatError> {
            $crate::files::Disk.stat_link(path)
        }

        fn may(
            &self,
            path: pivot_complete::files::CPath<'_>,
            mode: u8,
        ) -> Result<bool, pivot_complete::files::StatError> {
            $crate::files::Disk.may(path, mode)
        }

        fn read_link(
            &self,
            path: pivot_complete::files::CPath<'_>,
            put: &mut dyn FnMut(&[u8]),
        ) -> Result<(), pivot_complete::files::ReadError> {
            $crate::files::Disk.read_link(path, put)
        }

        fn digest(
            &self,
            path: pivot_complete::files::CPath<'_>,
            len_bytes: u64,
        ) -> Result<u64, pivot_complete::files::ReadError> {
            $crate::files::Disk.digest(path, len_bytes)
        }

        fn list(
            &self,
            path: pivot_complete::files::CPath<'_>,
            put: &mut dyn FnMut(&[u8], Option<pivot_complete::files::FileType>),
        ) -> Result<(), pivot_complete::files::ReadError> {
            $crate::files::Disk.list(path, put)
        }
    };
}
pub(crate) use else_as_it_is;
