//! One input of a discovery, and whether it is still what the discovery saw: a file for each kind that
//! has more than a line to say.

pub mod access;
mod directory;
pub mod environment;
mod file;
pub mod link;
pub mod listing;
pub mod machine;
mod pattern;
mod proof;
pub mod question;

pub use directory::{NamesDigest, Unordered, is_ignored, name_hash};
pub use file::DIGEST_LIMIT_BYTES;
pub use proof::{InputState, Proof};

use crate::encoding::drawn::numbers;
use crate::environment::Process;
use crate::files::{Disk, FileType, PathBuffer, ReadError, Stamp, Stat, StatError};
use crate::reason::Reason;

numbers! {
    /// What a discovery did with an input: 0 read a file, whose content counts; 1 looked into a directory
    /// for some names, which count, or for all; 2 found nothing there; 3 ran it, or read something
    /// too long to compare: its stamp counts, of programs but for the ctime, which a new hard link
    /// changes; 4 listed a directory; 5 asked about a path; 6 read a link; 7 read environment
    /// variables; 8 used the working directory; 9 asked about the machine; 10 was or was not allowed to
    /// read, write or execute something.
    InputKind:
    File = 0, Directory = 1, Absent = 2, StampOnly = 3, Listing = 4, Question = 5, Link = 6,
    Environment = 7, WorkingDirectory = 8, Machine = 9, Access = 10
}

impl InputKind {
    /// Every kind.
    pub const ALL: [Self; 11] = [
        Self::File,
        Self::Directory,
        Self::Absent,
        Self::StampOnly,
        Self::Listing,
        Self::Question,
        Self::Link,
        Self::Environment,
        Self::WorkingDirectory,
        Self::Machine,
        Self::Access,
    ];

    /// The kind of this number in a store.
    pub fn numbered(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Whether its stamp tells whether it changed.
    pub fn has_stamp(self) -> bool {
        matches!(self, Self::File | Self::Directory | Self::StampOnly | Self::Listing)
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
    /// What of a [listing] or of the answer to a [question] counts; what kind of [access].
    pub aspects: u8,
    /// Its stamp; zeros where it was absent, and where stamps say nothing.
    pub stamp: Stamp,
    /// xxh64 (seed 0) of a file's content, or what its kind makes of the rest.
    pub digest: u64,
    /// Where it is: absolute, or relative to ROOT.
    pub path: &'a [u8],
    /// Of a directory the names that count, as sorted [hashes](name_hash) of 4 bytes, empty: all; of a
    /// listing its patterns; of an environment its variables; of the machine what was asked.
    pub names: &'a [u8],
}

/// What inputs are compared with that are no files.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// The process that asks.
    pub process: Process,
    /// Its working directory.
    pub directory: &'a [u8],
    /// What the environment's digest was salted with.
    pub salt: u64,
}

impl Input<'_> {
    /// Compares the input with what is there now.
    ///
    /// `path` is where it lies, ready to be asked about. `known` is its stat where the caller has
    /// it already.
    pub fn compare<D: Disk>(
        &self,
        disk: &D,
        here: &Here<'_>,
        path: &PathBuffer<'_>,
        known: Option<&Stat>,
    ) -> InputState {
        let same_or = |is_same, reason| match is_same {
            true => InputState::Same,
            false => InputState::Changed(reason),
        };
        match self.kind {
            InputKind::Question => question::compare(self, disk, path, known),
            InputKind::Link => link::compare(self, disk, path),
            InputKind::Access => access::compare(self, disk, path),
            InputKind::Environment => {
                let now = environment::digest(self.names, here.salt, here.process.variables);
                same_or(now == self.digest, Reason::EnvironmentChanged)
            }
            InputKind::WorkingDirectory => {
                same_or(path.as_bytes() == here.directory, Reason::OtherDirectory)
            }
            InputKind::Machine => {
                let now = machine::digest(self.names, here.process);
                same_or(now == self.digest, Reason::MachineChanged)
            }
            _ => self.compare_file(disk, path, known),
        }
    }

    /// The same for what has a stamp, or was not there.
    fn compare_file<D: Disk>(
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
        let is_listed = matches!(self.kind, InputKind::Directory | InputKind::Listing);
        let is_another = match self.kind {
            InputKind::File => stat.kind != FileType::File,
            _ if is_listed => stat.kind != FileType::Directory,
            _ => false,
        };
        let has_content = is_listed || self.kind == InputKind::File;
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
            InputKind::Listing => {
                let digest = listing::digest(self.aspects, self.names, disk, path, &mut |_, _| {});
                self.settle(digest, &now, Reason::ListingChanged)
            }
            // Data too long to be compared: nothing else tells of a stamp that was restored.
            InputKind::StampOnly if self.is_data && (self.is_racy || now != self.stamp) => {
                InputState::Changed(Reason::InputsTooLarge)
            }
            InputKind::StampOnly if now.is_same_file(&self.stamp) => InputState::Same,
            InputKind::StampOnly => InputState::Changed(Reason::InputChanged),
            _ => InputState::Changed(Reason::InputAppeared),
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
