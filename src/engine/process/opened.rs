//! What was opened while a program ran, by whomever, as the kernel tells it.

use std::collections::HashMap;
use std::path::PathBuf;

/// Files and directories that were opened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opened {
    /// Files that were read, or may have been.
    pub files: Vec<OpenedPath>,
    /// Directories that were listed by others than the program itself.
    pub directories: Vec<OpenedPath>,
    /// How often others than the program itself wrote to a file or put one there.
    pub arrivals: HashMap<PathBuf, u32>,
    /// Why this is not all of it.
    pub gap: Option<&'static str>,
    /// Whether directories elsewhere are so many that not all of them were watched.
    pub is_partial: bool,
}

/// Something that was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedPath {
    /// Its real path.
    pub path: PathBuf,
    /// Those to look at it by: this one, and those by links.
    pub paths: Vec<PathBuf>,
    /// Whether it changed after it was opened, and nobody knows that the program did that itself.
    pub has_changed: bool,
    /// Whether it was made meanwhile, before anybody read it.
    pub is_new: bool,
    /// Whether another run of the program may see something else there.
    pub is_overtaken: bool,
}
