//! A store of any bytes, and one with right seals around any edits: answers, manifests and states
//! come from inside of it, or there are none.

use std::sync::LazyLock;

use super::pieces::Pieces;
use xxhash_rust::xxh3::xxh3_64;
use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::cache::lookup::{self, Answer, Query};
use pivot_complete::cache::store::manifests::{self, source, stage};
use pivot_complete::cache::store::record::{self as record_layout, Part};
use pivot_complete::cache::store::{SECTIONS_MAX, SectionKind, Store, header, line};
use pivot_complete::click::layout::{self, ENTRY_LEN_BYTES, command};
use pivot_complete::encoding::lines;
use pivot_complete::files::{CPath, Disk, FileType, PathBuffer, ReadError, Stamp, Stat, StatError};
use pivot_complete::project::{Dialect, Environment, Project};

// The engine's encoder: edits begin at what it writes.
use crate::record::{Findings, NewRecord, Recorded, append, assemble, write_parts};

/// Some bytes, written over others: in which section, or in the table; from where on; the bytes;
/// whether the section then ends with them.
type Edit<'a> = (u8, u16, &'a [u8], bool);

/// The bytes as they are, or edits of a sound store that is sealed again.
pub fn look(bytes: &[u8]) {
    let mut input = Pieces(bytes);
    if input.byte() % 4 == 0 {
        return look_at(input.0);
    }
    let mut edits: Vec<Edit<'_>> = Vec::new();
    while !input.is_empty() && edits.len() < 16 {
        edits.push((input.byte() % 8, input.number(), input.piece(), input.byte() & 1 == 1));
    }
    look_at(&edited(&edits));
}

/// Whether a sound store answers all questions: else nothing below would be reached.
pub fn is_sound() -> bool {
    [Asked::Stages, Asked::Tab, Asked::Status].map(|asked| ask(&edited(&[]), asked)) == [true; 3]
}

/// Reads everything that anybody reads of a store.
fn look_at(bytes: &[u8]) {
    ask(bytes, Asked::Stages);
    ask(bytes, Asked::Tab);
    ask(bytes, Asked::Status);
    let Ok(store) = Store::open(bytes) else { return };
    let _ = store.is_intact();
    for section in store.sections() {
        assert_lies_in(section.bytes, bytes);
        assert_eq!(section.bytes, &bytes[section.start..][..section.bytes.len()]);
    }
    let current = store.current();
    for record in current.into_iter().chain(store.past()) {
        let _ = (record.recorded_s(), record.stages_cache(), record.bytes());
        for part in [
            Part::Inputs,
            Part::Paths,
            Part::Counting,
            Part::Config,
            Part::Names,
            Part::Targets,
            Part::Blurbs,
            Part::Message,
            Part::Versions,
            Part::Unprovable,
            Part::Shapes,
            Part::States,
        ] {
            assert_lies_in(record.part(part), bytes);
            assert_eq!(record.part(part), &bytes[record.place(part)]);
        }
        for input in record.inputs().flatten() {
            assert_lies_in(input.path, bytes);
            assert_lies_in(input.names, bytes);
        }
        if let Ok(description) = store.command_line() {
            assert_lies_in(description.root().name(), bytes);
        }
        let Ok(manifests) = store.manifests() else { continue };
        let _ = manifests.are_flushed();
        let mut storage = vec![0; 512];
        let mut path = PathBuffer::new(&mut storage);
        for manifest in manifests.all() {
            assert_lies_in(manifest.name, bytes);
            for number in manifest.sources() {
                let source = manifests.source(number);
                assert!(source.is_none_or(|source| !source.path.starts_with(b"/")));
            }
            if let Ok(json) = manifest.json() {
                assert_lies_in(json, bytes);
                assert!(json.iter().all(|byte| !byte.is_ascii_control()));
            }
            if let Ok(beyond) = manifest.beyond() {
                assert_lies_in(beyond, bytes);
            }
            if let Ok(Some(found)) = manifests.find(manifest.name) {
                assert_eq!(found.name, manifest.name);
            }
            let name = manifest.name;
            let mut near = 0;
            let _ = manifests.fresh_json(&record, 0, name, |number| {
                manifests.compare(&World(bytes), &record, number, &mut near, b"/r", &mut path)
            });
        }
    }
}

/// Which command asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    /// `stages`, of a store's start alone.
    Stages,
    /// The same at a TAB.
    Tab,
    /// `status`, which wants the whole store.
    Status,
}

/// Asks for the names, as the front does; whether there were any to be had.
fn ask(bytes: &[u8], asked: Asked) -> bool {
    let world = World(bytes);
    let mut storage = vec![0; 512];
    let mut path = PathBuffer::new(&mut storage);
    let project = Project::locate(&world, b"/r", Dialect::WithYaml, &mut path).unwrap();
    let query = Query {
        environment: Environment::default(),
        is_tab: asked == Asked::Tab,
        wants_manifests: asked == Asked::Status,
        program: None,
    };
    let Answer::Names(names) = lookup::from_caches(&world, project.as_ref(), &query, &mut path)
    else {
        return false;
    };
    assert!(asked != Asked::Status || names.store().is_some());
    for text in [Some(names.text()), names.targets()].into_iter().flatten() {
        assert!(bytes.windows(text.len().max(1)).any(|part| part == text) || text.is_empty());
        for name in lines::names(text) {
            let name = std::str::from_utf8(name).expect("checked");
            assert!(!name.chars().any(char::is_control), "{name:?}");
        }
    }
    true
}

fn assert_lies_in(part: &[u8], whole: &[u8]) {
    let whole = whole.as_ptr_range();
    let part = part.as_ptr_range();
    assert!(part.is_empty() || (whole.start <= part.start && part.end <= whole.end));
}

/// Those of the sound store.
static SOUND: LazyLock<Vec<(u64, Vec<u8>)>> = LazyLock::new(sections);

/// The sections of a sound store: two records, manifests, a description.
fn sections() -> Vec<(u64, Vec<u8>)> {
    let input = |kind, path: &str, mtime_s| Recorded {
        kind,
        is_data: path.ends_with("yaml"),
        path: path.into(),
        aspects: 0,
        names: if kind == InputKind::Directory { vec![7; 8] } else { vec![] },
        stamp: Stamp { mtime: (mtime_s, 0), ctime: (5, 0), len_bytes: 7, inode: 1 },
        digest: xxh64(b"content", 0),
    };
    let inputs = [
        input(InputKind::File, "pipeline.py", 5),
        input(InputKind::File, "/elsewhere/helpers.py", 999),
        input(InputKind::Directory, "", 5),
        input(InputKind::Absent, "gone.yaml", 0),
        input(InputKind::StampOnly, "/usr/bin/python3", 5),
    ];
    let record = |names: &str, failure: Option<Vec<u8>>| {
        let findings = Findings {
            names: names.into(),
            targets: Some(b"train:model\n".to_vec()),
            blurbs: b"train\nTrains.\n".to_vec(),
            versions: b"3.13 30 0.5.11".to_vec(),
            failure,
            ..Findings::default()
        };
        let record = NewRecord::of(b"pipeline.py", &findings, &inputs, (1_000, 0));
        NewRecord { salt: 7, ..record }.to_bytes()
    };
    let json = b"{\"self:train\":\"00\"}";
    let mut parts: [Vec<u8>; manifests::PARTS] = Default::default();
    let [sources, stages, references, strings] = &mut parts;
    let stamp = Stamp { mtime: (5, 0), len_bytes: 7, inode: 1, ..Stamp::default() };
    let mut entry = [0; source::LEN_BYTES];
    source::STAMP.set(&mut entry, stamp.to_bytes());
    source::PATH.set(&mut entry, append(strings, b"pipeline.py"));
    sources.extend(entry);
    let current = record("train\nevaluate\n", None);
    let contents = record_layout::header::CONTENTS.of(&current).expect("a record");
    let mut entry = [0; stage::LEN_BYTES];
    stage::CONTENTS.set(&mut entry, *contents);
    stage::JSON_SEAL.set(&mut entry, xxh3_64(json).to_le_bytes());
    stage::JSON_LEN.set(&mut entry, (json.len() as u32).to_le_bytes());
    stage::NAME.set(&mut entry, append(strings, b"train"));
    stage::REFERENCES.set(&mut entry, append(references, &[0; 4]));
    stages.extend(entry);
    let index = write_parts(vec![0; manifests::header::TABLE.start()], &parts);
    vec![
        (SectionKind::Current as u64, current),
        (SectionKind::Past as u64, record("old\n", Some(b"SyntaxError".to_vec()))),
        (SectionKind::Manifests as u64, index),
        (SectionKind::ManifestText as u64, json.to_vec()),
        (SectionKind::CommandLine as u64, command_line()),
    ]
}

/// A description of an application without commands, called "pivot".
fn command_line() -> Vec<u8> {
    let (header_len, name) = (layout::header::LEN_BYTES, b"pivot");
    let mut root = [0; ENTRY_LEN_BYTES];
    command::NAME.set(&mut root, (name.len() as u64).rotate_left(32).to_le_bytes());
    let mut bytes = vec![0; header_len];
    let end = header_len + ENTRY_LEN_BYTES;
    let parts = [(header_len, ENTRY_LEN_BYTES), (end, 0), (end, 0), (end, name.len()), (end, 0)];
    let table = &mut bytes[layout::header::TABLE.start()..];
    for (place, (start, len)) in table.chunks_exact_mut(8).zip(parts) {
        place[..4].copy_from_slice(&(start as u32).to_le_bytes());
        place[4..].copy_from_slice(&(len as u32).to_le_bytes());
    }
    bytes.extend(root);
    bytes.extend(name);
    bytes
}

/// A sound store with edits of its sections, then of its table; seals are right again.
fn edited(edits: &[Edit<'_>]) -> Vec<u8> {
    let mut sections = SOUND.clone();
    for edit in edits {
        if let Some((_, bytes)) = sections.get_mut(usize::from(edit.0)) {
            let limit = bytes.len() + 64;
            put(bytes, edit, limit);
        }
    }
    let kinds = [
        SectionKind::Current,
        SectionKind::Past,
        SectionKind::Manifests,
        SectionKind::ManifestText,
        SectionKind::CommandLine,
    ];
    let known: Vec<(SectionKind, &[u8])> =
        kinds.into_iter().zip(sections.iter().map(|(_, bytes)| &bytes[..])).collect();
    let mut store = assemble(&known);
    let table = |store: &[u8]| {
        let count = header::COUNT.u32(store).unwrap_or_default();
        header::LEN_BYTES + line::LEN_BYTES * (count as usize).min(SECTIONS_MAX)
    };
    for &(section, at, bytes, _) in edits {
        if usize::from(section) >= sections.len() {
            let limit = table(&store).min(store.len());
            put(&mut store, &(section, at, bytes, false), limit);
        }
    }
    let end = table(&store);
    if end + 8 <= store.len() {
        let seal = xxh3_64(&store[..end]);
        store[end..end + 8].copy_from_slice(&seal.to_le_bytes());
    }
    store
}

/// Writes an edit's bytes below `limit`.
fn put(bytes: &mut Vec<u8>, &(_, at, new, ends): &Edit<'_>, limit: usize) {
    let start = usize::from(at).min(limit);
    let end = (start + new.len()).min(limit);
    if bytes.len() < end {
        bytes.resize(end, 0);
    }
    bytes[start..end].copy_from_slice(&new[..end - start]);
    if ends {
        bytes.truncate(end);
    }
}

/// A project whose only store has these bytes. All else that it may name is a file with the stamp
/// and the content that the sound store has.
struct World<'a>(&'a [u8]);

impl Disk for World<'_> {
    type Bytes = Vec<u8>;

    fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        let path = path.to_bytes();
        assert!(path.starts_with(b"/"));
        let kind = match path {
            b"/r" | b"/r/.pivot" => FileType::Directory,
            b"/.pivot" => return Err(StatError::Absent),
            _ if path.ends_with(b"gone.yaml") => return Err(StatError::Absent),
            _ => FileType::File,
        };
        let (len_bytes, inode, uid, gid, mode) = (7, 1, 0, 0, 0o755);
        Ok(Stat { kind, mtime: (5, 0), ctime: (5, 0), len_bytes, inode, uid, gid, mode })
    }

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
        match path.to_bytes().ends_with(b".store") {
            true if self.0.len() > limit_bytes => Err(ReadError::TooLarge),
            true => Ok(self.0.to_vec()),
            false => Err(ReadError::Missing),
        }
    }

    fn read_start(
        &self,
        path: CPath<'_>,
        limit_bytes: usize,
        wanted: fn(&[u8]) -> usize,
    ) -> Result<(Vec<u8>, usize), ReadError> {
        let mut bytes = self.read(path, limit_bytes)?;
        let len_bytes = bytes.len();
        let head_len = len_bytes.min(128);
        bytes.truncate(wanted(&bytes[..head_len]).clamp(head_len, len_bytes));
        Ok((bytes, len_bytes))
    }

    fn digest(&self, _: CPath<'_>, _: u64) -> Result<u64, ReadError> {
        Ok(xxh64(b"content", 0))
    }

    fn list(
        &self,
        _: CPath<'_>,
        put: &mut dyn FnMut(&[u8], Option<FileType>),
    ) -> Result<(), ReadError> {
        for name in [&b"pipeline.py"[..], b"helpers.py", b".", b""] {
            put(name, Some(FileType::File));
        }
        Ok(())
    }

    fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        self.stat(path)
    }

    fn read_link(&self, _: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        put(b"elsewhere");
        Ok(())
    }
}
