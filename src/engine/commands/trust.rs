//! `pivot-complete trust`: the user's consent to run a project's code at a TAB.

use std::path::{Path, PathBuf};

use pivot_complete::reason::Reason;

use crate::context::{Context, trust};
use crate::files::path;
use crate::report::{Failure, say};

/// ROOT of the project at `directory`, or at the working directory.
fn root_of(directory: Option<&Path>) -> Result<PathBuf, Failure> {
    if let Some(directory) = directory {
        std::env::set_current_dir(directory).map_err(|error| {
            let message = format!("cannot enter {}: {error}", directory.display());
            Failure::new(Reason::DirectoryNotEntered, message)
        })?;
    }
    let context = Context::here(None)?;
    let root = context.project.as_ref().map(|project| path(project.root).to_path_buf());
    // A directory that is named need not be a project: an environment that several people share.
    root.or_else(|| directory.map(|_| context.directory.clone())).ok_or_else(|| {
        let message = format!("no project at or above {}", context.directory.display());
        Failure::new(Reason::NoProject, message)
    })
}

/// Adds the project at `directory`, or at the working directory, to the list, or removes it.
pub fn run(directory: Option<PathBuf>, remove: bool) -> Result<u8, Failure> {
    let root = match &directory {
        // A project that was deleted can still be taken out of the list, by its path.
        Some(gone) if remove && gone.is_absolute() && !gone.exists() => gone.clone(),
        _ => root_of(directory.as_deref())?,
    };
    trust::change(&root, !remove).map_err(|error| {
        let list = trust::list_path().map(|list| list.display().to_string());
        let list = list.unwrap_or_else(|| "the list of trusted directories".into());
        let message = format!("cannot write {list}: {error}");
        Failure::new(Reason::ListUnwritable, message)
    })?;
    if let Some(above) = trust::Lists::read().holder(&root).filter(|_| remove) {
        let (root, list) = (root.display(), above.list.display());
        let message = format!("{root} stays trusted: {list} has {}", above.directory.display());
        return Err(Failure::new(Reason::ListUnwritable, message));
    }
    let now = if remove { "no longer trusted" } else { "trusted" };
    say(&format!("{} is {now}\n", root.display()))
}
