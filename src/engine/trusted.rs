//! `pivot-complete trust`: the user's consent to run a project's code at a TAB.

use std::path::PathBuf;

use pivot_complete::verdict::Reason;

use crate::failure::Failure;
use crate::scene::{Scene, path};
use crate::{print, trust};

/// Adds the project at `directory`, or at the working directory, to the list, or removes it.
pub fn run(directory: Option<PathBuf>, remove: bool) -> Result<u8, Failure> {
    if let Some(directory) = &directory {
        std::env::set_current_dir(directory).map_err(|error| {
            let message = format!("cannot enter {}: {error}", directory.display());
            Failure::new(Reason::NoWorkingDirectory, message)
        })?;
    }
    let scene = Scene::here(None)?;
    let project = scene.project.as_ref().ok_or_else(|| {
        let message = format!("no project at or above {}", scene.directory.display());
        Failure::new(Reason::NoProject, message)
    })?;
    let root = path(project.root);
    trust::change(root, !remove).map_err(|error| {
        let list = trust::list_path().unwrap_or_default();
        let message = format!("cannot write {}: {error}", list.display());
        Failure::new(Reason::NotTrusted, message)
    })?;
    let now = if remove { "no longer trusted" } else { "trusted" };
    print(format!("{} is {now}\n", root.display()).as_bytes())
}
