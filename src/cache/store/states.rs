//! What the lock files of a project's last runs tell of its stages: a part of a record, which holds while
//! the directory that they lie in is what it was.
//!
//! ```text
//!      0     40  stamp of that directory (files/stamp.rs); zeros where there was none
//!     40         lines: the directory of all lock files, relative to ROOT; that directory; then pairs, a
//!                stage and what is known of it. The first line alone: nothing is known
//! ```

use crate::encoding::lines;
use crate::files::{Disk, FileType, PathBuffer, STAMP_LEN_BYTES, Stamp, StatError};
use crate::project::input_path;

/// What is said of a stage that has no lock file.
pub const NEVER_RUN: &[u8] = b"never run";
/// What is said of a stage whose code is another, before what of it is.
pub const CHANGED: &str = "changed: ";

/// The part, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct States<'a> {
    /// What the directory was.
    pub stamp: Stamp,
    /// Where all lock files lie, relative to ROOT.
    pub locks: &'a [u8],
    /// The directory that those of all stages lie in, relative to ROOT; empty where that is not one.
    pub directory: &'a [u8],
    /// Pairs of lines: a stage, and what is known of it.
    pub pairs: &'a [u8],
}

impl<'a> States<'a> {
    /// Takes the part apart; `None` for an empty one.
    pub fn read(part: &'a [u8]) -> Option<Self> {
        let (stamp, text) = part.split_first_chunk::<STAMP_LEN_BYTES>()?;
        let mut rest = text;
        let mut line = || {
            let end = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
            let (line, behind) = rest.split_at_checked(end).unwrap_or_default();
            rest = behind.get(1..).unwrap_or_default();
            line
        };
        let (locks, directory) = (line(), line());
        Some(Self { stamp: Stamp::from_bytes(stamp), locks, directory, pairs: rest })
    }

    /// The pairs, if the directory in `root` is what it was; and when it changed, in seconds since the
    /// epoch, where it is worth looking at it once more. `path` is where paths are put together.
    pub fn true_pairs<D: Disk>(
        &self,
        disk: &D,
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> (&'a [u8], Option<i64>) {
        const NOTHING: (&[u8], Option<i64>) = (b"", None);
        if self.directory.is_empty() || input_path(root, self.directory, path).is_err() {
            return NOTHING;
        }
        let (now, changed_s) = match disk.stat(path.as_c_path()) {
            Ok(stat) if stat.kind == FileType::Directory => {
                let now = Stamp::of(&stat);
                (now, now.changed_s())
            }
            Err(StatError::Absent) => (Stamp::default(), Some(0)),
            Ok(_) | Err(StatError::Unsure) => return NOTHING,
        };
        if now != self.stamp {
            return (b"", changed_s);
        }
        (if lines::check_lines(self.pairs).is_ok() { self.pairs } else { b"" }, None)
    }
}
