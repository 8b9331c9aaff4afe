//! Whose code a TAB may execute: one's own, and that of projects in the user's list.
//!
//! Like git's `safe.directory`: pressing TAB in a directory is no consent to run what lies there.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use pivot_complete::project::{ConfigKind, Project};
use pivot_complete::verdict::Reason;

use crate::settings::{Settings, TrustPolicy, xdg_directory};

const WRITABLE_BY_EVERYONE: u32 = 0o002;

/// Decides whether a TAB may run discovery for `project`, and so the code of its pipeline.
pub fn allows(project: &Project<'_>, settings: &Settings) -> Result<(), Reason> {
    if is_listed(Path::new(OsStr::from_bytes(project.root))) {
        return Ok(());
    }
    if settings.trust == TrustPolicy::Explicit {
        return Err(Reason::NotTrusted);
    }
    let root = Path::new(OsStr::from_bytes(project.root));
    is_ones_own(root)?;
    // Which config it will be may depend on the Pivot that answers: all that could be count.
    for directory in [root, Path::new(OsStr::from_bytes(project.directory))] {
        for kind in [ConfigKind::Python, ConfigKind::Yaml, ConfigKind::Yml] {
            let config = directory.join(OsStr::from_bytes(kind.file_name()));
            if config.exists() {
                is_ones_own(directory)?;
                is_ones_own(&config)?;
            }
        }
    }
    Ok(())
}

/// Decides whether `path`, links followed, is the user's and nobody else may write to it.
pub fn is_ones_own(path: &Path) -> Result<(), Reason> {
    let found = fs::metadata(path).map_err(|_| Reason::OtherOwner)?;
    if found.uid() != geteuid().as_raw() {
        return Err(Reason::OtherOwner);
    }
    if found.mode() & WRITABLE_BY_EVERYONE != 0 {
        return Err(Reason::WorldWritable);
    }
    Ok(())
}

/// The file with the trusted roots, one a line.
pub fn list_path() -> Option<PathBuf> {
    xdg_directory("CONFIG", ".config").map(|directory| directory.join("trusted"))
}

/// Whether `root` is in the list; a list that someone else can write counts for nothing.
pub fn is_listed(root: &Path) -> bool {
    list_path()
        .filter(|path| is_ones_own(path).is_ok())
        .and_then(|path| fs::read(path).ok())
        .is_some_and(|text| lines(&text).any(|line| line == root.as_os_str().as_bytes()))
}

/// Adds `root` to the list, or takes it out.
pub fn change(root: &Path, listed: bool) -> io::Result<()> {
    let name = root.as_os_str().as_bytes();
    if name.contains(&b'\n') {
        return Err(io::Error::new(ErrorKind::InvalidInput, "the path has a line break"));
    }
    let path = list_path()
        .ok_or_else(|| io::Error::new(ErrorKind::NotFound, "neither XDG_CONFIG_HOME nor HOME"))?;
    let old = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    let mut new: Vec<u8> = Vec::new();
    for line in lines(&old).filter(|line| *line != name).chain(listed.then_some(name)) {
        new.extend(line);
        new.push(b'\n');
    }
    let directory = path.parent().unwrap_or(Path::new("/"));
    fs::create_dir_all(directory)?;
    let temporary = directory.join(format!("trusted.{}.tmp", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let mut file =
        fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    file.write_all(&new)
        .and_then(|()| file.sync_data())
        .and_then(|()| fs::rename(&temporary, &path))
        .inspect_err(|_| {
            let _ = fs::remove_file(&temporary);
        })
}

fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.split(|&byte| byte == b'\n').filter(|line| !line.is_empty())
}
