//! What the database's process is asked, in words that both sides know.

use std::ffi::OsStr;

/// The database's directory, below `ROOT/.pivot/cache/complete`.
pub const DATABASE: &str = "state.sled";

/// The lock file beside it, which is there once a database was.
pub const LOCK: &str = "state.lock";

/// What a handle may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads alone; sled itself writes even then, when it recovers.
    ReadOnly,
    /// Reads and writes.
    ReadWrite,
}

/// An entry: key and value.
pub type KeyValue = (Vec<u8>, Vec<u8>);

/// What the process is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Gives the values of keys.
    Get,
    /// Writes one entry.
    Put,
    /// Writes entries, all or none.
    PutMany,
    /// Sets the database with this inode number aside.
    SetAside,
}

impl Operation {
    /// The word that makes an engine such a process.
    pub const WORD: &str = "--state-db";

    /// Its name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Operation::Get => "get",
            Operation::Put => "put",
            Operation::PutMany => "put-many",
            Operation::SetAside => "set-aside",
        }
    }

    /// The operation of that name.
    pub fn named(name: &OsStr) -> Option<Self> {
        let all = [Self::Get, Self::Put, Self::PutMany, Self::SetAside];
        all.into_iter().find(|operation| name == operation.as_str())
    }
}
