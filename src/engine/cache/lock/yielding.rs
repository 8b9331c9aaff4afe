//! A watcher discovers at low priority, and so would a TAB that waits for it: it is asked to let go.

use std::ffi::OsStr;
use std::fs::{File, read_dir};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::result::seal;
use crate::files::runtime_path;

/// What is made in a watcher's room.
pub const YIELD: &str = "yield";

/// What the names of the rooms of ROOT's watchers begin with.
pub fn room_name(root: &Path) -> String {
    let seal = seal(root.as_os_str().as_bytes());
    format!("watch-{}", str::from_utf8(&seal).unwrap_or_default())
}

/// Asks all of ROOT's watchers; where there are none, nothing happens.
pub fn ask_watchers(root: &Path) {
    let Some(rooms) = runtime_path().and_then(|runtime| read_dir(runtime).ok()) else { return };
    let start = room_name(root);
    let is_one = |name: &OsStr| name.as_bytes().starts_with(start.as_bytes());
    for room in rooms.flatten().filter(|room| is_one(&room.file_name())) {
        // One that is there is an earlier TAB's: the watcher takes it away.
        let _ = File::create_new(room.path().join(YIELD));
    }
}
