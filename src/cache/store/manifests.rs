//! The manifests that were computed last: an index, and apart from it their JSON.
//!
//! ```text
//! offset  bytes
//!      0      4  flags: 1 StateDB has them all
//!      4     12  zero
//!     16    4*8  parts: offset in the section (4), length (4)
//!     48         the parts
//! ```
//!
//! Parts: 0 sources, 1 stages sorted by name, 2 references (the numbers of sources, 4 bytes
//! each), 3 strings.
//!
//! ```text
//! a source                                       a stage
//!      0 40  stamp (files/stamp.rs)                       0  8  contents of the record it belongs to
//!     40  8  xxh64 of its content, zero: unknown    8  8  contents of its walk, or zero
//!     48  4+4  path: offset in part 3, length      16  8  when it was computed, in seconds
//!     56  1  flags: 1 racy                         24  8  JSON: offset in the text section
//!     57  7  zero                                  32  8  xxh3 of the JSON and what lies behind it
//!                                                  40  4  JSON: length
//!                                                  44  4+4  name: offset in part 3, length
//!                                                  52  4+4  references: offset in part 2, length
//!                                                  60  4  length of what a lock file has beyond it,
//!                                                         an object behind the JSON; zero: unknown
//! ```

use xxhash_rust::xxh3::xxh3_64;

use crate::cache::freshness::{Input, InputKind, InputState};
use crate::cache::store::record::{INPUT_RACY, Record};
use crate::encoding::drawn::{fields, numbers};
use crate::encoding::layout::{PART_LEN_BYTES, check_entries, entry_at, part, u32_at};
use crate::encoding::lines;
use crate::files::{Disk, FileType, PathBuffer, STAMP_LEN_BYTES, Stamp};
use crate::reason::Reason;

/// Number of parts of the index.
pub const PARTS: usize = 4;
/// Length of a reference, in bytes.
pub const REFERENCE_LEN_BYTES: usize = 4;

numbers! {
    /// The parts of the index.
    Part:
    Sources = 0, Stages = 1, References = 2, Strings = 3
}

/// The fields before the parts.
pub mod header {
    use super::{PART_LEN_BYTES, PARTS, fields};

    fields! {
        FLAGS: 4, ZERO: 12, TABLE: PARTS * PART_LEN_BYTES
    }
}

/// The fields of a source.
pub mod source {
    use super::{STAMP_LEN_BYTES, fields};

    fields! {
        STAMP: STAMP_LEN_BYTES, DIGEST: 8, PATH: 8, FLAGS: 1, ZERO: 7
    }
}

/// The fields of a stage.
pub mod stage {
    use super::fields;

    fields! {
        CONTENTS: 8, WALK: 8, COMPUTED_S: 8, JSON_START: 8, JSON_SEAL: 8, JSON_LEN: 4, NAME:
        8, REFERENCES: 8, BEYOND_LEN: 4
    }
}

/// StateDB has all manifests of this store.
pub const FLAG_FLUSHED: u32 = 1;

/// An index whose parts lie inside it.
#[derive(Clone, Copy)]
pub struct Manifests<'a> {
    flags: u32,
    sources: &'a [u8],
    stages: &'a [u8],
    references: &'a [u8],
    strings: &'a [u8],
    text: &'a [u8],
}

/// One stage's manifest.
#[derive(Clone, Copy, Debug)]
pub struct Manifest<'a> {
    /// The stage.
    pub name: &'a [u8],
    /// The [digest of the contents](Record::contents_digest) of the record it was computed under.
    pub contents_digest: u64,
    /// The same of what Pivot looked at to compute it, beyond its sources; zero: at nothing.
    pub walk: u64,
    /// When it was computed, in seconds since the epoch.
    pub computed_s: i64,
    json: &'a [u8],
    beyond: &'a [u8],
    /// Both, and their seal.
    sealed: &'a [u8],
    seal: u64,
    references: &'a [u8],
}

impl<'a> Manifest<'a> {
    /// Whether it was computed under the contents of `record` and of a walk with this digest.
    pub fn is_under(&self, record: &Record<'_>, walk: u64) -> bool {
        let has_walk = self.walk == 0 || self.walk == walk;
        has_walk && self.contents_digest == record.contents_digest()
    }

    /// The JSON object, on one line, with nothing in it that moves a terminal's cursor.
    pub fn json(&self) -> Result<&'a [u8], Reason> {
        self.checked(self.json)
    }

    /// What the lock file of a run has beside the manifest, likewise: `null` where Pivot refuses to tell,
    /// nothing where nobody asked it.
    pub fn beyond(&self) -> Result<&'a [u8], Reason> {
        self.checked(self.beyond)
    }

    fn checked(&self, text: &'a [u8]) -> Result<&'a [u8], Reason> {
        if xxh3_64(self.sealed) != self.seal || text.contains(&b'\n') {
            return Err(Reason::CacheMalformed);
        }
        lines::check_lines(text)?;
        Ok(text)
    }

    /// The numbers of its sources.
    pub fn sources(&self) -> impl Iterator<Item = usize> + use<'a> {
        let references = self.references;
        (0..references.len() / REFERENCE_LEN_BYTES).filter_map(move |index| {
            Some(u32_at(references, index * REFERENCE_LEN_BYTES)? as usize)
        })
    }
}

impl<'a> Manifests<'a> {
    /// Checks the parts of the index once; `text` is the section that the JSON lies in.
    pub fn open(index: &'a [u8], text: &'a [u8]) -> Result<Self, Reason> {
        let place = |which: Part| {
            part(index, header::TABLE.start(), which as usize).map(|(_, bytes)| bytes)
        };
        let manifests = Self {
            flags: header::FLAGS.u32(index).ok_or(Reason::CacheMalformed)?,
            sources: place(Part::Sources)?,
            stages: place(Part::Stages)?,
            references: place(Part::References)?,
            strings: place(Part::Strings)?,
            text,
        };
        check_entries(manifests.sources, source::LEN_BYTES)?;
        check_entries(manifests.stages, stage::LEN_BYTES)?;
        Ok(manifests)
    }

    /// Whether StateDB has them all.
    pub fn are_flushed(&self) -> bool {
        self.flags & FLAG_FLUSHED != 0
    }

    /// How many sources there are.
    pub fn source_count(&self) -> usize {
        self.sources.len() / source::LEN_BYTES
    }

    /// All stages, sorted by name.
    pub fn all(&self) -> impl Iterator<Item = Manifest<'a>> {
        let this = *self;
        (0..self.stages.len() / stage::LEN_BYTES).filter_map(move |index| this.stage(index))
    }

    /// The manifest of the stage `name`: none where there is none, and an error where it is broken.
    pub fn find(&self, name: &[u8]) -> Result<Option<Manifest<'a>>, Reason> {
        let broken = Reason::CacheMalformed;
        let (mut low, mut high) = (0, self.stages.len() / stage::LEN_BYTES);
        while low < high {
            let middle = low.midpoint(high);
            match self.name(middle).ok_or(broken)?.cmp(name) {
                core::cmp::Ordering::Equal => return self.stage(middle).ok_or(broken).map(Some),
                core::cmp::Ordering::Less => low = middle + 1,
                core::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(None)
    }

    /// The source of this number: a file that was visited while a stage was fingerprinted. A path
    /// that is absolute or climbs is none.
    pub fn source(&self, number: usize) -> Option<Input<'a>> {
        let entry: &[u8; source::LEN_BYTES] = entry_at(self.sources, number)?;
        let path = source::PATH.string(self.strings, entry)?;
        let climbs = path.split(|&byte| byte == b'/').any(|component| component == b"..");
        if path.is_empty() || path.starts_with(b"/") || climbs || path.contains(&0) {
            return None;
        }
        Some(Input {
            kind: InputKind::File,
            is_racy: source::FLAGS.u8(entry)? & INPUT_RACY != 0,
            is_data: false,
            aspects: 0,
            stamp: Stamp::from_bytes(source::STAMP.of(entry)?),
            digest: source::DIGEST.u64(entry)?,
            path,
            names: &[],
        })
    }

    /// What became of the source of this number; `root` is ROOT.
    ///
    /// Any other mtime is a change, whatever the content. `record` is fresh: the content of what
    /// is an input of it is known. `near` is where in it the last source was found.
    pub fn compare<D: Disk>(
        &self,
        disk: &D,
        record: &Record<'_>,
        number: usize,
        near: &mut usize,
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> InputState {
        let Some(source) = self.source(number) else {
            return InputState::Changed(Reason::CacheMalformed);
        };
        if path.set(root).is_err() || path.push(source.path).is_err() {
            return InputState::Changed(Reason::CacheMalformed);
        }
        let changed = InputState::Changed(Reason::SourceChanged);
        let Ok(stat) = disk.stat(path.as_c_path()) else { return changed };
        let now = Stamp::of(&stat);
        if stat.kind != FileType::File || !now.is_same_file(&source.stamp) {
            return changed;
        }
        if now == source.stamp && !source.is_racy {
            return InputState::Same;
        }
        match record.file_like(&source, near) {
            Some(input) if input.digest == source.digest => InputState::Same,
            Some(_) => changed,
            None => source.compare_content(disk, path, &now),
        }
    }

    /// The same by its content alone, whatever its mtime and inode.
    pub fn compare_content<D: Disk>(
        &self,
        disk: &D,
        number: usize,
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> InputState {
        let changed = InputState::Changed(Reason::SourceChanged);
        let Some(source) = self.source(number) else { return changed };
        if path.set(root).is_err() || path.push(source.path).is_err() {
            return changed;
        }
        let Ok(stat) = disk.stat(path.as_c_path()) else { return changed };
        let now = Stamp::of(&stat);
        match stat.kind {
            FileType::File if now == source.stamp && !source.is_racy => InputState::Same,
            FileType::File if now.len_bytes == source.stamp.len_bytes => {
                source.compare_content(disk, path, &now)
            }
            _ => changed,
        }
    }

    /// The JSON of the stage `name`, if it is still that stage's manifest under `record`, which is
    /// fresh, and `walk`, the digest of one that is. `state` [compares](Self::compare) the source of a
    /// number.
    pub fn fresh_json(
        &self,
        record: &Record<'_>,
        walk: u64,
        name: &[u8],
        mut state: impl FnMut(usize) -> InputState,
    ) -> Result<&'a [u8], Reason> {
        let manifest = self.find(name)?.ok_or(Reason::ManifestMissing)?;
        if !manifest.is_under(record, walk) || manifest.references.is_empty() {
            return Err(Reason::ManifestMissing);
        }
        if manifest.sources().any(|number| matches!(state(number), InputState::Changed(_))) {
            return Err(Reason::SourceChanged);
        }
        manifest.json()
    }

    fn name(&self, index: usize) -> Option<&'a [u8]> {
        let entry: &[u8; stage::LEN_BYTES] = entry_at(self.stages, index)?;
        stage::NAME.string(self.strings, entry)
    }

    fn stage(&self, index: usize) -> Option<Manifest<'a>> {
        let entry: &[u8; stage::LEN_BYTES] = entry_at(self.stages, index)?;
        let json_start = usize::try_from(stage::JSON_START.u64(entry)?).ok()?;
        let json_end = json_start.checked_add(stage::JSON_LEN.u32(entry)? as usize)?;
        let end = json_end.checked_add(stage::BEYOND_LEN.u32(entry)? as usize)?;
        Some(Manifest {
            name: stage::NAME.string(self.strings, entry)?,
            contents_digest: stage::CONTENTS.u64(entry)?,
            walk: stage::WALK.u64(entry)?,
            computed_s: stage::COMPUTED_S.u64(entry)? as i64,
            json: self.text.get(json_start..json_end)?,
            beyond: self.text.get(json_end..end)?,
            sealed: self.text.get(json_start..end)?,
            seal: stage::JSON_SEAL.u64(entry)?,
            references: stage::REFERENCES.string(self.references, entry)?,
        })
    }
}
