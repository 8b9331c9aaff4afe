//! Why what was found was not cached, in words for the user.

use std::io;
use std::path::PathBuf;

/// Why an answer was not cached.
#[derive(Debug)]
pub enum NotCached {
    /// There is no `.pivot`, or a name or path does not fit the format.
    Unsuitable(&'static str),
    /// The config changed since it was first looked at.
    ConfigChanged,
    /// Something that the discovery read changed since.
    InputChanged(PathBuf),
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
        match self {
            NotCached::Unsuitable(why) => write!(out, "{why}; the answer was not cached"),
            NotCached::ConfigChanged => {
                out.write_str("the config changed meanwhile; the answer was not cached")
            }
            NotCached::InputChanged(path) => {
                write!(out, "{} changed meanwhile; the answer was not cached", path.display())
            }
            NotCached::ForeignDirectory(path) => write!(
                out,
                "cannot write {}: it is, or a link leads to, a directory of someone else",
                path.display()
            ),
            NotCached::NoHome(path) => {
                write!(out, "cannot write {}: HOME does not exist; make it first", path.display())
            }
            NotCached::NotOurs(path) => write!(
                out,
                "cannot write {}: a link leads there, and what is there is not ours",
                path.display()
            ),
            NotCached::Failed(path, error) => {
                write!(out, "cannot write {}: {error}; the answer was not cached", path.display())
            }
        }
    }
}
