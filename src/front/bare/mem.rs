//! The memory functions that compiled Rust calls by name and a libc would bring.
//!
//! `rep movsb` and `rep stosb` need no choice by CPU feature, and the compiler cannot turn them
//! back into calls of the functions they implement. The signatures are C's (C17, 7.24). Where tests take
//! them in (tests/unsafe), they have no names that a libc has.

use core::arch::asm;

/// C's `memcpy`.
///
/// # Safety
/// As in C: `count` bytes readable at `from`, writable at `to`, not overlapping.
#[cfg_attr(bare, unsafe(no_mangle))]
pub unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, count: usize) -> *mut u8 {
    // A path's component, a stamp: below this `rep movsb` takes longer to start than to copy.
    if count <= 2 * WORD {
        // SAFETY: the caller vouches for both ranges.
        unsafe { copy_few(to, from, count) };
        return to;
    }
    // SAFETY: the caller vouches for both ranges; the direction flag is clear by the ABI.
    unsafe {
        asm!("rep movsb", inout("rcx") count => _, inout("rdi") to => _, inout("rsi") from => _,
            options(nostack, preserves_flags));
    }
    to
}

/// The longest that is copied at once, in bytes: SSE2 is part of every x86-64.
const WORD: usize = 16;

/// Copies at most `2 * WORD` bytes: the first and the last of them as two words, which may overlap.
///
/// # Safety
/// As for `memcpy`.
#[inline(always)]
unsafe fn copy_few(to: *mut u8, from: *const u8, count: usize) {
    // SAFETY: every `T` is not longer than `count`, and both reads come before the writes. The
    // reads and writes of whole words are single instructions, no calls of these functions.
    unsafe {
        match count {
            WORD.. => copy_ends::<u128>(to, from, count),
            8.. => copy_ends::<u64>(to, from, count),
            4.. => copy_ends::<u32>(to, from, count),
            2.. => copy_ends::<u16>(to, from, count),
            1 => copy_ends::<u8>(to, from, count),
            0 => {}
        }
    }
}

/// Copies the first and the last `T` of `count` bytes.
///
/// # Safety
/// `count` is at least the size of a `T`; else as for `memcpy`.
#[inline(always)]
unsafe fn copy_ends<T>(to: *mut u8, from: *const u8, count: usize) {
    let last = count - size_of::<T>();
    // SAFETY: the first and the last `T` lie within `count`.
    unsafe {
        let (head, tail) =
            (from.cast::<T>().read_unaligned(), from.add(last).cast::<T>().read_unaligned());
        to.cast::<T>().write_unaligned(head);
        to.add(last).cast::<T>().write_unaligned(tail);
    }
}

/// C's `memmove`.
///
/// # Safety
/// As in C: `count` bytes readable at `from` and writable at `to`; they may overlap.
#[cfg_attr(bare, unsafe(no_mangle))]
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
#[cfg_attr(bare, unsafe(no_mangle))]
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
#[cfg_attr(bare, unsafe(no_mangle))]
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
#[cfg_attr(bare, unsafe(no_mangle))]
pub unsafe extern "C" fn bcmp(left: *const u8, right: *const u8, count: usize) -> i32 {
    // SAFETY: the caller's promise is the same.
    unsafe { memcmp(left, right, count) }
}

/// C's `strlen`, which `CStr::from_ptr` calls.
///
/// # Safety
/// As in C: a NUL-terminated string.
#[cfg_attr(bare, unsafe(no_mangle))]
pub unsafe extern "C" fn strlen(text: *const u8) -> usize {
    let mut len = 0;
    // SAFETY: the string goes on up to its NUL. The volatile read keeps the compiler from making
    // this loop a call of `strlen`.
    while unsafe { text.add(len).read_volatile() } != 0 {
        len += 1;
    }
    len
}
