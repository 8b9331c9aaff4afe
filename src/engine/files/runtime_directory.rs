//! Where what is lost with the session may lie.

use std::fs::{self, DirBuilder};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::PathBuf;

use nix::unistd::geteuid;

use super::may_make;
use crate::environment::settings::variable;

/// `$XDG_RUNTIME_DIR/pivot-complete`, or one of the user's own in the temporary directory.
pub fn runtime_directory() -> Option<PathBuf> {
    let uid = geteuid().as_raw();
    let directory = match variable("XDG_RUNTIME_DIR").map(PathBuf::from) {
        Some(runtime) if runtime.is_absolute() => runtime.join("pivot-complete"),
        _ => std::env::temp_dir().join(format!("pivot-complete-{uid}")),
    };
    // As root not in the directory of the user who became root.
    if !directory.is_absolute() || !may_make(&directory) {
        return None;
    }
    let _ = DirBuilder::new().mode(0o700).create(&directory);
    let found = fs::symlink_metadata(&directory).ok()?;
    (found.is_dir() && found.uid() == uid && found.mode() & 0o022 == 0).then_some(directory)
}
