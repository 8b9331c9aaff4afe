//! One discovery at a time: whoever comes while it runs waits and shares its result.
//!
//! The leader holds an flock on `ROOT/.pivot/cache/complete.lock`, or on a file in the user's
//! runtime directory where that cannot be written. As soon as it has its result it writes it into
//! the lock file, which those who wait hold open, too; once that is cached it removes the name and
//! lets go. Who came between the two waits for the lock, and looks at the caches. A leader that dies
//! leaves no result: the next to get the lock leads. The lock is polled for, never waited for: that
//! hangs on some NFS.

use std::cell::Cell;
use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::unistd::geteuid;
use pivot_complete::encoding::hex;
use pivot_complete::reason::Reason;
use xxhash_rust::xxh64::xxh64;

use crate::environment::settings::variable;
use crate::files::content::{self, RESULT};
use crate::files::lock_file::{self, Held, is_named};
use crate::files::{CacheDirectory, may_make};
use crate::process::interrupts;
use crate::process::interrupts::Listening;
use crate::report::Failure;

/// What a leader tells the others: what was found, field by field, or the failure.
pub type Outcome = Result<Vec<Vec<u8>>, Failure>;

/// The turn of one process.
pub enum Turn {
    /// It discovers.
    Lead(Lead),
    /// Someone else has done so meanwhile.
    Shared(Outcome),
    /// The deadline came first.
    TimedOut,
    /// The user interrupted.
    Interrupted,
}

/// The lock while it is held; where there can be none, nothing.
pub struct Lead {
    held: Option<Held>,
    key: Vec<u8>,
    /// What is to be told; nothing, once it was.
    outcome: Cell<Option<Outcome>>,
}

impl Lead {
    /// Whether nobody else writes while this is held.
    pub fn is_alone(&self) -> bool {
        self.held.is_some()
    }

    /// When the lead began or before, by the clock of the project's file system, where that is
    /// known: the lock file's mtime.
    pub fn since(&self) -> Option<(i64, u32)> {
        let found = self.held.as_ref()?.file.metadata().ok()?;
        Some((found.mtime(), found.mtime_nsec() as u32))
    }

    fn of(held: Option<Held>, key: &[u8]) -> Self {
        Self { held, key: key.to_vec(), outcome: Cell::new(None) }
    }

    /// Has the result, which nobody is told yet: what it depends on may have changed meanwhile.
    pub fn has(&self, outcome: Outcome) {
        self.outcome.set(Some(outcome));
    }

    /// Tells those who wait.
    pub fn tell(&self) {
        if let (Some(held), Some(outcome)) = (&self.held, self.outcome.take()) {
            let _ = (&held.file).write_all(&record(&self.key, &outcome));
        }
    }

    /// Tells those who wait and lets go.
    pub fn finish(self) {
        self.tell();
        let _ = self.held.map(Held::remove);
    }

    /// Lets go without a result, as one who found the answer in the cache.
    pub fn withdraw(self) {
        if let Some(held) = self.held {
            let _ = held.file.set_len(0).and_then(|()| held.remove());
        }
    }
}

/// Waits for the turn of a discovery of `key`: root, config and its stamp, Pivot.
pub fn take_turn(root: &Path, key: &[u8], deadline: Instant) -> Turn {
    let unlocked = || Turn::Lead(Lead::of(None, key));
    let interrupts = interrupts::listen().ok();
    loop {
        let Some((mut file, name)) = open(root) else { return unlocked() };
        let mut waited = false;
        // Whether the result was there before we were.
        let mut is_old = None;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => match (is_old, result(&mut file, key)) {
                    (Some(false), Some(outcome)) => return Turn::Shared(outcome),
                    (None, result) => is_old = Some(result.is_some()),
                    _ => {}
                },
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
                // No locks on this file system: better two discoveries than none.
                Err(TryLockError::Error(_)) => return unlocked(),
            }
            waited = true;
            if interrupts.as_ref().is_some_and(Listening::has_come) {
                return Turn::Interrupted;
            }
            if Instant::now() >= deadline {
                return Turn::TimedOut;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(25));
        }
        // A file that was there before us may hold anything; only what was written while we
        // waited, or by a leader who has already removed the name, is a result.
        let named = is_named(&file, &name);
        if (waited || !named)
            && let Some(outcome) = result(&mut file, key)
        {
            return Turn::Shared(outcome);
        }
        if named {
            let _ = file.set_len(0).and_then(|()| file.rewind());
            return Turn::Lead(Lead::of(Some(Held { file, name }), key));
        }
        // Its leader was done with another project's question; the name is free for a new file.
        if Instant::now() >= deadline {
            return Turn::TimedOut;
        }
    }
}

/// Takes the turn as soon as nobody else has it, within a second or two.
pub fn lead_soon(root: &Path) -> Option<Lead> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match try_lead(root) {
            None if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(10)),
            lead => return lead,
        }
    }
}

/// Takes the turn if nobody else has it, without a question that others could share.
pub fn try_lead(root: &Path) -> Option<Lead> {
    let (file, name) = open(root)?;
    Some(Lead::of(Some(Held::take(file, name)?), b""))
}

/// Opens the lock file in the project, or in the user's runtime directory.
fn open(root: &Path) -> Option<(File, PathBuf)> {
    let in_project = CacheDirectory::open(root, &["cache"])
        .ok()
        .and_then(|_| open_file(root.join(".pivot/cache/complete.lock")));
    in_project.or_else(|| {
        let key = String::from_utf8(seal(root.as_os_str().as_bytes()).to_vec()).ok()?;
        open_file(runtime_directory()?.join(format!("{key}.lock")))
    })
}

/// Opens a lock file that is ours, or makes one.
fn open_file(name: PathBuf) -> Option<(File, PathBuf)> {
    let file = lock_file::open(&name, |head| content::begins(head, RESULT)).ok()?;
    Some((file, name))
}

/// `$XDG_RUNTIME_DIR/pivot-complete`, or one of the user's own in the temporary directory.
pub fn runtime_directory() -> Option<PathBuf> {
    let uid = geteuid().as_raw();
    let directory = match variable("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() => runtime.join("pivot-complete"),
        _ => std::env::temp_dir().join(format!("pivot-complete-{uid}")),
    };
    // As root not in the directory of the user who became root.
    if !directory.is_absolute() || !may_make(&directory) {
        return None;
    }
    let _ = DirBuilder::new().mode(0o700).create(&directory);
    let found = fs::symlink_metadata(&directory).ok()?;
    (found.is_dir() && found.uid() == uid && found.mode() & 0o022 == 0).then_some(directory)
}

/// Draws a result: magic, seal of the rest, then fields that each end in NUL: key, `ok` and the
/// what was found, or a reason's name and the message.
fn record(key: &[u8], outcome: &Outcome) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = vec![key];
    match outcome {
        Ok(names) => {
            fields.push(b"ok");
            fields.extend(names.iter().map(Vec::as_slice));
        }
        Err(failure) => {
            fields.extend([failure.reason.as_str().as_bytes(), failure.message.as_bytes()]);
        }
    }
    let body: Vec<u8> = fields.iter().flat_map(|field| [field, &b"\0"[..]].concat()).collect();
    [RESULT, &seal(&body), &body].concat()
}

/// Reads the result for `key` out of a lock file, if there is a whole one.
fn result(file: &mut File, key: &[u8]) -> Option<Outcome> {
    let mut bytes = Vec::new();
    file.rewind().ok()?;
    file.read_to_end(&mut bytes).ok()?;
    let (found, body) = bytes.strip_prefix(RESULT)?.split_at_checked(16)?;
    if found != seal(body) {
        return None;
    }
    let mut fields = body.strip_suffix(b"\0")?.split(|&byte| byte == 0);
    if fields.next()? != key {
        return None;
    }
    match fields.next()? {
        b"ok" => Some(Ok(fields.map(<[u8]>::to_vec).collect())),
        reason => {
            let told = [Reason::TimedOut, Reason::NoPivot, Reason::DiscoveryFailed];
            let reason = told.into_iter().find(|known| known.as_str().as_bytes() == reason)?;
            let message = String::from_utf8_lossy(fields.next()?).into_owned();
            Some(Err(Failure::new(reason, message)))
        }
    }
}

/// The seal of `content`: 16 hex digits.
fn seal(content: &[u8]) -> [u8; 16] {
    hex::digits(xxh64(content, 0))
}

/// What makes two questions one: all that the answer depends on.
pub fn key(parts: &[&[u8]]) -> Vec<u8> {
    let joined = parts.join(&0);
    seal(&joined).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_back(bytes: &[u8], key: &[u8]) -> Option<Outcome> {
        let name = std::env::temp_dir().join(format!("flight-test-{}", std::process::id()));
        fs::write(&name, bytes).unwrap();
        let outcome = result(&mut File::open(&name).unwrap(), key);
        fs::remove_file(&name).unwrap();
        outcome
    }

    #[test]
    fn a_result_comes_back_whole_or_not_at_all() {
        let names = vec![b"a/b".to_vec(), b"c\nd".to_vec()];
        let bytes = record(b"key", &Ok(names.clone()));
        assert_eq!(read_back(&bytes, b"key").unwrap().unwrap(), names);
        assert!(read_back(&bytes, b"other").is_none());
        for end in 0..bytes.len() {
            assert!(read_back(&bytes[..end], b"key").is_none(), "cut at {end}");
        }
        let failed = record(b"key", &Err(Failure::new(Reason::DiscoveryFailed, "no\nway")));
        assert_eq!(read_back(&failed, b"key").unwrap().unwrap_err().message, "no\nway");
        assert_eq!(read_back(&record(b"key", &Ok(vec![])), b"key").unwrap().unwrap().len(), 0);
    }
}
