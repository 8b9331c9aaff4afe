//! All memory there is, handed out from its start.

use core::cell::UnsafeCell;
use core::sync::atomic::Ordering::Relaxed;
use core::sync::atomic::{AtomicPtr, AtomicUsize};

/// All memory there is: a line, a path, two small files, an answer.
const MEMORY_BYTES: usize = 1 << 20;

/// Everything that changes, in one place and handed out from its start: a page costs nothing
/// until it is touched, and a hit touches two or three of these.
///
/// It starts in the page that the linker's own data ends in, which exec has touched anyway.
#[repr(C)]
pub struct Memory {
    /// Where the kernel put argc, argv, the environment and the auxiliary vector.
    pub stack: AtomicPtr<usize>,
    /// The directory to go back to before the engine is executed, plus one; zero for none.
    pub entered_from: AtomicUsize,
    /// How much of `room` is handed out.
    taken: AtomicUsize,
    room: UnsafeCell<[u8; MEMORY_BYTES]>,
}

// SAFETY: `take` gives no part of `room` out twice, but for what `shorten` took back unused.
unsafe impl Sync for Memory {}

pub static MEMORY: Memory = Memory {
    stack: AtomicPtr::new(core::ptr::null_mut()),
    entered_from: AtomicUsize::new(0),
    taken: AtomicUsize::new(0),
    room: UnsafeCell::new([0; MEMORY_BYTES]),
};

impl Memory {
    /// Takes `len` zero bytes, or what is left.
    #[expect(clippy::mut_from_ref, reason = "every part of the room is given out once")]
    pub fn take(&'static self, len: usize) -> &'static mut [u8] {
        let start = self.taken.load(Relaxed);
        let len = len.min(MEMORY_BYTES - start);
        self.taken.store(start + len, Relaxed);
        // SAFETY: the range lies in the room and behind all that was taken before; there is one
        // thread.
        unsafe { core::slice::from_raw_parts_mut(self.room.get().cast::<u8>().add(start), len) }
    }

    /// Takes the end of what was taken last back: `unused` bytes that nobody refers to.
    pub fn shorten(&'static self, unused: usize) {
        self.taken.fetch_sub(unused, Relaxed);
    }
}

/// Fresh memory of `len` bytes, or less where there is none left.
pub fn memory(len: usize) -> &'static mut [u8] {
    MEMORY.take(len)
}
