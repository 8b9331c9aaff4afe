//! A record and the store around it, on their way to a file: what `src/cache/store/record.rs` draws.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher as _, Hasher as _};

use xxhash_rust::xxh3::xxh3_64;
use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::freshness::{Input, InputKind, Unordered};
use pivot_complete::cache::store::record::{
    FLAG_FAILED, FLAG_TARGETS, INPUT_DATA, INPUT_RACY, PARTS, Part, Record, header, input,
};
use pivot_complete::cache::store::shape::{self, Shape, shapes};
use pivot_complete::cache::store::{
    ALIGNMENT_BYTES, MAGIC, Section, SectionKind, TABLE_SEAL, VERSION, header as store_header, line,
};
use pivot_complete::encoding::layout::{PART_LEN_BYTES, part};
use pivot_complete::files::Stamp;

/// An input with all that is recorded of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// What the discovery did with it.
    pub kind: InputKind,
    /// Whether it is data and no module.
    pub is_data: bool,
    /// Absolute, or relative to ROOT.
    pub path: Vec<u8>,
    /// What of it counts, as [`Input::names`] has it.
    pub names: Vec<u8>,
    /// The same, as [`Input::aspects`] has it.
    pub aspects: u8,
    /// What it was; zeros where it was absent.
    pub stamp: Stamp,
    /// What it said, as [`Input::digest`] has it.
    pub digest: u64,
}

impl Recorded {
    /// The same input with another stamp.
    pub fn again(input: &Input<'_>, stamp: Stamp) -> Self {
        Self {
            kind: input.kind,
            is_data: input.is_data,
            path: input.path.to_vec(),
            names: input.names.to_vec(),
            aspects: input.aspects,
            stamp,
            digest: input.digest,
        }
    }

    /// As a reader of the record will see it.
    pub fn as_input(&self) -> Input<'_> {
        Input {
            kind: self.kind,
            is_racy: false,
            is_data: self.is_data,
            aspects: self.aspects,
            stamp: self.stamp,
            digest: self.digest,
            path: &self.path,
            names: &self.names,
        }
    }
}

/// By what of its code an edited module would give the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleShape {
    /// Its source, as the input has it.
    pub path: Vec<u8>,
    /// The digest of its code (driver/shapes/shape.py).
    pub digest: u64,
    /// What of it started, a byte for each code object.
    pub started: Vec<u8>,
}

/// What one discovery found out.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// Stage names, one a line.
    pub names: Vec<u8>,
    /// `stage:key` targets, one a line, where they are known.
    pub targets: Option<Vec<u8>>,
    /// Pairs of lines: a name, the first line of its docstring.
    pub blurbs: Vec<u8>,
    /// Python's, the schema's and Pivot's versions, blanks between.
    pub versions: Vec<u8>,
    /// What no one can check, as lines.
    pub unprovable: Vec<u8>,
    /// The shapes of modules among the inputs.
    pub shapes: Vec<ModuleShape>,
    /// What the stages' lock files tell, as a record has it.
    pub states: Vec<u8>,
    /// Why the discovery failed; then the names are the last good ones.
    pub failure: Option<Vec<u8>>,
}

impl Findings {
    /// What a record says.
    pub fn of(record: &Record<'_>) -> Self {
        let part = |which| record.part(which).to_vec();
        Self {
            names: part(Part::Names),
            targets: record.knows_targets().then(|| part(Part::Targets)),
            blurbs: part(Part::Blurbs),
            versions: part(Part::Versions),
            unprovable: part(Part::Unprovable),
            shapes: shapes_of(record),
            states: part(Part::States),
            failure: record.has_failed().then(|| part(Part::Message)),
        }
    }
}

/// Everything in a record.
pub struct NewRecord<'a> {
    /// The config, relative to ROOT.
    pub config: &'a [u8],
    /// What was found.
    pub findings: &'a Findings,
    /// In what, the config first.
    pub inputs: &'a [Recorded],
    /// The time of the file system's clock before the inputs' stamps were taken.
    pub clock: (i64, u32),
    /// What the environment's digest was salted with.
    pub salt: u64,
    /// The `stages.cache` written along.
    pub stages_cache: Option<Stamp>,
}

/// A salt for the environment's digest.
pub fn drawn_salt() -> u64 {
    RandomState::new().build_hasher().finish()
}

impl<'a> NewRecord<'a> {
    /// One whose environment is no part of it, without a `stages.cache` beside it.
    pub fn of(
        config: &'a [u8],
        findings: &'a Findings,
        inputs: &'a [Recorded],
        clock: (i64, u32),
    ) -> Self {
        Self { config, findings, inputs, clock, salt: 0, stages_cache: None }
    }

    /// The record's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let Self { config, findings, inputs, clock, salt, stages_cache } = self;
        let mut parts: [Vec<u8>; PARTS] = Default::default();
        for input in *inputs {
            let entry = input_entry(input, *clock, &mut parts);
            parts[Part::Inputs as usize].extend(entry);
        }
        parts[Part::Config as usize] = config.to_vec();
        parts[Part::Names as usize].clone_from(&findings.names);
        parts[Part::Targets as usize] = findings.targets.clone().unwrap_or_default();
        parts[Part::Blurbs as usize].clone_from(&findings.blurbs);
        parts[Part::Message as usize] = findings.failure.clone().unwrap_or_default();
        parts[Part::Versions as usize].clone_from(&findings.versions);
        parts[Part::Unprovable as usize].clone_from(&findings.unprovable);
        parts[Part::Shapes as usize] = shapes_part(&findings.shapes, inputs);
        parts[Part::States as usize].clone_from(&findings.states);
        let flag = |is_set: bool, flag| if is_set { flag } else { 0 };
        let flags = flag(findings.failure.is_some(), FLAG_FAILED)
            | flag(findings.targets.is_some(), FLAG_TARGETS);
        let mut bytes = vec![0; header::TABLE.start()];
        header::FLAGS.set(&mut bytes, flags.to_le_bytes());
        header::RECORDED_S.set(&mut bytes, clock.0.to_le_bytes());
        header::CONTENTS.set(&mut bytes, contents(inputs, &findings.versions).to_le_bytes());
        header::SALT.set(&mut bytes, salt.to_le_bytes());
        if let Some(stamp) = stages_cache {
            header::STAGES_CACHE.set(&mut bytes, stamp.to_bytes());
        }
        write_parts(bytes, &parts)
    }
}

/// The same record with other states.
pub fn with_states(record: &Record<'_>, states: &[u8]) -> Vec<u8> {
    let head = &record.bytes()[..header::TABLE.start()];
    let old = |index| {
        let found = part(record.bytes(), header::TABLE.start(), index);
        found.map(|(_, bytes)| bytes.to_vec()).unwrap_or_default()
    };
    let mut parts: [Vec<u8>; PARTS] = std::array::from_fn(old);
    parts[Part::States as usize] = states.to_vec();
    write_parts(head.to_vec(), &parts)
}

/// The shapes of those modules that are inputs still.
fn shapes_part(modules: &[ModuleShape], inputs: &[Recorded]) -> Vec<u8> {
    let mut part = Vec::new();
    for module in modules {
        let is_source =
            |input: &Recorded| input.kind == InputKind::File && input.path == module.path;
        let Some(number) = inputs.iter().position(is_source) else { continue };
        let [input, started_len] = [number, module.started.len()].map(short);
        let mut head = [0; shape::header::LEN_BYTES];
        shape::header::INPUT.set(&mut head, input);
        shape::header::STARTED_LEN.set(&mut head, started_len);
        shape::header::DIGEST.set(&mut head, module.digest.to_le_bytes());
        part.extend(head);
        part.extend(&module.started);
    }
    part
}

fn shapes_of(record: &Record<'_>) -> Vec<ModuleShape> {
    let module = |shape: Shape<'_>| {
        let input = record.input(shape.input)?;
        let (path, started) = (input.path.to_vec(), shape.started.to_vec());
        Some(ModuleShape { path, digest: shape.digest, started })
    };
    shapes(record.part(Part::Shapes)).filter_map(module).collect()
}

/// A record's bytes as their readers see them.
pub fn opened(bytes: &[u8]) -> Option<Record<'_>> {
    let section = Section { kind: SectionKind::Current as u32, start: 0, bytes, seal: 0 };
    Record::open(section).ok()
}

fn input_entry(
    input: &Recorded,
    clock: (i64, u32),
    parts: &mut [Vec<u8>; PARTS],
) -> [u8; input::LEN_BYTES] {
    let path = append(&mut parts[Part::Paths as usize], &input.path);
    let names = append(&mut parts[Part::Counting as usize], &input.names);
    let is_racy = input.kind.has_stamp() && input.stamp.is_racy(clock);
    let flags = if is_racy { INPUT_RACY } else { 0 } | if input.is_data { INPUT_DATA } else { 0 };
    let mut entry = [0; input::LEN_BYTES];
    input::STAMP.set(&mut entry, input.stamp.to_bytes());
    input::DIGEST.set(&mut entry, input.digest.to_le_bytes());
    input::PATH.set(&mut entry, path);
    input::NAMES.set(&mut entry, names);
    input::KIND.set(&mut entry, [input.kind as u8]);
    input::FLAGS.set(&mut entry, [flags]);
    input::ASPECTS.set(&mut entry, [input.aspects]);
    entry
}

/// Appends a string to a part; gives its offset and length, 4 bytes each.
pub fn append(part: &mut Vec<u8>, text: &[u8]) -> [u8; 8] {
    let place = [part.len(), text.len()];
    part.extend(text);
    numbers(place)
}

/// Two numbers of 4 bytes each. Sizes are far below 4 GiB: [`assemble`] refuses larger stores.
fn numbers(values: [usize; 2]) -> [u8; 8] {
    let mut bytes = [0; 8];
    for (place, value) in bytes.chunks_exact_mut(4).zip(values) {
        place.copy_from_slice(&short(value));
    }
    bytes
}

fn short(value: usize) -> [u8; 4] {
    u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes()
}

/// Appends the table of `parts` and the parts to what stands before the table of a section.
pub fn write_parts(mut bytes: Vec<u8>, parts: &[Vec<u8>]) -> Vec<u8> {
    let mut start = bytes.len() + parts.len() * PART_LEN_BYTES;
    for part in parts {
        bytes.extend(numbers([start, part.len()]));
        start += part.len();
    }
    parts.iter().for_each(|part| bytes.extend(part));
    bytes
}

/// One digest of all inputs' contents.
///
/// Of a set: Python tells them in another order each time.
pub fn contents(inputs: &[Recorded], versions: &[u8]) -> u64 {
    let seed = xxh64(versions, 0);
    let mut all = Unordered::default();
    for input in inputs {
        let path = xxh64(&input.path, seed ^ input.kind as u64);
        let names = xxh64(&input.names, path ^ u64::from(input.aspects));
        let content = match input.kind {
            InputKind::StampOnly => xxh64(&input.stamp.to_bytes(), 0),
            _ => input.digest,
        };
        all.add(xxh64(&content.to_le_bytes(), names));
    }
    all.value()
}

/// Puts a store together from its sections.
pub fn assemble(sections: &[(SectionKind, &[u8])]) -> Vec<u8> {
    let table_end = store_header::LEN_BYTES + line::LEN_BYTES * sections.len();
    let mut start = (table_end + TABLE_SEAL.end()).next_multiple_of(ALIGNMENT_BYTES);
    let mut store = vec![0; store_header::LEN_BYTES];
    let mut body = Vec::new();
    for (kind, bytes) in sections {
        let mut entry = [0; line::LEN_BYTES];
        line::KIND.set(&mut entry, (*kind as u32).to_le_bytes());
        line::START.set(&mut entry, (start as u64).to_le_bytes());
        line::LEN.set(&mut entry, (bytes.len() as u64).to_le_bytes());
        line::SEAL.set(&mut entry, xxh3_64(bytes).to_le_bytes());
        store.extend(entry);
        let padded = bytes.len().next_multiple_of(ALIGNMENT_BYTES);
        body.extend(*bytes);
        body.resize(body.len() + padded - bytes.len(), 0);
        start += padded;
    }
    store_header::MAGIC_BYTES.set(&mut store, *MAGIC);
    store_header::VERSION.set(&mut store, VERSION.to_le_bytes());
    store_header::COUNT.set(&mut store, (sections.len() as u32).to_le_bytes());
    store_header::FILE_LEN.set(&mut store, (start as u64).to_le_bytes());
    store.extend(xxh3_64(&store).to_le_bytes());
    store.extend(body);
    store
}

#[cfg(test)]
mod tests {
    use pivot_complete::cache::store::Store;

    use super::*;

    fn store() -> Vec<u8> {
        let file = |path: &str, mtime| Recorded {
            kind: InputKind::File,
            is_data: path.ends_with("yaml"),
            path: path.into(),
            names: Vec::new(),
            aspects: 0,
            stamp: Stamp { mtime: (mtime, 3), ctime: (mtime, 4), len_bytes: 7, inode: 11 },
            digest: 0x1234_5678_9abc_def0,
        };
        let inputs = [file("pipeline.py", 500), file("/etc/params.yaml", 999)];
        let findings = Findings {
            names: b"train\neval\n".to_vec(),
            targets: Some(b"train:model\n".to_vec()),
            versions: b"3.13 30 0.5.11".to_vec(),
            ..Findings::default()
        };
        let record = NewRecord::of(b"pipeline.py", &findings, &inputs, (1_000, 0)).to_bytes();
        assemble(&[(SectionKind::Current, &record), (SectionKind::Past, &record)])
    }

    #[test]
    fn the_order_of_inputs_is_no_content() {
        let input = |path: &str, digest| Recorded {
            kind: InputKind::Directory,
            is_data: false,
            path: path.into(),
            names: Vec::new(),
            aspects: 0,
            stamp: Stamp::default(),
            digest,
        };
        let (one, other) = (input("a", 1), input("b", 2));
        let there = contents(&[one.clone(), other.clone()], b"3.13");
        assert_eq!(contents(&[other.clone(), one.clone()], b"3.13"), there);
        for changed in [[input("a", 2), input("b", 1)], [input("a", 1), input("c", 2)]] {
            assert_ne!(contents(&changed, b"3.13"), there);
        }
        assert_ne!(contents(&[one, other], b"3.14"), there);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let bytes = store();
        let store = Store::open(&bytes).unwrap();
        assert!(store.is_intact());
        let record = store.current().unwrap();
        assert_eq!(&bytes[record.place(Part::Names)], b"train\neval\n");
        assert_eq!(record.part(Part::Targets), b"train:model\n");
        assert_eq!((record.has_failed(), record.knows_targets()), (false, true));
        assert_eq!((record.recorded_s(), record.stages_cache()), (1_000, None));
        let inputs: Vec<_> = record.inputs().map(Option::unwrap).collect();
        assert_eq!((inputs[0].path, inputs[0].is_racy), (&b"pipeline.py"[..], false));
        assert_eq!((inputs[1].path, inputs[1].is_racy), (&b"/etc/params.yaml"[..], true));
        assert!(inputs[1].is_data && !inputs[0].is_data);
        assert_eq!(store.past().count(), 1);
    }

    #[test]
    fn every_cut_and_every_flipped_bit_is_noticed() {
        let bytes = store();
        let read = |bytes: &[u8]| -> Option<Vec<u8>> {
            let store = Store::open(bytes).ok()?;
            Some(store.current().ok()?.part(Part::Names).to_vec())
        };
        for end in 0..bytes.len() {
            assert_eq!(read(&bytes[..end]), None, "cut at {end}");
        }
        let mut flipped = bytes.clone();
        for bit in 0..bytes.len() * 8 {
            flipped[bit / 8] ^= 1 << (bit % 8);
            let names = read(&flipped);
            assert!(names.is_none() || names == read(&bytes), "bit {bit}");
            flipped[bit / 8] ^= 1 << (bit % 8);
        }
    }
}
