//! Single files without libc: opened, filled from, closed, and what their modes say.

use core::ffi::{CStr, c_int};

use pivot_complete::files::{CPath, FileType, PATH_MAX_BYTES, ReadError};

use super::kernel::{self, EINTR, Errno};

/// Reads the next bytes of a file until `place` is full.
pub fn fill(fd: usize, mut place: &mut [u8]) -> Result<(), ReadError> {
    while !place.is_empty() {
        match kernel::read(fd, place) {
            Ok(count) if count > 0 => place = place.get_mut(count..).unwrap_or_default(),
            Err(EINTR) => {}
            Ok(_) | Err(_) => return Err(ReadError::Unreadable),
        }
    }
    Ok(())
}

/// Waits for no FIFO, and takes no terminal.
pub const OPEN_FLAGS: c_int = kernel::O_NONBLOCK | kernel::O_NOCTTY | kernel::O_CLOEXEC;

/// Opens what is there.
pub fn open(path: CPath<'_>, flags: c_int) -> Result<usize, ReadError> {
    kernel::open(path, flags | OPEN_FLAGS, 0).map_err(|error| match error {
        kernel::ENOENT | kernel::ENOTDIR => ReadError::Missing,
        // A socket (ENXIO), no permission, a loop of links.
        Errno(_) => ReadError::Unreadable,
    })
}

/// Leaves the first few descriptors to the end of the program: a close is a system call too. With
/// more of them open the kernel would have to make room.
pub fn close(fd: usize) {
    const ROOM: usize = 64;
    if fd + 1 >= ROOM {
        kernel::close(fd);
    }
}

/// The bits of a mode that say what a file is.
const S_IFMT: u32 = 0o170000;

/// Whether a file of this mode is a symbolic link.
pub fn is_link(mode: u32) -> bool {
    mode & S_IFMT == 0o120000
}

/// What a file of this mode is.
pub fn kind(mode: u32) -> FileType {
    match mode & S_IFMT {
        0o100000 => FileType::File,
        0o040000 => FileType::Directory,
        0o120000 => FileType::Link,
        _ => FileType::Other,
    }
}

/// Copies `path` into `buffer`, NUL-terminated; `None` where it is too long.
pub fn c_path<'b>(path: &[u8], buffer: &'b mut [u8; PATH_MAX_BYTES]) -> Option<&'b CStr> {
    buffer.get_mut(..path.len())?.copy_from_slice(path);
    CStr::from_bytes_until_nul(buffer).ok()
}
