//! The system calls of the front, as Linux on x86-64 takes them.
//!
//! Numbers and layouts: the kernel's `arch/x86/entry/syscalls/syscall_64.tbl` and
//! `asm/stat.h`. Nothing here looks at CPU features, and nothing goes through the vDSO.

use core::arch::asm;

mod files;
mod process;

pub use files::{
    O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_NOCTTY, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDWR,
    O_WRONLY, RawStat, access, close, dup2, fstat, lstat, map, open, open_below, read,
    read_entries, readlink, stat, wait_writable, write,
};
pub use process::{
    CLOCK_MONOTONIC, CLOCK_REALTIME, RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, chdir, clock_ns, execve,
    exit, fchdir, fork, getcwd, geteuid, getpid, groups, ids, ignore_file_limit,
    ignore_gone_readers, limit, on_bus_error, processors, setsid, uname,
};

/// A system call's error number, positive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Errno(pub i32);

pub const EINTR: Errno = Errno(4);
pub const ENOENT: Errno = Errno(2);
pub const EAGAIN: Errno = Errno(11);
pub const EACCES: Errno = Errno(13);
pub const EPERM: Errno = Errno(1);
pub const ETXTBSY: Errno = Errno(26);
pub const EROFS: Errno = Errno(30);
pub const ENOTDIR: Errno = Errno(20);
pub const EPIPE: Errno = Errno(32);
pub const ENAMETOOLONG: Errno = Errno(36);
pub const ELOOP: Errno = Errno(40);

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
