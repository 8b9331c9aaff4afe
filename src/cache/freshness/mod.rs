//! One input of a discovery, and whether it is still what the discovery read: a file for each kind that
//! has more than a line to say.

mod directory;
mod file;
mod proof;

pub use directory::{ListingDigest, is_ignored, name_hash};
pub use file::DIGEST_LIMIT_BYTES;
pub use proof::{InputState, Proof};

use crate::files::{Disk, FileType, PathBuffer, ReadError, Stamp, Stat, StatError};
use crate::reason::Reason;

/// What a discovery did with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputKind {
    /// Read a file: its content counts.
    File = 0,
    /// Listed a directory, or looked for some names in it: those names count.
    Directory = 1,
    /// Found nothing there.
    Absent = 2,
    /// Ran it, or read something too long to compare: its stamp counts, of programs but for the
    /// ctime, which a new hard link changes.
    StampOnly = 3,
}

impl InputKind {
    /// The kind of this number in a store.
    pub fn numbered(number: u8) -> Option<Self> {
        match number {
            0 => Some(InputKind::File),
            1 => Some(InputKind::Directory),
            2 => Some(InputKind::Absent),
            3 => Some(InputKind::StampOnly),
            _ => None,
        }
    }
}

/// One input as recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Input<'a> {
    /// What the discovery did with it.
    pub kind: InputKind,
    /// Whether the stamp proves nothing; see [`Stamp::is_racy`].
    pub is_racy: bool,
    /// Whether it is data that the pipeline opened, and no module.
    pub is_data: bool,
    /// Its stamp; zeros where it was absent.
    pub stamp: Stamp,
    /// xxh64 (seed 0) of a file's content, or the [digest of a listing](ListingDigest).
    pub digest: u64,
    /// Where it is: absolute, or relative to ROOT.
    pub path: &'a [u8],
    /// The names that count in a directory, as sorted [hashes](name_hash) of 4 bytes; empty: all.
    pub names: &'a [u8],
}

impl Input<'_> {
    /// Compares the input with what is there now.
    ///
    /// `path` is where it lies, ready to be asked about. `known` is its stat where the caller has
    /// it already.
    pub fn compare<D: Disk>(
        &self,
        disk: &D,
        path: &PathBuffer<'_>,
        known: Option<&Stat>,
    ) -> InputState {
        // Whatever the stat would be, the content decides.
        if self.kind == InputKind::File
            && self.is_racy
            && known.is_none()
            && let Some(state) = file::compare_at_once(self, disk, path)
        {
            return state;
        }
        let found = match known {
            Some(stat) => Ok(*stat),
            None => disk.stat(path.as_c_path()),
        };
        let stat = match (found, self.kind) {
            (Err(StatError::Unsure), _) => return InputState::Changed(Reason::FileSystemFails),
            (Err(StatError::Absent), InputKind::Absent) => return InputState::Same,
            (Err(StatError::Absent), _) => return InputState::Changed(Reason::InputGone),
            (Ok(stat), _) => stat,
        };
        let now = Stamp::of(&stat);
        let is_another = match self.kind {
            InputKind::File => stat.kind != FileType::File,
            InputKind::Directory => stat.kind != FileType::Directory,
            InputKind::Absent | InputKind::StampOnly => false,
        };
        let has_content = matches!(self.kind, InputKind::File | InputKind::Directory);
        match self.kind {
            _ if is_another => InputState::Changed(Reason::InputChanged),
            _ if has_content && now == self.stamp && !self.is_racy => InputState::Same,
            InputKind::File if now.len_bytes != self.stamp.len_bytes => {
                InputState::Changed(Reason::InputChanged)
            }
            InputKind::File => self.compare_content(disk, path, &now),
            InputKind::Directory => {
                let digest = directory::digest(self.names, disk, path);
                self.settle(digest, &now, Reason::ListingChanged)
            }
            InputKind::Absent => InputState::Changed(Reason::InputAppeared),
            // Data too long to be compared: nothing else tells of a stamp that was restored.
            InputKind::StampOnly if self.is_data && (self.is_racy || now != self.stamp) => {
                InputState::Changed(Reason::InputsTooLarge)
            }
            InputKind::StampOnly if now.is_same_file(&self.stamp) => InputState::Same,
            InputKind::StampOnly => InputState::Changed(Reason::InputChanged),
        }
    }

    /// Compares the content alone of a file that has this stamp now.
    pub fn compare_content<D: Disk>(
        &self,
        disk: &D,
        path: &PathBuffer<'_>,
        now: &Stamp,
    ) -> InputState {
        let digest = disk.digest(path.as_c_path(), now.len_bytes);
        self.settle(digest, now, Reason::InputChanged)
    }

    /// What the digest of what is there now says of an input that has the stamp `now`.
    fn settle(&self, digest: Result<u64, ReadError>, now: &Stamp, otherwise: Reason) -> InputState {
        match digest {
            Ok(digest) if digest == self.digest => InputState::SameContent(now.changed_s()),
            Ok(_) => InputState::Changed(otherwise),
            Err(ReadError::Missing) => InputState::Changed(Reason::InputGone),
            Err(ReadError::TooLarge) => InputState::Changed(Reason::InputsTooLarge),
            Err(_) => InputState::Changed(Reason::InputUnreadable),
        }
    }
}
