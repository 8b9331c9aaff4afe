//! A record: what one discovery found out, and every input that it found it in.
//!
//! ```text
//! offset  bytes
//!      0      4  flags: 1 the discovery failed, 2 the targets are known
//!      4      4  zero
//!      8      8  when it was recorded, in seconds, by the file system's clock
//!     16      8  digest of all inputs' contents
//!     24      8  salt of the environment's digest
//!     32     40  stamp of the stages.cache written along; zeros for none
//!     72   12*8  parts: offset in the section (4), length (4)
//!    168         the parts
//! ```
//!
//! Parts: 0 inputs, 1 their paths, 2 what of them counts (below), 3 the config relative to ROOT, 4
//! names, 5 targets, 6 blurbs, 7 the failure's message, 8 versions, 9 what no one can check, 10 shapes
//! of modules (shape.rs), 11 states of stages (states.rs). Names and targets are lines; blurbs are pairs of lines, a name and
//! the first line of its docstring, then an output's path behind a `>` and its target; versions are Python's X.Y, the manifests' schema and Pivot's, blanks
//! between; what no one can check is lines: a kind, a blank, what the pipeline did.
//!
//! An input:
//!
//! ```text
//!      0     40  stamp (stamp.rs); zeros where it was absent
//!     40      8  digest
//!     48    4+4  path: offset in part 1, length
//!     56    4+4  what of it counts: offset in part 2, length, both in bytes
//!     64      1  kind
//!     65      1  flags: 1 racy, 2 data
//!     66      1  aspects: bits, by the kind
//!     67      5  zero
//! ```
//!
//! | kind | path | what counts | aspects | digest |
//! |---|---|---|---|---|
//! | 0 file that was read | file | | | xxh64 of the content |
//! | 1 directory looked into | directory | xxh64 of names, sorted, 4 bytes each; empty: all | | sum of the names' xxh64 ^ their number rotated left by 48 |
//! | 2 nothing there | path | | | |
//! | 3 stamp only | file | | | |
//! | 4 directory listed | directory | patterns, NUL between; empty: all names | 1 types, 2 directories always, 4 `*` finds no hidden name | as kind 1, each xxh64 with the type's letter as seed |
//! | 5 question | path | | 1 type, 2 permissions, 4 size, 8 mtime, 16 inode, 32 of the link, 64 ctime, 128 whether it has content | of the answer; 0: nothing there |
//! | 6 link | link | | | xxh64 of its target |
//! | 7 environment | | names, NUL between; `*` at the end: all that begin so | | sum of xxh64 (seed: salt) of entries ^ their number rotated |
//! | 8 working directory | directory | | | |
//! | 9 machine | | letters | | of the answers |
//! | 10 access | path | | 4 read, 2 write, 1 execute | 0 nothing there, 1 denied, 2 allowed |

use crate::cache::freshness::{Input, InputKind};
use crate::cache::store::Section;
use crate::encoding::drawn::{fields, numbers};
use crate::encoding::layout::{PART_LEN_BYTES, check_entries, entry_at, part};
use crate::encoding::lines;
use crate::files::{STAMP_INODE, STAMP_LEN_BYTES, Stamp};
use crate::reason::Reason;

/// Number of parts of a record.
pub const PARTS: usize = 12;

/// The fields before a record's parts.
pub mod header {
    use super::{PART_LEN_BYTES, PARTS, STAMP_LEN_BYTES, fields};

    fields! {
        FLAGS: 4, ZERO: 4, RECORDED_S: 8, CONTENTS: 8, SALT: 8, STAGES_CACHE: STAMP_LEN_BYTES,
        TABLE: PARTS * PART_LEN_BYTES
    }
}

/// The fields of an input.
pub mod input {
    use super::{STAMP_LEN_BYTES, fields};

    fields! {
        STAMP: STAMP_LEN_BYTES, DIGEST: 8, PATH: 8, NAMES: 8, KIND: 1, FLAGS: 1, ASPECTS: 1, ZERO: 5
    }
}

/// The discovery failed; the names are the last good ones.
pub const FLAG_FAILED: u32 = 1;
/// The targets are known.
pub const FLAG_TARGETS: u32 = 2;
/// The input's stamp proves nothing.
pub const INPUT_RACY: u8 = 1;
/// The input is data and no module.
pub const INPUT_DATA: u8 = 2;

numbers! {
    /// The parts of a record.
    Part:
    Inputs = 0, Paths = 1, Counting = 2, Config = 3, Names = 4, Targets = 5, Blurbs = 6,
    Message = 7, Versions = 8, Unprovable = 9, Shapes = 10, States = 11
}

/// A record whose seal was compared and whose parts lie inside it.
#[derive(Clone, Copy)]
pub struct Record<'a> {
    section: Section<'a>,
}

impl<'a> Record<'a> {
    /// Checks the parts of an intact section once.
    pub fn open(section: Section<'a>) -> Result<Self, Reason> {
        if section.bytes.len() < header::LEN_BYTES {
            return Err(Reason::CacheMalformed);
        }
        for index in 0..PARTS {
            part(section.bytes, header::TABLE.start(), index)?;
        }
        let record = Self { section };
        check_entries(record.part(Part::Inputs), input::LEN_BYTES)?;
        // All at once: no path has a NUL.
        if record.part(Part::Paths).contains(&0) {
            return Err(Reason::CacheMalformed);
        }
        // What is printed must be lines that move no terminal's cursor.
        for text in [Part::Names, Part::Targets, Part::Blurbs, Part::Unprovable] {
            lines::check_lines(record.part(text))?;
        }
        Ok(record)
    }

    /// The record in a section that was intact, and opened before.
    pub(crate) fn opened_before(section: Section<'a>) -> Self {
        Self { section }
    }

    /// Whether the discovery failed; then the names are the last good ones.
    pub fn has_failed(&self) -> bool {
        self.flags() & FLAG_FAILED != 0
    }

    /// Whether the targets are known.
    pub fn knows_targets(&self) -> bool {
        self.flags() & FLAG_TARGETS != 0
    }

    /// What the digest of its environment was salted with.
    pub fn salt(&self) -> u64 {
        header::SALT.u64(self.section.bytes).unwrap_or_default()
    }

    /// When it was recorded, in seconds since the epoch, by the file system's clock.
    pub fn recorded_s(&self) -> i64 {
        header::RECORDED_S.u64(self.section.bytes).unwrap_or_default() as i64
    }

    /// The digest of all inputs' contents.
    pub fn contents_digest(&self) -> u64 {
        header::CONTENTS.u64(self.section.bytes).unwrap_or_default()
    }

    /// The stamp of the `stages.cache` that was written along.
    pub fn stages_cache(&self) -> Option<Stamp> {
        let bytes = header::STAGES_CACHE.of(self.section.bytes)?;
        bytes.iter().any(|&byte| byte != 0).then(|| Stamp::from_bytes(bytes))
    }

    /// A part's bytes.
    pub fn part(&self, which: Part) -> &'a [u8] {
        part(self.section.bytes, header::TABLE.start(), which as usize)
            .map_or(&[], |(_, bytes)| bytes)
    }

    /// Where a part starts and ends in the file.
    pub fn place(&self, which: Part) -> core::ops::Range<usize> {
        let (start, bytes) =
            part(self.section.bytes, header::TABLE.start(), which as usize).unwrap_or_default();
        let start = self.section.start + start;
        start..start + bytes.len()
    }

    /// The record's bytes, as they stand in the file.
    pub fn bytes(&self) -> &'a [u8] {
        self.section.bytes
    }

    /// The inputs, the config first. One that is malformed is `None`.
    pub fn inputs(&self) -> impl Iterator<Item = Option<Input<'a>>> + use<'a> {
        let (paths, counting) = (self.part(Part::Paths), self.part(Part::Counting));
        let inputs = self.part(Part::Inputs);
        (0..inputs.len() / input::LEN_BYTES)
            .map(move |index| read_input(inputs, paths, counting, index))
    }

    /// The input of this number.
    pub fn input(&self, number: usize) -> Option<Input<'a>> {
        let [inputs, paths, counting] =
            [Part::Inputs, Part::Paths, Part::Counting].map(|part| self.part(part));
        read_input(inputs, paths, counting, number)
    }

    /// The number of an input with this inode, looked for from the number `start` on and then
    /// before it: who asks in the order of the inputs finds each at once.
    fn number_of_inode(&self, inode: u64, start: usize) -> Option<usize> {
        let inputs = self.part(Part::Inputs);
        let count = inputs.len() / input::LEN_BYTES;
        let has_it = |number: &usize| {
            let input = inputs.get(number * input::LEN_BYTES..).unwrap_or_default();
            STAMP_INODE.u64(input) == Some(inode)
        };
        let start = start.min(count);
        (start..count).find(has_it).or_else(|| (0..start).find(has_it))
    }

    /// The input that is the file `source`, whatever its content; looked for from `near` on, which
    /// moves behind it.
    pub fn file_like(&self, source: &Input<'_>, near: &mut usize) -> Option<Input<'a>> {
        let found = self.number_of_inode(source.stamp.inode, *near)?;
        *near = found + 1;
        let input = self.input(found)?;
        (input.kind == InputKind::File && input.path == source.path).then_some(input)
    }

    fn flags(&self) -> u32 {
        header::FLAGS.u32(self.section.bytes).unwrap_or_default()
    }
}

fn read_input<'a>(
    inputs: &'a [u8],
    paths: &'a [u8],
    counting: &'a [u8],
    number: usize,
) -> Option<Input<'a>> {
    let entry: &[u8; input::LEN_BYTES] = entry_at(inputs, number)?;
    Some(Input {
        kind: InputKind::numbered(input::KIND.u8(entry)?)?,
        is_racy: input::FLAGS.u8(entry)? & INPUT_RACY != 0,
        is_data: input::FLAGS.u8(entry)? & INPUT_DATA != 0,
        aspects: input::ASPECTS.u8(entry)?,
        stamp: Stamp::from_bytes(input::STAMP.of(entry)?),
        digest: input::DIGEST.u64(entry)?,
        path: input::PATH.string(paths, entry)?,
        names: input::NAMES.string(counting, entry)?,
    })
}
