//! The file system as the engine reads it: whole files, never mapped, since the engine is what
//! the front falls back to when a mapped file was cut.

use std::ffi::{CString, OsStr};
use std::fs::{File, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pivot_complete::files::{self, CPath, FileType, PATH_MAX_BYTES, ReadError, Stat, StatError};

#[path = "../../hosted/disk.rs"]
pub mod std_disk;

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
