//! The memory functions that compiled Rust calls by name and a libc would bring.
//!
//! `rep movsb` and `rep stosb` need no choice by CPU feature, and the compiler cannot turn them
//! back into calls of the functions they implement. The signatures are C's (C17, 7.24).

use core::arch::asm;

/// C's `memcpy`.
///
/// # Safety
/// As in C: `count` bytes readable at `from`, writable at `to`, not overlapping.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for both ranges; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    to
}

/// C's `memmove`.
///
/// # Safety
/// As in C: `count` bytes readable at `from` and writable at `to`; they may overlap.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    if (to as usize).wrapping_sub(from as usize) >= count {
        // SAFETY: `to` does not lie inside the source, so copying upwards reads every byte
        // before it is written.
        return unsafe { memcpy(to, from, count) };
    }
    let mut left = count;
    while left > 0 {
        left -= 1;
        // SAFETY: `left < count`, for which the caller vouches. The volatile access keeps the
        // compiler from making this loop a call of `memmove`.
        unsafe { to.add(left).write_volatile(from.add(left).read()) };
    }
    to
}

/// C's `memset`.
///
/// # Safety
/// As in C: `count` bytes writable at `to`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memset(to: *mut u8, byte: i32, count: usize) -> *mut u8 {
    // SAFETY: the caller vouches for the range; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep stosb", inout("rcx") count => _, inout("rdi") to => _, in("al") byte as u8,
            options(nostack, preserves_flags));
    }
    to
}

/// C's `memcmp`.
///
/// # Safety
/// As in C: `count` bytes readable at both.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    let mut index = 0;
    // Eight bytes a step as long as they are equal: caches of some kilobytes are compared.
    while index + 8 <= count {
        // SAFETY: eight bytes from `index` on lie within `count`.
        let (a, b) = unsafe {
            (
                left.add(index).cast::<u64>().read_unaligned(),
                right.add(index).cast::<u64>().read_unaligned(),
            )
        };
        if a != b {
            break;
        }
        index += 8;
    }
    while index < count {
        // SAFETY: `index < count`. The volatile read keeps the compiler from making this loop a
        // call of `memcmp`.
        let (a, b) = unsafe { (left.add(index).read_volatile(), right.add(index).read()) };
        if a != b {
            return i32::from(a) - i32::from(b);
        }
        index += 1;
    }
    0
}

/// `bcmp`, which the compiler calls where only equality counts.
///
/// # Safety
/// As [`memcmp`].
#[unsafe(no_mangle)]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: the caller's promise is the same.
    unsafe { memcmp(left, right, count) }
}

/// C's `strlen`, which `CStr::from_ptr` calls.
///
/// # Safety
/// As in C: a NUL-terminated string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut len = 0;
    // SAFETY: the string goes on up to its NUL. The volatile read keeps the compiler from making
    // this loop a call of `strlen`.
    while unsafe { text.add(len).read_volatile() } != 0 {
        len += 1;
    }
    len
}
