//! What the kernel puts on the stack of a program that it enters: argc, the arguments, the environment, the
//! auxiliary vector.

use core::ffi::{CStr, c_char};
use core::sync::atomic::Ordering::Relaxed;

use super::arena::MEMORY;

/// The words after the program's name.
pub fn arguments() -> impl Iterator<Item = &'static [u8]> {
    c_strings(argument_pointers()).skip(1)
}

/// The value of an environment variable.
#[inline(never)]
pub fn variable(name: &[u8]) -> Option<&'static [u8]> {
    entries().find_map(|entry| behind(name.iter().chain(b"="), entry))
}

/// What stands behind `start` in each entry of the environment that begins so.
pub fn variables_behind(start: &[u8]) -> impl Iterator<Item = &'static [u8]> {
    entries().filter_map(move |entry| behind(start.iter(), entry))
}

/// An entry of the environment: the kernel's, NUL-terminated, and there as long as the program.
struct Entry(*const c_char);

fn entries() -> impl Iterator<Item = Entry> {
    let mut place = environment_pointers();
    core::iter::from_fn(move || {
        // SAFETY: the array ends in NULL, where `place` stops.
        let entry = unsafe { *place };
        if entry.is_null() {
            return None;
        }
        // SAFETY: that was not the NULL, so another pointer follows.
        place = unsafe { place.add(1) };
        Some(Entry(entry))
    })
}

/// What follows `start`, which has no NUL, in an entry that begins so. Looks no further than where they
/// differ: there may be a hundred long entries, and seven are asked for.
fn behind<'a>(start: impl Iterator<Item = &'a u8>, Entry(mut at): Entry) -> Option<&'static [u8]> {
    for byte in start {
        // SAFETY: no byte before this one was the NUL.
        if unsafe { *at } as u8 != *byte {
            return None;
        }
        // SAFETY: the byte there was not the NUL, so another one follows.
        at = unsafe { at.add(1) };
    }
    // SAFETY: what is left of an entry ends in its NUL, and lives as long.
    Some(unsafe { CStr::from_ptr(at) }.to_bytes())
}

pub fn argument_pointers() -> *const *const c_char {
    // SAFETY: the kernel's block starts with argc, the argument pointers follow.
    unsafe { MEMORY.stack.load(Relaxed).add(1).cast() }
}

pub fn environment_pointers() -> *const *const c_char {
    let stack = MEMORY.stack.load(Relaxed);
    // SAFETY: argc argument pointers and a NULL lie between argc and the environment.
    unsafe { stack.add(1 + *stack + 1).cast() }
}

/// The path that was executed, links and all.
pub fn executed_path() -> Option<&'static [u8]> {
    const AT_EXECFN: usize = 31;
    let path = auxiliary(AT_EXECFN)? as *const c_char;
    // SAFETY: the kernel's string lives as long as the program.
    Some(unsafe { CStr::from_ptr(path) }.to_bytes())
}

/// The user whose rights this process has, without asking the kernel.
pub fn user() -> u32 {
    const AT_EUID: usize = 12;
    auxiliary(AT_EUID).unwrap_or_default() as u32
}

/// A value of the auxiliary vector.
fn auxiliary(wanted: usize) -> Option<usize> {
    const AT_NULL: usize = 0;
    let mut place = environment_pointers().cast::<usize>();
    // SAFETY: the auxiliary vector, pairs up to AT_NULL, follows the environment's NULL.
    unsafe {
        while *place != 0 {
            place = place.add(1);
        }
        place = place.add(1);
        while *place != AT_NULL {
            if *place == wanted {
                return Some(*place.add(1));
            }
            place = place.add(2);
        }
    }
    None
}

/// The strings of one of the kernel's NULL-terminated arrays.
pub fn c_strings(pointers: *const *const c_char) -> impl Iterator<Item = &'static [u8]> {
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
