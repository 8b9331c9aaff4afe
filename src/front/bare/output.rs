//! Output without libc: an answer leaves in one piece, or not at all; a line of a trace is appended.

use pivot_complete::environment::trace;
use pivot_complete::files::{CPath, FileType, PATH_MAX_BYTES};
use pivot_complete::reason::Reason;

use super::arena::MEMORY;
use super::files::{self, c_path};
use super::kernel::{self, EINTR, Errno};

const STDOUT: usize = 1;
/// The number of standard error.
pub const STDERR: usize = 2;

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
        answer(self.buffer.get(..self.len).ok_or(Reason::AnswerTooLong)?)
    }
}

/// Writes a few bytes of an answer.
pub fn say(text: &str) {
    let _ = answer(text.as_bytes());
}

/// Writes an error message.
pub fn complain(message: &str) {
    let _ = write_all(STDERR, message.as_bytes());
}

/// Writes to standard output; a reader that is gone is no error, and does not end us.
fn answer(bytes: &[u8]) -> Result<(), Reason> {
    kernel::ignore_gone_readers();
    write_all(STDOUT, bytes)
}

/// Writes all of `bytes`; a reader that is gone is no error.
fn write_all(fd: usize, bytes: &[u8]) -> Result<(), Reason> {
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
        let found = c_path(directory, &mut room).map(|path| kernel::lstat(CPath::from(path)));
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
            let is_regular = files::kind(found.mode) == FileType::File;
            trace::may_append(is_regular, found.uid, user, found.nlink)
        };
        if kernel::fstat(fd).is_ok_and(may_append) {
            let _ = kernel::write(fd, line);
        }
        kernel::close(fd);
    }
}
