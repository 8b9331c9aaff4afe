//! What trust goes by in a working directory: looked at once, whatever is to be started.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use super::choices;
use super::list::Lists;

/// The lists of trusted directories, and what lies above the working directory.
#[derive(Default)]
pub struct Evidence {
    lists: OnceCell<Lists>,
    choices: OnceCell<Vec<(PathBuf, Vec<PathBuf>)>>,
    top: OnceCell<Option<PathBuf>>,
}

impl Evidence {
    /// The lists that are believed.
    pub fn lists(&self) -> &Lists {
        self.lists.get_or_init(Lists::read)
    }

    /// The directories from `here` up that have files by which version managers choose, with those.
    pub fn choices(&self, here: &Path) -> &[(PathBuf, Vec<PathBuf>)] {
        self.choices.get_or_init(|| choices::above(here).collect())
    }

    /// The topmost project that `here` lies in.
    pub fn top(&self, here: &Path) -> Option<&Path> {
        let is_project = |directory: &&Path| {
            [".pivot", ".git"].iter().any(|name| directory.join(name).symlink_metadata().is_ok())
        };
        let top = || here.ancestors().filter(is_project).last().map(Path::to_path_buf);
        self.top.get_or_init(top).as_deref()
    }
}
