//! One input, looked at: its stamp, and the digest of its content.

use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::freshness::{DIGEST_LIMIT_BYTES, InputKind, NamesDigest};
use pivot_complete::files::{Disk as _, FileType, PathBuffer, Stamp};

use crate::cache::record::Recorded;
use crate::files::{Disk, NotCached, path, path_storage};
use crate::python::observed::{Content, SeenFile};

/// A file that the driver saw read, as long as it is what it was then.
pub fn as_seen(seen: &SeenFile) -> Result<Recorded, NotCached> {
    seen.then
        .as_ref()
        .ok_or_else(|| changed(&seen.path))
        .and_then(|then| unchanged(&seen.path, then))
}

pub fn unchanged(file: &[u8], then: &Content) -> Result<Recorded, NotCached> {
    let (now, crc32) = look_at_file(file, !file.ends_with(b".py"))?;
    // The same content is the same input, whoever owns it now: SQLite gives its log to the owner of
    // the database.
    let then_now = Stamp { ctime: now.stamp.ctime, ..then.stamp };
    let same = match then.crc32 {
        Some(_) => then_now == now.stamp && crc32 == then.crc32,
        None => then.stamp == now.stamp,
    };
    if same { Ok(now) } else { Err(changed(file)) }
}

pub fn recorded(kind: InputKind, is_data: bool, stamp: Stamp, digest: u64) -> Recorded {
    let (path, names, aspects) = (Vec::new(), Vec::new(), 0);
    Recorded { kind, is_data, path, names, aspects, stamp, digest }
}

/// A file as it is now, and the crc32 of its content where that was read.
pub fn look_at_file(file: &[u8], is_data: bool) -> Result<(Recorded, Option<u32>), NotCached> {
    let stamp = stamp_of(file, FileType::File)?;
    if stamp.len_bytes > DIGEST_LIMIT_BYTES {
        return Ok((recorded(InputKind::StampOnly, is_data, stamp, 0), None));
    }
    let content = std::fs::read(path(file)).map_err(|_| changed(file))?;
    // The content belongs to the stamp when that is the same afterwards.
    if content.len() as u64 != stamp.len_bytes || stamp_of(file, FileType::File)? != stamp {
        return Err(changed(file));
    }
    let digest = xxh64(&content, 0);
    Ok((recorded(InputKind::File, is_data, stamp, digest), Some(crc32fast::hash(&content))))
}

/// A directory as it is now: its stamp, and the digest of the names that count.
pub fn look_at_directory(
    directory: &[u8],
    names: &[u8],
    mut each: impl FnMut(&[u8]),
) -> Result<(Stamp, u64), NotCached> {
    let stamp = stamp_of(directory, FileType::Directory)?;
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(directory).map_err(|_| changed(directory))?;
    let mut listing = NamesDigest::of(names);
    let listed = Disk.list(buffer.as_c_path(), &mut |name, _| {
        listing.add(name);
        each(name);
    });
    listed.map_err(|_| changed(directory))?;
    Ok((stamp, listing.value()))
}

pub fn stamp_of(file: &[u8], kind: FileType) -> Result<Stamp, NotCached> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(file).map_err(|_| changed(file))?;
    match Disk.stat(buffer.as_c_path()) {
        Ok(stat) if stat.kind == kind => Ok(Stamp::of(&stat)),
        _ => Err(changed(file)),
    }
}

pub fn changed(file: &[u8]) -> NotCached {
    NotCached::InputChanged(path(file).to_path_buf())
}
