//! The directory where shells and the watcher of their project meet: the user's own, in the runtime
//! directory, and gone with the watcher.
//!
//! ```text
//! watch-ROOT-QUESTION/    both xxh64, as 16 hex digits
//!     lock                held by the watcher, whose process id it says
//!     shell-PID           what a shell handed over (callers.rs)
//!     yield               made by a TAB that meets the watcher's discovery (cache/lock/yielding.rs)
//!     limit               the kernel watches no more; says so to doctor until the next try
//! ```

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, TryLockError};
use std::io::{Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use nix::unistd::getpid;
use pivot_complete::project::Project;

use crate::cache::lock::{self, room_name};
use crate::context::{Context, relative_config};
use crate::environment::settings::variable;
use crate::files::lock_file::{self, Held};
use crate::files::{
    CacheDirectory, in_runtime_directory, leave_runtime_directory, path, runtime_path,
};

pub const LOCK: &str = "lock";
/// What a TAB makes that wants to go first.
pub const YIELD: &str = lock::YIELD;
/// Says that the kernel watches no more.
pub const LIMIT: &str = "limit";

/// After a limit was reached nobody tries again for so long.
const LIMIT_PAUSE: Duration = Duration::from_secs(600);

/// The place of one watcher.
pub struct Room {
    directory: CacheDirectory,
}

/// What is known of the watcher here.
#[derive(Debug, PartialEq, Eq)]
pub enum Standing {
    /// There is none.
    None,
    /// It runs.
    Runs(u32),
    /// It has gone, since the kernel watches no more.
    LimitReached,
}

/// Tells of the watcher for what a TAB here would be answered with.
pub fn standing(context: &Context) -> Standing {
    let of = |context: &Context| {
        Some(Room::existing(&name_here(context, context.project.as_ref()?))?.standing())
    };
    of(context).unwrap_or(Standing::None)
}

fn is_name(name: &OsStr) -> bool {
    name.as_bytes().starts_with(b"watch-") && !name.as_bytes().contains(&b'/')
}

impl Room {
    /// That of what a TAB here would be answered with, made if need be; nothing where there can be none.
    pub fn here(context: &Context) -> Option<Self> {
        Self::named(&name_here(context, context.project.as_ref()?))
    }

    /// The one of this name.
    pub fn named(name: &OsStr) -> Option<Self> {
        if !is_name(name) {
            return None;
        }
        let open = |place: &Path| CacheDirectory::open_own(&place.join(name)).ok();
        let directory = in_runtime_directory(open)?;
        directory.is_own_alone().then_some(Self { directory })
    }

    /// The one of this name, if it is there.
    pub fn existing(name: &OsStr) -> Option<Self> {
        let place = is_name(name).then(runtime_path)??.join(name);
        if !place.is_dir() {
            return None;
        }
        let directory = CacheDirectory::existing_own(&place).ok()?;
        directory.is_own_alone().then_some(Self { directory })
    }

    /// Its name.
    pub fn name(&self) -> OsString {
        self.directory.path().file_name().unwrap_or_default().to_owned()
    }

    /// Becomes the watcher, if there is none: as long as the lock is held.
    pub fn occupy(&self) -> Option<Held> {
        let mut held = self.try_lock()?;
        let _ = held.file.set_len(0).and_then(|()| writeln!(held.file, "{}", getpid()));
        self.remove(LIMIT.as_ref());
        Some(held)
    }

    /// What is known of its watcher.
    pub fn standing(&self) -> Standing {
        // None is made for the question's sake.
        match self.open(LOCK.as_ref()) {
            Some(lock) if matches!(lock.try_lock(), Err(TryLockError::WouldBlock)) => {
                let mut told = String::new();
                let _ = lock.take(16).read_to_string(&mut told);
                Standing::Runs(told.trim().parse().unwrap_or_default())
            }
            _ if self.is_limited() => Standing::LimitReached,
            _ => Standing::None,
        }
    }

    /// Whether a watcher here has reached the kernel's limit, so lately that nobody tries again.
    pub fn is_limited(&self) -> bool {
        let limit = self.directory.path().join(LIMIT).metadata();
        let age = limit.and_then(|limit| limit.modified()).ok().and_then(|at| at.elapsed().ok());
        age.is_some_and(|age| age < LIMIT_PAUSE)
    }

    /// Takes the lock, if nobody has it.
    pub fn try_lock(&self) -> Option<Held> {
        let name = self.directory.path().join(LOCK);
        let is_ours = |head: &[u8]| head.iter().all(|byte| byte.is_ascii_digit() || *byte == b'\n');
        Held::take(lock_file::open(&name, is_ours).ok()?, name)
    }

    /// Replaces a file by one that is nobody else's business.
    pub fn write(&self, name: &OsStr, content: &[u8]) -> bool {
        let prepared = self.directory.prepare_private(name, content);
        prepared.and_then(|prepared| prepared.publish(|| true)).is_ok()
    }

    /// What a file there says.
    pub fn read(&self, name: &OsStr) -> Option<Vec<u8>> {
        let mut content = Vec::new();
        self.directory.open_regular(name)?.read_to_end(&mut content).ok()?;
        Some(content)
    }

    /// Opens a file there.
    pub fn open(&self, name: &OsStr) -> Option<File> {
        self.directory.open_regular(name)
    }

    /// Removes a file there.
    pub fn remove(&self, name: &OsStr) {
        self.directory.remove(name);
    }

    /// The names of all that lies there.
    pub fn names(&self) -> Vec<OsString> {
        self.directory.names()
    }

    /// Tells doctor, and whoever would start another watcher, why this one has gone.
    pub fn note_limit(&self) {
        self.write(OsStr::new(LIMIT), b"");
    }

    /// Goes, with all that lies there but what [`Self::note_limit`] says.
    pub fn leave(self, held: Held) {
        for name in self.names().iter().filter(|name| *name != LIMIT) {
            self.directory.remove(name);
        }
        self.give_up(held);
    }

    /// Goes, with the lock; what is in it besides stays, and the room too.
    pub fn give_up(&self, held: Held) {
        self.remove(LOCK.as_ref());
        // Not empty where a shell came at this moment: its next prompt finds no watcher, and starts one.
        let _ = fs::remove_dir(self.path());
        leave_runtime_directory(self.path());
        drop(held);
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.directory.path()
    }
}

/// What happens in a room.
pub struct Bell(Inotify);

impl Bell {
    /// Rings when a file there gets its name.
    pub fn of(room: &Room) -> Option<Self> {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).ok()?;
        let mask = AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO;
        inotify.add_watch(room.path(), mask).ok()?;
        Some(Self(inotify))
    }

    /// What there is to wait for.
    pub fn source(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }

    /// Whether it has rung since.
    pub fn has_rung(&self) -> bool {
        let mut has_rung = false;
        while let Ok(events) = self.0.read_events() {
            has_rung |= !events.is_empty();
        }
        has_rung
    }
}

/// One for each question that a store is kept for: the pipeline, and who may have run it.
fn name_here(context: &Context, project: &Project<'_>) -> OsString {
    let config = project.config.as_ref();
    let relative = config.map(|config| relative_config(project, config)).unwrap_or_default();
    let pivots = format!("{:?}", context.pivots);
    let environment = ["PYTHONPATH", "VIRTUAL_ENV"].map(|name| variable(name).unwrap_or_default());
    let [python_path, venv] = environment.each_ref().map(|value| value.as_bytes());
    let key = lock::key(&[relative.as_bytes(), pivots.as_bytes(), python_path, venv]);
    let name = [room_name(path(project.root)).as_bytes(), b"-", &key].concat();
    OsStr::from_bytes(&name).to_owned()
}
