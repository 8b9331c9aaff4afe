//! Behind the fourth stop: the bytes of `ROOT/.pivot/cache/complete/<key>.store`, all that one discovery
//! found out and from what. Written once, published by rename, read in place.
//!
//! ```text
//! offset  bytes
//!      0      8  "PvtStore"
//!      8      4  version: 2          numbers are little-endian throughout
//!     12      4  number of sections: n
//!     16      8  length of the file
//!     24   32 n  a line for each section: kind (4), zero (4), offset (8), length (8), xxh3 (8)
//!  24+32n     8  xxh3 of all before
//!              the sections, in the order of their lines, each padded to a multiple of 8
//! ```
//!
//! Kinds: 1 the current record, 2 an earlier record, 3 the manifests' index, 4 their text, 5 the
//! description of Pivot's command line, which is a store of its own with what it depends on, 6 a record
//! of what Pivot looked at while it walked through the stages' code for manifests. Later
//! versions take another name for their files, so that no version destroys another's.

pub mod manifests;
pub mod record;
pub mod shape;
pub mod states;

use core::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::click::Description;
use crate::encoding::drawn::{fields, numbers};
use crate::encoding::layout::{Field, array_at};
use crate::reason::Reason;
use manifests::Manifests;
use record::Record;

/// The first bytes of every store.
pub const MAGIC: &[u8; 8] = b"PvtStore";
/// The version that is read and written here.
pub const VERSION: u32 = 2;

/// The fields before the table of sections.
pub mod header {
    use super::{MAGIC, fields};

    fields! {
        MAGIC_BYTES: MAGIC.len(), VERSION: 4, COUNT: 4, FILE_LEN: 8
    }
}

/// The fields of a line in the table of sections.
pub mod line {
    use super::fields;

    fields! {
        KIND: 4, ZERO: 4, START: 8, LEN: 8, SEAL: 8
    }
}

/// The seal of all before it, behind the table.
pub const TABLE_SEAL: Field<8> = Field::first();

/// The most sections that are read.
pub const SECTIONS_MAX: usize = 16;
/// Sections start at multiples of this many bytes.
pub const ALIGNMENT_BYTES: usize = 8;
/// Longest store that is read, in bytes.
pub const LIMIT_BYTES: usize = 64 << 20;

numbers! {
    /// What a section holds.
    SectionKind:
    Current = 1, Past = 2, Manifests = 3, ManifestText = 4, CommandLine = 5, Walk = 6
}

/// A section, not yet compared with its seal.
#[derive(Clone, Copy, Debug)]
pub struct Section<'a> {
    /// What it holds.
    pub kind: u32,
    /// Where it starts in the file, in bytes.
    pub start: usize,
    /// Its bytes.
    pub bytes: &'a [u8],
    /// xxh3 of its bytes.
    pub seal: u64,
}

impl<'a> Section<'a> {
    /// Whether the bytes are those that were sealed.
    pub fn is_intact(&self) -> bool {
        xxh3_64(self.bytes) == self.seal
    }

    fn intact(self) -> Result<Self, Reason> {
        if self.is_intact() { Ok(self) } else { Err(Reason::CacheMalformed) }
    }
}

/// A store whose table is intact and whose sections lie inside it.
#[derive(Clone, Copy)]
pub struct Store<'a> {
    bytes: &'a [u8],
    count: usize,
    /// Whether the current record was checked before.
    is_checked: bool,
}

impl<'a> Store<'a> {
    /// Checks the table of `bytes`, the whole file; sections are checked where they are used.
    ///
    /// Fails with [`Reason::CacheVersion`] for a store of another version, and with
    /// [`Reason::CacheMalformed`] for what is none or was cut.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Reason> {
        Self::open_start(bytes, bytes.len())
    }

    /// The same, where `bytes` are perhaps only the start of a file of `len_bytes`: sections that
    /// lie beyond it are left out.
    pub fn open_start(bytes: &'a [u8], len_bytes: usize) -> Result<Self, Reason> {
        let malformed = Reason::CacheMalformed;
        if header::MAGIC_BYTES.of(bytes) != Some(MAGIC) {
            return Err(malformed);
        }
        if header::VERSION.u32(bytes) != Some(VERSION) {
            return Err(Reason::CacheVersion);
        }
        let count = header::COUNT.u32(bytes).ok_or(malformed)? as usize;
        if count > SECTIONS_MAX || header::FILE_LEN.u64(bytes) != Some(len_bytes as u64) {
            return Err(malformed);
        }
        let table_end = header::LEN_BYTES + line::LEN_BYTES * count;
        let (table, behind) = bytes.split_at_checked(table_end).ok_or(malformed)?;
        if TABLE_SEAL.u64(behind) != Some(xxh3_64(table)) {
            return Err(malformed);
        }
        let store = Self { bytes, count, is_checked: false };
        let mut end = table_end + TABLE_SEAL.end();
        for index in 0..count {
            let place = place_of(bytes, index).ok_or(malformed)?;
            if place.start != end.next_multiple_of(ALIGNMENT_BYTES) || place.end > len_bytes {
                return Err(malformed);
            }
            end = place.end;
        }
        if end.next_multiple_of(ALIGNMENT_BYTES) == len_bytes { Ok(store) } else { Err(malformed) }
    }

    /// A store of which these very bytes were opened before, and so was the current record.
    pub(crate) fn opened_before(bytes: &'a [u8]) -> Option<Self> {
        let count = header::COUNT.u32(bytes)? as usize;
        Some(Self { bytes, count: count.min(SECTIONS_MAX), is_checked: true })
    }

    /// All sections in their order.
    pub fn sections(self) -> impl Iterator<Item = Section<'a>> {
        (0..self.count).filter_map(move |index| self.section(index))
    }

    /// The record of the last discovery.
    pub fn current(self) -> Result<Record<'a>, Reason> {
        let section = self.of_kind(SectionKind::Current)?;
        if self.is_checked {
            Ok(Record::opened_before(section))
        } else {
            Record::open(section.intact()?)
        }
    }

    /// The records of earlier discoveries that are whole, the latest first.
    pub fn past(self) -> impl Iterator<Item = Record<'a>> {
        self.sections()
            .filter(|section| section.kind == SectionKind::Past as u32)
            .filter_map(|section| Record::open(section.intact().ok()?).ok())
    }

    /// The manifests that were computed last.
    pub fn manifests(self) -> Result<Manifests<'a>, Reason> {
        let index = self.of_kind(SectionKind::Manifests)?.intact()?;
        Manifests::open(index.bytes, self.of_kind(SectionKind::ManifestText)?.bytes)
    }

    /// What Pivot looked at to compute the manifests, beyond their sources and the current record's
    /// inputs: its inputs are all that it has.
    pub fn walk(self) -> Result<Record<'a>, Reason> {
        Record::open(self.of_kind(SectionKind::Walk)?.intact()?)
    }

    /// The description of Pivot's command line.
    pub fn command_line(self) -> Result<Description<'a>, Reason> {
        Description::open(self.command_line_bytes()?)
    }

    /// The same as it stands in the file.
    pub fn command_line_bytes(self) -> Result<&'a [u8], Reason> {
        Ok(self.of_kind(SectionKind::CommandLine)?.intact()?.bytes)
    }

    /// Whether every section is what was sealed: all of it is read, which only doctor does.
    pub fn is_intact(self) -> bool {
        self.sections().all(|section| section.is_intact())
    }

    fn of_kind(self, kind: SectionKind) -> Result<Section<'a>, Reason> {
        let mut sections = self.sections();
        sections.find(|section| section.kind == kind as u32).ok_or(Reason::CacheMissing)
    }

    fn section(self, index: usize) -> Option<Section<'a>> {
        let line = line_of(self.bytes, index)?;
        let place = place_of(self.bytes, index)?;
        Some(Section {
            kind: line::KIND.u32(line)?,
            start: place.start,
            bytes: self.bytes.get(place)?,
            seal: line::SEAL.u64(line)?,
        })
    }
}

/// How much of a store that starts with `bytes` is to be read for the current record, which comes
/// first; all of it, where that cannot be told.
pub fn start_len_bytes(bytes: &[u8]) -> usize {
    place_of(bytes, 0).map_or(usize::MAX, |place| place.end)
}

/// Where the section of this number lies in the file, by the table that `bytes` start with.
fn place_of(bytes: &[u8], index: usize) -> Option<Range<usize>> {
    let line = line_of(bytes, index)?;
    let start = usize::try_from(line::START.u64(line)?).ok()?;
    let len = usize::try_from(line::LEN.u64(line)?).ok()?;
    Some(start..start.checked_add(len)?)
}

/// The line of this number in the table that `bytes` start with.
fn line_of(bytes: &[u8], index: usize) -> Option<&[u8; line::LEN_BYTES]> {
    array_at(bytes, header::LEN_BYTES + line::LEN_BYTES * index)
}
