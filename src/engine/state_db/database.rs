//! The database proper: sled, as it is opened in a process of its own and nowhere else.

use std::path::Path;

use super::error::StateDbError;
use super::request::{Access, Entry};
use super::seal;

/// Longest key: one of LMDB's by default, so that another engine could take sled's place.
pub const LONGEST_KEY_BYTES: usize = 511;

/// Pages that are kept in memory. One process serves one request.
const CACHE_CAPACITY_BYTES: u64 = 4 << 20;

/// An open database.
pub struct Database {
    sled: sled::Db,
    access: Access,
}

impl Database {
    /// Opens the database in the directory `path`, which is made where there is none.
    ///
    /// It may panic or never return where the files are damaged.
    pub fn open(path: &Path, access: Access) -> Result<Self, StateDbError> {
        let config = sled::Config::new()
            .path(path)
            .cache_capacity(CACHE_CAPACITY_BYTES)
            // No thread that flushes: each write flushes once.
            .flush_every_ms(None);
        Ok(Self { sled: config.open()?, access })
    }

    /// The value of `key`, if there is one and it is whole.
    pub fn get_raw(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StateDbError> {
        let found = self.sled.get(key)?;
        Ok(found.and_then(|sealed| seal::open(key, &sealed).map(<[u8]>::to_vec)))
    }

    /// Writes one entry, durably.
    pub fn put_raw(&self, key: &[u8], value: &[u8]) -> Result<(), StateDbError> {
        if key.len() > LONGEST_KEY_BYTES {
            return Err(StateDbError::KeyTooLong);
        }
        self.put_raw_many(&[(key.to_vec(), value.to_vec())])
    }

    /// Writes all of `entries` or none, durably; those with too long a key are left out.
    pub fn put_raw_many(&self, entries: &[Entry]) -> Result<(), StateDbError> {
        if self.access == Access::ReadOnly {
            return Err(StateDbError::ReadOnly);
        }
        let mut batch = sled::Batch::default();
        for (key, value) in entries.iter().filter(|(key, _)| key.len() <= LONGEST_KEY_BYTES) {
            batch.insert(key.as_slice(), seal::seal(key, value));
        }
        self.sled.apply_batch(batch)?;
        self.sled.flush()?;
        Ok(())
    }

    /// All entries that are whole.
    pub fn entries(&self) -> Result<Vec<Entry>, StateDbError> {
        let mut entries = Vec::new();
        for found in self.sled.iter() {
            let (key, sealed) = found?;
            entries.extend(seal::open(&key, &sealed).map(|value| (key.to_vec(), value.to_vec())));
        }
        Ok(entries)
    }
}
