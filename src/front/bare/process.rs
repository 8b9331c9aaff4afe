//! This process: where it works, what it becomes, and what it starts behind itself.

use core::ffi::{CStr, c_char};
use core::sync::atomic::Ordering::Relaxed;

use pivot_complete::environment::loader::{self, Cleaned};
use pivot_complete::files::{CPath, MAY_WRITE, PATH_MAX_BYTES, parent};

use super::arena::MEMORY;
use super::block::{argument_pointers, c_strings, environment_pointers, executed_path};
use super::files::c_path;
use super::kernel;
use super::output::STDERR;

/// Ends a run that cannot go on. Output is written last, in one piece, so the engine starts over.
pub fn give_up() -> ! {
    execute_engine();
    exit(0)
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

/// Whether this process may have what the engine needs to start: without that the system's loader
/// complains, or the kernel ends what this process has become.
///
/// Measured: an engine with 6 MiB of addresses, 1 MiB of data, 64 KiB of stack and two descriptors ends
/// well, whatever else it lacks.
#[cold]
#[inline(never)]
pub fn can_start_engine() -> bool {
    let limits = [
        (kernel::RLIMIT_AS, 16 << 20),
        (kernel::RLIMIT_DATA, 2 << 20),
        (kernel::RLIMIT_STACK, 128 << 10),
    ];
    // They stay open until the engine is there.
    let opens = || kernel::open(c"/".into(), kernel::O_PATH | kernel::O_CLOEXEC, 0).is_ok();
    limits.iter().all(|(which, least)| kernel::limit(*which) >= *least) && opens() && opens()
}

/// Replaces the front by the engine, with the same arguments; returns only where there is none, or it
/// could not start.
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
    kernel::access(path, MAY_WRITE).is_ok()
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
    if !can_start_engine() {
        return;
    }
    let mut buffer = [0; PATH_MAX_BYTES];
    if let Ok(len) = kernel::readlink(CPath::from(c"/proc/self/exe"), &mut buffer) {
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
    let mut count = 0;
    for entry in entries() {
        // A zero byte is left for the end.
        let room = MEMORY.take(entry.len() + 1);
        let kept = match loader::clean(entry, room) {
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
        *places.get_mut(count)? = kept;
        count += 1;
    }
    // The one after the last is NULL.
    places.get(count).map(|_| places.as_ptr())
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    kernel::exit(code)
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
