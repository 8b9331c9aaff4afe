//! Whose code a TAB may execute: one's own, and that of projects in the user's list.
//!
//! Like git's `safe.directory`: pressing TAB in a directory is no consent to run what lies there.

use std::fs::{self, Metadata};
use std::io::{self, ErrorKind, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::unistd::geteuid;
use pivot_complete::disk::ReadError;
use pivot_complete::path::PathBuffer;
use pivot_complete::project::{ConfigKind, Dialect, Project};
use pivot_complete::verdict::Reason;

use crate::disk::{Disk, path, path_storage, read_if};
use crate::pivot::{Pivot, Runs};
use crate::settings::{Settings, TrustPolicy, xdg_directory};

const WRITABLE_BY_EVERYONE: u32 = 0o002;

/// Longest list that is read, in bytes.
const LIST_LIMIT_BYTES: usize = 1 << 20;

/// Decides whether a TAB may run discovery for `project`, and so the code of its pipeline.
pub fn allows(project: &Project<'_>, settings: &Settings) -> Result<(), Reason> {
    if is_listed(path(project.root)) {
        return Ok(());
    }
    if settings.trust == TrustPolicy::Explicit {
        return Err(Reason::NotTrusted);
    }
    let root = path(project.root);
    is_ones_own(root)?;
    // Which config it will be may depend on the Pivot that answers: all that could be count.
    for directory in [root, path(project.directory)] {
        for kind in [ConfigKind::Python, ConfigKind::Yaml, ConfigKind::Yml] {
            let config = directory.join(path(kind.file_name()));
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
    judge(&fs::metadata(path).map_err(|_| Reason::OtherOwner)?)
}

fn judge(found: &Metadata) -> Result<(), Reason> {
    if found.uid() != geteuid().as_raw() {
        return Err(Reason::OtherOwner);
    }
    if found.mode() & WRITABLE_BY_EVERYONE != 0 {
        return Err(Reason::WorldWritable);
    }
    Ok(())
}

/// Decides whether a TAB may execute `pivot` and its interpreter: not where they lie in a project
/// of someone else, nor where someone else's program lies below the working directory.
///
/// What is root's may be run: root could do anything anyway.
pub fn may_run(pivot: &Pivot, working_directory: &Path) -> Result<(), Reason> {
    let interpreter = match &pivot.runs {
        Runs::Python(interpreter) => Some(&interpreter.path),
        Runs::Shim(_) | Runs::Opaque => None,
    };
    for program in pivot.program.iter().chain(interpreter) {
        let program = working_directory.join(program);
        let Ok(real) = program.canonicalize() else { continue };
        if real.starts_with(working_directory) {
            is_ones_own(&real).or_else(|reason| is_roots(&real).then_some(()).ok_or(reason))?;
        }
        // The link and what it leads to may lie in different projects.
        for directory in [program.parent(), real.parent()].into_iter().flatten() {
            let Ok(directory) = directory.canonicalize() else { continue };
            let directory = directory.as_os_str().as_bytes();
            let mut storage = path_storage();
            let mut buffer = PathBuffer::new(&mut storage);
            let found = Project::locate(&Disk, directory, Dialect::WithYaml, &mut buffer);
            if let Ok(Some(project)) = found {
                let root = path(project.root);
                if !is_listed(root) && !is_roots(root) {
                    is_ones_own(root)?;
                }
            }
        }
    }
    Ok(())
}

/// Whether `path` is root's, and nobody else may write to it.
fn is_roots(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|f| f.uid() == 0 && f.mode() & WRITABLE_BY_EVERYONE == 0)
}

/// The file with the trusted roots, one a line.
pub fn list_path() -> Option<PathBuf> {
    xdg_directory("CONFIG", ".config").map(|directory| directory.join("trusted"))
}

/// Whether `root` is in the list; a list that someone else can write counts for nothing.
pub fn is_listed(root: &Path) -> bool {
    list_path()
        .and_then(|path| read_if(&path, LIST_LIMIT_BYTES, |found| judge(found).is_ok()).ok())
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
    let old = match read_if(&path, LIST_LIMIT_BYTES, |_| true) {
        Ok(text) => text,
        Err(ReadError::Missing) => Vec::new(),
        Err(_) => return Err(io::Error::other("the old list is no file that can be read")),
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
