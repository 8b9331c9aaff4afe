//! What a command says: by itself, or to the process that waits in front of it (`supervisor/`).
//!
//! Between the two goes a pipe of messages: a kind (1 byte), a length (4 bytes, little-endian), and
//! so many bytes.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::sync::OnceLock;

use crate::std_output;

/// The kinds of messages.
pub mod kind {
    /// The answer, whole.
    pub const ANSWER: u8 = b'o';
    /// Something for stderr.
    pub const COMPLAINT: u8 = b'e';
    /// What is run from now on, in words; none where nothing is.
    pub const RUNS: u8 = b'r';
    /// The name of a lock's file that lies there as long as the lock is held.
    pub const HOLDS: u8 = b'l';
    /// The same of one that was taken away.
    pub const LETS_GO: u8 = b'g';
    /// All is said: the exit code.
    pub const END: u8 = b'x';
}

/// What may be run while a command waits, in words.
pub const DISCOVERING: &str = "discovering stages";
pub const FINGERPRINTING: &str = "computing manifests";
pub const DESCRIBING: &str = "describing Pivot";
pub const ASKING: &str = "asking Pivot";
pub const WAITING: &str = "another discovery";
#[cfg(test)]
pub const ALL_WORDS: [&str; 5] = [DISCOVERING, FINGERPRINTING, DESCRIBING, ASKING, WAITING];

/// Something that is run, until it is dropped: whoever waits may say so.
pub struct Running;

impl Running {
    /// From now on, in these words.
    pub fn begin(words: &str) -> Self {
        tell(kind::RUNS, words.as_bytes());
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        tell(kind::RUNS, b"");
    }
}

/// Says that the file of this name lies there as long as this process has its lock: who ends it takes
/// the file away.
pub fn holds(name: &Path) {
    tell(kind::HOLDS, name.as_os_str().as_bytes());
}

/// Says that it was taken away.
pub fn lets_go(name: &Path) {
    tell(kind::LETS_GO, name.as_os_str().as_bytes());
}

/// The pipe to whoever waits.
struct Channel {
    pipe: File,
    on_terminal: bool,
}

static CHANNEL: OnceLock<Channel> = OnceLock::new();

/// From now on speaks into `pipe`.
pub fn through(pipe: File, on_terminal: bool) {
    let _ = CHANNEL.set(Channel { pipe, on_terminal });
}

/// The descriptor of that pipe.
pub fn descriptor() -> Option<RawFd> {
    CHANNEL.get().map(|channel| channel.pipe.as_raw_fd())
}

/// Prints an answer.
pub fn print(bytes: &[u8]) -> io::Result<()> {
    match CHANNEL.get() {
        Some(channel) => channel.send(kind::ANSWER, bytes),
        None => Ok(std_output::write_all(bytes)?),
    }
}

/// Writes to stderr.
pub fn complain(bytes: &[u8]) {
    let _ = match CHANNEL.get() {
        Some(channel) => channel.send(kind::COMPLAINT, bytes),
        None => io::stderr().write_all(bytes),
    };
}

/// Whether stderr is a terminal.
pub fn is_on_terminal() -> bool {
    CHANNEL.get().map_or_else(|| io::stderr().is_terminal(), |channel| channel.on_terminal)
}

/// Says that all is said.
pub fn end(code: u8) {
    tell(kind::END, &[code]);
}

/// Says it to whoever waits, if somebody does.
fn tell(kind: u8, value: &[u8]) {
    if let Some(channel) = CHANNEL.get() {
        let _ = channel.send(kind, value);
    }
}

impl Channel {
    fn send(&self, kind: u8, bytes: &[u8]) -> io::Result<()> {
        let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let message = [&[kind][..], &len.to_le_bytes(), bytes].concat();
        (&self.pipe).write_all(&message)
    }
}

/// Takes the first whole message off `bytes`.
pub fn take(bytes: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (head, rest) = bytes.split_first_chunk::<5>()?;
    let [kind, len @ ..] = *head;
    let len = u32::from_le_bytes(len) as usize;
    let value = rest.get(..len)?.to_vec();
    bytes.drain(..head.len() + len);
    Some((kind, value))
}
