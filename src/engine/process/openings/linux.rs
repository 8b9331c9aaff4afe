//! What others than Python open while a program runs: its children, and readers written in C.
//!
//! inotify tells, from here: nothing enters the user's process. Tried beside it: unprivileged
//! fanotify names no process but to that process itself, and has as many marks to set; an
//! `LD_PRELOAD` shim enters every child, and sees no static one. inotify is blind to what is not
//! there, and sees other programs too, so it is asked for by the program, once it starts a child or
//! loads such a reader. The program asks by opening our pipes anew, for a moment each time, so that it
//! holds no descriptor of ours:
//!
//! ```text
//! 0000001f r 00000005 /root …     length of what follows, fields (without the blanks)
//! ```
//!
//! Fields: `r` ROOT, `p` a place with what lies below, `o` one directory or file, `b` the beginning: what
//! was opened before does not count; `w` a file that the program itself wrote, `c` how often it opened a
//! path itself: COUNT PATH, `a` the same of a file that it wrote to or put there, `e` the end. Each message is answered by one byte when all that it asks for
//! is done.

mod events;
mod tree;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::process::opened::{Opened, OpenedPath};
use events::{Changes, Events, Seen};
use tree::Tree;

/// Longest message that is taken, in bytes.
const LIMIT_BYTES: usize = 16 << 20;

/// How long events may lie before they are read: the queue takes 16,384, each at most one waking.
const REST: Duration = Duration::from_millis(2);

/// Watches for one program.
#[derive(Debug)]
pub struct Openings {
    /// What the program asks, and the end that keeps the pipe open.
    requests: (File, OwnedFd),
    replies: (OwnedFd, File),
    unread: Vec<u8>,
    tree: Option<Tree>,
    events: Events,
    /// How often the program itself wrote to a file or put one there.
    own_arrivals: HashMap<PathBuf, u32>,
    gap: Option<&'static str>,
    /// Whether events were lost since it began.
    overflowed: bool,
    has_begun: bool,
    has_ended: bool,
    rests_until: Instant,
}

impl Openings {
    /// Makes the pipes; no watch yet.
    pub fn prepare() -> Option<Self> {
        let (requests, from_program) = std::io::pipe().ok()?;
        let (to_program, replies) = std::io::pipe().ok()?;
        fcntl(&requests, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).ok()?;
        Some(Self {
            requests: (File::from(OwnedFd::from(requests)), from_program.into()),
            replies: (to_program.into(), File::from(OwnedFd::from(replies))),
            unread: Vec::new(),
            tree: None,
            events: Events::default(),
            own_arrivals: HashMap::new(),
            gap: None,
            overflowed: false,
            has_begun: false,
            has_ended: false,
            rests_until: Instant::now(),
        })
    }

    /// Where the program asks, and is answered.
    pub fn address(&self) -> [String; 2] {
        [self.requests.1.as_raw_fd(), self.replies.0.as_raw_fd()]
            .map(|fd| format!("/proc/{}/fd/{fd}", nix::unistd::getpid()))
    }

    /// What there is to wait for.
    pub fn sources(&self) -> Vec<BorrowedFd<'_>> {
        let rests = Instant::now() < self.rests_until;
        let tree = self.tree.as_ref().filter(|_| !rests);
        [self.requests.0.as_fd()].into_iter().chain(tree.map(Tree::source)).collect()
    }

    /// How long events may still lie.
    pub fn patience(&self) -> Option<Duration> {
        let rest = self.rests_until.saturating_duration_since(Instant::now());
        (!rest.is_zero()).then_some(rest)
    }

    /// Does what the program asks for, and takes what was opened meanwhile.
    pub fn attend(&mut self) {
        let mut buffer = [0; 4096];
        while let Ok(count @ 1..) = (&self.requests.0).read(&mut buffer) {
            self.unread.extend(&buffer[..count]);
        }
        while let Some(message) = take(&mut self.unread) {
            self.obey(&message);
            let _ = self.replies.1.write_all(b".");
        }
        self.drain();
    }

    /// Does what one message asks for.
    fn obey(&mut self, message: &[u8]) {
        let mut rest = message;
        while let Some((kind, value, after)) = field(rest) {
            rest = after;
            let place = Path::new(OsStr::from_bytes(value));
            match kind {
                b'r' | b'p' | b'o' => {
                    let done = match &mut self.tree {
                        Some(tree) => Ok(tree),
                        none => Tree::new().map(|new| none.insert(new)),
                    }
                    .and_then(|tree| match kind {
                        b'r' => tree.add_root(place),
                        b'p' => tree.add_place(place),
                        _ => tree.add_one(place),
                    });
                    self.gap = self.gap.or(done.err());
                }
                b'w' => self.events.wrote(place),
                b'c' | b'a' => {
                    let mut parts = value.splitn(2, |&byte| byte == b' ');
                    let count = parts.next().and_then(|count| std::str::from_utf8(count).ok());
                    let count = count.and_then(|count| count.parse().ok()).unwrap_or_default();
                    let path = Path::new(OsStr::from_bytes(parts.next().unwrap_or_default()));
                    if kind == b'c' {
                        self.events.opened_itself(path, count);
                    } else {
                        self.own_arrivals.insert(path.to_path_buf(), count);
                    }
                }
                b'b' => {
                    self.drain();
                    self.events.begin();
                    (self.has_begun, self.overflowed) = (true, false);
                }
                _ => {
                    self.drain();
                    self.has_ended = true;
                }
            }
        }
    }

    fn drain(&mut self) {
        let Some(tree) = &mut self.tree else { return };
        let mut changes = Changes { has_ended: self.has_ended, ..Changes::default() };
        while let Some(events) = tree.read() {
            for event in events {
                self.events.note(&event, tree, &mut changes);
            }
            self.rests_until = Instant::now() + REST;
        }
        self.overflowed |= changes.overflowed;
        for directory in changes.new_directories {
            match tree.add_new(&directory) {
                // Our own look is an event as well.
                Ok(all) => all.iter().for_each(|new| self.events.opened_itself(new, 1)),
                Err(failed) => self.gap = self.gap.or(Some(failed)),
            }
        }
    }

    /// What was opened; the watches end with this.
    pub fn finish(&mut self) -> Opened {
        self.drain();
        let arrivals = self.events.arrivals(&self.own_arrivals);
        let Some(tree) = self.tree.take().filter(|_| self.has_begun) else {
            return Opened { arrivals, ..Opened::default() };
        };
        let with_links = |seen: Seen<'_>| OpenedPath {
            path: seen.path.to_path_buf(),
            paths: tree.with_links(seen.path),
            has_changed: seen.has_changed,
            is_new: seen.is_new,
            is_overtaken: seen.is_overtaken,
        };
        let opened = Opened {
            files: self.events.read_files().map(with_links).collect(),
            directories: self.events.listed_directories().map(with_links).collect(),
            arrivals,
            gap: self.gap.or(self.overflowed.then_some("too much was opened at once")),
            is_partial: tree.is_partial,
        };
        // The kernel takes its time to forget thousands of watches.
        crate::process::afterwards::push(move || drop(tree));
        opened
    }
}

/// Takes the first message from `unread`, if it is whole.
fn take(unread: &mut Vec<u8>) -> Option<Vec<u8>> {
    let len = hex(unread.get(..8)?)?.min(LIMIT_BYTES);
    let message = unread.get(8..8 + len)?.to_vec();
    unread.drain(..8 + len);
    Some(message)
}

/// A field's kind and value, and what follows.
fn field(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (kind, after) = bytes.split_first()?;
    let (value, rest) = after.get(8..)?.split_at_checked(hex(after.get(..8)?)?)?;
    Some((*kind, value, rest))
}

fn hex(digits: &[u8]) -> Option<usize> {
    usize::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests;
