//! Manifests in StateDB: what outlives a store that was removed, and serves other environments
//! with the same Python and Pivot.
//!
//! ```text
//! sm:STAGE NUL PYTHON NUL SCHEMA    {"m":MANIFEST,"s":{SOURCE:[MTIME_NS,SIZE,INODE],...}}
//! sd:STAGE NUL PYTHON NUL SCHEMA    contents of the record with ROOT, of the walk, when, contents
//!                                   of the sources: 8 bytes each
//! ```

use std::collections::HashMap;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use serde_json::Value;
use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::store::record::{Part, Record};
use pivot_complete::encoding::layout::Field;
use pivot_complete::encoding::write_json_escaped;
use pivot_complete::files::{Disk as _, PathBuffer, Stamp};

use super::keep::Around;
use crate::files::{Disk, path_storage};
use crate::manifests::encode::{All, Kept, KeptSource};
use crate::manifests::state_db::{Access, StateDb, StateDbError};

/// The fields of what `sd:` keys lead to.
mod digests {
    use super::Field;

    /// The digest of the contents of the record, with ROOT.
    pub const RECORD: Field<8> = Field::first();
    /// The digest of what Pivot looked at beyond the sources.
    pub const WALK: Field<8> = RECORD.then();
    /// When the manifest was computed, in seconds.
    pub const COMPUTED_S: Field<8> = WALK.then();
    /// The digest of the contents of the sources.
    pub const SOURCES: Field<8> = COMPUTED_S.then();
    /// Length of all of them, in bytes.
    pub const LEN_BYTES: usize = SOURCES.end();
}

/// Those of `stages` whose manifests StateDB has, computed under the same contents as `record`,
/// which is fresh, and the same walk, from sources that are as they were.
///
/// Not for an answer that is the user's own: the database is everyone's who may read the project.
pub fn fresh(
    root: &Path,
    around: &Around<'_>,
    (record, walk): (&Record<'_>, u64),
    stages: &[Vec<u8>],
) -> All {
    if around.is_private() {
        return All::new();
    }
    let prefix = around.prefix();
    let versions = record.part(Part::Versions);
    let key = |kind: &[u8], stage: &Vec<u8>| key(kind, &prefix, stage, versions);
    let keys: Option<Vec<Vec<u8>>> =
        stages.iter().flat_map(|stage| [key(b"sm:", stage), key(b"sd:", stage)]).collect();
    let db = StateDb::at(root, Access::ReadOnly);
    let values = keys.and_then(|keys| db.get_many(&keys).ok()).unwrap_or_default();
    // Each source is read once, whatever stages share it.
    let mut found: HashMap<Vec<u8>, Option<KeptSource>> = HashMap::new();
    let kept = |(stage, pair): (&Vec<u8>, &[Option<Vec<u8>>])| {
        let [Some(manifest), Some(told)] = pair else { return None };
        let mut kept = read(manifest)?;
        kept.contents = record.contents_digest();
        kept.walk = digests::WALK.u64(told)?;
        kept.computed_s = digests::COMPUTED_S.u64(told)? as i64;
        let has_walk = kept.walk == 0 || kept.walk == walk;
        if !has_walk
            || digests::RECORD.u64(told)? != contents_in(root, &kept)
            || kept.sources.is_empty()
        {
            return None;
        }
        let now = |then: &KeptSource| {
            let looked_at = || as_it_is(root, &then.path, record.recorded_s());
            let now = found.entry(then.path.clone()).or_insert_with(looked_at).clone();
            now.filter(|now| now.stamp.is_same_file(&then.stamp))
        };
        kept.sources = kept.sources.iter().map(now).collect::<Option<_>>()?;
        (contents(&kept.sources) == digests::SOURCES.u64(told)?).then(|| (stage.clone(), kept))
    };
    stages.iter().zip(values.chunks(2)).filter_map(kept).collect()
}

/// A source as it is now.
fn as_it_is(root: &Path, relative: &[u8], recorded_s: i64) -> Option<KeptSource> {
    let mut storage = path_storage();
    let mut path = PathBuffer::new(&mut storage);
    path.set(root.as_os_str().as_bytes()).ok()?;
    path.push(relative).ok()?;
    let stat = || Disk.stat(path.as_c_path()).ok();
    let stamp = Stamp::of(&stat()?);
    let digest = Disk.digest(path.as_c_path(), stamp.len_bytes).ok()?;
    let is_whole = Stamp::of(&stat()?) == stamp;
    // The record's clock is behind now's: what changed since counts as racy.
    let is_racy = stamp.is_racy((recorded_s, 0));
    is_whole.then(|| KeptSource { path: relative.to_vec(), stamp, is_racy, digest })
}

/// One digest of the contents of all sources, whatever their order.
fn contents(sources: &[KeptSource]) -> u64 {
    let mut sources: Vec<&KeptSource> = sources.iter().collect();
    sources.sort_by_key(|source| &source.path);
    sources
        .iter()
        .fold(0, |seed, source| xxh64(&source.digest.to_le_bytes(), xxh64(&source.path, seed)))
}

/// The contents that a manifest was computed under, and where: a copy's StateDB is another ROOT's,
/// whose path may stand in the manifest.
fn contents_in(root: &Path, kept: &Kept) -> u64 {
    xxh64(&kept.contents.to_le_bytes(), xxh64(root.as_os_str().as_bytes(), 0))
}

/// Writes manifests in one batch.
pub fn flush(
    root: &Path,
    around: &Around<'_>,
    record: &Record<'_>,
    all: &All,
) -> Result<(), StateDbError> {
    if around.is_private() {
        return Ok(());
    }
    let prefix = around.prefix();
    let versions = record.part(Part::Versions);
    let mut entries = Vec::new();
    for (stage, kept) in all {
        let mut value = vec![0; digests::LEN_BYTES];
        digests::RECORD.set(&mut value, contents_in(root, kept).to_le_bytes());
        digests::WALK.set(&mut value, kept.walk.to_le_bytes());
        digests::COMPUTED_S.set(&mut value, kept.computed_s.to_le_bytes());
        digests::SOURCES.set(&mut value, contents(&kept.sources).to_le_bytes());
        let key = |kind: &[u8]| key(kind, &prefix, stage, versions);
        entries.extend(key(b"sm:").map(|key| (key, write(kept))));
        entries.extend(key(b"sd:").map(|key| (key, value)));
    }
    StateDb::at(root, Access::ReadWrite).put_many(&entries)
}

/// A key; `None` where the versions are not known.
fn key(kind: &[u8], prefix: &[u8], stage: &[u8], versions: &[u8]) -> Option<Vec<u8>> {
    let mut words = versions.split(|&byte| byte == b' ');
    let (python, schema) = (words.next()?, words.next()?);
    Some([kind, prefix, stage, b"\0", python, b"\0", schema].concat())
}

fn write(kept: &Kept) -> Vec<u8> {
    let mut value = b"{\"m\":".to_vec();
    value.extend(&kept.json);
    value.extend(b",\"s\":{");
    for (index, KeptSource { path, stamp, .. }) in kept.sources.iter().enumerate() {
        value.extend(if index == 0 { &b"\""[..] } else { b",\"" });
        write_json_escaped(path, &mut |piece| value.extend(piece));
        let mtime_ns = i128::from(stamp.mtime.0) * 1_000_000_000 + i128::from(stamp.mtime.1);
        value.extend(format!("\":[{mtime_ns},{},{}]", stamp.len_bytes, stamp.inode).bytes());
    }
    value.extend(b"}}");
    value
}

/// Reads what [`write`] wrote; `None` for anything else. What it does not say of the sources is
/// zero, and their stamps prove nothing.
fn read(value: &[u8]) -> Option<Kept> {
    let rest = value.strip_prefix(b"{\"m\":")?;
    let mut values = serde_json::Deserializer::from_slice(rest).into_iter::<Value>();
    if !values.next()?.ok()?.is_object() {
        return None;
    }
    let (json, rest) = rest.split_at_checked(values.byte_offset())?;
    let sources = rest.strip_prefix(b",\"s\":")?.strip_suffix(b"}")?;
    let sources: Value = serde_json::from_slice(sources).ok()?;
    let source = |(path, stamp): (&String, &Value)| {
        let [mtime_ns, len_bytes, inode] = stamp.as_array()?.as_slice() else { return None };
        let mtime_ns = mtime_ns.as_i64()?;
        let second = 1_000_000_000;
        let stamp = Stamp {
            mtime: (mtime_ns.div_euclid(second), mtime_ns.rem_euclid(second) as u32),
            ctime: (0, 0),
            len_bytes: len_bytes.as_u64()?,
            inode: inode.as_u64()?,
        };
        let is_below = !path.starts_with('/') && path.split('/').all(|part| part != "..");
        let (path, is_racy, digest) = (path.clone().into_bytes(), true, 0);
        is_below.then_some(KeptSource { path, stamp, is_racy, digest })
    };
    let sources = sources.as_object()?.iter().map(source).collect::<Option<_>>()?;
    // What a lock file has beside it is not kept here.
    let (json, beyond) = (json.to_vec(), Vec::new());
    Some(Kept { json, beyond, sources, contents: 0, walk: 0, computed_s: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let stamp = Stamp { mtime: (-1, 5), ctime: (0, 0), len_bytes: 6, inode: u64::MAX };
        let kept = Kept {
            json: br#"{"self:t":"\u00e4,\"s\":{"}"#.to_vec(),
            beyond: Vec::new(),
            sources: ["a \"b\".py", "größe.py"]
                .map(|path| KeptSource { path: path.into(), stamp, is_racy: true, digest: 0 })
                .into(),
            contents: 0,
            walk: 0,
            computed_s: 0,
        };
        let value = write(&kept);
        assert_eq!(read(&value), Some(kept));
        for end in 0..value.len() {
            assert_eq!(read(&value[..end]), None, "cut at {end}");
        }
        assert_eq!(read(br#"{"m":{},"s":{"../a":[1,2,3]}}"#), None);
        assert_eq!(read(br#"{"m":{},"s":{"a":[1,2]}}"#), None);
    }
}
