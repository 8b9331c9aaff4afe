//! The files by which version managers choose a Python: those of the working directory and of every
//! directory above it.

use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::settings::variable;

/// Names that say it themselves: pyenv's, asdf's, mise's.
const NAMES: [&str; 6] =
    [".python-version", ".tool-versions", "mise", ".mise", ".config/mise", ".miserc.toml"];
/// What mise's configs begin with, and those of what it was before, and how they end.
const STARTS: [&[u8]; 3] = [b"mise.", b".mise.", b".rtx."];
const END: &[u8] = b".toml";
/// Variables that hold another name.
const RENAMED: [&str; 4] = [
    "ASDF_DEFAULT_TOOL_VERSIONS_FILENAME",
    "MISE_DEFAULT_TOOL_VERSIONS_FILENAME",
    "MISE_DEFAULT_CONFIG_FILENAME",
    "MISE_OVERRIDE_CONFIG_FILENAMES",
];

/// The directories from `here` up to `/` that have such files, each with those.
pub fn above(here: &Path) -> impl Iterator<Item = (PathBuf, Vec<PathBuf>)> + '_ {
    here.ancestors().filter_map(|directory| {
        let files = in_directory(directory);
        (!files.is_empty()).then(|| (directory.to_path_buf(), files))
    })
}

fn in_directory(directory: &Path) -> Vec<PathBuf> {
    let renamed = RENAMED.into_iter().filter_map(variable);
    let renamed: Vec<OsString> = renamed
        .flat_map(|names| std::env::split_paths(&names).collect::<Vec<_>>())
        .map(PathBuf::into_os_string)
        .collect();
    let named = NAMES.iter().map(|name| directory.join(name));
    let named = named.chain(renamed.iter().map(|name| directory.join(name)));
    let mut files: Vec<PathBuf> = named.filter(|file| file.symlink_metadata().is_ok()).collect();
    // A directory that cannot be listed shows a version manager none of these either, but for the
    // plainest.
    let listed = fs::read_dir(directory).into_iter().flatten().flatten();
    let is_config = |name: &[u8]| STARTS.iter().any(|s| name.starts_with(s)) && name.ends_with(END);
    files.extend(listed.filter(|e| is_config(e.file_name().as_bytes())).map(|entry| entry.path()));
    let plainest = ["mise.toml", ".mise.toml"].map(|name| directory.join(name));
    files.extend(plainest.into_iter().filter(|file| file.symlink_metadata().is_ok()));
    files
}
