//! Why what was found was not cached, in words for the user.

use std::io;
use std::path::{Path, PathBuf};

/// Why an answer was not cached.
#[derive(Debug)]
pub enum NotCached {
    /// There is no `.pivot`, or a name or path does not fit the format.
    Unsuitable(&'static str),
    /// The config changed since it was first looked at.
    ConfigChanged,
    /// Something that the discovery read changed since.
    InputChanged(PathBuf),
    /// Not all that children and native readers opened is known.
    Unwatched(&'static str),
    /// The cache directory leads to a directory of someone else.
    ForeignDirectory(PathBuf),
    /// The home directory that it would lie in does not exist.
    NoHome(PathBuf),
    /// Through a link, something of that name that is not ours would be written over.
    NotOurs(PathBuf),
    /// A file could not be written.
    Failed(PathBuf, io::Error),
}

impl NotCached {
    /// As an error of a write.
    pub fn into_io(self) -> io::Error {
        match self {
            NotCached::Failed(_, error) => error,
            other => io::Error::other(other.to_string()),
        }
    }
}

impl std::fmt::Display for NotCached {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut cannot_write =
            |path: &Path, why: &str| write!(out, "cannot write {}: {why}", path.display());
        match self {
            NotCached::Unsuitable(why) => write!(out, "{why}; the answer was not cached"),
            NotCached::ConfigChanged => {
                out.write_str("the config changed meanwhile; the answer was not cached")
            }
            NotCached::InputChanged(path) => {
                write!(out, "{} changed meanwhile; the answer was not cached", path.display())
            }
            NotCached::Unwatched(why) => {
                write!(
                    out,
                    "{why}, so that what programs opened is not known; the answer was not cached"
                )
            }
            NotCached::ForeignDirectory(path) => {
                cannot_write(path, "it is, or a link leads to, a directory of someone else")
            }
            NotCached::NoHome(path) => cannot_write(path, "HOME does not exist; make it first"),
            NotCached::NotOurs(path) => {
                cannot_write(path, "a link leads there, and what is there is not ours")
            }
            NotCached::Failed(path, error) => {
                cannot_write(path, &format!("{error}; the answer was not cached"))
            }
        }
    }
}
