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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The answer, whole.
    Answer = b'o',
    /// Something for stderr.
    Complaint = b'e',
    /// What is run from now on, in words; none where nothing is.
    Runs = b'r',
    /// The name of a lock's file that lies there as long as the lock is held.
    Holds = b'l',
    /// The same of one that was taken away.
    LetsGo = b'g',
    /// All is said: the exit code.
    End = b'x',
}

impl Kind {
    const ALL: [Self; 6] =
        [Self::Answer, Self::Complaint, Self::Runs, Self::Holds, Self::LetsGo, Self::End];
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
        tell(Kind::Runs, words.as_bytes());
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        tell(Kind::Runs, b"");
    }
}

/// Says that the file of this name lies there as long as this process has its lock: who ends it takes
/// the file away.
pub fn holds(name: &Path) {
    tell(Kind::Holds, name.as_os_str().as_bytes());
}

/// Says that it was taken away.
pub fn lets_go(name: &Path) {
    tell(Kind::LetsGo, name.as_os_str().as_bytes());
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
        Some(channel) => channel.send(Kind::Answer, bytes),
        None => Ok(std_output::write_all(bytes)?),
    }
}

/// Writes to stderr.
pub fn complain(bytes: &[u8]) {
    let _ = match CHANNEL.get() {
        Some(channel) => channel.send(Kind::Complaint, bytes),
        None => io::stderr().write_all(bytes),
    };
}

/// Whether stderr is a terminal.
pub fn is_on_terminal() -> bool {
    CHANNEL.get().map_or_else(|| io::stderr().is_terminal(), |channel| channel.on_terminal)
}

/// Says that all is said.
pub fn end(code: u8) {
    tell(Kind::End, &[code]);
}

/// Says it to whoever waits, if somebody does.
fn tell(kind: Kind, value: &[u8]) {
    if let Some(channel) = CHANNEL.get() {
        let _ = channel.send(kind, value);
    }
}

impl Channel {
    fn send(&self, kind: Kind, bytes: &[u8]) -> io::Result<()> {
        let len = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
        let message = [&[kind as u8][..], &len.to_le_bytes(), bytes].concat();
        (&self.pipe).write_all(&message)
    }
}

/// Takes the first whole message off `bytes`.
pub fn take(bytes: &mut Vec<u8>) -> Option<(Kind, Vec<u8>)> {
    let (head, rest) = bytes.split_first_chunk::<5>()?;
    let [kind, len @ ..] = *head;
    let kind = Kind::ALL.into_iter().find(|known| *known as u8 == kind)?;
    let len = u32::from_le_bytes(len) as usize;
    let value = rest.get(..len)?.to_vec();
    bytes.drain(..head.len() + len);
    Some((kind, value))
}
