//! The system calls on files and directories.

use core::ffi::c_int;

use pivot_complete::files::CPath;

use super::{Errno, call};

pub const O_WRONLY: c_int = 0o1;
pub const O_RDWR: c_int = 0o2;
pub const O_CREAT: c_int = 0o100;
pub const O_NOCTTY: c_int = 0o400;
pub const O_APPEND: c_int = 0o2000;
pub const O_NONBLOCK: c_int = 0o4000;
pub const O_DIRECTORY: c_int = 0o200000;
pub const O_NOFOLLOW: c_int = 0o400000;
pub const O_CLOEXEC: c_int = 0o2000000;
pub const O_PATH: c_int = 0o10000000;

const SYS_READ: usize = 0;
const SYS_WRITE: usize = 1;
const SYS_OPEN: usize = 2;
const SYS_CLOSE: usize = 3;
const SYS_STAT: usize = 4;
const SYS_FSTAT: usize = 5;
const SYS_LSTAT: usize = 6;
const SYS_POLL: usize = 7;
const SYS_MMAP: usize = 9;
const SYS_ACCESS: usize = 21;
const SYS_DUP2: usize = 33;
const SYS_READLINK: usize = 89;
const SYS_GETDENTS64: usize = 217;
const SYS_OPENAT2: usize = 437;

/// The kernel's `struct stat`.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct RawStat {
    pub dev: u64,
    pub ino: u64,
    pub nlink: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    pad: u32,
    pub rdev: u64,
    pub size: i64,
    pub blksize: i64,
    pub blocks: i64,
    pub atime: [i64; 2],
    pub mtime: [i64; 2],
    pub ctime: [i64; 2],
    unused: [i64; 3],
}

const EMPTY_STAT: RawStat = RawStat {
    dev: 0,
    ino: 0,
    nlink: 0,
    mode: 0,
    uid: 0,
    gid: 0,
    pad: 0,
    rdev: 0,
    size: 0,
    blksize: 0,
    blocks: 0,
    atime: [0; 2],
    mtime: [0; 2],
    ctime: [0; 2],
    unused: [0; 3],
};

pub fn read(fd: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the buffer is exclusively ours for its whole length.
    unsafe { call(SYS_READ, [fd, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) }
}

pub fn write(fd: usize, bytes: &[u8]) -> Result<usize, Errno> {
    // SAFETY: the bytes are readable for their whole length.
    unsafe { call(SYS_WRITE, [fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0]) }
}

/// Waits until `fd` takes more bytes.
pub fn wait_writable(fd: usize) {
    const POLLOUT: i16 = 4;
    #[repr(C)]
    struct PollFd {
        fd: c_int,
        events: i16,
        revents: i16,
    }
    let mut watched = PollFd { fd: fd as c_int, events: POLLOUT, revents: 0 };
    let place = &raw mut watched;
    // SAFETY: `place` is one whole `struct pollfd`; the timeout -1 is none.
    let _ = unsafe { call(SYS_POLL, [place as usize, 1, usize::MAX, 0, 0, 0]) };
}

pub fn open(path: CPath<'_>, flags: c_int, mode: u32) -> Result<usize, Errno> {
    let path = path.to_bytes_with_nul();
    // SAFETY: a CPath is NUL-terminated.
    unsafe { call(SYS_OPEN, [path.as_ptr() as usize, flags as usize, mode as usize, 0, 0, 0]) }
}

/// Opens a file below the working directory, if no link is on the way to it.
pub fn open_below(path: CPath<'_>, flags: c_int) -> Result<usize, Errno> {
    /// The kernel's `struct open_how`.
    #[repr(C)]
    struct OpenHow {
        flags: u64,
        mode: u64,
        resolve: u64,
    }
    const AT_FDCWD: isize = -100;
    const RESOLVE_NO_SYMLINKS: u64 = 4;
    const RESOLVE_BENEATH: u64 = 8;
    let path = path.to_bytes_with_nul();
    let how =
        OpenHow { flags: flags as u64, mode: 0, resolve: RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH };
    let place = &raw const how;
    let arguments = [AT_FDCWD as usize, path.as_ptr() as usize, place as usize, 24, 0, 0];
    // SAFETY: a CPath is NUL-terminated, and `place` is the whole struct, 24 bytes long.
    unsafe { call(SYS_OPENAT2, arguments) }
}

pub fn close(fd: usize) {
    // SAFETY: takes no pointer; callers close only what they opened.
    let _ = unsafe { call(SYS_CLOSE, [fd, 0, 0, 0, 0, 0]) };
}

pub fn stat(path: CPath<'_>) -> Result<RawStat, Errno> {
    let path = path.to_bytes_with_nul();
    let mut raw = EMPTY_STAT;
    let place = &raw mut raw;
    // SAFETY: a CPath is NUL-terminated, and `place` is a whole `struct stat`.
    unsafe { call(SYS_STAT, [path.as_ptr() as usize, place as usize, 0, 0, 0, 0]) }.map(|_| raw)
}

/// What `path` names, if it is a link that itself.
pub fn lstat(path: CPath<'_>) -> Result<RawStat, Errno> {
    let path = path.to_bytes_with_nul();
    let mut raw = EMPTY_STAT;
    let place = &raw mut raw;
    // SAFETY: a CPath is NUL-terminated, and `place` is a whole `struct stat`.
    unsafe { call(SYS_LSTAT, [path.as_ptr() as usize, place as usize, 0, 0, 0, 0]) }.map(|_| raw)
}

pub fn fstat(fd: usize) -> Result<RawStat, Errno> {
    let mut raw = EMPTY_STAT;
    let place = &raw mut raw;
    // SAFETY: `place` is a whole `struct stat`.
    unsafe { call(SYS_FSTAT, [fd, place as usize, 0, 0, 0, 0]) }.map(|_| raw)
}

/// Maps the first `len` bytes of a file, read-only.
///
/// Whoever reads them must expect SIGBUS where the file is cut short meanwhile.
pub fn map(fd: usize, len: usize) -> Result<&'static [u8], Errno> {
    const PROT_READ: usize = 1;
    const MAP_PRIVATE: usize = 2;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing of ours.
    let address = unsafe { call(SYS_MMAP, [0, len, PROT_READ, MAP_PRIVATE, fd, 0]) }?;
    // SAFETY: the kernel mapped `len` bytes there, and nobody unmaps them. Another process may
    // write to the file meanwhile: whoever reads uses plain byte operations alone, which give
    // some value for any, with every index checked, and asks `still_holds` before he believes.
    Ok(unsafe { core::slice::from_raw_parts(address as *const u8, len) })
}

pub fn readlink(path: CPath<'_>, buffer: &mut [u8]) -> Result<usize, Errno> {
    let path = path.to_bytes_with_nul();
    let (place, len) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: a CPath is NUL-terminated, and the buffer is exclusively ours.
    unsafe { call(SYS_READLINK, [path.as_ptr() as usize, place, len, 0, 0, 0]) }
}

/// Reads entries of the open directory `fd`: as many of the kernel's `struct linux_dirent64` as
/// the buffer takes, 0 bytes at the end.
pub fn read_entries(fd: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the buffer is exclusively ours for its whole length.
    unsafe { call(SYS_GETDENTS64, [fd, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) }
}

/// Asks whether this process may read (4), write to (2) or execute (1) `path`.
pub fn access(path: CPath<'_>, mode: u8) -> Result<usize, Errno> {
    let path = path.to_bytes_with_nul();
    // SAFETY: a CPath is NUL-terminated.
    unsafe { call(SYS_ACCESS, [path.as_ptr() as usize, mode.into(), 0, 0, 0, 0]) }
}

/// Makes `to` another number of what `from` is.
pub fn dup2(from: usize, to: usize) -> Result<usize, Errno> {
    // SAFETY: takes no pointer; what `to` was is closed.
    unsafe { call(SYS_DUP2, [from, to, 0, 0, 0, 0]) }
}
