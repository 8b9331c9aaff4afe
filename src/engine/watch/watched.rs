//! The kernel's watches on places.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, InotifyEvent, WatchDescriptor};

use super::places::{Names, Places};

/// No more can be watched: a limit of the system's, or of the user's.
#[derive(Debug, PartialEq, Eq)]
pub struct LimitReached;

/// What is watched.
pub struct Watched {
    inotify: Inotify,
    names: HashMap<WatchDescriptor, Names>,
}

impl Watched {
    /// Nothing yet.
    pub fn nothing() -> Result<Self, LimitReached> {
        let flags = InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC;
        let inotify = Inotify::init(flags).map_err(|_| LimitReached)?;
        Ok(Self { inotify, names: HashMap::new() })
    }

    /// What there is to wait for.
    pub fn source(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }

    /// How many directories are watched.
    pub fn count(&self) -> usize {
        self.names.len()
    }

    /// Watches these and no others; says whether something tells by now that told nothing before: what
    /// happened there meanwhile was not seen.
    pub fn set(&mut self, places: &Places) -> Result<bool, LimitReached> {
        let mut names: HashMap<WatchDescriptor, Names> = HashMap::new();
        let mut lead_to = HashMap::new();
        for (place, telling) in &places.0 {
            // What was heard there is still heard: a moment without it would be one too many.
            match self.inotify.add_watch(place, happenings(telling) | also()) {
                // Two paths may lead to one directory, for the sake of different names.
                Ok(watch) => {
                    names.entry(watch).or_default().join(telling);
                    lead_to.insert(watch, place);
                }
                Err(Errno::ENOSPC | Errno::ENOMEM) => return Err(LimitReached),
                // Gone, or out of reach for discovery as well.
                Err(_) => {}
            }
        }
        let is_new = |(watch, telling): (&WatchDescriptor, &Names)| {
            !self.names.get(watch).is_some_and(|before| before.cover(telling))
        };
        let has_new = names.iter().any(is_new);
        for (watch, place) in lead_to {
            // No longer what wakes in vain.
            let heard = self.names.get(&watch).map(happenings);
            if heard.is_some_and(|heard| heard != happenings(&names[&watch])) {
                let _ = self.inotify.add_watch(place, happenings(&names[&watch]));
            }
        }
        for watch in self.names.keys().filter(|watch| !names.contains_key(watch)) {
            let _ = self.inotify.rm_watch(*watch);
        }
        self.names = names;
        Ok(has_new)
    }

    /// Takes what has happened; says whether something of it tells.
    pub fn take(&mut self) -> bool {
        let mut tells = false;
        while let Ok(events) = self.inotify.read_events() {
            for event in events {
                tells |= self.tells(&event);
                if event.mask.contains(AddWatchFlags::IN_IGNORED) {
                    self.names.remove(&event.wd);
                }
            }
        }
        tells
    }

    fn tells(&self, event: &InotifyEvent) -> bool {
        let of_itself = AddWatchFlags::IN_DELETE_SELF
            | AddWatchFlags::IN_MOVE_SELF
            | AddWatchFlags::IN_UNMOUNT
            | AddWatchFlags::IN_Q_OVERFLOW;
        if event.mask.intersects(of_itself) {
            return true;
        }
        let names = self.names.get(&event.wd);
        let of_list = event.mask.intersects(of_lists());
        names.zip(event.name.as_deref()).is_some_and(|(names, name)| names.tell(name, of_list))
    }
}

/// What appears or goes.
fn of_lists() -> AddWatchFlags {
    AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_DELETE
        | AddWatchFlags::IN_MOVED_FROM
        | AddWatchFlags::IN_MOVED_TO
}

/// With it a watch is added to (inotify(7)), not replaced.
fn also() -> AddWatchFlags {
    AddWatchFlags::from_bits_retain(nix::libc::IN_MASK_ADD)
}

/// What must be heard of where these names tell: each event wakes this process.
fn happenings(names: &Names) -> AddWatchFlags {
    let of_itself = AddWatchFlags::IN_DELETE_SELF | AddWatchFlags::IN_MOVE_SELF;
    let of_contents = match names.these.is_empty() {
        true => AddWatchFlags::empty(),
        false => AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_ATTRIB,
    };
    of_lists() | of_itself | of_contents | AddWatchFlags::IN_ONLYDIR
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_tells_by_now_is_new() {
        let top = tempfile::tempdir().unwrap();
        let at = |name: &str| top.path().join(name);
        for name in ["one", "two"] {
            fs::write(at(name), "").unwrap();
        }
        std::os::unix::fs::symlink(top.path(), at("link")).unwrap();
        let places = |names: [&str; 2]| {
            let telling = |name: &str| Names { these: [name.into()].into(), ..Names::default() };
            // Two ways to one directory.
            Places([top.path().into(), at("link")].into_iter().zip(names.map(telling)).collect())
        };
        let mut watched = Watched::nothing().unwrap();
        assert_eq!(watched.set(&places(["one", "one"])), Ok(true));
        fs::write(at("two"), "other").unwrap();
        // It told nothing as it happened.
        assert!(!watched.take());
        assert_eq!(watched.set(&places(["one", "two"])), Ok(true));
        assert_eq!(watched.set(&places(["one", "two"])), Ok(false));
        for name in ["one", "two"] {
            fs::write(at(name), "more").unwrap();
            assert!(watched.take(), "{name}");
        }
        assert_eq!(watched.set(&places(["two", "two"])), Ok(false));
        fs::write(at("one"), "most").unwrap();
        assert!(!watched.take());
    }
}
