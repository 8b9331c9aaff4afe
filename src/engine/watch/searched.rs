//! Where `pivot` was looked for: one that appears there, or is there again, is the one to ask.

use std::cell::RefCell;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use pivot_complete::files::{self, CPath, FileType, PathBuffer, ReadError, Stat, StatError};

use crate::context::Context;
use crate::files::{Disk, path, path_storage, std_disk};

/// The paths that were asked about until one was found.
pub fn searched(context: &Context) -> Vec<PathBuf> {
    let root = context.project.as_ref().map(|project| path(project.root).as_os_str().as_bytes());
    let directory = context.directory.as_os_str().as_bytes();
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let noting = Noting::default();
    let environment = context.variables.environment();
    environment.find_program(&noting, directory, root.unwrap_or_default(), &mut buffer);
    noting.0.into_inner()
}

/// The real file system, where each path that is asked about is noted.
#[derive(Default)]
struct Noting(RefCell<Vec<PathBuf>>);

impl files::Disk for Noting {
    type Bytes = Vec<u8>;

    fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        self.0.borrow_mut().push(OsStr::from_bytes(path.to_bytes()).into());
        Disk.stat(path)
    }

    std_disk::all_but_stat_and_read!();

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
        Disk.read(path, limit_bytes)
    }
}
