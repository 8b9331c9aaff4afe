//! Stores as files: which sections the next one takes over, and how many are kept.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::time::SystemTime;

use pivot_complete::disk::Disk as _;
use pivot_complete::path::PathBuffer;
use pivot_complete::project::Project;
use pivot_complete::store::record::Record;
use pivot_complete::store::{FILE_NAME_LEN_BYTES, FILE_SUFFIX, LIMIT_BYTES, SectionKind, Store};

use crate::disk::{Disk, path_storage};
use crate::publish::CacheDirectory;
use crate::recorded::assemble;

/// A store's file name.
pub type StoreName = [u8; FILE_NAME_LEN_BYTES];

/// Stores that are kept in one project: terminals with an environment each.
const STORES_MAX: usize = 8;

/// Earlier records that a store keeps, for branches that are switched back and forth.
const PAST_MAX: usize = 7;

/// The most that earlier records may take, in bytes.
const PAST_LIMIT_BYTES: usize = 1 << 20;

/// The bytes of a store of `project`.
pub fn read(project: &Project<'_>, name: &StoreName) -> Option<Vec<u8>> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    project.store_path(name, &mut buffer).ok()?;
    Disk.read(buffer.as_c_str(), LIMIT_BYTES).ok()
}

/// A store with `record` as its current one; the one before gives its records and manifests.
pub fn with_record(record: &[u8], before: Option<Store<'_>>) -> Vec<u8> {
    // Where the contents digest stands in a record.
    let contents = |record: &[u8]| record.get(16..24).map(<[u8]>::to_vec);
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

/// Removes the stores that were written longest ago, beyond those that are kept.
pub fn keep_latest(directory: &CacheDirectory, own: &StoreName) {
    let mut others: Vec<(SystemTime, OsString)> = Vec::new();
    for name in directory.names() {
        if name.as_bytes().ends_with(FILE_SUFFIX) && name.as_bytes() != own {
            let found = fs::symlink_metadata(directory.path().join(&name));
            others.extend(found.and_then(|found| found.modified()).map(|written| (written, name)));
        }
    }
    others.sort();
    let too_many = others.len().saturating_sub(STORES_MAX - 1);
    for (_, name) in others.into_iter().take(too_many) {
        directory.remove(&name);
    }
}
