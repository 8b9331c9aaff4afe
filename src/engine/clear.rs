//! `pivot-complete clear`: removes what this program and Pivot cached about stages.

use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::verdict::Reason;

use crate::ANSWERED;
use crate::failure::Failure;
use crate::publish::is_temporary_name;
use crate::scene::{Scene, path};
use crate::settings::xdg_directory;

/// Clears the project's caches, and with `all` the user's cache directory.
pub fn run(all: bool) -> Result<u8, Failure> {
    let scene = Scene::here(None)?;
    let mut gone: Vec<PathBuf> = Vec::new();
    if let Some(project) = &scene.project {
        let cache = path(project.root).join(".pivot/cache");
        gone.extend([cache.join("stages.cache"), cache.join("complete.lock")]);
        gone.extend(temporary_files(&cache));
        gone.push(cache.join("complete"));
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

fn temporary_files(directory: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let is_ours = |entry: &fs::DirEntry| is_temporary_name(entry.file_name().as_bytes());
    entries.flatten().filter(is_ours).map(|entry| entry.path()).collect()
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
