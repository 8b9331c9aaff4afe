//! Stores as files: which sections the next one takes over, and how many are kept.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

use pivot_complete::cache::key::{FILE_NAME_LEN_BYTES, FILE_SUFFIX, ROOT_DIGITS};
use pivot_complete::cache::store::record::{Record, header};
use pivot_complete::cache::store::{LIMIT_BYTES, SectionKind, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Project;

use crate::cache::record::{Recorded, assemble};
use crate::cache::revalidate;
use crate::context::Context;
use crate::files::{CacheDirectory, NotCached, Shared, path_storage};

pub use pivot_complete::cache::key::StoreName;

/// Earlier records that a store keeps, for branches that are switched back and forth.
const PAST_MAX: usize = 7;

/// The most that earlier records may take, in bytes.
const PAST_LIMIT_BYTES: usize = 1 << 20;

/// The bytes of a store of `project`, read once since this process last had the lock.
pub fn read(context: &Context, project: &Project<'_>, name: &StoreName) -> Option<Shared> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    project.store_path(name, &mut buffer).ok()?;
    context.stores.read(buffer.as_c_path(), LIMIT_BYTES).ok()
}

/// Notes what was just written.
pub fn wrote(context: &Context, project: &Project<'_>, name: &StoreName, bytes: Vec<u8>) {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    match project.store_path(name, &mut buffer) {
        Ok(()) => context.stores.wrote(buffer.as_bytes(), bytes),
        Err(_) => context.stores.forget(),
    }
}

/// A store with `record` as its current one; the one before gives its records and manifests.
pub fn with_record(record: &[u8], before: Option<Store<'_>>) -> Vec<u8> {
    let contents = |record: &[u8]| header::CONTENTS.u64(record);
    let mut sections = vec![(SectionKind::Current, record)];
    let mut past_len_bytes = 0;
    let mut known = vec![contents(record)];
    for earlier in before.into_iter().flat_map(records) {
        let bytes = earlier.bytes();
        if known.contains(&contents(bytes)) {
            continue;
        }
        known.push(contents(bytes));
        past_len_bytes += bytes.len();
        if sections.len() > PAST_MAX || past_len_bytes > PAST_LIMIT_BYTES {
            break;
        }
        sections.push((SectionKind::Past, bytes));
    }
    let manifests = before.filter(|store| store.manifests().is_ok());
    for section in manifests.into_iter().flat_map(Store::sections) {
        for kind in [SectionKind::Manifests, SectionKind::ManifestText] {
            if section.kind == kind as u32 {
                sections.push((kind, section.bytes));
            }
        }
    }
    assemble(&sections)
}

/// A store with these manifests, and all else of the one before.
pub fn with_manifests(index: &[u8], text: &[u8], before: Store<'_>) -> Vec<u8> {
    let mut sections: Vec<(SectionKind, &[u8])> = Vec::new();
    for section in before.sections().filter(|section| section.is_intact()) {
        for kind in [SectionKind::Current, SectionKind::Past] {
            if section.kind == kind as u32 {
                sections.push((kind, section.bytes));
            }
        }
    }
    sections.push((SectionKind::Manifests, index));
    sections.push((SectionKind::ManifestText, text));
    assemble(&sections)
}

/// The current record of a store, then the earlier ones.
pub fn records(store: Store<'_>) -> impl Iterator<Item = Record<'_>> {
    store.current().ok().into_iter().chain(store.past())
}

/// Whether `name` is one that a store of ours could have.
pub fn is_store_name(name: &[u8]) -> bool {
    let hash = name.strip_suffix(FILE_SUFFIX).unwrap_or_default();
    name.len() == FILE_NAME_LEN_BYTES && hash.iter().all(u8::is_ascii_hexdigit)
}

/// Removes the stores that were written longest ago, so that with `own` at most `count` are kept.
///
/// Behind a link, where another project may keep its own, only those of the same ROOT go.
pub fn keep_latest(directory: &CacheDirectory, own: &StoreName, count: usize) {
    let is_of_root = |name: &[u8]| name.get(..ROOT_DIGITS) == own.get(..ROOT_DIGITS);
    let mut others: Vec<(SystemTime, OsString)> = Vec::new();
    for name in directory.names() {
        let is_another = is_store_name(name.as_bytes()) && name.as_bytes() != own;
        // Others may keep what they call stores in a directory for all caches.
        let may_go = !directory.is_linked() || is_of_root(name.as_bytes());
        if is_another && may_go && directory.is_ours(&name) {
            let found = fs::symlink_metadata(directory.path().join(&name));
            others.extend(found.and_then(|found| found.modified()).map(|written| (written, name)));
        }
    }
    others.sort();
    let too_many = others.len().saturating_sub(count - 1);
    for (_, name) in others.into_iter().take(too_many) {
        directory.remove(&name);
    }
}

/// Publishes a store of the user's own, if `inputs` are still what they were; keeps the latest
/// `count` there.
pub fn publish_own(
    directory: &CacheDirectory,
    name: &StoreName,
    bytes: &[u8],
    inputs: &[Recorded],
    count: usize,
) -> Result<(), NotCached> {
    if bytes.len() > LIMIT_BYTES {
        return Err(NotCached::Unsuitable("what is to be kept is too long"));
    }
    directory.sweep(false);
    let prepared = directory.prepare(OsStr::from_bytes(name), bytes)?;
    if let Some(outdated) = revalidate::first_outdated(b"", inputs) {
        return Err(NotCached::InputChanged(outdated));
    }
    prepared.publish(|| true)?;
    keep_latest(directory, name, count);
    Ok(())
}

#[cfg(test)]
mod tests {
    use pivot_complete::cache::freshness::InputKind;
    use pivot_complete::cache::store::record::Part;
    use pivot_complete::files::Stamp;

    use super::*;
    use crate::cache::record::{Findings, NewRecord, Recorded};
    use crate::manifests::encode::{self, All, Kept, KeptSource};

    /// A store of this release, for the readers of later ones.
    const RELEASED: &[u8] = include_bytes!("../../../tests/fixtures/store-version-1.store");

    fn input(kind: InputKind, path: &str, number: u32) -> Recorded {
        let time = (1_700_000_000 + i64::from(number), number);
        let stamp = Stamp { mtime: time, ctime: time, len_bytes: 100, inode: 1 << 33 };
        let is_data = path.ends_with(".yaml");
        let stamp = if kind == InputKind::Absent { Stamp::default() } else { stamp };
        let names = if kind == InputKind::Directory { vec![1, 0, 0, 0] } else { Vec::new() };
        Recorded { kind, is_data, path: path.into(), names, stamp, digest: u64::from(number) << 40 }
    }

    /// The same store, as it is written now.
    fn written() -> Vec<u8> {
        let inputs = [
            input(InputKind::File, "pipeline.py", 1),
            input(InputKind::File, "/elsewhere/params.yaml", 2),
            input(InputKind::Directory, "", 3),
            input(InputKind::Absent, "local.py", 0),
            input(InputKind::StampOnly, "/bin/python3", 4),
        ];
        let record = |names: &str, failure: Option<&str>| {
            let findings = Findings {
                names: names.into(),
                targets: Some(b"demo/train:model\n".to_vec()),
                blurbs: b"demo/train\nTrains.\n".to_vec(),
                versions: b"3.13 30 0.5.11".to_vec(),
                directory: None,
                failure: failure.map(Into::into),
            };
            let stages_cache = Some(Stamp { inode: 9, ..Stamp::default() });
            let (config, clock) = (&b"pipeline.py"[..], (1_700_000_004, 0));
            let inputs = if failure.is_some() { &inputs[..1] } else { &inputs };
            NewRecord { config, findings: &findings, inputs, clock, stages_cache }.to_bytes()
        };
        let failed = record("demo/train\n", Some("no such thing"));
        let first = with_record(&failed, None);
        let second =
            with_record(&record("demo/train\ndemo/eval\n", None), Store::open(&first).ok());
        let stamp = Stamp { mtime: (5, 6), ctime: (7, 8), len_bytes: 9, inode: 10 };
        let path = b"pipeline.py".to_vec();
        let sources = vec![KeptSource { path, stamp, is_racy: true, digest: 11 }];
        let json = br#"{"self:train":"054640feee3e69a1"}"#.to_vec();
        let kept = Kept { json, sources, contents: 1, others: 2, computed_s: 3 };
        let all = All::from([(b"demo/train".to_vec(), kept)]);
        let (index, text) = encode::sections(&all, true);
        with_manifests(&index, &text, Store::open(&second).unwrap())
    }

    /// With `PIVOT_COMPLETE_BLESS` set, the file becomes what is written now: only together with
    /// another version and another name.
    #[test]
    fn a_store_of_this_release_is_written_as_ever() {
        let written = written();
        if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
            let file = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/store-version-1.store");
            fs::write(file, &written).unwrap();
            return;
        }
        assert!(written == RELEASED, "the layout changed; it needs another version");
    }

    #[test]
    fn a_store_of_this_release_is_read() {
        let store = Store::open(RELEASED).unwrap();
        assert!(store.is_intact());
        let record = store.current().unwrap();
        assert_eq!(record.part(Part::Names), b"demo/train\ndemo/eval\n");
        assert_eq!(record.part(Part::Versions), b"3.13 30 0.5.11");
        assert_eq!((record.recorded_s(), record.stages_cache().unwrap().inode), (1_700_000_004, 9));
        let inputs: Vec<_> = record.inputs().map(Option::unwrap).collect();
        assert_eq!(inputs.len(), 5);
        assert_eq!((inputs[0].is_racy, inputs[1].is_data), (false, true));
        assert_eq!((inputs[2].kind, inputs[2].is_racy), (InputKind::Directory, true));
        assert_eq!(inputs[3].kind, InputKind::Absent);
        let past: Vec<_> = store.past().collect();
        assert!(past.len() == 1 && past[0].has_failed());
        assert_eq!(past[0].part(Part::Message), b"no such thing");
        let manifests = store.manifests().unwrap();
        let json = manifests.find(b"demo/train").unwrap().json().unwrap();
        assert_eq!(json, br#"{"self:train":"054640feee3e69a1"}"#);
        let source = manifests.source(0).unwrap();
        assert_eq!((source.stamp.ctime, source.is_racy, source.digest), ((7, 8), true, 11));
        assert!(manifests.are_flushed());
    }
}
