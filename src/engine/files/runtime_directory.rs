//! Where what is lost with the session may lie.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::PathBuf;

use nix::unistd::geteuid;

use super::may_make;
use crate::environment::settings::variable;

/// `$XDG_RUNTIME_DIR/pivot-complete`, or one of the user's own in the temporary directory; made, if it is
/// not there.
pub fn runtime_directory() -> Option<PathBuf> {
    let directory = place()?;
    let _ = DirBuilder::new().mode(0o700).create(&directory);
    own(directory)
}

/// The same, if it is there.
pub fn runtime_path() -> Option<PathBuf> {
    own(place()?)
}

fn place() -> Option<PathBuf> {
    let uid = geteuid().as_raw();
    let directory = match variable("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() => runtime.join("pivot-complete"),
        _ => std::env::temp_dir().join(format!("pivot-complete-{uid}")),
    };
    // As root not in the directory of the user who became root.
    (directory.is_absolute() && may_make(&directory)).then_some(directory)
}

fn own(directory: PathBuf) -> Option<PathBuf> {
    let found = fs::symlink_metadata(&directory).ok()?;
    let is_own = found.is_dir() && found.uid() == geteuid().as_raw();
    (is_own && found.mode() & 0o022 == 0).then_some(directory)
}
