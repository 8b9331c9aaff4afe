//! Manifests on their way into a store and into StateDB: what `store/manifests.rs` draws.

use std::collections::{BTreeMap, HashMap, HashSet};

use pivot_complete::disk::{Disk as _, Kind};
use pivot_complete::path::PathBuffer;
use pivot_complete::stamp::Stamp;
use pivot_complete::store::Store;
use pivot_complete::store::manifests::{
    FLAG_FLUSHED, MANIFESTS_HEADER_LEN_BYTES, Manifests, SOURCE_LEN_BYTES, STAGE_LEN_BYTES,
};
use pivot_complete::store::record::Record;
use xxhash_rust::xxh3::xxh3_64;

use crate::disk::{Disk, path_storage};
use crate::frame::Computed;
use crate::recorded::{append, write_parts};

/// One stage's manifest with all that is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// The JSON object, on one line.
    pub json: Vec<u8>,
    /// Its sources.
    pub sources: Vec<KeptSource>,
    /// The contents of the record it was computed under.
    pub contents: u64,
    /// The inputs of that record that no stage's code lies in.
    pub others: u64,
    /// When it was computed, in seconds.
    pub computed_s: i64,
}

/// One file that a stage's code lies in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct KeptSource {
    /// Where it is, relative to ROOT.
    pub path: Vec<u8>,
    /// Its mtime, length and inode; the ctime is zero.
    pub stamp: Stamp,
    /// The digest of its content, where that was an input of the discovery too; else zero.
    pub digest: u64,
}

/// Manifests by stage, sorted as the store wants them.
pub type All = BTreeMap<Vec<u8>, Kept>;

/// Takes the manifests out of a store; those that are broken are left there.
pub fn of_store(store: Store<'_>) -> All {
    let Ok(manifests) = store.manifests() else { return All::new() };
    let kept = |manifest: pivot_complete::store::manifests::Manifest<'_>| {
        let source = |number| {
            let source = manifests.source(number)?;
            let (path, stamp, digest) = (source.path.to_vec(), source.stamp, source.digest);
            Some(KeptSource { path, stamp, digest })
        };
        let kept = Kept {
            json: manifest.json().ok()?.to_vec(),
            sources: manifest.sources().map(source).collect::<Option<_>>()?,
            contents: manifest.contents,
            others: manifest.others,
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

/// What is kept of a manifest that was computed under `record`, whose inputs are as they were
/// when it was: `None` where one of its sources does not lie below ROOT.
pub fn keep(computed: &Computed, record: &Record<'_>, root: &[u8]) -> Option<Kept> {
    let inputs: HashMap<&[u8], (Stamp, u64)> =
        record.inputs().flatten().map(|input| (input.path, (input.stamp, input.digest))).collect();
    let source = |source: &Vec<u8>| {
        let relative = source.strip_prefix(root)?.strip_prefix(b"/")?;
        // The stamp that the content was compared under, where the names depend on it too.
        let (stamp, digest) = match inputs.get(relative) {
            Some(known) => *known,
            None => (stamp_of(source)?, 0),
        };
        let (path, stamp) = (relative.to_vec(), Stamp { ctime: (0, 0), ..stamp });
        Some(KeptSource { path, stamp, digest })
    };
    Some(Kept {
        json: computed.json.clone(),
        sources: computed.sources.iter().map(source).collect::<Option<_>>()?,
        contents: record.contents(),
        others: 0,
        computed_s: record.recorded_s(),
    })
}

/// Tells each manifest that belongs to `record` which of its inputs no stage's code lies in.
pub fn note_others(all: &mut All, record: &Record<'_>) {
    let sources: HashSet<Vec<u8>> =
        all.values().flat_map(|kept| &kept.sources).map(|source| source.path.clone()).collect();
    let others = record.others(|path| sources.contains(path));
    for kept in all.values_mut().filter(|kept| kept.contents == record.contents()) {
        kept.others = others;
    }
}

/// The mtime, length and inode of a regular file.
pub fn stamp_of(file: &[u8]) -> Option<Stamp> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(file).ok()?;
    let stat = Disk.stat(buffer.as_c_path()).ok().filter(|stat| stat.kind == Kind::File)?;
    Some(Stamp { ctime: (0, 0), ..Stamp::of(&stat) })
}

/// The two sections of a store: the index, and the text.
pub fn sections(all: &All, are_flushed: bool) -> (Vec<u8>, Vec<u8>) {
    let mut numbers: HashMap<&KeptSource, u32> = HashMap::new();
    // Sources, stages, references, strings.
    let mut parts: [Vec<u8>; 4] = Default::default();
    let mut text = Vec::new();
    for (name, kept) in all {
        let mut references = Vec::new();
        for source in &kept.sources {
            let next = numbers.len() as u32;
            let number = *numbers.entry(source).or_insert_with(|| {
                let entry = source_entry(source, append(&mut parts[3], &source.path));
                parts[0].extend(entry);
                next
            });
            references.extend(number.to_le_bytes());
        }
        let entry = stage_entry(
            kept,
            text.len() as u64,
            append(&mut parts[3], name),
            append(&mut parts[2], &references),
        );
        parts[1].extend(entry);
        text.extend(&kept.json);
    }
    let flags = if are_flushed { FLAG_FLUSHED } else { 0 };
    let mut header = flags.to_le_bytes().to_vec();
    header.resize(16, 0);
    (write_parts(header, MANIFESTS_HEADER_LEN_BYTES, &parts), text)
}

fn source_entry(source: &KeptSource, path: [u8; 8]) -> [u8; SOURCE_LEN_BYTES] {
    let stamp = &source.stamp;
    let mut entry = [0; SOURCE_LEN_BYTES];
    entry[..8].copy_from_slice(&stamp.mtime.0.to_le_bytes());
    entry[8..16].copy_from_slice(&stamp.len_bytes.to_le_bytes());
    entry[16..24].copy_from_slice(&stamp.inode.to_le_bytes());
    entry[24..28].copy_from_slice(&stamp.mtime.1.to_le_bytes());
    entry[28..36].copy_from_slice(&path);
    entry[40..48].copy_from_slice(&source.digest.to_le_bytes());
    entry
}

fn stage_entry(
    kept: &Kept,
    json_start: u64,
    name: [u8; 8],
    references: [u8; 8],
) -> [u8; STAGE_LEN_BYTES] {
    let mut entry = [0; STAGE_LEN_BYTES];
    let json_len = u32::try_from(kept.json.len()).unwrap_or(u32::MAX);
    entry[..8].copy_from_slice(&kept.contents.to_le_bytes());
    entry[8..16].copy_from_slice(&kept.others.to_le_bytes());
    entry[16..24].copy_from_slice(&kept.computed_s.to_le_bytes());
    entry[24..32].copy_from_slice(&json_start.to_le_bytes());
    entry[32..40].copy_from_slice(&xxh3_64(&kept.json).to_le_bytes());
    entry[40..44].copy_from_slice(&json_len.to_le_bytes());
    entry[44..52].copy_from_slice(&name);
    entry[52..60].copy_from_slice(&references);
    entry
}

#[cfg(test)]
mod tests {
    use super::*;
    use pivot_complete::store::SectionKind;

    #[test]
    fn what_is_written_is_read_back() {
        let source = |path: &str, inode| KeptSource {
            path: path.into(),
            stamp: Stamp { mtime: (5, 6), ctime: (0, 0), len_bytes: 7, inode },
            digest: 8,
        };
        let kept = |json: &str, sources: &[(&str, u64)]| Kept {
            json: json.into(),
            sources: sources.iter().map(|(path, inode)| source(path, *inode)).collect(),
            contents: 1,
            others: 2,
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
        let bytes = crate::recorded::assemble(&[
            (SectionKind::Manifests, &index),
            (SectionKind::ManifestText, &text),
        ]);
        let store = Store::open(&bytes).unwrap();
        assert_eq!(of_store(store), all);
        assert!(are_flushed(store));
        let manifests = store.manifests().unwrap();
        assert_eq!(manifests.source_count(), 2);
        assert_eq!(manifests.find(b"train").unwrap().json().unwrap(), b"{\"self:train\":\"a\"}");
        assert!(manifests.find(b"trai").is_none());
    }
}
