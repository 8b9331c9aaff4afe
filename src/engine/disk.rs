//! The file system as the engine reads it: whole files, never mapped, since the engine is what
//! the front falls back to when a mapped file was cut.

use std::ffi::CStr;

use pivot_complete::disk::{self, ReadError, Stat, StatError};

#[path = "../std_disk.rs"]
mod std_disk;

/// The real file system.
pub struct Disk;

impl disk::Disk for Disk {
    type Bytes = Vec<u8>;

    fn stat(&self, path: &CStr) -> Result<Stat, StatError> {
        std_disk::stat(path)
    }

    fn read(&self, path: &CStr, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
        let (mut file, len_bytes) = std_disk::open(path, limit_bytes)?;
        std_disk::read(&mut file, len_bytes)
    }
}
