//! Rooms that nobody comes back to: their watchers were killed, their shells have ended, their projects
//! are gone. What shells left there are whole environments, so whoever has a room takes those away.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::callers;
use super::room::{LIMIT, Room, YIELD};
use crate::files::{CacheDirectory, is_temporary_name, runtime_name, runtime_path};

/// A file that is being written is younger.
const WRITING_MOST: Duration = Duration::from_secs(60);

/// Where the rooms would be made, if that is no directory: the session makes it, and nobody else.
pub fn lacking() -> Option<PathBuf> {
    let session = runtime_name()?.parent()?.to_path_buf();
    (!session.is_dir()).then_some(session)
}

/// Takes away what is left in all rooms but `own`; says how many files that were.
pub fn sweep(own: Option<&OsStr>) -> usize {
    let runtime = runtime_path().and_then(|path| CacheDirectory::existing_own(&path).ok());
    let names = runtime.map(|runtime| runtime.names()).unwrap_or_default();
    let others = names.into_iter().filter(|name| Some(name.as_os_str()) != own);
    others.filter_map(|name| Room::existing(&name)).map(|room| sweep_one(&room)).sum()
}

/// The same in one: nothing while somebody is at home.
fn sweep_one(room: &Room) -> usize {
    // Before the lock: a watcher that begins at this moment would find it taken.
    if is_in_use(room) {
        return 0;
    }
    // From now on no watcher begins here.
    let Some(held) = room.try_lock() else { return 0 };
    if is_in_use(room) {
        return 0;
    }
    let left: Vec<OsString> = room.names().into_iter().filter(|name| is_left(room, name)).collect();
    left.iter().for_each(|name| room.remove(name));
    room.give_up(held);
    left.len()
}

/// Whether a shell of it runs, or there is nothing in it but what it has yet to say.
fn is_in_use(room: &Room) -> bool {
    let names = room.names();
    let says_only = names.iter().all(|name| name == LIMIT) && !names.is_empty();
    says_only && room.is_limited() || names.iter().any(|name| callers::is_of_running(room, name))
}

/// Whether a file there is of no use to anybody, where no shell of the room runs.
fn is_left(room: &Room, name: &OsStr) -> bool {
    let is_old = || {
        let written = room.open(name).and_then(|file| file.metadata().ok()?.modified().ok());
        let age = written.and_then(|at| SystemTime::now().duration_since(at).ok());
        age.is_some_and(|age| age > WRITING_MOST)
    };
    match callers::is_shells(name) {
        true => !callers::is_of_running(room, name),
        false if name == LIMIT => !room.is_limited(),
        false => name == YIELD || is_temporary_name(name.as_bytes()) && is_old(),
    }
}
