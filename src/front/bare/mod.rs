//! The front's system without libc: Linux on x86-64.
//!
//! A program that is entered without libc costs what the kernel's own exec costs. glibc's start
//! alone makes some seventy CPUID instructions, each of which traps in a virtual machine; so
//! nothing here may detect CPU features either. `hosted.rs` has the same functions on std.

mod files;
mod kernel;
mod memory;
mod output;

use core::cell::UnsafeCell;
use core::ffi::{CStr, c_char};
use core::sync::atomic::{AtomicPtr, AtomicUsize, Ordering::Relaxed};

pub use files::Disk;
pub use output::Stdout;
use output::write_all;
use pivot_complete::files::Kind;
use pivot_complete::files::{CPath, PATH_MAX_BYTES, parent};
use pivot_complete::loader::{self, Cleaned};
use pivot_complete::trace;

/// All memory there is: a line, a path, two small files, an answer.
const MEMORY_BYTES: usize = 1 << 20;

const STDOUT: usize = 1;
const STDERR: usize = 2;

core::arch::global_asm!(
    ".globl _start",
    "_start:",
    // The psABI leaves the process's arguments at the stack pointer and marks the outermost
    // frame by a zero rbp.
    "xor ebp, ebp",
    "mov rdi, rsp",
    "and rsp, -16",
    "call {enter}",
    "ud2",
    enter = sym enter_program,
);

/// Everything that changes, in one place and handed out from its start: a page costs nothing
/// until it is touched, and a hit touches two or three of these.
///
/// It starts in the page that the linker's own data ends in, which exec has touched anyway.
#[repr(C)]
struct Memory {
    /// Where the kernel put argc, argv, the environment and the auxiliary vector.
    stack: AtomicPtr<usize>,
    /// The directory to go back to before the engine is executed, plus one; zero for none.
    entered_from: AtomicUsize,
    /// How much of `room` is handed out.
    taken: AtomicUsize,
    room: UnsafeCell<[u8; MEMORY_BYTES]>,
}

// SAFETY: `take` gives no part of `room` out twice, but for what `shorten` took back unused.
unsafe impl Sync for Memory {}

static MEMORY: Memory = Memory {
    stack: AtomicPtr::new(core::ptr::null_mut()),
    entered_from: AtomicUsize::new(0),
    taken: AtomicUsize::new(0),
    room: UnsafeCell::new([0; MEMORY_BYTES]),
};

impl Memory {
    /// Takes `len` zero bytes, or what is left.
    #[expect(clippy::mut_from_ref, reason = "every part of the room is given out once")]
    fn take(&'static self, len: usize) -> &'static mut [u8] {
        let start = self.taken.load(Relaxed);
        let len = len.min(MEMORY_BYTES - start);
        self.taken.store(start + len, Relaxed);
        // SAFETY: the range lies in the room and behind all that was taken before; there is one
        // thread.
        unsafe { core::slice::from_raw_parts_mut(self.room.get().cast::<u8>().add(start), len) }
    }

    /// Takes the end of what was taken last back: `unused` bytes that nobody refers to.
    fn shorten(&'static self, unused: usize) {
        self.taken.fetch_sub(unused, Relaxed);
    }
}

extern "C" fn enter_program(stack: *mut usize) -> ! {
    MEMORY.stack.store(stack, Relaxed);
    crate::run()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    // Nothing here is known to panic; whatever does is the engine's to answer.
    give_up()
}

/// Named by the unwind tables of the prebuilt `core`, which an unoptimised build keeps. Panics
/// abort, so nobody calls it.
#[unsafe(no_mangle)]
extern "C" fn rust_eh_personality() {}

/// Ends a run that cannot go on. Output is written last, in one piece, so the engine starts over.
fn give_up() -> ! {
    execute_engine();
    exit(0)
}

/// The words after the program's name.
pub fn arguments() -> impl Iterator<Item = &'static [u8]> {
    c_strings(argument_pointers()).skip(1)
}

/// The value of an environment variable.
#[inline(never)]
pub fn variable(name: &[u8]) -> Option<&'static [u8]> {
    let mut place = environment_pointers();
    // SAFETY: the array ends in NULL, where `place` stops; its strings are the kernel's,
    // NUL-terminated, and live as long as the program.
    unsafe {
        while !(*place).is_null() {
            if let Some(value) = value_of(name, *place) {
                return Some(CStr::from_ptr(value).to_bytes());
            }
            place = place.add(1);
        }
    }
    None
}

/// What follows `name=` in `entry`. Looks no further than where they differ: there may be a hundred
/// long entries, and seven are asked for.
///
/// # Safety
/// `entry` must be NUL-terminated.
unsafe fn value_of(name: &[u8], mut entry: *const c_char) -> Option<*const c_char> {
    for byte in name.iter().chain(b"=") {
        // SAFETY: no byte before this one was the NUL, which `name` does not have.
        if unsafe { *entry } as u8 != *byte {
            return None;
        }
        // SAFETY: the byte there was not the NUL, so another one follows.
        entry = unsafe { entry.add(1) };
    }
    Some(entry)
}

/// Fresh memory of `len` bytes, or less where there is none left.
pub fn memory(len: usize) -> &'static mut [u8] {
    MEMORY.take(len)
}

/// The working directory as an absolute path, free of links.
pub fn working_directory() -> Option<&'static [u8]> {
    let buffer = MEMORY.take(PATH_MAX_BYTES);
    let len = kernel::getcwd(buffer).ok()?;
    let (path, unused) = buffer.split_at_mut_checked(len)?;
    MEMORY.shorten(unused.len());
    // "(unreachable)/..." is what the kernel says of a directory outside of the root.
    path.strip_suffix(b"\0").filter(|path| path.first() == Some(&b'/'))
}

/// Makes `directory` the working directory; [`execute_engine`] goes back first.
#[cold]
#[inline(never)]
pub fn enter(directory: &[u8]) -> bool {
    let mut buffer = [0; PATH_MAX_BYTES];
    let Some(path) = c_path(directory, &mut buffer) else { return false };
    let flags = kernel::O_PATH | kernel::O_DIRECTORY | kernel::O_CLOEXEC;
    // Without a way back the engine would enter a relative directory twice.
    let Ok(fd) = kernel::open(c".".into(), flags, 0) else { return false };
    MEMORY.entered_from.store(fd + 1, Relaxed);
    kernel::chdir(path).is_ok()
}

/// Replaces the front by the engine, with the same arguments; returns only where there is none.
///
/// The engine lies beside the front's own file, whatever links led there; failing that, beside
/// the link.
#[cold]
#[inline(never)]
pub fn execute_engine() {
    if let Some(fd) = MEMORY.entered_from.load(Relaxed).checked_sub(1) {
        let _ = kernel::fchdir(fd);
    }
    execute_with(argument_pointers());
}

/// Whether this process may write to `path`.
#[cold]
#[inline(never)]
pub fn is_writable(path: CPath<'_>) -> bool {
    kernel::is_writable(path)
}

/// Starts the engine with two words behind this process, in a session of its own and without the
/// user's terminal; whether it could be is not told.
#[cold]
#[inline(never)]
pub fn start_engine(command: &[u8], word: &[u8]) {
    let mut room = [0_u8; 64];
    let (command_room, word_room) = room.split_at_mut(32);
    for (place, text) in [(&mut *command_room, command), (&mut *word_room, word)] {
        // A zero byte must be left for the end.
        let Some(place) = place.get_mut(..text.len()).filter(|place| place.len() < 32) else {
            return;
        };
        place.copy_from_slice(text);
    }
    if kernel::fork() != Ok(0) {
        return;
    }
    kernel::setsid();
    if let Ok(null) = kernel::open(c"/dev/null".into(), kernel::O_RDWR, 0) {
        for fd in 0..=STDERR {
            let _ = kernel::dup2(null, fd);
        }
    }
    let program = c"pivot-complete-engine".as_ptr();
    let arguments =
        [program, command_room.as_ptr().cast(), word_room.as_ptr().cast(), core::ptr::null()];
    execute_with(arguments.as_ptr());
    exit(0)
}

/// Replaces this process by the engine with these arguments, a NULL-terminated array.
#[cold]
#[inline(never)]
fn execute_with(arguments: *const *const c_char) {
    let mut buffer = [0; PATH_MAX_BYTES];
    if let Ok(len) = kernel::readlink(c"/proc/self/exe", &mut buffer) {
        execute_beside(buffer.get(..len).unwrap_or_default(), arguments);
    }
    if let Some(typed) = executed_path() {
        execute_beside(typed, arguments);
    }
}

#[cold]
#[inline(never)]
fn execute_beside(program: &[u8], arguments: *const *const c_char) {
    const ENGINE: &[u8] = b"pivot-complete-engine";
    let mut buffer = [0; PATH_MAX_BYTES];
    let directory = parent(program).unwrap_or(b".");
    let end = directory.len() + 1 + ENGINE.len();
    let Some(place) = buffer.get_mut(..end) else { return };
    for (to, from) in place.iter_mut().zip(directory.iter().chain(b"/").chain(ENGINE)) {
        *to = *from;
    }
    let Ok(path) = CStr::from_bytes_until_nul(&buffer) else { return };
    // An engine that is a link to the front would come back here for ever.
    let identity = |path: &CStr| kernel::stat(path.into()).ok().map(|found| (found.dev, found.ino));
    if identity(path) == identity(c"/proc/self/exe") {
        return;
    }
    let Some(environment) = clean_environment() else { return };
    // SAFETY: the arguments are the kernel's own array, but for those that `start_engine` makes;
    // they end in NULL, as the environment does.
    unsafe { kernel::execve(path, arguments, environment) };
}

/// The environment without what would have the engine load code from the working directory; `None`
/// where there is no room for it.
#[cold]
#[inline(never)]
fn clean_environment() -> Option<*const *const c_char> {
    let entries = || c_strings(environment_pointers());
    let room = MEMORY.take((entries().count() + 2) * size_of::<*const c_char>());
    // SAFETY: all zero is a valid pointer, NULL.
    let (_, places, _) = unsafe { room.align_to_mut::<*const c_char>() };
    let mut places = places.iter_mut();
    let start = places.as_slice().as_ptr();
    for entry in entries() {
        // A zero byte is left for the end.
        let room = MEMORY.take(entry.len() + 1);
        *places.next()? = match loader::clean(entry, room) {
            Cleaned::Gone => continue,
            Cleaned::Shortened => room.as_ptr().cast(),
            Cleaned::Whole => {
                // Most entries are looked at alone.
                if room.first() == Some(&0) {
                    MEMORY.shorten(room.len());
                }
                // The kernel's own string, which ends in NUL.
                entry.as_ptr().cast()
            }
        };
    }
    // The one after the last is NULL.
    places.next().map(|_| start)
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    kernel::exit(code)
}

/// Writes a few bytes of an answer.
pub fn say(text: &str) {
    let _ = write_all(STDOUT, text.as_bytes());
}

/// Has nothing that is written to stderr from now on reach the terminal, whoever this process
/// becomes: the system's loader speaks before the engine can.
#[cold]
#[inline(never)]
pub fn be_silent() {
    if let Ok(null) = kernel::open(c"/dev/null".into(), kernel::O_RDWR, 0) {
        let _ = kernel::dup2(null, STDERR);
    }
}

/// Writes an error message.
pub fn complain(message: &str) {
    let _ = write_all(STDERR, message.as_bytes());
}

/// Nanoseconds since some fixed moment.
pub fn monotonic_ns() -> u64 {
    kernel::clock_ns(kernel::CLOCK_MONOTONIC)
}

/// Milliseconds since the epoch.
pub fn epoch_ms() -> u64 {
    kernel::clock_ns(kernel::CLOCK_REALTIME) / 1_000_000
}

/// The number of this process.
pub fn process_id() -> u32 {
    kernel::getpid()
}

/// Appends one line to a file, without blocking on anything that is none.
#[cold]
#[inline(never)]
pub fn append(path: &[u8], line: &[u8]) {
    let mut buffer = [0; PATH_MAX_BYTES];
    let flags = kernel::O_WRONLY
        | kernel::O_CREAT
        | kernel::O_APPEND
        | kernel::O_NONBLOCK
        | kernel::O_NOCTTY
        | kernel::O_NOFOLLOW
        | kernel::O_CLOEXEC;
    let user = kernel::geteuid();
    let is_anothers = |directory: &[u8]| {
        let mut room = [0; PATH_MAX_BYTES];
        let found = c_path(directory, &mut room).map(kernel::lstat);
        matches!(found, Some(Ok(f)) if files::is_link(f.mode) && f.uid != user && f.uid != 0)
    };
    if trace::directories(path).any(is_anothers) {
        return;
    }
    // A file that may grow no more is an error here, not the end.
    kernel::ignore_file_limit();
    let opened = c_path(path, &mut buffer).map(|path| kernel::open(path.into(), flags, 0o666));
    if let Some(Ok(fd)) = opened {
        let may_append = |found: kernel::RawStat| {
            let is_regular = files::kind(found.mode) == Kind::File;
            trace::may_append(is_regular, found.uid, user, found.nlink)
        };
        if kernel::fstat(fd).is_ok_and(may_append) {
            let _ = kernel::write(fd, line);
        }
        kernel::close(fd);
    }
}

/// Copies `path` into `buffer`, NUL-terminated; `None` where it is too long.
fn c_path<'b>(path: &[u8], buffer: &'b mut [u8; PATH_MAX_BYTES]) -> Option<&'b CStr> {
    buffer.get_mut(..path.len())?.copy_from_slice(path);
    CStr::from_bytes_until_nul(buffer).ok()
}

fn argument_pointers() -> *const *const c_char {
    // SAFETY: the kernel's block starts with argc, the argument pointers follow.
    unsafe { MEMORY.stack.load(Relaxed).add(1).cast() }
}

fn environment_pointers() -> *const *const c_char {
    let stack = MEMORY.stack.load(Relaxed);
    // SAFETY: argc argument pointers and a NULL lie between argc and the environment.
    unsafe { stack.add(1 + *stack + 1).cast() }
}

/// The path that was executed, links and all (`AT_EXECFN` of the auxiliary vector).
fn executed_path() -> Option<&'static [u8]> {
    const AT_NULL: usize = 0;
    const AT_EXECFN: usize = 31;
    let mut place = environment_pointers().cast::<usize>();
    // SAFETY: the auxiliary vector, pairs up to AT_NULL, follows the environment's NULL; the
    // kernel's string lives as long as the program.
    unsafe {
        while *place != 0 {
            place = place.add(1);
        }
        place = place.add(1);
        while *place != AT_NULL {
            if *place == AT_EXECFN {
                return Some(CStr::from_ptr(*place.add(1) as *const c_char).to_bytes());
            }
            place = place.add(2);
        }
    }
    None
}

/// The strings of one of the kernel's NULL-terminated arrays.
fn c_strings(pointers: *const *const c_char) -> impl Iterator<Item = &'static [u8]> {
    let mut place = pointers;
    core::iter::from_fn(move || {
        // SAFETY: the array ends in NULL, where `place` stays; its strings are the kernel's,
        // NUL-terminated, and live as long as the program.
        unsafe {
            if (*place).is_null() {
                return None;
            }
            let text = CStr::from_ptr(*place).to_bytes();
            place = place.add(1);
            Some(text)
        }
    })
}
