//! `pivot-complete clear`: removes what this program and Pivot cached about stages.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::verdict::Reason;

use crate::ANSWERED;
use crate::disk::path;
use crate::failure::Failure;
use crate::publish::{CacheDirectory, NotCached, is_temporary_name};
use crate::scene::Scene;
use crate::settings::xdg_directory;

/// Clears the project's caches, and with `all` the user's cache directory.
pub fn run(all: bool) -> Result<u8, Failure> {
    let scene = Scene::here(None)?;
    let mut gone: Vec<PathBuf> = Vec::new();
    if let Some(project) = &scene.project {
        match CacheDirectory::existing(path(project.root), &["cache"]) {
            Ok(cache) => gone.extend(caches_in(cache.path())),
            // Someone else's, behind a link: nothing there is ours to remove.
            Err(foreign @ NotCached::ForeignDirectory(_)) => {
                return Err(Failure::new(Reason::OtherOwner, foreign.to_string()));
            }
            Err(_) => {}
        }
    } else if !all {
        let message = format!("no project at or above {}", scene.directory.display());
        return Err(Failure::new(Reason::NoProject, message));
    }
    if all {
        gone.extend(xdg_directory("CACHE", ".cache"));
    }
    for file in gone {
        remove(&file).map_err(|error| {
            let message = format!("cannot remove {}: {error}", file.display());
            Failure::new(Reason::CacheUnreadable, message)
        })?;
    }
    Ok(ANSWERED)
}

/// All that may be cached in `ROOT/.pivot/cache`.
fn caches_in(directory: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        ["stages.cache", "complete.lock", "complete"].map(|name| directory.join(name)).into();
    let is_ours = |entry: &fs::DirEntry| is_temporary_name(entry.file_name().as_bytes());
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    found.extend(entries.filter(is_ours).map(|entry| entry.path()));
    found
}

/// Removes a file, a link, or a directory with all that is in it; links are not followed.
fn remove(path: &Path) -> io::Result<()> {
    let result = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match result {
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Ok(())
        }
        result => result,
    }
}
