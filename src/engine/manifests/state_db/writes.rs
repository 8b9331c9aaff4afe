//! Counts the writes to a database, to notice those that it loses.
//!
//! sled recovers a damaged log up to the damage, forgets what came after that, and says nothing:
//! what was overwritten long ago comes back, and what is written next may be lost in turn. So
//! each write has a number, which is written with it and noted beside the database afterwards.

use super::database::Database;
use super::database_files::DatabaseFiles;
use super::error::StateDbError;
use super::request::KeyValue;

/// The key of the number: none of the engine's begins like that.
const KEY: &[u8] = b"\0writes";

/// Fails where the database has fewer writes than were noted; gives their number.
pub fn check(files: &DatabaseFiles, database: &Database) -> Result<u64, StateDbError> {
    let found = database.get_raw(KEY)?.and_then(|value| value.try_into().ok());
    let writes = found.map_or(0, u64::from_le_bytes);
    // One more is no fault: the process was ended before it noted it.
    if writes < files.noted_writes() {
        return Err(StateDbError::Broken("it has lost what was written last".into()));
    }
    Ok(writes)
}

/// The entry that makes a batch the write of this number.
pub fn entry(number: u64) -> KeyValue {
    (KEY.to_vec(), number.to_le_bytes().to_vec())
}
