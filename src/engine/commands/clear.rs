//! `pivot-complete clear`: removes what this program and Pivot cached about stages.
//!
//! In the directories of ours that is what has our names, or says by its content that it is ours; in
//! others, to which a link may lead, both. Whatever else lies there stays, and what links lead to.

use std::ffi::{OsStr, OsString};
use std::fmt::Write;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pivot_complete::cache::key::{
    EVERY_DIRECTORY, REFUSED_DIRECTORY, REMOTES_DIRECTORY, StoreName, is_named_in,
};
use pivot_complete::reason::Reason;

use crate::cache::prewarm_pause;
use crate::cache::store_file::is_store_name;
use crate::context::Context;
use crate::environment::settings::xdg_directory;
use crate::files::{CacheDirectory, NotCached, is_temporary_name, path, runtime_path};
use crate::manifests::state_db;
use crate::report::{Failure, say};
#[cfg(target_os = "linux")]
use crate::watch;

/// Clears the project's caches, and with `all` the user's cache directory.
pub fn run(all: bool) -> Result<u8, Failure> {
    let context = Context::here(None)?;
    let mut cleared = Cleared::default();
    if let Some(project) = &context.project {
        let root = path(project.root);
        // The inner directory first, so that it is empty when the outer one is looked at.
        for below in [&["cache", "complete"][..], &["cache"]] {
            let kind = if below.len() > 1 { Kind::Complete } else { Kind::Pivots };
            cleared.empty(CacheDirectory::existing(root, below), kind);
        }
        // What is about its stages in the user's own directory.
        if !all && let Some(own) = xdg_directory("CACHE", ".cache") {
            for name in [EVERY_DIRECTORY, REFUSED_DIRECTORY].map(path) {
                let found = CacheDirectory::existing_own(&own.join(name));
                cleared.empty(found, Kind::UsersOf(project.root));
            }
        }
    } else if !all {
        let message = format!("no project at or above {}", context.directory.display());
        return Err(Failure::new(Reason::NoProject, message));
    }
    if all && let Some(own) = xdg_directory("CACHE", ".cache") {
        let below = [REMOTES_DIRECTORY, EVERY_DIRECTORY, REFUSED_DIRECTORY];
        let below = below.map(|name| own.join(path(name)));
        for directory in below.into_iter().chain([own]) {
            cleared.empty(CacheDirectory::existing_own(&directory), Kind::Users);
            // What holds something else stays.
            let _ = fs::remove_dir(&directory);
        }
    }
    if all && let Some(spare) = runtime_path() {
        cleared.empty(CacheDirectory::existing_own(&spare), Kind::Runtime);
        let _ = fs::remove_dir(&spare);
    }
    if all {
        let left = sweep_rooms();
        if left > 0 {
            let _ =
                writeln!(cleared.report, "removed {} that shells left for watchers", counted(left));
        }
    }
    cleared.told()
}

/// What was removed, and what could not be.
#[derive(Default)]
struct Cleared {
    report: String,
    /// Of these the first has the reason.
    stays: Vec<Failure>,
}

#[cfg(target_os = "linux")]
fn sweep_rooms() -> usize {
    watch::sweep(None)
}

#[cfg(not(target_os = "linux"))]
fn sweep_rooms() -> usize {
    0
}

fn counted(files: usize) -> String {
    format!("{files} {}", if files == 1 { "file" } else { "files" })
}

/// A directory with files of ours.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Pivot's own, `ROOT/.pivot/cache`.
    Pivots,
    /// `complete` in there, which has the databases too.
    Complete,
    /// The user's.
    Users,
    /// The same, of whose stores those of this ROOT are meant.
    UsersOf(&'static [u8]),
    /// The user's where the session's locks lie, too.
    Runtime,
}

impl Cleared {
    /// Removes all of ours in a directory that may be there, and what is left of one of ours in it.
    fn empty(&mut self, found: Result<CacheDirectory, NotCached>, kind: Kind) {
        match found {
            Ok(directory) => {
                let removed = empty(&directory, kind, &mut self.stays);
                if removed > 0 {
                    let (files, place) = (counted(removed), directory.path().display());
                    let _ = writeln!(self.report, "removed {files} from {place}");
                }
            }
            // Someone else's, behind a link: nothing there is ours to remove.
            Err(foreign @ NotCached::ForeignDirectory(_)) => {
                self.stays.push(Failure::new(Reason::OtherOwner, foreign.to_string()));
            }
            Err(_) => {}
        }
    }

    /// Says all of it.
    fn told(self) -> Result<u8, Failure> {
        let Self { report, stays } = self;
        let Some(Failure { reason, .. }) = stays.first() else {
            return say(if report.is_empty() { "nothing was cached here\n" } else { &report });
        };
        say(&report)?;
        let each: Vec<&str> = stays.iter().map(|failure| &failure.message[..]).collect();
        Err(Failure::new(*reason, each.join("; ")))
    }
}

/// Removes all of ours in a directory; gives how much that was, and adds what `stays` although it is ours.
fn empty(directory: &CacheDirectory, kind: Kind, stays: &mut Vec<Failure>) -> usize {
    let mut removed = 0;
    // Unless a link leads there, nobody else has files there.
    let all_ours = matches!(kind, Kind::Complete | Kind::Users) && !directory.is_linked();
    let by_content = |name: &OsStr| all_ours && directory.is_ours(name);
    let is_meant = |name: &OsString| match kind {
        Kind::UsersOf(root) => {
            name.as_bytes().try_into().is_ok_and(|name: &StoreName| is_named_in(root, name))
        }
        _ => true,
    };
    for name in directory.names().into_iter().filter(is_meant) {
        let file = directory.path().join(&name);
        let is_database = || state_db::is_database(directory, &name);
        let result = match by_content(&name) || is_ours(directory, &name, kind) {
            true => fs::remove_file(&file),
            false if kind == Kind::Complete && is_database() => state_db::remove_database(&file),
            // The one that was emptied before.
            false if name == "complete" => {
                let _ = fs::remove_dir(&file);
                continue;
            }
            false => continue,
        };
        match result {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                stays.push(failed(&file, &error));
            }
            Err(_) => {}
            Ok(()) => removed += 1,
        }
    }
    removed
}

/// Whether a file is one of ours.
fn is_ours(directory: &CacheDirectory, name: &OsStr, kind: Kind) -> bool {
    let (bytes, file) = (name.as_bytes(), directory.path().join(name));
    if name == "stages.cache" && kind == Kind::Pivots && !directory.is_linked() {
        // The one name that says enough: other versions, and whatever broke it, are Pivot's affair.
        return fs::symlink_metadata(file).is_ok_and(|found| !found.is_dir());
    }
    let is_our_name = ["stages.cache", "complete.lock", prewarm_pause::NAME]
        .iter()
        .any(|known| name == OsStr::new(known));
    let may_be = is_our_name || is_store_name(bytes) || is_temporary_name(bytes);
    // A link is removed itself, and nothing that it leads to.
    let is_planted = || !directory.is_linked() && file.is_symlink();
    may_be && (directory.is_ours(name) || is_planted())
        || name == state_db::LOCK && state_db::is_lock(directory)
}

fn failed(file: &Path, error: &io::Error) -> Failure {
    let message = format!("cannot remove {}: {error}", file.display());
    Failure::new(Reason::CacheStays, message)
}
