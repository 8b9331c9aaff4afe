//! Lock files: those of the user alone, whatever else has their name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::environment::owner::is_users;
use crate::files::content::HEAD_BYTES;
use crate::files::leave_runtime_directory;

/// How long it takes until a lock is asked for again.
const PAUSE: Duration = Duration::from_millis(5);

/// Rights of others than a file's owner.
const OTHERS: u32 = 0o077;

/// A lock while it is held: it ends with this, which leaves the file its name.
pub struct Held {
    /// The lock file.
    pub file: File,
    /// Its name.
    pub name: PathBuf,
}

impl Held {
    /// Takes the lock if nobody else has it, of an open lock file that still has its `name`.
    pub fn take(file: File, name: PathBuf) -> Option<Self> {
        file.try_lock().ok()?;
        is_named(&file, &name).then_some(Self { file, name })
    }

    /// Takes the lock file `name` as soon as nobody else has it; none after the deadline, or where
    /// there are no locks.
    pub fn wait(name: &Path, deadline: Instant, ours: impl Fn(&[u8]) -> bool) -> Option<Self> {
        loop {
            match Self::take(open(name, &ours).ok()?, name.to_path_buf()) {
                None if Instant::now() < deadline => std::thread::sleep(PAUSE),
                held => return held,
            }
        }
    }

    /// Lets go, and takes the file away.
    pub fn remove(self) -> io::Result<()> {
        // Before the lock goes: whoever opens the name from now on starts anew.
        fs::remove_file(&self.name)?;
        leave_runtime_directory(&self.name);
        Ok(())
    }
}

/// Opens the lock file `name`, or makes it, for its owner alone: who can open a file can lock it, and
/// hold everybody up.
///
/// One that others can open, or that has another name too, perhaps as somebody's data, gives its name
/// to a new one, which takes over what a short one says; one whose first bytes are not `ours` keeps
/// it, and there is no lock.
pub fn open(name: &Path, ours: impl Fn(&[u8]) -> bool) -> io::Result<File> {
    let mut taken_over = Vec::new();
    // A second time for one that was replaced.
    for _ in 0..2 {
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags((OFlag::O_NOFOLLOW | OFlag::O_NONBLOCK).bits())
            .open(name)?;
        let found = file.metadata()?;
        let head = read_head(&mut file)?;
        if !found.is_file() || !is_users(found.uid()) || !ours(&head) {
            break;
        }
        if found.mode() & OTHERS == 0 && found.nlink() <= 1 {
            if head.is_empty() {
                file.write_all(&taken_over)?;
            }
            file.rewind()?;
            return Ok(file);
        }
        taken_over = if found.len() < HEAD_BYTES { head } else { Vec::new() };
        if is_named(&file, name) {
            fs::remove_file(name)?;
        }
    }
    Err(io::Error::other("it is no lock file of one's own"))
}

/// Whether an open file still has its name.
pub fn is_named(file: &File, name: &Path) -> bool {
    match (file.metadata(), fs::symlink_metadata(name)) {
        (Ok(held), Ok(named)) => (held.dev(), held.ino()) == (named.dev(), named.ino()),
        _ => false,
    }
}

/// The first bytes of a file, as many as tell whose it is.
pub fn read_head(file: &mut File) -> io::Result<Vec<u8>> {
    let mut head = Vec::new();
    file.take(HEAD_BYTES).read_to_end(&mut head)?;
    Ok(head)
}
