//! What became of each file and directory, by the kernel's events.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::OpenOptions;
use std::io::Read as _;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::sys::inotify::{AddWatchFlags as Mask, InotifyEvent};

use super::tree::Tree;

/// What an LMDB database has behind its first page's head.
const LMDB: [u8; 4] = 0xBEEF_C0DE_u32.to_ne_bytes();

/// A file, as far as events tell.
#[derive(Debug, Default)]
struct FileState {
    opened: u32,
    closed: u32,
    was_read: bool,
    was_written: bool,
    /// The first that was heard of it is that it came: it was not there, or another one.
    was_missing: bool,
    /// It was not there, or made anew, before anybody read it.
    is_new: bool,
    /// It changed after somebody may have read it.
    has_changed: bool,
}

/// A directory, as far as events tell.
#[derive(Debug, Default)]
struct DirectoryState {
    open: u32,
    /// How many who have it open have not read it yet: SQLite opens directories to sync them.
    unread: u32,
    listed: u32,
    /// Entries that came or went after it was listed, and whether they were there before.
    changed: Vec<(PathBuf, bool)>,
}

/// All of them, by their real paths.
#[derive(Debug, Default)]
pub struct Events {
    files: HashMap<PathBuf, FileState>,
    directories: HashMap<PathBuf, DirectoryState>,
    /// How often the program opened a path itself.
    own: HashMap<PathBuf, u32>,
    /// Files that it wrote itself.
    written: HashSet<PathBuf>,
    /// How often a file was written to or put there, by whomever; also before what is opened counts.
    arrivals: HashMap<PathBuf, u32>,
}

/// What is told of a file or directory.
#[derive(Debug)]
pub struct Seen<'a> {
    pub path: &'a Path,
    /// Whether it changed after it was read, and nobody knows that the program did that itself.
    pub has_changed: bool,
    /// Whether it was made meanwhile, before anybody read it.
    pub is_new: bool,
    /// Whether another run of the program sees something else there, by what this one did or by a change
    /// that nobody knows.
    pub is_overtaken: bool,
}

/// What is to be done about some events.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whether the program has said that what is opened from now on is no part of it.
    pub has_ended: bool,
    /// Directories that appeared where all are watched.
    pub new_directories: Vec<PathBuf>,
    /// Whether events were lost.
    pub overflowed: bool,
}

impl Events {
    /// Forgets what was opened.
    pub fn begin(&mut self) {
        let arrivals = std::mem::take(&mut self.arrivals);
        *self = Self { arrivals, ..Self::default() };
    }

    /// How often others wrote to a file or put one there, where `own` tells how often the program did.
    pub fn arrivals(&self, own: &HashMap<PathBuf, u32>) -> HashMap<PathBuf, u32> {
        let by_others = |(path, count): (&PathBuf, &u32)| {
            let count = count.saturating_sub(own.get(path).copied().unwrap_or_default());
            (count > 0).then(|| (path.clone(), count))
        };
        self.arrivals.iter().filter_map(by_others).collect()
    }

    /// Notes that the program wrote a file itself.
    pub fn wrote(&mut self, path: &Path) {
        self.written.insert(path.to_path_buf());
    }

    /// Notes that the program opened a path itself, so many times.
    pub fn opened_itself(&mut self, path: &Path, count: u32) {
        *self.own.entry(path.to_path_buf()).or_default() += count;
    }

    /// Takes one event.
    pub fn note(&mut self, event: &InotifyEvent, tree: &Tree, changes: &mut Changes) {
        changes.overflowed |= event.mask.contains(Mask::IN_Q_OVERFLOW);
        let Some(watched) = tree.watched(event) else { return };
        let is_directory = event.mask.contains(Mask::IN_ISDIR);
        let Some(name) = &event.name else {
            match is_directory {
                true if changes.has_ended => {}
                true => self.directories.entry(watched.path.clone()).or_default().note(event.mask),
                // A file that is watched by itself.
                false => self.note_file(watched.path.clone(), event.mask, changes.has_ended),
            }
            return;
        };
        if name == "__pycache__" || name == ".pivot" {
            return;
        }
        let path = watched.path.join(name);
        let comes = event.mask.intersects(Mask::IN_CREATE | Mask::IN_MOVED_TO);
        if comes || event.mask.intersects(Mask::IN_DELETE | Mask::IN_MOVED_FROM) {
            let above = self.directories.get_mut(&watched.path).filter(|above| above.listed > 0);
            if let Some(above) = above {
                above.changed.push((path.clone(), !comes));
            }
        }
        if is_directory {
            if comes && watched.is_deep {
                changes.new_directories.push(path);
            }
        } else {
            self.note_file(path, event.mask, changes.has_ended);
        }
    }

    fn note_file(&mut self, path: PathBuf, mask: Mask, has_ended: bool) {
        // Then the program closes what it held open.
        let written = if has_ended { Mask::IN_MODIFY } else { Mask::IN_CLOSE_WRITE };
        if mask.intersects(written | Mask::IN_MOVED_TO) {
            *self.arrivals.entry(path.clone()).or_default() += 1;
        }
        if has_ended && !self.files.contains_key(&path) {
            return;
        }
        let comes = mask.intersects(Mask::IN_CREATE | Mask::IN_MOVED_TO);
        let first = || FileState { was_missing: comes, ..FileState::default() };
        let file = self.files.entry(path).or_insert_with(first);
        if !has_ended {
            file.opened += u32::from(mask.contains(Mask::IN_OPEN));
            file.was_read |= mask.intersects(Mask::IN_ACCESS | Mask::IN_CLOSE_NOWRITE);
            file.closed += u32::from(mask.intersects(Mask::IN_CLOSE));
        }
        if comes {
            file.is_new |= file.opened == 0;
            file.has_changed |= file.opened > 0;
        }
        if mask.contains(Mask::IN_MODIFY) {
            file.was_written = true;
            // Who writes it has it open.
            file.has_changed |= has_ended || file.was_read || file.opened > file.closed + 1;
        }
        if mask.intersects(Mask::IN_DELETE | Mask::IN_MOVED_FROM) {
            file.has_changed |= file.opened > 0;
        }
    }

    /// The files that others than the program read, or would read if they were made already.
    pub fn read_files(&self) -> impl Iterator<Item = Seen<'_>> {
        self.files.iter().filter_map(|(path, file)| {
            let is_held = file.opened > file.closed && !file.was_written;
            let is_others = file.opened > self.own_count(path);
            let is_own = file.is_new || self.written.contains(path);
            // A new one that is gone was a temporary file.
            let is_gone = is_own && !path.exists();
            let may_be_read = || file.is_new && file.was_written && is_database(path);
            let is_read = file.was_read || is_held || is_others && may_be_read();
            let counts = is_read && is_others && !is_gone && !is_no_data(path);
            counts.then_some(Seen {
                path,
                has_changed: file.has_changed && !is_own,
                is_new: file.is_new,
                is_overtaken: file.was_missing || file.has_changed,
            })
        })
    }

    /// The directories that others than the program listed.
    pub fn listed_directories(&self) -> impl Iterator<Item = Seen<'_>> {
        self.directories.iter().filter_map(|(path, directory)| {
            let counts = directory.listed > self.own_count(path) && path.is_dir();
            let (is_overtaken, has_changed) = self.changes_of(directory);
            counts.then_some(Seen { path, has_changed, is_new: false, is_overtaken })
        })
    }

    /// Whether an entry is there that was not, or the other way round: by the program itself, and by
    /// nobody known.
    fn changes_of(&self, directory: &DirectoryState) -> (bool, bool) {
        let mut seen = HashSet::new();
        let first = directory.changed.iter().filter(|(entry, _)| seen.insert(entry));
        let differing = first.filter(|(entry, was_there)| entry.exists() != *was_there);
        differing.fold((false, false), |(by_it, by_others), (entry, _)| {
            let is_own = self.written.contains(entry);
            (by_it || is_own, by_others || !is_own)
        })
    }

    fn own_count(&self, path: &Path) -> u32 {
        self.own.get(path).copied().unwrap_or_default()
    }
}

impl DirectoryState {
    fn note(&mut self, mask: Mask) {
        if mask.contains(Mask::IN_OPEN) {
            self.open += 1;
            self.unread += 1;
        }
        if mask.contains(Mask::IN_ACCESS) && self.unread > 0 {
            self.unread -= 1;
            self.listed += 1;
        }
        if mask.intersects(Mask::IN_CLOSE) {
            self.unread -= u32::from(self.unread > 0 && self.unread == self.open);
            self.open = self.open.saturating_sub(1);
        }
    }
}

/// Whether a file begins like a database: who opens one to write to it reads what is there.
fn is_database(path: &Path) -> bool {
    start_of(path).is_some_and(|start| {
        start.starts_with(b"SQLite format 3\0")
            || start.starts_with(b"\x89HDF\r\n\x1a\n")
            || &start[8..12] == b"DUCK"
            || start[16..] == LMDB
    })
}

/// Whether this is where LMDB's readers and writers say that they are there: `lock.mdb` beside `data.mdb`, or
/// `NAME-lock` beside `NAME`.
fn is_lmdbs_lock(path: &Path) -> bool {
    let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
    let data = if name == "lock.mdb" { Some("data.mdb") } else { name.strip_suffix("-lock") };
    let start = data.and_then(|data| start_of(&path.with_file_name(data)));
    start.is_some_and(|start| start[16..] == LMDB)
}

/// The first bytes of a file; of a FIFO nobody is waited for.
fn start_of(path: &Path) -> Option<[u8; 20]> {
    let mut start = [0; 20];
    let flags = OFlag::O_NONBLOCK.bits();
    let mut file = OpenOptions::new().read(true).custom_flags(flags).open(path).ok()?;
    file.read_exact(&mut start).ok().map(|()| start)
}

/// Whether this is SQLite's index of a write-ahead log, which readers write to, or an empty log; LMDB's
/// lock; or a semaphore, which processes wait by.
fn is_no_data(path: &Path) -> bool {
    let is_beside = |end| {
        let database = path.to_str().and_then(|path| path.strip_suffix(end));
        database.is_some_and(|database| Path::new(database).exists())
    };
    path.starts_with("/dev/shm")
        && path.file_name().is_some_and(|name| name.as_bytes().starts_with(b"sem."))
        || is_lmdbs_lock(path)
        || is_beside("-shm")
        || is_beside("-wal") && path.metadata().is_ok_and(|log| log.len() == 0)
}
