//! The directories that are watched, and the links that lead into them.

use std::collections::{HashMap, VecDeque};
use std::fs::{canonicalize, read_dir, read_to_string};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

/// Most directories below ROOT.
const MOST: usize = 1 << 15;

/// Most directories below a place elsewhere: what is deeper is not watched.
const MOST_ELSEWHERE: usize = 2000;

/// No files of the user, or those of Pivot itself.
const SKIPPED: [&[u8]; 5] =
    [b".pivot", b"__pycache__", b"node_modules", b"site-packages", b"dist-packages"];

/// What marks a directory as a Python environment.
const ENVIRONMENTS: [&[u8]; 2] = [b"pyvenv.cfg", b"conda-meta"];

/// Directories that are nobody's data: files there are watched where they are named.
const SYSTEM: [&str; 10] =
    ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sys", "/usr"];

const TOO_MANY: &str = "there are too many directories to watch";

/// What is watched under one descriptor.
#[derive(Debug)]
pub struct Watched {
    /// Its real path.
    pub path: PathBuf,
    /// Whether directories that appear in it are watched, too.
    pub is_deep: bool,
}

/// What is watched.
#[derive(Debug)]
pub struct Tree {
    inotify: Inotify,
    watched: HashMap<WatchDescriptor, Watched>,
    /// The same by path.
    known: HashMap<PathBuf, WatchDescriptor>,
    /// Links by the real path that they lead to.
    links: HashMap<PathBuf, Vec<PathBuf>>,
    /// Whether a place elsewhere has more directories than are watched.
    pub is_partial: bool,
}

/// What one look at a directory found.
#[derive(Default)]
struct Look {
    directories: Vec<PathBuf>,
    links: Vec<PathBuf>,
}

impl Tree {
    /// None yet.
    pub fn new() -> Result<Self, &'static str> {
        let flags = InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC;
        let inotify = Inotify::init(flags).map_err(|_| "no more directories can be watched")?;
        let (watched, known, links) = Default::default();
        Ok(Self { inotify, watched, known, links, is_partial: false })
    }

    /// What there is to wait for.
    pub fn source(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// Some events; nothing where there are no more.
    pub fn read(&self) -> Option<Vec<InotifyEvent>> {
        self.inotify.read_events().ok()
    }

    /// What an event is about.
    pub fn watched(&self, event: &InotifyEvent) -> Option<&Watched> {
        self.watched.get(&event.wd)
    }

    /// Watches all below ROOT, what git keeps of it, and whatever links in there lead to.
    pub fn add_root(&mut self, root: &Path) -> Result<(), &'static str> {
        let links = self.add_below(root, MOST).map_err(|failed| failed.unwrap_or(TOO_MANY))?;
        for above in root.ancestors() {
            let git = above.join(".git");
            if let Ok(said) = read_to_string(&git) {
                // A worktree, whose own part names the common one.
                let own =
                    above.join(said.trim().strip_prefix("gitdir:").unwrap_or_default().trim());
                let common = read_to_string(own.join("commondir")).unwrap_or_default();
                self.add_place(&own.join(common.trim()))?;
                self.add_place(&own)?;
            } else if git.is_dir() {
                self.add_place(&git)?;
            } else {
                continue;
            }
            break;
        }
        self.follow(links)
    }

    /// Watches a place elsewhere with what lies below it, as far as it is not too much.
    pub fn add_place(&mut self, place: &Path) -> Result<(), &'static str> {
        let Ok(real) = canonicalize(place) else { return Ok(()) };
        if real != place {
            self.links.entry(real.clone()).or_default().push(place.to_path_buf());
        }
        if !real.is_dir() {
            return self.watch(real, false);
        }
        if is_system(&real) || self.known.contains_key(&real) {
            return Ok(());
        }
        match self.add_below(&real, MOST_ELSEWHERE) {
            // Links in there are not followed any further.
            Ok(_) => Ok(()),
            Err(None) => {
                self.is_partial = true;
                Ok(())
            }
            Err(Some(failed)) => Err(failed),
        }
    }

    /// Watches one directory or one file, whatever it is called here.
    pub fn add_one(&mut self, place: &Path) -> Result<(), &'static str> {
        let Ok(real) = canonicalize(place) else { return Ok(()) };
        if real != place {
            self.links.entry(real.clone()).or_default().push(place.to_path_buf());
        }
        if is_system(&real) && real.is_dir() { Ok(()) } else { self.watch(real, false) }
    }

    /// Watches a directory that appeared in one of them, before it looks at it: gives all that it
    /// looked at so.
    pub fn add_new(&mut self, top: &Path) -> Result<Vec<PathBuf>, &'static str> {
        let mut all = vec![top.to_path_buf()];
        let mut done = 0;
        while done < all.len() && self.known.len() < MOST {
            self.watch(all[done].clone(), true)?;
            all.extend(look(&all[done]).map(|look| look.directories).unwrap_or_default());
            done += 1;
        }
        all.truncate(done);
        Ok(all)
    }

    /// The paths that lead there: the real one, and those by links. Nobody tells by which it was opened, and
    /// a link may lead elsewhere later, to the same content.
    pub fn with_links(&self, path: &Path) -> Vec<PathBuf> {
        let mut paths = vec![path.to_path_buf()];
        if !self.links.is_empty() {
            for above in path.ancestors() {
                let below = path.strip_prefix(above).unwrap_or(Path::new(""));
                let is_whole = below.as_os_str().is_empty();
                let through =
                    |link: &PathBuf| if is_whole { link.clone() } else { link.join(below) };
                paths.extend(self.links.get(above).into_iter().flatten().map(through));
            }
        }
        paths
    }

    /// Watches a directory and all below, in the order of their depth; gives the links among them.
    /// Each is looked at before any is watched, since that is an event as well. Fails without a
    /// reason where there are more than `most`.
    fn add_below(&mut self, top: &Path, most: usize) -> Result<Vec<PathBuf>, Option<&'static str>> {
        let mut found = Vec::new();
        let mut links = Vec::new();
        let mut next = VecDeque::from([top.to_path_buf()]);
        while let Some(directory) = next.pop_front().filter(|_| found.len() < most) {
            let Some(look) = look(&directory) else { continue };
            next.extend(look.directories);
            links.extend(look.links);
            found.push(directory);
        }
        for directory in found {
            self.watch(directory, true).map_err(Some)?;
        }
        if next.is_empty() { Ok(links) } else { Err(None) }
    }

    /// Watches what links lead to where nothing is watched yet.
    fn follow(&mut self, links: Vec<PathBuf>) -> Result<(), &'static str> {
        for link in links {
            let Ok(real) = canonicalize(&link) else { continue };
            self.links.entry(real.clone()).or_default().push(link);
            let is_seen = real.parent().is_some_and(|parent| self.known.contains_key(parent));
            if !is_seen {
                self.add_place(&real)?;
            }
        }
        Ok(())
    }

    fn watch(&mut self, path: PathBuf, is_deep: bool) -> Result<(), &'static str> {
        let flags = AddWatchFlags::IN_OPEN
            | AddWatchFlags::IN_ACCESS
            | AddWatchFlags::IN_MODIFY
            | AddWatchFlags::IN_CLOSE
            | AddWatchFlags::IN_CREATE
            | AddWatchFlags::IN_DELETE
            | AddWatchFlags::IN_MOVE
            | AddWatchFlags::IN_DONT_FOLLOW;
        match self.inotify.add_watch(&path, flags) {
            Ok(descriptor) => {
                self.known.insert(path.clone(), descriptor);
                let watched = self.watched.entry(descriptor);
                watched.or_insert(Watched { path, is_deep }).is_deep |= is_deep;
                Ok(())
            }
            Err(Errno::ENOSPC | Errno::ENOMEM) => Err("no more directories can be watched"),
            // It went away, or nobody may read it.
            Err(_) => Ok(()),
        }
    }
}

/// Lists a directory; nothing for one that is no user's data, or cannot be listed.
fn look(directory: &Path) -> Option<Look> {
    let in_git = directory.components().any(|part| part.as_os_str() == ".git");
    let mut look = Look::default();
    for entry in read_dir(directory).ok()?.flatten() {
        let name = entry.file_name();
        let name = name.as_bytes();
        if ENVIRONMENTS.contains(&name) {
            return None;
        }
        let Ok(kind) = entry.file_type() else { continue };
        let is_skipped = SKIPPED.contains(&name) || in_git && name == b"objects";
        if kind.is_symlink() {
            look.links.push(entry.path());
        } else if kind.is_dir() && !is_skipped {
            look.directories.push(entry.path());
        }
    }
    Some(look)
}

fn is_system(path: &Path) -> bool {
    let is_below = SYSTEM.iter().any(|top| path.starts_with(top));
    path.parent().is_none() || is_below && !path.starts_with("/dev/shm")
}
