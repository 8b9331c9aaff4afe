//! Where what is lost with the session may lie: a directory that goes with the last that lies in it.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;

use super::may_make;
use crate::environment::owner::is_users;
use crate::environment::settings::variable;

/// So often the runtime directory is made anew, where the last who was there takes it away meanwhile: a few
/// milliseconds in all.
const AGAIN: usize = 1024;

/// What `make` makes in `$XDG_RUNTIME_DIR/pivot-complete`, or in a directory of the user's own among temporary
/// files; it is made if it is not there, and the last who was there may take it away meanwhile.
pub fn in_runtime_directory<T>(make: impl Fn(&Path) -> Option<T>) -> Option<T> {
    let directory = place()?;
    (0..AGAIN).find_map(|_| {
        let _ = DirBuilder::new().mode(0o700).create(&directory);
        make(&own(directory.clone())?)
    })
}

/// That directory, if it is there.
pub fn runtime_path() -> Option<PathBuf> {
    own(place()?)
}

/// The same, where it is or will be made by whoever writes there.
pub fn runtime_name() -> Option<PathBuf> {
    let directory = place()?;
    let is_missing = |error: &io::Error| error.kind() == ErrorKind::NotFound;
    match fs::symlink_metadata(&directory) {
        Err(error) if is_missing(&error) => Some(directory),
        _ => own(directory),
    }
}

/// Takes the runtime directory away where `gone` was the last that lay there: nobody else would.
pub fn leave_runtime_directory(gone: &Path) {
    if gone.parent() == Some(&named()) {
        // One that is not empty stays.
        let _ = fs::remove_dir(named());
    }
}

fn place() -> Option<PathBuf> {
    let directory = named();
    // As root not in the directory of the user who became root.
    (directory.is_absolute() && may_make(&directory)).then_some(directory)
}

fn named() -> PathBuf {
    match variable("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() => runtime.join("pivot-complete"),
        _ => std::env::temp_dir().join(format!("pivot-complete-{}", geteuid())),
    }
}

fn own(directory: PathBuf) -> Option<PathBuf> {
    let found = fs::symlink_metadata(&directory).ok()?;
    let is_own = found.is_dir() && is_users(found.uid());
    (is_own && found.mode() & 0o022 == 0).then_some(directory)
}
