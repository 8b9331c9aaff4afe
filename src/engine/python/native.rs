//! What the kernel saw opened beside what the driver saw: it joins the rest of what was seen; and what
//! becomes of that where a second discovery is run (`discovery/settled.rs`).

use std::collections::HashSet;
use std::ffi::OsStr;
use std::fs::{Metadata, metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use pivot_complete::files::Stamp;

use super::observed::{Content, Seen, SeenFile, SeenQuestion};
use crate::process::opened::{Opened, OpenedPath};

impl Seen {
    /// Takes in what was opened and not seen by the driver, each as it is now.
    pub fn join(&mut self, opened: Opened) {
        let known: HashSet<Vec<u8>> = self.files.iter().map(|file| file.path.clone()).collect();
        let is_known = |path: &Path| known.contains(path.as_os_str().as_bytes());
        let opened_paths = || opened.files.iter().chain(&opened.directories);
        let bytes = |one: &OpenedPath| one.path.as_os_str().as_bytes().to_vec();
        self.overtaken.extend(opened_paths().filter(|one| one.is_overtaken).map(bytes));
        self.disturbed.extend(opened_paths().filter(|one| one.has_changed).map(bytes));
        for file in &opened.files {
            if file.is_new {
                self.was_made(file);
            }
            // An edit that changes no shape may change what a child or a reader in C took from the source.
            self.shapes.retain(|shape| {
                let is_it = |path: &PathBuf| path.as_os_str().as_bytes() == shape.path;
                !is_it(&file.path) && !file.paths.iter().any(is_it)
            });
            let (known, others): (Vec<_>, Vec<_>) =
                file.paths.iter().partition(|path| is_known(path));
            // The driver saw it as it was before it was read; what links lead to it may lead elsewhere later.
            let known = known.first().map(|path| path.as_os_str().as_bytes());
            let known = self.files.iter().find(|seen| Some(&seen.path[..]) == known).cloned();
            let now = |path: &PathBuf| match &known {
                Some(seen) => {
                    Some(SeenFile { path: path.as_os_str().as_bytes().to_vec(), ..seen.clone() })
                }
                None => as_left(path, file),
            };
            self.files.extend(others.into_iter().filter_map(now));
        }
        for directory in opened.directories {
            for path in directory.paths {
                let path = path.as_os_str().as_bytes().to_vec();
                self.opened_directories.push((path, directory.has_changed));
            }
        }
        self.arrivals = opened.arrivals;
        self.gap = opened.gap;
        if opened.is_partial {
            let words = "files in a place elsewhere that has too many directories to watch all";
            self.unprovable.push((b"unseen".to_vec(), words.into()));
        }
    }
}

impl Seen {
    /// How often others wrote to a file or put one there.
    pub fn arrivals(&self, file: &[u8]) -> u32 {
        let file = Path::new(OsStr::from_bytes(file));
        let real = file.canonicalize();
        let count = self.arrivals.get(real.as_deref().unwrap_or(file));
        count.copied().unwrap_or_default()
    }

    /// Takes files that changed after they were read, and are for all that as they were before this
    /// discovery: who opens one to write to it may write the same bytes. Gives their paths.
    pub fn remain(&mut self, is_as_before: impl Fn(&[u8]) -> bool) -> Vec<Vec<u8>> {
        let changed = self.files.iter().filter(|seen| seen.then == Some(NEVER));
        let remaining: Vec<Vec<u8>> =
            changed.map(|seen| seen.path.clone()).filter(|path| is_as_before(path)).collect();
        self.left(&remaining);
        remaining
    }

    /// Takes these files as they are now, whatever they were when they were read.
    pub fn left<P: AsRef<[u8]>>(&mut self, paths: &[P]) {
        let is_one = |seen: &&mut SeenFile| paths.iter().any(|path| path.as_ref() == seen.path);
        for seen in self.files.iter_mut().filter(is_one) {
            if let Ok(status) = metadata(Path::new(OsStr::from_bytes(&seen.path))) {
                seen.then = Some(Content { stamp: stamp_of(&status), crc32: None });
            }
        }
    }

    /// A file that others made after the driver saw that it was not there: the next discovery finds
    /// what they left.
    fn was_made(&mut self, file: &OpenedPath) {
        let is_it = |path: &[u8]| {
            let mut paths = file.paths.iter().chain([&file.path]);
            paths.any(|known| known.as_os_str().as_bytes() == path)
        };
        for seen in self.files.iter_mut().filter(|seen| seen.then.is_none() && is_it(&seen.path)) {
            if let Some(now) = as_left(Path::new(OsStr::from_bytes(&seen.path)), file) {
                *seen = now;
            }
        }
        // What is read is asked after by that.
        let was_none = |seen: &SeenQuestion| seen.then.is_none() || seen.mask == b"w";
        self.questions.retain(|seen| !was_none(seen) || !is_it(&seen.path));
    }
}

/// A file as it is now; nothing for what is no regular file, and no input.
fn as_left(path: &Path, file: &OpenedPath) -> Option<SeenFile> {
    let path_bytes = path.as_os_str().as_bytes().to_vec();
    let Ok(status) = metadata(path) else {
        // It was there, and is gone.
        return Some(SeenFile { path: path_bytes, then: Some(NEVER) });
    };
    let now = || Content { stamp: stamp_of(&status), crc32: None };
    let then = if file.has_changed { NEVER } else { now() };
    status.is_file().then_some(SeenFile { path: path_bytes, then: Some(then) })
}

fn stamp_of(status: &Metadata) -> Stamp {
    let time = |s: i64, ns: i64| (s, u32::try_from(ns).unwrap_or_default());
    Stamp {
        mtime: time(status.mtime(), status.mtime_nsec()),
        ctime: time(status.ctime(), status.ctime_nsec()),
        len_bytes: status.len(),
        inode: status.ino(),
    }
}

/// What no file is: names found in what is not known are not kept.
const NEVER: Content =
    Content { stamp: Stamp { mtime: (0, 0), ctime: (0, 0), len_bytes: 0, inode: 0 }, crc32: None };
