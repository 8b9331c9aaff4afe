//! The database proper: sled, as it is opened in a process of its own and nowhere else.

use std::path::Path;

use super::error::StateDbError;
use super::request::{Access, KeyValue};
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
    pub fn put_raw_many(&self, entries: &[KeyValue]) -> Result<(), StateDbError> {
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
    pub fn entries(&self) -> Result<Vec<KeyValue>, StateDbError> {
        let mut entries = Vec::new();
        for found in self.sled.iter() {
            let (key, sealed) = found?;
            entries.extend(seal::open(&key, &sealed).map(|value| (key.to_vec(), value.to_vec())));
        }
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifests(count: usize, generation: usize) -> Vec<KeyValue> {
        let value = |stage: usize| {
            let words =
                (0..125).map(|word| format!("{:08x}", (word * 40_503) ^ stage ^ generation));
            words.collect::<String>().into_bytes()
        };
        (0..count).map(|stage| (format!("sm:{stage}").into_bytes(), value(stage))).collect()
    }

    /// Opens it once nobody has it: sled's own threads hold a closed one a moment longer.
    fn open(directory: &tempfile::TempDir, access: Access) -> Database {
        loop {
            match Database::open(directory.path(), access) {
                Err(StateDbError::Busy) => std::thread::yield_now(),
                opened => return opened.unwrap(),
            }
        }
    }

    #[test]
    fn values_come_back_also_when_it_is_opened_again() {
        let directory = tempfile::tempdir().unwrap();
        let database = open(&directory, Access::ReadWrite);
        assert_eq!(database.get_raw(b"key"), Ok(None));
        assert_eq!(database.put_raw(b"key", b"value"), Ok(()));
        assert_eq!(database.put_raw(&[b'k'; 511], b"long"), Ok(()));
        assert_eq!(database.put_raw(&[b'k'; 512], b"too long"), Err(StateDbError::KeyTooLong));
        let batch = [(vec![b'k'; 512], vec![]), (b"key".to_vec(), b"newer".to_vec())];
        assert_eq!(database.put_raw_many(&batch), Ok(()));
        drop(database);
        let database = open(&directory, Access::ReadWrite);
        assert_eq!(database.get_raw(b"key"), Ok(Some(b"newer".to_vec())));
        assert_eq!(database.get_raw(&[b'k'; 511]), Ok(Some(b"long".to_vec())));
        assert_eq!(database.entries().unwrap().len(), 2);
    }

    #[test]
    fn a_handle_that_only_reads_refuses_writes() {
        let directory = tempfile::tempdir().unwrap();
        open(&directory, Access::ReadWrite).put_raw(b"key", b"value").unwrap();
        let database = open(&directory, Access::ReadOnly);
        assert_eq!(database.put_raw(b"key", b"newer"), Err(StateDbError::ReadOnly));
        assert_eq!(database.put_raw_many(&manifests(2, 0)), Err(StateDbError::ReadOnly));
        assert_eq!(database.get_raw(b"key"), Ok(Some(b"value".to_vec())));
    }

    #[test]
    fn what_was_not_sealed_is_absent() {
        let directory = tempfile::tempdir().unwrap();
        let database = open(&directory, Access::ReadWrite);
        database.sled.insert(b"key", b"value").unwrap();
        assert_eq!(database.get_raw(b"key"), Ok(None));
        assert_eq!(database.entries(), Ok(vec![]));
    }

    #[test]
    fn a_thousand_rewrites_in_one_process_leave_it_small() {
        let directory = tempfile::tempdir().unwrap();
        let database = open(&directory, Access::ReadWrite);
        for generation in 0..1000 {
            database.put_raw_many(&manifests(200, generation)).unwrap();
        }
        let len_bytes = directory.path().join("db").metadata().unwrap().len();
        assert!(len_bytes < 16 << 20, "{len_bytes} bytes");
    }
}
