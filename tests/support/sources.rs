//! The programs' own sources, for tables of what may stand in them.

use std::fs;
use std::path::{Path, PathBuf};

/// Whether a file belongs to a module that only tests compile: `#[cfg(test)] mod NAME;` in its parent.
pub fn is_of_tests(top: &Path, file: &Path) -> bool {
    file.ancestors().take_while(|at| *at != top).any(|at| {
        let Some(name) = at.file_stem().and_then(|name| name.to_str()) else { return false };
        let Some(above) = at.parent() else { return false };
        // A room with a root for each system has another than `mod.rs`.
        let beside = fs::read_dir(above).into_iter().flatten().flatten().map(|entry| entry.path());
        let parents = beside.chain([above.with_extension("rs")]).filter(|path| path.is_file());
        let text: String = parents.filter_map(|parent| fs::read_to_string(parent).ok()).collect();
        text.contains(&format!("#[cfg(test)]\nmod {name};"))
            || text.contains(&format!("#[cfg(test)]\npub mod {name};"))
    })
}

/// All of Rust and Python below `top`.
pub fn sources(top: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![top.to_path_buf()];
    while let Some(directory) = left.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs" || kind == "py") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(found.len() > 50, "the sources are elsewhere: {found:?}");
    found
}
