//! Manifests on their way into a store and into StateDB: what `src/cache/store/manifests.rs` draws.

use std::collections::{BTreeMap, HashMap};

use xxhash_rust::xxh3::xxh3_64;

use pivot_complete::cache::freshness::{Input, InputKind};
use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::manifests::{
    FLAG_FLUSHED, Manifests, PARTS, Part, header, source, stage,
};
use pivot_complete::cache::store::record::{INPUT_RACY, Record};
use pivot_complete::files::Stamp;

use crate::cache::inputs;
use crate::cache::record::{append, write_parts};
use crate::python::frame::ComputedManifest;
use crate::python::observed::SeenFile;

/// One stage's manifest with all that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The JSON object, on one line.
    pub json: Vec<u8>,
    /// What the lock file of a run has beside it, likewise; empty where that is not known.
    pub beyond: Vec<u8>,
    /// Its sources.
    pub sources: Vec<KeptSource>,
    /// The contents of the record it was computed under.
    pub contents: u64,
    /// The same of what Pivot looked at to compute it, beyond its sources; zero: at nothing.
    pub walk: u64,
    /// When it was computed, in seconds.
    pub computed_s: i64,
}

/// One file that a stage's code lies in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeptSource {
    /// Where it is, relative to ROOT.
    pub path: Vec<u8>,
    /// What it was before Pivot read it.
    pub stamp: Stamp,
    /// Whether that proves nothing; see [`Stamp::is_racy`].
    pub is_racy: bool,
    /// The xxh64 of its content; zero where that is too long to be compared.
    pub digest: u64,
}

impl From<Input<'_>> for KeptSource {
    fn from(input: Input<'_>) -> Self {
        let Input { stamp, is_racy, digest, .. } = input;
        Self { path: input.path.to_vec(), stamp, is_racy, digest }
    }
}

/// Manifests by stage, sorted as the store wants them.
pub type All = BTreeMap<Vec<u8>, Kept>;

/// Takes the manifests out of a store; those that are broken are left there.
pub fn of_store(store: Store<'_>) -> All {
    let Ok(manifests) = store.manifests() else { return All::new() };
    let kept = |manifest: pivot_complete::cache::store::manifests::Manifest<'_>| {
        let source = |number| manifests.source(number).map(KeptSource::from);
        let kept = Kept {
            json: manifest.json().ok()?.to_vec(),
            beyond: manifest.beyond().ok()?.to_vec(),
            sources: manifest.sources().map(source).collect::<Option<_>>()?,
            contents: manifest.contents_digest,
            walk: manifest.walk,
            computed_s: manifest.computed_s,
        };
        Some((manifest.name.to_vec(), kept))
    };
    manifests.all().filter_map(kept).collect()
}

/// Whether StateDB has all manifests of this store.
pub fn are_flushed(store: Store<'_>) -> bool {
    store.manifests().is_ok_and(|manifests: Manifests<'_>| manifests.are_flushed())
}

/// What is kept of manifests that were computed under `record`, whose inputs are as they were when
/// it was: those whose every source lies below ROOT and is still what was read.
///
/// `walk` is the digest of what Pivot looked at besides, zero for nothing. `seen` are the sources as they were before Pivot fingerprinted the stages.
pub fn keep(
    computed: &[ComputedManifest],
    seen: &[SeenFile],
    record: &Record<'_>,
    root: &[u8],
    walk: u64,
) -> All {
    let seen: HashMap<&[u8], &SeenFile> =
        seen.iter().map(|file| (file.path.as_slice(), file)).collect();
    let is_file = |input: &Input<'_>| matches!(input.kind, InputKind::File | InputKind::StampOnly);
    let inputs = record.inputs().flatten().filter(is_file);
    let mut known: HashMap<Vec<u8>, Option<KeptSource>> =
        inputs.map(|input| (input.path.to_vec(), Some(input.into()))).collect();
    let mut source = |source: &Vec<u8>| -> Option<KeptSource> {
        let relative = source.strip_prefix(root)?.strip_prefix(b"/")?;
        if !known.contains_key(relative) {
            // No input of the discovery: what `code_deps` name.
            let found = seen.get(&source[..]).and_then(|seen| inputs::as_seen(seen).ok());
            let kept = found.map(|found| KeptSource {
                path: relative.to_vec(),
                // The clock of then, which is before this look.
                is_racy: found.stamp.is_racy((record.recorded_s(), 0)),
                stamp: found.stamp,
                digest: found.digest,
            });
            known.insert(relative.to_vec(), kept);
        }
        known.get(relative)?.clone()
    };
    let mut keep = |computed: &ComputedManifest| {
        let kept = Kept {
            json: computed.json.clone(),
            beyond: computed.beyond.clone(),
            sources: computed.sources.iter().map(&mut source).collect::<Option<_>>()?,
            contents: record.contents_digest(),
            walk,
            computed_s: record.recorded_s(),
        };
        Some((computed.stage.clone(), kept))
    };
    computed.iter().filter_map(&mut keep).collect()
}

/// The two sections of a store: the index, and the text.
pub fn sections(all: &All, are_flushed: bool) -> (Vec<u8>, Vec<u8>) {
    let mut numbers: HashMap<&KeptSource, u32> = HashMap::new();
    let mut parts: [Vec<u8>; PARTS] = Default::default();
    let mut text = Vec::new();
    for (name, kept) in all {
        let mut references = Vec::new();
        for source in &kept.sources {
            let next = numbers.len() as u32;
            let number = *numbers.entry(source).or_insert_with(|| {
                let entry =
                    source_entry(source, append(&mut parts[Part::Strings as usize], &source.path));
                parts[Part::Sources as usize].extend(entry);
                next
            });
            references.extend(number.to_le_bytes());
        }
        let entry = stage_entry(
            kept,
            text.len() as u64,
            append(&mut parts[Part::Strings as usize], name),
            append(&mut parts[Part::References as usize], &references),
        );
        parts[Part::Stages as usize].extend(entry);
        text.extend(&kept.json);
        text.extend(&kept.beyond);
    }
    let flags = if are_flushed { FLAG_FLUSHED } else { 0 };
    let mut bytes = vec![0; header::TABLE.start()];
    header::FLAGS.set(&mut bytes, flags.to_le_bytes());
    (write_parts(bytes, &parts), text)
}

fn source_entry(source: &KeptSource, path: [u8; 8]) -> [u8; source::LEN_BYTES] {
    let mut entry = [0; source::LEN_BYTES];
    source::STAMP.set(&mut entry, source.stamp.to_bytes());
    source::DIGEST.set(&mut entry, source.digest.to_le_bytes());
    source::PATH.set(&mut entry, path);
    source::FLAGS.set(&mut entry, [if source.is_racy { INPUT_RACY } else { 0 }]);
    entry
}

fn stage_entry(
    kept: &Kept,
    json_start: u64,
    name: [u8; 8],
    references: [u8; 8],
) -> [u8; stage::LEN_BYTES] {
    let mut entry = [0; stage::LEN_BYTES];
    let json_len = u32::try_from(kept.json.len()).unwrap_or(u32::MAX);
    stage::CONTENTS.set(&mut entry, kept.contents.to_le_bytes());
    stage::WALK.set(&mut entry, kept.walk.to_le_bytes());
    stage::COMPUTED_S.set(&mut entry, kept.computed_s.to_le_bytes());
    stage::JSON_START.set(&mut entry, json_start.to_le_bytes());
    let sealed = xxh3_64(&[&kept.json[..], &kept.beyond].concat());
    stage::JSON_SEAL.set(&mut entry, sealed.to_le_bytes());
    stage::JSON_LEN.set(&mut entry, json_len.to_le_bytes());
    stage::NAME.set(&mut entry, name);
    stage::REFERENCES.set(&mut entry, references);
    let beyond_len = u32::try_from(kept.beyond.len()).unwrap_or(u32::MAX);
    stage::BEYOND_LEN.set(&mut entry, beyond_len.to_le_bytes());
    entry
}

#[cfg(test)]
mod tests {
    use pivot_complete::cache::freshness::InputState;
    use pivot_complete::cache::store::SectionKind;
    use pivot_complete::files::PathBuffer;
    use pivot_complete::reason::Reason;

    use super::*;
    use crate::cache::record::{Findings, NewRecord, Recorded};
    use crate::files::{Disk, path_storage};

    #[test]
    fn what_is_written_is_read_back() {
        let source = |path: &str, inode| KeptSource {
            path: path.into(),
            stamp: Stamp { mtime: (5, 6), ctime: (7, 8), len_bytes: 9, inode },
            is_racy: inode == 1,
            digest: 10,
        };
        let kept = |json: &str, sources: &[(&str, u64)]| Kept {
            json: json.into(),
            beyond: if json == "{}" { Vec::new() } else { b"{\"wire:a\":\"b\"}".to_vec() },
            sources: sources.iter().map(|(path, inode)| source(path, *inode)).collect(),
            contents: 1,
            walk: 2,
            computed_s: -3,
        };
        let all: All = [
            ("train", kept("{\"self:train\":\"a\"}", &[("a.py", 1), ("b.py", 2)])),
            ("eval", kept("{}", &[("a.py", 1)])),
            ("bare", kept("{\"x\":\"y\"}", &[])),
        ]
        .map(|(name, kept)| (name.as_bytes().to_vec(), kept))
        .into();
        let (index, text) = sections(&all, true);
        let bytes = crate::cache::record::assemble(&[
            (SectionKind::Manifests, &index),
            (SectionKind::ManifestText, &text),
        ]);
        let store = Store::open(&bytes).unwrap();
        assert_eq!(of_store(store), all);
        assert!(are_flushed(store));
        let manifests = store.manifests().unwrap();
        assert_eq!(manifests.source_count(), 2);
        assert_eq!(
            manifests.find(b"train").unwrap().unwrap().json().unwrap(),
            b"{\"self:train\":\"a\"}"
        );
        assert!(manifests.find(b"trai").unwrap().is_none());
    }

    /// What becomes of a source that lies there, beside the record's `inputs`.
    fn state(source: KeptSource, inputs: &[Recorded]) -> InputState {
        let findings = Findings::default();
        let record = NewRecord::of(b"pipeline.py", &findings, inputs, (0, 0)).to_bytes();
        let sources = vec![source];
        let (json, beyond) = (b"{}".into(), Vec::new());
        let kept = Kept { json, beyond, sources, contents: 0, walk: 0, computed_s: 0 };
        let (index, text) = sections(&All::from([(b"train".to_vec(), kept)]), false);
        let bytes = crate::cache::record::assemble(&[
            (SectionKind::Current, &record),
            (SectionKind::Manifests, &index),
            (SectionKind::ManifestText, &text),
        ]);
        let store = Store::open(&bytes).unwrap();
        let (record, root) = (store.current().unwrap(), env!("CARGO_MANIFEST_DIR").as_bytes());
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        store.manifests().unwrap().compare(&Disk, &record, 0, &mut 0, root, &mut buffer)
    }

    #[test]
    fn a_source_is_as_it_was_by_stamp_or_content() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").as_bytes().to_vec();
        let then = inputs::look_at_file(&file, false).unwrap().0;
        let right = KeptSource {
            path: b"Cargo.toml".into(),
            stamp: then.stamp,
            is_racy: false,
            digest: then.digest,
        };
        let (changed, any) = (InputState::Changed, then.stamp.changed_s());
        let (source, input) = (changed(Reason::SourceChanged), changed(Reason::InputChanged));
        let linked = Stamp { ctime: (5, 5), ..then.stamp };
        let touched = Stamp { mtime: (5, 5), ..then.stamp };
        for (stamp, is_racy, digest, alone, beside) in [
            (then.stamp, false, 1, InputState::Same, InputState::Same),
            (then.stamp, true, then.digest, InputState::SameContent(any), InputState::Same),
            (then.stamp, true, 1, input, source),
            (linked, false, then.digest, InputState::SameContent(any), InputState::Same),
            (linked, false, 1, input, source),
            (touched, false, then.digest, source, source),
        ] {
            let kept = KeptSource { stamp, is_racy, digest, ..right.clone() };
            assert_eq!(state(kept.clone(), &[]), alone, "{kept:?}");
            let recorded = Recorded { path: right.path.clone(), ..then.clone() };
            assert_eq!(state(kept.clone(), &[recorded]), beside, "{kept:?} beside its input");
        }
    }
}
