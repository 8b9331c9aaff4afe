//! Where the database lies, who may use it now, and what is put right before it is opened.
//!
//! ```text
//! ROOT/.pivot/cache/complete/
//!   state.lock           flocked by the process that works with the others; in it the number of
//!                        writes to the database (8 bytes, little endian)
//!   state.sled/          the database
//!   state.sled.next/     a smaller one, until it takes the name
//!   state.sled.previous/ the one whose name it takes, until that is done
//!   state.sled.broken/   the last one that did not open
//! ```

use std::ffi::OsStr;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, FileExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::sys::statvfs::statvfs;

use super::error::StateDbError;
use super::request::{DATABASE, LOCK};
use crate::environment::owner::is_users;
use crate::files::{CacheDirectory, lock_file};

const NEXT: &str = "state.sled.next";
const PREVIOUS: &str = "state.sled.previous";
const BROKEN: &str = "state.sled.broken";

/// What sled writes into the file `conf` of every database of ours, and its CRC-32.
const CONF: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\nv\x19Q\xc1";

/// Free space that opening needs: a segment of sled's log (512 KiB), a snapshot of its pages.
const ROOM_TO_OPEN_BYTES: u64 = 1 << 20;

/// How large a database that did not open may be to be kept.
const KEPT_BROKEN_BYTES: u64 = 4 << 20;

/// How long a process waits for the one that works with the database: some dozen writes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The directory around a database, held by this process for as long as this lives.
pub struct DatabaseFiles {
    directory: PathBuf,
    /// None on a file system without locks.
    lock: Option<File>,
    /// Until when it waits for other processes.
    deadline: Instant,
}

impl DatabaseFiles {
    /// Waits for its turn in `directory`, which is the user's own.
    pub fn take(directory: &Path) -> Result<Self, StateDbError> {
        let file = lock_file(&directory.join(LOCK))?;
        let deadline = Instant::now() + PATIENCE;
        let lock = lock(&file, deadline)?.is_ok().then_some(file);
        let files = Self { directory: directory.to_path_buf(), lock, deadline };
        if files.is_held() {
            files.finish_replacing()?;
        }
        Ok(files)
    }

    /// Whether no other process works here; unknown on a file system without locks.
    pub fn is_held(&self) -> bool {
        self.lock.is_some()
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.directory.join(DATABASE)
    }

    /// Waits for a process that works with the database in spite of the lock: one on a system
    /// where the lock file cannot be locked, or one that was killed and is not yet gone.
    pub fn wait_until_unused(&self) -> Result<(), StateDbError> {
        let Ok(file) = File::open(self.database().join("db")) else { return Ok(()) };
        Ok(lock(&file, self.deadline)??)
    }

    /// How many writes the database is known to have; none where that is not known.
    pub fn noted_writes(&self) -> u64 {
        let mut bytes = [0; 8];
        let noted = self.lock.as_ref().and_then(|file| file.read_exact_at(&mut bytes, 0).ok());
        noted.map_or(0, |()| u64::from_le_bytes(bytes))
    }

    /// Forgets that number, before another database takes the place of this one.
    fn forget_writes(&self) -> Result<(), StateDbError> {
        match &self.lock {
            Some(file) => Ok(file.set_len(0)?),
            None => Ok(()),
        }
    }

    /// Notes how many writes the database has, beside it.
    pub fn note_writes(&self, writes: u64) -> Result<(), StateDbError> {
        match &self.lock {
            Some(file) => Ok(file.write_all_at(&writes.to_le_bytes(), 0)?),
            None => Ok(()),
        }
    }

    /// The inode number of the database, or of what else has its name; nothing where there is none.
    pub fn inode(&self) -> Result<Option<u64>, StateDbError> {
        match fs::symlink_metadata(self.database()) {
            Ok(found) if !is_users(found.uid()) => {
                Err(StateDbError::Unavailable(format!("{DATABASE} is someone else's")))
            }
            Ok(found) => Ok(Some(found.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Puts right what a killed process may have left.
    pub fn heal(&self) -> Result<(), StateDbError> {
        let database = self.database();
        if !fs::symlink_metadata(&database)?.is_dir() {
            return Err(StateDbError::Broken(format!("{DATABASE} is no directory")));
        }
        if !self.is_held() {
            // It may be another process's that is at it now.
            return Ok(());
        }
        // sled takes a snapshot that was never finished for a whole one, and a part of its
        // configuration for a damaged one; where there is none it writes it.
        let entries = || fs::read_dir(&database).into_iter().flatten().flatten();
        if entries().any(|entry| !is_sleds(&entry.file_name())) {
            return Err(StateDbError::Unavailable(format!("{DATABASE} is no database of ours")));
        }
        for entry in entries() {
            if entry.file_name().as_bytes().ends_with(b".generating") {
                fs::remove_file(entry.path())?;
            }
        }
        let conf = database.join("conf");
        if fs::read(&conf).is_ok_and(|found| found != CONF) {
            fs::remove_file(conf)?;
        }
        Ok(())
    }

    /// Makes the database's directory, for its owner alone; gives its inode number.
    pub fn create(&self) -> Result<u64, StateDbError> {
        self.forget_writes()?;
        DirBuilder::new().mode(0o700).create(self.database())?;
        Ok(fs::symlink_metadata(self.database())?.ino())
    }

    /// Fails where the disk has no room to open a database and to write `len_bytes` to it.
    pub fn check_room(&self, len_bytes: u64) -> Result<(), StateDbError> {
        // Entries fill segments of sled's log by halves at worst.
        let needed = ROOM_TO_OPEN_BYTES + 2 * len_bytes;
        let found = statvfs(&self.directory).map_err(io::Error::from)?;
        // Some network file systems tell neither.
        let is_known = found.blocks() > 0;
        // Their types differ between systems.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        let free = (found.blocks_available() as u64).saturating_mul(found.fragment_size() as u64);
        if is_known && free < needed { Err(StateDbError::DatabaseFull) } else { Ok(()) }
    }

    /// The size of all files of the database.
    pub fn len_bytes(&self) -> u64 {
        let files = |directory: PathBuf| fs::read_dir(directory).into_iter().flatten().flatten();
        let database = self.database();
        let all = files(database.join("blobs")).chain(files(database));
        all.flat_map(|entry| entry.metadata()).filter(|file| file.is_file()).map(|f| f.len()).sum()
    }

    /// Makes an empty directory for a database that may replace this one.
    pub fn start_next(&self) -> Result<PathBuf, StateDbError> {
        let next = self.directory.join(NEXT);
        remove_database(&next)?;
        DirBuilder::new().mode(0o700).create(&next)?;
        Ok(next)
    }

    /// Puts the next database, which is closed and synced, in this one's place.
    pub fn replace(&self) -> Result<(), StateDbError> {
        let database = self.database();
        let previous = self.directory.join(PREVIOUS);
        fs::rename(&database, &previous)?;
        fs::rename(self.directory.join(NEXT), &database)?;
        Ok(remove_database(&previous)?)
    }

    /// Does what a process that was killed while it replaced the database has left undone.
    fn finish_replacing(&self) -> Result<(), StateDbError> {
        let previous = self.directory.join(PREVIOUS);
        if !self.database().exists() && previous.exists() {
            fs::rename(&previous, self.database())?;
        }
        remove_database(&previous)?;
        Ok(remove_database(&self.directory.join(NEXT))?)
    }

    /// Sets the database with this inode number aside, unless another has already taken its name.
    pub fn set_aside(&self, inode: u64) -> Result<(), StateDbError> {
        let database = self.database();
        if !self.is_held() || fs::symlink_metadata(&database)?.ino() != inode {
            return Ok(());
        }
        self.wait_until_unused()?;
        let broken = self.directory.join(BROKEN);
        remove_database(&broken)?;
        self.forget_writes()?;
        let is_large = self.len_bytes() > KEPT_BROKEN_BYTES;
        fs::rename(database, &broken)?;
        // What is kept stays below what GUIDE.md says.
        if is_large {
            remove_database(&broken)?;
        }
        Ok(())
    }
}

/// Opens the lock file `name`: eight bytes, or fewer where a write was cut off.
fn lock_file(name: &Path) -> Result<File, StateDbError> {
    lock_file::open(name, |head| head.len() <= 8)
        .map_err(|error| StateDbError::Unavailable(format!("{LOCK}: {error}")))
}

/// Locks `file`; the inner error says that there are no locks here.
///
/// It is polled for, never waited for: that hangs on some NFS.
fn lock(file: &File, deadline: Instant) -> Result<io::Result<()>, StateDbError> {
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Ok(())),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(StateDbError::Busy);
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
            Err(TryLockError::Error(error)) => return Ok(Err(error)),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(25));
    }
}

/// Whether `name` is a database of ours: by its name, and behind a link by its content too.
pub fn is_database(directory: &CacheDirectory, name: &OsStr) -> bool {
    let is_named = [DATABASE, NEXT, PREVIOUS, BROKEN].iter().any(|known| name == OsStr::new(known));
    let conf = || fs::read(directory.path().join(name).join("conf"));
    is_named && (!directory.is_linked() || conf().is_ok_and(|found| found == CONF))
}

/// Whether the lock file in `directory` is one of ours, by its content.
pub fn is_lock(directory: &CacheDirectory) -> bool {
    let found = fs::symlink_metadata(directory.path().join(LOCK));
    found.is_ok_and(|found| found.is_file() && found.len() <= 8)
}

/// Whether `name` is that of a file or directory of sled's in a database.
fn is_sleds(name: &OsStr) -> bool {
    let name = name.as_bytes();
    matches!(name, b"db" | b"conf" | b"blobs") || name.starts_with(b"snap.")
}

/// Removes a file, a link, or a database with all of sled's that is in it, if it is there. What else
/// lies in there stays, and is an error.
pub fn remove_database(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => empty(path).and_then(|()| fs::remove_dir(path)),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn empty(database: &Path) -> io::Result<()> {
    let entries = || fs::read_dir(database).into_iter().flatten().flatten();
    if entries().any(|entry| !is_sleds(&entry.file_name())) {
        return Err(io::Error::other("what is in there is not all ours"));
    }
    for entry in entries() {
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::state_db::database::Database;
    use crate::manifests::state_db::request::Access;

    #[test]
    fn sled_writes_the_configuration_that_is_expected() {
        let directory = tempfile::tempdir().unwrap();
        let files = DatabaseFiles::take(directory.path()).unwrap();
        files.create().unwrap();
        drop(Database::open(&files.database(), Access::ReadWrite).unwrap());
        assert_eq!(fs::read(files.database().join("conf")).unwrap(), CONF);
    }

    #[test]
    fn only_the_database_that_is_meant_is_set_aside() {
        let directory = tempfile::tempdir().unwrap();
        let files = DatabaseFiles::take(directory.path()).unwrap();
        let inode = files.create().unwrap();
        files.note_writes(7).unwrap();
        files.set_aside(inode + 1).unwrap();
        assert_eq!((files.inode().unwrap(), files.noted_writes()), (Some(inode), 7));
        files.set_aside(inode).unwrap();
        assert_eq!((files.inode().unwrap(), files.noted_writes()), (None, 0));
        assert!(directory.path().join(BROKEN).is_dir());
        // A large one is not kept.
        fs::create_dir(files.database()).unwrap();
        let db = File::create(files.database().join("db")).unwrap();
        db.set_len(KEPT_BROKEN_BYTES + 1).unwrap();
        files.set_aside(files.inode().unwrap().unwrap()).unwrap();
        assert_eq!((files.inode().unwrap(), directory.path().join(BROKEN).exists()), (None, false));
    }
}
