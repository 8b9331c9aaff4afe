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

    /// Takes the lock file `name` as soon as nobody else has it; none where one holder keeps it for
    /// longer than `patience`, or where there are no locks. Holders who come and go are waited for:
    /// each of them takes its file away.
    pub fn wait(name: &Path, patience: Duration, ours: impl Fn(&[u8]) -> bool) -> Option<Self> {
        // Held open, so that no later file gets its number.
        let mut seen = open(name, &ours).ok()?;
        let mut since = Instant::now();
        loop {
            let file = open(name, &ours).ok()?;
            if !is_named(&seen, name) {
                seen = file.try_clone().ok()?;
                since = Instant::now();
            }
            match Self::take(file, name.to_path_buf()) {
                None if since.elapsed() < patience => std::thread::sleep(PAUSE),
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

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(1);

    fn held(directory: &Path, name: &str) -> Held {
        let path = directory.join(name);
        Held::take(open(&path, |_| true).unwrap(), path).unwrap()
    }

    #[test]
    fn a_queue_of_holders_is_waited_for() {
        let directory = tempfile::tempdir().unwrap();
        let name = directory.path().join("lock");
        let mut holder = held(directory.path(), "lock");
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| Held::wait(&name, PATIENCE, |_| true).is_some());
            // One after the other without a gap, in all longer than one of them may take.
            for number in 0..20 {
                std::thread::sleep(PAUSE * 20);
                let next = held(directory.path(), &number.to_string());
                fs::rename(&next.name, &name).unwrap();
                holder = Held { file: next.file, name: name.clone() };
            }
            assert!(!waiter.is_finished(), "it gave up");
            holder.remove().unwrap();
            assert!(waiter.join().unwrap());
        });
    }

    #[test]
    fn one_holder_who_stays_is_not_waited_for_any_longer() {
        let directory = tempfile::tempdir().unwrap();
        let holder = held(directory.path(), "lock");
        assert!(Held::wait(&holder.name, PAUSE, |_| true).is_none());
    }
}
