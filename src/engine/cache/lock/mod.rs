//! One discovery at a time: whoever comes while it runs waits and shares its result.
//!
//! The leader holds an flock on `ROOT/.pivot/cache/complete.lock`, or on a file in the user's
//! runtime directory where that cannot be written. As soon as it has its result it writes it into
//! the lock file, which those who wait hold open, too; once that is cached it removes the name and
//! lets go. Who came between the two waits for the lock, and looks at the caches. A leader that dies
//! leaves no result: the next to get the lock leads. The lock is polled for, never waited for: that
//! hangs on some NFS.

mod result;
mod yielding;

use std::cell::Cell;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind, Seek, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::context::Context;
use crate::files::content::{self, RESULT};
use crate::files::lock_file::{self, Held, is_named};
use crate::files::{CacheDirectory, in_runtime_directory, path};
use crate::process::interrupts::{self, Listening};
use crate::report::reply::{self, Running};

pub use result::Outcome;
use result::seal;
pub use yielding::{YIELD, room_name};

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
    has_waited: bool,
    /// What is to be told; nothing, once it was.
    outcome: Cell<Option<Outcome>>,
}

impl Lead {
    /// Whether nobody else writes while this is held.
    pub fn is_alone(&self) -> bool {
        self.held.is_some()
    }

    /// Whether another process had it first, so that time has passed.
    pub fn has_waited(&self) -> bool {
        self.has_waited
    }

    /// When the lead began or before, by the clock of the project's file system, where that is
    /// known: the lock file's mtime.
    pub fn since(&self) -> Option<(i64, u32)> {
        let found = self.held.as_ref()?.file.metadata().ok()?;
        Some((found.mtime(), found.mtime_nsec() as u32))
    }

    fn of(held: Option<Held>, key: &[u8]) -> Self {
        held.iter().for_each(|held| reply::holds(&held.name));
        Self { held, key: key.to_vec(), has_waited: false, outcome: Cell::new(None) }
    }

    /// Has the result, which nobody is told yet: what it depends on may have changed meanwhile.
    pub fn has(&self, outcome: Outcome) {
        self.outcome.set(Some(outcome));
    }

    /// Tells those who wait.
    pub fn tell(&self) {
        if let (Some(held), Some(outcome)) = (&self.held, self.outcome.take()) {
            let _ = (&held.file).write_all(&result::to_bytes(&self.key, &outcome));
        }
    }

    /// Tells those who wait and lets go.
    pub fn finish(self) {
        self.tell();
        let _ = self.held.map(remove);
    }

    /// Lets go without a result, as one who found the answer in the cache.
    pub fn withdraw(self) {
        if let Some(held) = self.held {
            let _ = held.file.set_len(0).and_then(|()| remove(held));
        }
    }
}

fn remove(held: Held) -> io::Result<()> {
    let name = held.name.clone();
    held.remove()?;
    reply::lets_go(&name);
    Ok(())
}

/// Takes away the file `name` of a lock whose holder was killed, once that has ended: it may be in a call
/// that nothing interrupts. Whoever else has the lock by then does so itself.
pub fn sweep(name: &Path) {
    const PATIENCE: Duration = Duration::from_secs(5);
    if name.symlink_metadata().is_ok()
        && let Some(held) = Held::wait(name, PATIENCE, is_ours)
    {
        Lead::of(Some(held), b"").withdraw();
    }
}

/// Waits for the turn of a discovery of `key`: root, config and its stamp, Pivot.
pub fn take_turn(root: &Path, key: &[u8], deadline: Instant) -> Turn {
    let unlocked = || Turn::Lead(Lead::of(None, key));
    let interrupts = interrupts::listen().ok();
    let (mut has_waited, mut running) = (false, None);
    loop {
        let Some((mut file, name)) = open(root) else { return unlocked() };
        let mut waited = false;
        // Whether the result was there before we were.
        let mut is_old = None;
        let mut pause = Duration::from_millis(1);
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => match (is_old, result::read(&mut file, key)) {
                    (Some(false), Some(outcome)) => return Turn::Shared(outcome),
                    (None, result) => is_old = Some(result.is_some()),
                    _ => {}
                },
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {}
                // No locks on this file system: better two discoveries than none.
                Err(TryLockError::Error(_)) => return unlocked(),
            }
            if !has_waited {
                yielding::ask_watchers(root);
            }
            (waited, has_waited) = (true, true);
            running.get_or_insert_with(|| Running::begin(reply::WAITING));
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
            && let Some(outcome) = result::read(&mut file, key)
        {
            return Turn::Shared(outcome);
        }
        if named {
            let _ = file.set_len(0).and_then(|()| file.rewind());
            let lead = Lead::of(Some(Held { file, name }), key);
            return Turn::Lead(Lead { has_waited, ..lead });
        }
        // Its leader was done with another project's question; the name is free for a new file.
        if Instant::now() >= deadline {
            return Turn::TimedOut;
        }
    }
}

/// Waits for the turn of a discovery of `key` in a project. What was read of its stores is forgotten:
/// somebody else may have written.
pub fn take_turn_here(context: &Context, key: &[u8]) -> Turn {
    let root = context.project.as_ref().map_or(Path::new("/"), |project| path(project.root));
    let turn = take_turn(root, key, context.settings.deadline);
    context.stores.forget();
    turn
}

/// Takes the turn in a project if nobody else has it, as [`take_turn_here`].
pub fn try_lead_here(context: &Context) -> Option<Lead> {
    let lead = try_lead(path(context.project.as_ref()?.root));
    context.stores.forget();
    lead
}

/// The same as soon as nobody else has it, within a second or two.
pub fn lead_soon_here(context: &Context) -> Option<Lead> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let deadline = Instant::now() + PATIENCE;
    loop {
        match try_lead_here(context) {
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
        let name = format!("{key}.lock");
        in_runtime_directory(|directory| open_file(directory.join(&name)))
    })
}

/// Opens a lock file that is ours, or makes one.
fn open_file(name: PathBuf) -> Option<(File, PathBuf)> {
    let file = lock_file::open(&name, is_ours).ok()?;
    Some((file, name))
}

fn is_ours(head: &[u8]) -> bool {
    content::begins(head, RESULT)
}

/// What makes two questions one: all that the answer depends on.
pub fn key(parts: &[&[u8]]) -> Vec<u8> {
    let joined = parts.join(&0);
    seal(&joined).to_vec()
}
