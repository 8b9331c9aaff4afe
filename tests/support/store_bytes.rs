//! A store taken apart and put together again by the drawing in `src/cache/store/mod.rs` and
//! `src/cache/store/record.rs`, independently of the code there: seals are right, all else is what a
//! test makes of it.

use xxhash_rust::xxh3::xxh3_64;

const HEADER_LEN: usize = 24;
const LINE_LEN: usize = 32;
const RECORD_HEADER_LEN: usize = 168;
const PARTS_AT: usize = 72;

/// The record of the last discovery.
pub const CURRENT: u32 = 1;
/// The index of the manifests.
pub const MANIFESTS: u32 = 3;

/// The number of a record's part.
pub const INPUTS: usize = 0;
/// See above.
pub const PATHS: usize = 1;
/// See above.
pub const NAMES: usize = 4;
/// See above.
pub const TARGETS: usize = 5;
/// See above.
pub const BLURBS: usize = 6;

/// An input's kind.
pub const FILE: u8 = 0;
/// See above.
pub const DIRECTORY: u8 = 1;
/// See above.
pub const ABSENT: u8 = 2;
/// See above.
pub const STAMP_ONLY: u8 = 3;

/// All sections in their order: kind, bytes.
#[derive(Clone)]
pub struct Sections(pub Vec<(u32, Vec<u8>)>);

impl Sections {
    /// Takes a sound store apart.
    #[track_caller]
    pub fn of(store: &[u8]) -> Self {
        assert_eq!(&store[..8], b"PvtStore", "another layout?");
        assert_eq!(u64_at(store, 16), store.len() as u64);
        let lines = store[HEADER_LEN..].chunks_exact(LINE_LEN).take(u32_at(store, 12) as usize);
        let section = |line: &[u8]| {
            let (start, len) = (u64_at(line, 8) as usize, u64_at(line, 16) as usize);
            let bytes = store[start..start + len].to_vec();
            assert_eq!(xxh3_64(&bytes), u64_at(line, 24), "another seal?");
            (u32_at(line, 0), bytes)
        };
        Self(lines.map(section).collect())
    }

    /// Puts a store together, every seal right.
    pub fn sealed(&self) -> Vec<u8> {
        let mut start = HEADER_LEN + LINE_LEN * self.0.len() + 8;
        let mut table = b"PvtStore".to_vec();
        let mut body = Vec::new();
        table.extend([2, u32::try_from(self.0.len()).unwrap()].map(u32::to_le_bytes).concat());
        let len: usize = self.0.iter().map(|(_, bytes)| bytes.len().next_multiple_of(8)).sum();
        table.extend(((start + len) as u64).to_le_bytes());
        for (kind, bytes) in &self.0 {
            table.extend([*kind, 0].map(u32::to_le_bytes).concat());
            let numbers = [start as u64, bytes.len() as u64, xxh3_64(bytes)];
            table.extend(numbers.map(u64::to_le_bytes).concat());
            body.extend(bytes);
            body.resize(body.len().next_multiple_of(8), 0);
            start += bytes.len().next_multiple_of(8);
        }
        table.extend(xxh3_64(&table).to_le_bytes());
        [table, body].concat()
    }

    /// The bytes of a section.
    #[track_caller]
    pub fn bytes(&mut self, kind: u32) -> &mut Vec<u8> {
        let found = self.0.iter_mut().find(|(found, _)| *found == kind);
        &mut found.unwrap_or_else(|| panic!("no section {kind}")).1
    }

    /// The current record's parts.
    pub fn record(&mut self) -> Record {
        Record::of(self.bytes(CURRENT))
    }

    /// The same store with another current record.
    pub fn with(&self, record: &Record) -> Self {
        let mut other = self.clone();
        *other.bytes(CURRENT) = record.bytes();
        other
    }
}

/// A record: what comes before its parts, and the parts.
#[derive(Clone)]
pub struct Record {
    pub header: Vec<u8>,
    pub parts: Vec<Vec<u8>>,
}

impl Record {
    fn of(bytes: &[u8]) -> Self {
        let places = bytes[PARTS_AT..RECORD_HEADER_LEN].chunks_exact(8);
        let part = |place: &[u8]| {
            let start = u32_at(place, 0) as usize;
            bytes[start..start + u32_at(place, 4) as usize].to_vec()
        };
        Self { header: bytes[..PARTS_AT].to_vec(), parts: places.map(part).collect() }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.header.clone();
        let mut start = u32::try_from(RECORD_HEADER_LEN).unwrap();
        for part in &self.parts {
            let len = u32::try_from(part.len()).unwrap();
            bytes.extend([start, len].map(u32::to_le_bytes).concat());
            start += len.next_multiple_of(8);
        }
        for part in &self.parts {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        bytes
    }

    /// Adds an input with zeros for a stamp: one that is racy and has this digest.
    pub fn add_input(&mut self, kind: u8, path: &[u8], digest: u64) {
        let start = u32::try_from(self.parts[PATHS].len()).unwrap();
        self.parts[PATHS].extend(path);
        self.refer_to(kind, (start, u32::try_from(path.len()).unwrap()), digest);
    }

    /// Adds an input whose path lies there already.
    pub fn refer_to(&mut self, kind: u8, (start, len): (u32, u32), digest: u64) {
        const RACY: u8 = 1;
        self.add_raw_input(&[0; 40], digest, [start, len, 0, 0], [kind, RACY]);
    }

    /// Adds an input of any bytes.
    pub fn add_raw_input(
        &mut self,
        stamp: &[u8; 40],
        digest: u64,
        places: [u32; 4],
        kind_and_flags: [u8; 2],
    ) {
        let inputs = &mut self.parts[INPUTS];
        inputs.extend(stamp);
        inputs.extend(digest.to_le_bytes());
        inputs.extend(places.map(u32::to_le_bytes).concat());
        inputs.extend(kind_and_flags);
        inputs.extend([0; 6]);
    }
}

/// What counts of a cache: the names of a store, whose stamps differ from one writing to the next;
/// all of another file. A store must be sound.
#[track_caller]
pub fn content(bytes: &[u8]) -> Vec<u8> {
    match bytes.starts_with(b"PvtStore") {
        true => Sections::of(bytes).record().parts[NAMES].clone(),
        false => bytes.to_vec(),
    }
}

/// A stamp of a file as it is now, as a store has it.
pub fn stamp_of(path: &std::path::Path) -> [u8; 40] {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path).unwrap();
    let numbers =
        [found.mtime().cast_unsigned(), found.ctime().cast_unsigned(), found.size(), found.ino()];
    let mut stamp = numbers.map(u64::to_le_bytes).concat();
    for nanoseconds in [found.mtime_nsec(), found.ctime_nsec()] {
        stamp.extend(u32::try_from(nanoseconds).unwrap().to_le_bytes());
    }
    stamp.try_into().unwrap()
}

pub fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap())
}

pub fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}
