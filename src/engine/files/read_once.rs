//! Files that are read once: until somebody may have written one, it is what it was.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Deref;
use std::rc::Rc;

use pivot_complete::files::{CPath, Disk as _, ReadError};

use super::Disk;

/// The bytes of a file, for all who ask.
#[derive(Clone, Debug)]
pub struct Shared(Rc<Vec<u8>>);

impl AsRef<[u8]> for Shared {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Deref for Shared {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for Shared {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Rc::new(bytes))
    }
}

/// What was read.
#[derive(Default)]
pub struct ReadOnce {
    known: RefCell<HashMap<Vec<u8>, Result<Shared, ReadError>>>,
}

impl ReadOnce {
    /// Reads the regular file `path`, of at most `limit_bytes`, which is the same for all who ask.
    pub fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Shared, ReadError> {
        let mut known = self.known.borrow_mut();
        let read = || Disk.read(path, limit_bytes).map(Shared::from);
        known.entry(path.to_bytes().to_vec()).or_insert_with(read).clone()
    }

    /// Takes `bytes` for what lies at `path`: they were just written there.
    pub fn wrote(&self, path: &[u8], bytes: Vec<u8>) {
        self.known.borrow_mut().insert(path.to_vec(), Ok(bytes.into()));
    }

    /// Reads anew from now on: somebody else may have written.
    pub fn forget(&self) {
        self.known.borrow_mut().clear();
    }
}
