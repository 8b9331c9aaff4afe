//! Standard output without libc: an answer leaves in one piece, or not at all.

use pivot_complete::reason::Reason;

use super::kernel::{self, EINTR, Errno};
use super::{MEMORY, STDOUT};

/// The longest answer, some ten thousand names; longer ones are the engine's to write.
const OUTPUT_BYTES: usize = 512 << 10;

/// Standard output: nothing is written before the answer is whole.
pub struct Stdout {
    buffer: &'static mut [u8],
    /// The answer's length so far, which may be more than there is room for.
    len: usize,
}

impl Stdout {
    /// Takes the memory for an answer.
    pub fn new() -> Self {
        Self { buffer: MEMORY.take(OUTPUT_BYTES), len: 0 }
    }

    /// Adds `piece`.
    #[inline(never)]
    pub fn put(&mut self, piece: &[u8]) {
        let end = self.len + piece.len();
        if let Some(place) = self.buffer.get_mut(self.len..end) {
            place.copy_from_slice(piece);
        }
        self.len = end;
    }

    /// The answer so far; nothing where there was no room.
    pub fn text(&self) -> &[u8] {
        self.buffer.get(..self.len).unwrap_or_default()
    }

    /// Writes it all, or nothing where there was no room; a reader that is gone is no error.
    pub fn finish(self) -> Result<(), Reason> {
        write_all(STDOUT, self.buffer.get(..self.len).ok_or(Reason::AnswerTooLong)?)
    }
}

/// Writes all of `bytes`; a reader that is gone is no error.
pub fn write_all(fd: usize, bytes: &[u8]) -> Result<(), Reason> {
    let mut left = bytes;
    while !left.is_empty() {
        match kernel::write(fd, left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(EINTR) => {}
            // Somebody made the pipe non-blocking, and its reader is slow.
            Err(kernel::EAGAIN) => kernel::wait_writable(fd),
            Err(kernel::EPIPE) => return Ok(()),
            Err(Errno(_)) => return Err(Reason::OutputFails),
        }
    }
    Ok(())
}
