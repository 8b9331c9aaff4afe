//! Which directories below ROOT have their code read where every pipeline of the project is discovered.

use std::fs;
use std::path::{Path, PathBuf};

use pivot_complete::project::ConfigKind;

use crate::files::path;

/// Where Pivot looks for no pipeline, in every release.
const SKIPPED: [&str; 2] = [".git", ".pivot"];

/// What may be a config anywhere below `root`, with the directories on the way to it: whoever could
/// change one of these could put it there.
///
/// Links are not followed to directories, as by Pivot. What cannot be listed has none for it either.
pub fn configs_below(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut directories = vec![root.to_path_buf()];
    while let Some(directory) = directories.pop() {
        let Ok(entries) = fs::read_dir(&directory) else { continue };
        let mut has_config = false;
        for entry in entries.flatten() {
            let name = entry.file_name();
            if ConfigKind::ALL.iter().any(|kind| name == path(kind.file_name())) {
                found.push(entry.path());
                has_config = true;
            }
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && !SKIPPED.iter().any(|skipped| name == *skipped) {
                directories.push(entry.path());
            }
        }
        if has_config {
            let above = directory.ancestors().take_while(|above| *above != root);
            found.extend(above.map(Path::to_path_buf));
        }
    }
    found
}
