//! Stores in the user's own directory for caches: what is about an installed Pivot, or about no config.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::cache::lookup::unread;
use pivot_complete::cache::store::{LIMIT_BYTES, SectionKind, Store};
use pivot_complete::files::{Disk as _, PathBuffer};
use pivot_complete::reason::Reason;

use super::record::{Findings, NewRecord, Recorded, assemble};
use super::revalidate;
use super::store_file::{StoreName, is_store_name, keep_latest};
use crate::files::{CacheDirectory, Disk, NotCached, path, path_storage, read_if};

/// The directory of one, and the time there before it was looked for what it will say.
pub type Prepared = (CacheDirectory, (i64, u32));

/// Where one of them lies.
#[derive(Clone)]
pub struct OwnStore {
    /// Its file.
    pub file: PathBuf,
    name: StoreName,
    /// So many of its sort are kept.
    count: usize,
    /// Whether there may be something to read.
    is_read: bool,
}

impl OwnStore {
    /// The one in this file, beside at most `count` - 1 others; nothing where no store has such a name.
    pub fn at(file: &[u8], count: usize) -> Option<Self> {
        let file = path(file).to_path_buf();
        let name = file.file_name()?.as_bytes().try_into().ok()?;
        Some(Self { file, name, count, is_read: true })
    }

    /// The same before its directory is made: there is nothing to read.
    pub fn not_yet(self) -> Self {
        Self { is_read: false, ..self }
    }

    /// Opens its directory, or makes it.
    pub fn directory(&self) -> Result<CacheDirectory, NotCached> {
        CacheDirectory::open_own(self.file.parent().unwrap_or(Path::new("/")))
    }

    /// Its directory, and the time there: what changes from now on is not what will be kept.
    pub fn prepare(&self) -> Result<Prepared, NotCached> {
        let directory = self.directory()?;
        let clock = directory.clock()?;
        Ok((directory, clock))
    }

    /// Reads it, where it has at most `limit_bytes`.
    pub fn read(&self, limit_bytes: usize) -> Result<Vec<u8>, Reason> {
        if !self.is_read {
            return Err(Reason::CacheMissing);
        }
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        buffer.set(self.file.as_os_str().as_bytes())?;
        Disk.read(buffer.as_c_path(), limit_bytes).map_err(unread)
    }

    /// Publishes it, if `inputs` are still what they were; of its sort the latest stay.
    pub fn publish(
        &self,
        directory: &CacheDirectory,
        bytes: &[u8],
        inputs: &[Recorded],
    ) -> Result<(), NotCached> {
        if bytes.len() > LIMIT_BYTES {
            return Err(NotCached::Unsuitable("what is to be kept is too long"));
        }
        directory.sweep(false);
        let prepared = directory.prepare(OsStr::from_bytes(&self.name), bytes)?;
        if let Some(outdated) = revalidate::first_outdated(b"", inputs) {
            return Err(NotCached::InputChanged(outdated));
        }
        prepared.publish(|| true)?;
        sweep_gone(directory, &self.name);
        keep_latest(directory, &self.name, self.count);
        Ok(())
    }

    /// Takes its stamps anew, where these `bytes` were read; `here` is the working directory.
    pub fn renew(&self, bytes: &[u8], here: &Path) -> Option<()> {
        let store = Store::open(bytes).ok()?;
        let record = store.current().ok()?;
        // Before the stamps are taken: they are judged by this clock.
        let (directory, clock) = self.prepare().ok()?;
        let inputs = revalidate::again(b"", &record, here.as_os_str().as_bytes())?;
        let findings = Findings::of(&record);
        let renewed = NewRecord::of(b"", &findings, &inputs, clock);
        let renewed = NewRecord { salt: record.salt(), ..renewed }.to_bytes();
        let mut sections = vec![(SectionKind::Current, &renewed[..])];
        let section = store.command_line_bytes().ok();
        sections.extend(section.map(|section| (SectionKind::CommandLine, section)));
        self.publish(&directory, &assemble(&sections), &inputs).ok()
    }
}

/// Removes the other stores there that were made from files which are gone: of Pivots that were
/// uninstalled, of projects that were deleted.
fn sweep_gone(directory: &CacheDirectory, own: &StoreName) {
    for name in directory.names() {
        if is_store_name(name.as_bytes())
            && name.as_bytes() != own
            && directory.is_ours(&name)
            && is_gone(&directory.path().join(&name))
        {
            directory.remove(&name);
        }
    }
}

/// Whether a store's record is of a file that is there no more, or of none in a project that is not.
fn is_gone(file: &Path) -> bool {
    let Ok(bytes) = read_if(file, LIMIT_BYTES, |_| true) else { return false };
    let Ok(record) = Store::open(&bytes).and_then(Store::current) else { return false };
    let is_missing = |path: &Path| {
        path.is_absolute()
            && fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound)
    };
    record.inputs().flatten().any(|input| match (input.kind, path(input.path)) {
        (InputKind::File | InputKind::StampOnly, path) => is_missing(path),
        (InputKind::Absent, path) => {
            // `ROOT/.pivot/config.yaml`, which need not be there: ROOT must.
            let root = path.ends_with(".pivot/config.yaml").then(|| path.ancestors().nth(2));
            root.flatten().is_some_and(is_missing)
        }
        _ => false,
    })
}
