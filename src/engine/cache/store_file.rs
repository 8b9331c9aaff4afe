//! Stores as files: which sections the next one takes over, and how many are kept.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

use pivot_complete::cache::key::{FILE_NAME_LEN_BYTES, FILE_SUFFIX, ROOT_DIGITS};
use pivot_complete::cache::store::record::{Record, header};
use pivot_complete::cache::store::{LIMIT_BYTES, Section, SectionKind, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Project;

use crate::cache::record::assemble;
use crate::context::Context;
use crate::files::{CacheDirectory, Shared, path_storage};

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

/// A store with `record` as its current one; those `before` give their records, and the first that
/// has any its manifests.
pub fn with_record(record: &[u8], before: &[Store<'_>]) -> Vec<u8> {
    let contents = |record: &[u8]| header::CONTENTS.u64(record);
    let mut sections = vec![(SectionKind::Current, record)];
    let mut past_len_bytes = 0;
    let mut known = vec![contents(record)];
    for earlier in before.iter().copied().flat_map(records) {
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
    let manifests = before.iter().copied().find(|store| store.manifests().is_ok());
    for section in manifests.into_iter().flat_map(Store::sections) {
        for kind in [SectionKind::Manifests, SectionKind::ManifestText, SectionKind::Walk] {
            if section.kind == kind as u32 {
                sections.push((kind, section.bytes));
            }
        }
    }
    assemble(&sections)
}

/// A store with these manifests and what Pivot looked at for them, with the current record as it is known
/// with them, and all else of the one before.
pub fn with_manifests(
    (index, text): (&[u8], &[u8]),
    walk: Option<&[u8]>,
    current: &[u8],
    before: Store<'_>,
) -> Vec<u8> {
    let mut sections: Vec<(SectionKind, &[u8])> = vec![(SectionKind::Current, current)];
    let past = |section: &Section<'_>| section.kind == SectionKind::Past as u32;
    for section in before.sections().filter(|section| past(section) && section.is_intact()) {
        sections.push((SectionKind::Past, section.bytes));
    }
    sections.push((SectionKind::Manifests, index));
    sections.push((SectionKind::ManifestText, text));
    sections.extend(walk.map(|walk| (SectionKind::Walk, walk)));
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
