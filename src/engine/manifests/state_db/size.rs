//! Keeps the database small: once it has grown too far, a fresh one takes its place.
//!
//! sled frees the segments of its log that no page lives in any more, and a database of 200
//! manifests that are rewritten again and again stays at some 3 MB. It does not free the files
//! that hold values larger than a quarter of a segment (128 KiB), and nobody removes the
//! manifests of stages that were renamed.

use std::fs::File;
use std::mem::ManuallyDrop;

use super::database::Database;
use super::database_files::DatabaseFiles;
use super::error::StateDbError;
use super::request::{Access, KeyValue};

/// Size on disk up to which nothing is done.
const SMALL_BYTES: u64 = 10 << 20;

/// How many times as large as what its entries take a larger database may be.
const LARGEST_RATIO: u64 = 3;

/// What an entry takes beside its key and value: 50,000 of 60 bytes that are written at once make sled's
/// log 15 MB long.
const ENTRY_BYTES: u64 = 256;

/// What all entries may take; beyond that those alone are kept that were written last. The database and
/// the one that takes its place, both of which are there for a moment, stay below what GUIDE.md says.
const MOST_BYTES: u64 = 3 << 20;

/// Replaces the database by a smaller one if it is too large, after `written` was written to it.
pub fn limit(
    files: &DatabaseFiles,
    database: ManuallyDrop<Database>,
    written: &[KeyValue],
) -> Result<(), StateDbError> {
    let len_bytes = files.len_bytes();
    if len_bytes <= SMALL_BYTES || !files.is_held() {
        return Ok(());
    }
    let entries = database.entries()?;
    let entries_len_bytes: u64 =
        entries.iter().map(|(key, value)| (key.len() + value.len()) as u64 + ENTRY_BYTES).sum();
    let kept = if entries_len_bytes > MOST_BYTES { written } else { &entries };
    if kept.len() == entries.len() && len_bytes <= LARGEST_RATIO * entries_len_bytes {
        return Ok(());
    }
    files.check_room(entries_len_bytes)?;
    // It knows its files by their paths, which are another's soon.
    drop(ManuallyDrop::into_inner(database));
    let next = files.start_next()?;
    let fresh = Database::open(&next, Access::ReadWrite)?;
    fresh.put_raw_many(kept)?;
    drop(fresh);
    File::open(next.join("db"))?.sync_all()?;
    files.replace()
}
