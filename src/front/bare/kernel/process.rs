//! The system calls on this process, its signals and its clocks.

use core::ffi::{CStr, c_char, c_int};

use pivot_complete::environment::GROUPS_MOST;

use super::{Errno, call};

pub const CLOCK_REALTIME: usize = 0;
pub const CLOCK_MONOTONIC: usize = 1;

pub const RLIMIT_DATA: usize = 2;
pub const RLIMIT_STACK: usize = 3;
pub const RLIMIT_AS: usize = 9;

const SYS_RT_SIGACTION: usize = 13;
const SYS_GETPID: usize = 39;
const SYS_FORK: usize = 57;
const SYS_EXECVE: usize = 59;
const SYS_EXIT: usize = 60;
const SYS_UNAME: usize = 63;
const SYS_GETCWD: usize = 79;
const SYS_CHDIR: usize = 80;
const SYS_FCHDIR: usize = 81;
const SYS_GETRLIMIT: usize = 97;
const SYS_GETUID: usize = 102;
const SYS_GETGID: usize = 104;
const SYS_GETEUID: usize = 107;
const SYS_GETEGID: usize = 108;
const SYS_GETGROUPS: usize = 115;
const SYS_SETSID: usize = 112;
const SYS_SCHED_GETAFFINITY: usize = 204;
const SYS_CLOCK_GETTIME: usize = 228;

pub fn exit(code: i32) -> ! {
    // The program has one thread, so this ends it; the loop is for the type alone.
    loop {
        // SAFETY: takes no pointer.
        let _ = unsafe { call(SYS_EXIT, [code as usize, 0, 0, 0, 0, 0]) };
    }
}

/// Calls `handler`, which must never return, on SIGBUS.
pub fn on_bus_error(handler: extern "C" fn(c_int)) {
    const SIGBUS: usize = 7;
    set_action(SIGBUS, handler as usize);
}

/// Makes a write beyond the limit of a file's size (`ulimit -f`) fail instead of ending us.
pub fn ignore_file_limit() {
    const SIGXFSZ: usize = 25;
    set_action(SIGXFSZ, SIG_IGN);
}

/// Makes a write whose reader is gone fail instead of ending us.
pub fn ignore_gone_readers() {
    const SIGPIPE: usize = 13;
    set_action(SIGPIPE, SIG_IGN);
}

const SIG_IGN: usize = 1;

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

/// The real and the effective user and group.
pub fn ids() -> [u32; 4] {
    // SAFETY: they take no pointer, and never fail.
    [SYS_GETUID, SYS_GETEUID, SYS_GETGID, SYS_GETEGID]
        .map(|number| unsafe { call(number, [0; 6]) }.unwrap_or(0) as u32)
}

/// The groups beside its own, as far as there is room; none where there are more.
pub fn groups(room: &mut [u32; GROUPS_MOST]) -> &[u32] {
    let place = room.as_mut_ptr();
    // SAFETY: `place` is room of so many groups, which the kernel fills a part of.
    let count = unsafe { call(SYS_GETGROUPS, [GROUPS_MOST, place as usize, 0, 0, 0, 0]) };
    &room[..count.unwrap_or(0).min(GROUPS_MOST)]
}

/// The kernel's `struct new_utsname`: texts of 65 bytes, NUL-terminated.
pub fn uname() -> [[u8; 65]; 6] {
    let mut names = [[0; 65]; 6];
    let place = &raw mut names;
    // SAFETY: `place` is a whole `struct new_utsname`.
    let _ = unsafe { call(SYS_UNAME, [place as usize, 0, 0, 0, 0, 0]) };
    names
}

/// How many processors this process may use, of at most 8,192.
pub fn processors() -> u32 {
    let mut mask = [0_u64; 128];
    let place = &raw mut mask;
    // SAFETY: `place` is room of so many bytes, which the kernel fills a part of.
    let _ =
        unsafe { call(SYS_SCHED_GETAFFINITY, [0, size_of_val(&mask), place as usize, 0, 0, 0]) };
    mask.iter().map(|word| word.count_ones()).sum()
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

/// What a limit on this process is, in its own unit.
pub fn limit(which: usize) -> u64 {
    // The kernel's `struct rlimit`: what holds, and what it may be raised to.
    let mut limits = [u64::MAX; 2];
    let place = &raw mut limits;
    // SAFETY: `place` is a whole `struct rlimit`.
    let _ = unsafe { call(SYS_GETRLIMIT, [which, place as usize, 0, 0, 0, 0]) };
    limits[0]
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

/// Nanoseconds on `clock`.
pub fn clock_ns(clock: usize) -> u64 {
    let mut time = [0_i64; 2];
    let place = &raw mut time;
    // SAFETY: `place` is a whole `struct timespec`.
    let _ = unsafe { call(SYS_CLOCK_GETTIME, [clock, place as usize, 0, 0, 0, 0]) };
    (time[0] as u64).wrapping_mul(1_000_000_000).wrapping_add(time[1] as u64)
}
