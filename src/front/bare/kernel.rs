//! The system calls of the front, as Linux on x86-64 takes them.
//!
//! Numbers and layouts: the kernel's `arch/x86/entry/syscalls/syscall_64.tbl` and
//! `asm/stat.h`. Nothing here looks at CPU features, and nothing goes through the vDSO.

use core::arch::asm;
use core::ffi::{CStr, c_char, c_int};

use pivot_complete::files::CPath;

/// A system call's error number, positive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub i32);

pub const EINTR: Errno = Errno(4);
pub const ENOENT: Errno = Errno(2);
pub const EAGAIN: Errno = Errno(11);
pub const EACCES: Errno = Errno(13);
pub const ENOTDIR: Errno = Errno(20);
pub const EPIPE: Errno = Errno(32);
pub const ENAMETOOLONG: Errno = Errno(36);
pub const ELOOP: Errno = Errno(40);

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

pub const CLOCK_REALTIME: usize = 0;
pub const CLOCK_MONOTONIC: usize = 1;

const SYS_READ: usize = 0;
const SYS_WRITE: usize = 1;
const SYS_OPEN: usize = 2;
const SYS_CLOSE: usize = 3;
const SYS_STAT: usize = 4;
const SYS_FSTAT: usize = 5;
const SYS_LSTAT: usize = 6;
const SYS_POLL: usize = 7;
const SYS_MMAP: usize = 9;
const SYS_RT_SIGACTION: usize = 13;
const SYS_ACCESS: usize = 21;
const SYS_DUP2: usize = 33;
const SYS_GETPID: usize = 39;
const SYS_FORK: usize = 57;
const SYS_EXECVE: usize = 59;
const SYS_EXIT: usize = 60;
const SYS_GETCWD: usize = 79;
const SYS_CHDIR: usize = 80;
const SYS_FCHDIR: usize = 81;
const SYS_READLINK: usize = 89;
const SYS_GETEUID: usize = 107;
const SYS_SETSID: usize = 112;
const SYS_GETDENTS64: usize = 217;
const SYS_CLOCK_GETTIME: usize = 228;
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

/// Makes system call `number`.
///
/// # Safety
/// The arguments must be what the call takes: every pointer among them valid for what the kernel
/// reads or writes there.
#[inline(always)]
unsafe fn call(number: usize, arguments: [usize; 6]) -> Result<usize, Errno> {
    let result: isize;
    let [a, b, c, d, e, f] = arguments;
    // SAFETY: the kernel changes rax, rcx and r11 alone, and memory only where the caller
    // vouches for it.
    unsafe {
        asm!("syscall", inlateout("rax") number as isize => result, in("rdi") a, in("rsi") b,
            in("rdx") c, in("r10") d, in("r8") e, in("r9") f, lateout("rcx") _, lateout("r11") _,
            options(nostack));
    }
    if (-4095..0).contains(&result) { Err(Errno(-result as i32)) } else { Ok(result as usize) }
}

pub fn exit(code: i32) -> ! {
    // The program has one thread, so this ends it; the loop is for the type alone.
    loop {
        // SAFETY: takes no pointer.
        let _ = unsafe { call(SYS_EXIT, [code as usize, 0, 0, 0, 0, 0]) };
    }
}

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
pub fn lstat(path: &CStr) -> Result<RawStat, Errno> {
    let mut raw = EMPTY_STAT;
    let place = &raw mut raw;
    // SAFETY: a CStr is NUL-terminated, and `place` is a whole `struct stat`.
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

/// Calls `handler`, which must never return, on SIGBUS.
pub fn on_bus_error(handler: extern "C" fn(c_int)) {
    const SIGBUS: usize = 7;
    set_action(SIGBUS, handler as usize);
}

/// Makes a write beyond the limit of a file's size (`ulimit -f`) fail instead of ending us.
pub fn ignore_file_limit() {
    const SIGXFSZ: usize = 25;
    const SIG_IGN: usize = 1;
    set_action(SIGXFSZ, SIG_IGN);
}

fn set_action(signal: usize, handler: usize) {
    const SA_RESTORER: usize = 0x0400_0000;
    const SA_RESETHAND: usize = 0x8000_0000;
    const SA_NODEFER: usize = 0x4000_0000;
    let flags = if handler > 1 { SA_RESTORER | SA_RESETHAND | SA_NODEFER } else { 0 };
    // The kernel's `struct sigaction`: handler, flags, restorer, mask. No handler here returns,
    // so the restorer is never reached, and anything will do.
    let action = [handler, flags, handler, 0];
    let place = &raw const action;
    // SAFETY: `place` is the whole struct, whose mask is 8 bytes long.
    let _ = unsafe { call(SYS_RT_SIGACTION, [signal, place as usize, 0, 8, 0, 0]) };
}

pub fn getpid() -> u32 {
    // SAFETY: takes no pointer, never fails.
    unsafe { call(SYS_GETPID, [0; 6]) }.unwrap_or(0) as u32
}

/// The user whose rights this process has.
pub fn geteuid() -> u32 {
    // SAFETY: takes no pointer.
    unsafe { call(SYS_GETEUID, [0; 6]) }.unwrap_or(0) as u32
}

pub fn getcwd(buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the buffer is exclusively ours for its whole length.
    unsafe { call(SYS_GETCWD, [buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0, 0]) }
}

pub fn chdir(path: &CStr) -> Result<usize, Errno> {
    // SAFETY: a CStr is NUL-terminated.
    unsafe { call(SYS_CHDIR, [path.as_ptr() as usize, 0, 0, 0, 0, 0]) }
}

pub fn fchdir(fd: usize) -> Result<usize, Errno> {
    // SAFETY: takes no pointer.
    unsafe { call(SYS_FCHDIR, [fd, 0, 0, 0, 0, 0]) }
}

pub fn readlink(path: &CStr, buffer: &mut [u8]) -> Result<usize, Errno> {
    let (place, len) = (buffer.as_mut_ptr() as usize, buffer.len());
    // SAFETY: a CStr is NUL-terminated, and the buffer is exclusively ours.
    unsafe { call(SYS_READLINK, [path.as_ptr() as usize, place, len, 0, 0, 0]) }
}

/// Replaces the program; returns only where that failed.
///
/// # Safety
/// `arguments` and `environment` must be NULL-terminated arrays of C strings.
pub unsafe fn execve(
    path: &CStr,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) {
    let pointers = [path.as_ptr() as usize, arguments as usize, environment as usize, 0, 0, 0];
    // SAFETY: the path is a CStr; the caller vouches for the rest.
    let _ = unsafe { call(SYS_EXECVE, pointers) };
}

/// Reads entries of the open directory `fd`: as many of the kernel's `struct linux_dirent64` as
/// the buffer takes, 0 bytes at the end.
pub fn read_entries(fd: usize, buffer: &mut [u8]) -> Result<usize, Errno> {
    // SAFETY: the buffer is exclusively ours for its whole length.
    unsafe { call(SYS_GETDENTS64, [fd, buffer.as_mut_ptr() as usize, buffer.len(), 0, 0, 0]) }
}

/// Whether this process may write to `path`.
pub fn is_writable(path: CPath<'_>) -> bool {
    const W_OK: usize = 2;
    let path = path.to_bytes_with_nul();
    // SAFETY: a CPath is NUL-terminated.
    unsafe { call(SYS_ACCESS, [path.as_ptr() as usize, W_OK, 0, 0, 0, 0]) }.is_ok()
}

/// Splits this process in two; 0 in the new one.
pub fn fork() -> Result<usize, Errno> {
    // SAFETY: there is one thread, so the new process has all that this one has.
    unsafe { call(SYS_FORK, [0; 6]) }
}

/// Leaves the session and its terminal.
pub fn setsid() {
    // SAFETY: takes no pointer.
    let _ = unsafe { call(SYS_SETSID, [0; 6]) };
}

/// Makes `to` another number of what `from` is.
pub fn dup2(from: usize, to: usize) -> Result<usize, Errno> {
    // SAFETY: takes no pointer; what `to` was is closed.
    unsafe { call(SYS_DUP2, [from, to, 0, 0, 0, 0]) }
}

/// Nanoseconds on `clock`.
pub fn clock_ns(clock: usize) -> u64 {
    let mut time = [0_i64; 2];
    let place = &raw mut time;
    // SAFETY: `place` is a whole `struct timespec`.
    let _ = unsafe { call(SYS_CLOCK_GETTIME, [clock, place as usize, 0, 0, 0, 0]) };
    (time[0] as u64).wrapping_mul(1_000_000_000).wrapping_add(time[1] as u64)
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
