//! Why the database did not do what it was asked to; never an error for the user's answer.

use std::fmt::{Display, Formatter};
use std::io::{self, ErrorKind};

/// What went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StateDbError {
    /// The key of a single entry has more than 511 bytes.
    KeyTooLong,
    /// No space, or no quota, is left for it.
    DatabaseFull,
    /// A handle that only reads was asked to write.
    ReadOnly,
    /// Another process held it for longer than one waits.
    Busy,
    /// It cannot be read: it is set aside, and the next write makes a new one.
    Broken(String),
    /// The system does not let it be used here and now.
    Unavailable(String),
}

impl Display for StateDbError {
    fn fmt(&self, out: &mut Formatter<'_>) -> std::fmt::Result {
        match self {
            StateDbError::KeyTooLong => out.write_str("the key has more than 511 bytes"),
            StateDbError::DatabaseFull => out.write_str("no space is left"),
            StateDbError::ReadOnly => out.write_str("it was opened for reading"),
            StateDbError::Busy => out.write_str("another process holds it"),
            StateDbError::Broken(why) => write!(out, "it was set aside: {why}"),
            StateDbError::Unavailable(why) => out.write_str(why),
        }
    }
}

impl From<io::Error> for StateDbError {
    fn from(error: io::Error) -> Self {
        if is_full(&error) { Self::DatabaseFull } else { Self::Unavailable(error.to_string()) }
    }
}

impl From<sled::Error> for StateDbError {
    /// Blames the system for what only the system does, and the database for all the rest: a
    /// file that is missing, too short, or was never written by sled.
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if is_full(&error) => Self::DatabaseFull,
            // Someone was faster than this process, which has just looked.
            sled::Error::Io(error) if error.to_string().starts_with("could not acquire lock") => {
                Self::Busy
            }
            sled::Error::Io(error) if is_of_the_system(error.kind()) => error.into(),
            error => Self::Broken(error.to_string()),
        }
    }
}

/// Also a file that may not grow (`ulimit -f`).
fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

fn is_of_the_system(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::OutOfMemory
            | ErrorKind::StaleNetworkFileHandle
            | ErrorKind::Interrupted
            | ErrorKind::TimedOut
            | ErrorKind::Unsupported
    )
}
