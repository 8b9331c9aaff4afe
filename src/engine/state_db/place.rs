//! Where the database lies, who may use it now, and what is put right before it is opened.
//!
//! ```text
//! ROOT/.pivot/cache/complete/
//!   state.lock           flocked by the process that works with the others
//!   state.sled/          the database
//!   state.sled.next/     a smaller one, until it takes the name
//!   state.sled.previous/ the one whose name it takes, until that is done
//!   state.sled.broken/   the last one that did not open
//! ```

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;
use nix::sys::statvfs::statvfs;
use nix::unistd::geteuid;

use super::error::StateDbError;
use super::request::{DATABASE, LOCK};
use crate::publish::is_own_file;

const NEXT: &str = "state.sled.next";
const PREVIOUS: &str = "state.sled.previous";
const BROKEN: &str = "state.sled.broken";

/// What sled writes into the file `conf` of every database of ours, and its CRC-32.
const CONF: &[u8] = b"segment_size: 524288\nuse_compression: false\nversion: 0.34\nv\x19Q\xc1";

/// How long a process waits for the one that works with the database: some dozen writes.
const PATIENCE: Duration = Duration::from_secs(1);

/// The directory around a database, held by this process for as long as this lives.
pub struct Place {
    directory: PathBuf,
    /// None on a file system without locks.
    lock: Option<File>,
}

impl Place {
    /// Waits for its turn in `directory`, which is the user's own.
    pub fn take(directory: &Path) -> Result<Self, StateDbError> {
        let lock = lock(&directory.join(LOCK), Instant::now() + PATIENCE)?;
        let place = Self { directory: directory.to_path_buf(), lock };
        if place.is_held() {
            place.finish_replacing()?;
        }
        Ok(place)
    }

    /// Whether no other process works here; unknown on a file system without locks.
    pub fn is_held(&self) -> bool {
        self.lock.is_some()
    }

    /// Where the database is.
    pub fn database(&self) -> PathBuf {
        self.directory.join(DATABASE)
    }

    /// Fails where another process works with the database in spite of the lock: one on a system
    /// where the lock file cannot be locked.
    pub fn check_unused(&self) -> Result<(), StateDbError> {
        let Ok(file) = File::open(self.database().join("db")) else { return Ok(()) };
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => Err(StateDbError::Busy),
            Err(TryLockError::Error(error)) => Err(error.into()),
            Ok(()) => Ok(()),
        }
    }

    /// The inode number of the database, or of what else has its name; nothing where there is none.
    pub fn inode(&self) -> Result<Option<u64>, StateDbError> {
        match fs::symlink_metadata(self.database()) {
            Ok(found) if found.uid() != geteuid().as_raw() => {
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
        for entry in fs::read_dir(&database)?.flatten() {
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
        DirBuilder::new().mode(0o700).create(self.database())?;
        Ok(fs::symlink_metadata(self.database())?.ino())
    }

    /// Fails where the disk has not `len_bytes` to spare: sled panics there.
    pub fn check_room(&self, len_bytes: u64) -> Result<(), StateDbError> {
        let found = statvfs(&self.directory).map_err(io::Error::from)?;
        // Some network file systems tell neither.
        let is_known = found.blocks() > 0;
        // Their types differ between systems.
        #[allow(clippy::useless_conversion, clippy::unnecessary_cast)]
        let free = (found.blocks_available() as u64).saturating_mul(found.fragment_size() as u64);
        if is_known && free < len_bytes { Err(StateDbError::DatabaseFull) } else { Ok(()) }
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
        remove(&next)?;
        DirBuilder::new().mode(0o700).create(&next)?;
        Ok(next)
    }

    /// Puts the next database, which is closed and synced, in this one's place.
    pub fn replace(&self) -> Result<(), StateDbError> {
        let database = self.database();
        let previous = self.directory.join(PREVIOUS);
        fs::rename(&database, &previous)?;
        fs::rename(self.directory.join(NEXT), &database)?;
        Ok(remove(&previous)?)
    }

    /// Does what a process that was killed while it replaced the database has left undone.
    fn finish_replacing(&self) -> Result<(), StateDbError> {
        let previous = self.directory.join(PREVIOUS);
        if !self.database().exists() && previous.exists() {
            fs::rename(&previous, self.database())?;
        }
        remove(&previous)?;
        Ok(remove(&self.directory.join(NEXT))?)
    }

    /// Sets the database with this inode number aside, unless another has already taken its name.
    pub fn set_aside(&self, inode: u64) -> Result<(), StateDbError> {
        let database = self.database();
        if !self.is_held() || fs::symlink_metadata(&database)?.ino() != inode {
            return Ok(());
        }
        let broken = self.directory.join(BROKEN);
        remove(&broken)?;
        Ok(fs::rename(database, broken)?)
    }
}

/// Locks the file `name`: nothing where there are no locks.
///
/// It is polled for, never waited for: that hangs on some NFS.
fn lock(name: &Path, deadline: Instant) -> Result<Option<File>, StateDbError> {
    let flags = (OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits();
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(flags)
        .open(name)?;
    if !is_own_file(&file) {
        return Err(StateDbError::Unavailable(format!("{LOCK} is not a file of one's own")));
    }
    let mut pause = Duration::from_millis(1);
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                return Err(StateDbError::Busy);
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
            Err(TryLockError::Error(_)) => return Ok(None),
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(25));
    }
}

/// Removes a file, a link, or a directory with all that is in it, if it is there.
fn remove(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}
