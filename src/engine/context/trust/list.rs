//! The lists of trusted directories, one a line: the user's own, and root's for everybody on the
//! machine. Each is believed only as long as nobody else can write it.

use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use nix::unistd::geteuid;

use pivot_complete::files::ReadError;

use super::owners::{is_for_all, is_word_of};
use crate::environment::settings::{is_own_home, xdg_directory};
use crate::files::lock_file::Held;
use crate::files::{self, CacheDirectory, content, path, read_if};

/// Root's list: for containers, CI, and mounts whose files belong to other users.
pub const SYSTEM_LIST: &str = "/etc/pivot-complete/trusted";

/// The name of the user's list, and that of the lock under which it is changed.
const LIST: &str = "trusted";
const LOCK: &str = "trusted.lock";

/// Longest list that is read, in bytes.
const LIMIT_BYTES: usize = 1 << 20;

/// How long one other `trust` may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The directories that are trusted, with all that lies below.
pub struct Lists {
    entries: Vec<Entry>,
}

/// One of them, and the list that it stands in.
pub struct Entry {
    pub directory: PathBuf,
    pub list: PathBuf,
}

impl Lists {
    /// Reads those that are believed.
    pub fn read() -> Self {
        let believed = lists().filter(|(owner, list)| is_word_of(*owner, list));
        let entries = believed.flat_map(|(_, list)| {
            let text = read_if(&list, LIMIT_BYTES, |_| true).unwrap_or_default();
            let directories = lines(&text).map(path).filter(|directory| directory.is_absolute());
            let entry = |of: &Path| Entry { directory: of.to_path_buf(), list: list.clone() };
            directories.map(entry).collect::<Vec<_>>()
        });
        Self { entries: entries.collect() }
    }

    /// Whether `path` is one of them or lies below one.
    pub fn hold(&self, path: &Path) -> bool {
        self.holder(path).is_some()
    }

    /// The one of them that `path` is or lies below.
    pub fn holder(&self, path: &Path) -> Option<&Entry> {
        let climbs = path.components().any(|part| part == Component::ParentDir);
        let holder = self.entries.iter().find(|entry| path.starts_with(&entry.directory));
        holder.filter(|_| !climbs)
    }
}

/// The lists that are there and count for nothing, since others can write them.
pub fn disbelieved() -> Vec<PathBuf> {
    let there = |(_, list): &(u32, PathBuf)| list.symlink_metadata().is_ok();
    let lists = lists().filter(there).filter(|(owner, list)| !is_word_of(*owner, list));
    lists.map(|(_, list)| list).collect()
}

/// All lists, each with whose word it must be.
fn lists() -> impl Iterator<Item = (u32, PathBuf)> {
    let own = list_path().map(|list| (geteuid().as_raw(), list));
    own.into_iter().chain([(0, PathBuf::from(SYSTEM_LIST))])
}

/// The user's list.
pub fn list_path() -> Option<PathBuf> {
    xdg_directory("CONFIG", ".config").map(|directory| directory.join(LIST))
}

/// Adds `directory` to the user's list, or takes it out.
///
/// A list that does not count is not made one that does.
pub fn change(directory: &Path, listed: bool) -> io::Result<()> {
    let name = directory.as_os_str().as_bytes();
    // The list has lines, of which the end of another system's is taken off.
    if name.contains(&b'\n') || name.ends_with(b"\r") {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path has a line break"));
    }
    let list = list_path().ok_or_else(|| {
        let message = "neither XDG_CONFIG_HOME nor HOME is set to a whole path: set one of them";
        io::Error::new(ErrorKind::NotFound, message)
    })?;
    if !is_own_home() {
        return Err(io::Error::other(format!(
            "HOME is another user's; what all users may trust root writes to {SYSTEM_LIST}"
        )));
    }
    if listed && is_for_all(directory) {
        return Err(io::Error::other("everyone may put files into that directory: name one in it"));
    }
    if let Some(place) = files::unwritable(&list, Path::new("/")) {
        let message = format!(
            "{} is not writable for you: make it so, or set XDG_CONFIG_HOME",
            place.display()
        );
        return Err(io::Error::new(ErrorKind::PermissionDenied, message));
    }
    let parent = list.parent().unwrap_or(Path::new("/"));
    let own =
        CacheDirectory::open_own(parent).map_err(|error| io::Error::other(error.to_string()))?;
    let is_lock = |head: &[u8]| content::begins(head, content::RESULT);
    let lock = Held::wait(&parent.join(LOCK), PATIENCE, is_lock)
        .ok_or_else(|| io::Error::other("another process is writing it"))?;
    let result = old(&list).and_then(|old| {
        let mut new: Vec<u8> = Vec::new();
        for line in lines(&old).filter(|line| *line != name).chain(listed.then_some(name)) {
            new.extend(line);
            new.push(b'\n');
        }
        own.sweep(true);
        let prepared = own.prepare_private(LIST.as_ref(), &new);
        prepared.and_then(|prepared| prepared.publish(|| true)).map_err(|error| error.into_io())
    });
    let _ = lock.remove();
    result?;
    // A directory above may be open to others: then no list in there is the user's word.
    if is_word_of(geteuid().as_raw(), &list) { Ok(()) } else { Err(untrustworthy()) }
}

fn untrustworthy() -> io::Error {
    io::Error::other(
        "others can write to it, or to a directory above, so it counts for nothing: \
         look through it, then take those rights away (chmod go-w) or remove it",
    )
}

/// The user's list as it is; nothing, where there is none.
fn old(list: &Path) -> io::Result<Vec<u8>> {
    match read_if(list, LIMIT_BYTES, |_| true) {
        Ok(_) if !is_word_of(geteuid().as_raw(), list) => Err(untrustworthy()),
        Ok(text) => Ok(text),
        Err(ReadError::Missing) => Ok(Vec::new()),
        Err(_) => Err(io::Error::other("the old list is no file that can be read")),
    }
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    // Somebody may have written it with another system's editor.
    let lines = text.split(|&byte| byte == b'\n');
    lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line)).filter(|line| !line.is_empty())
}
