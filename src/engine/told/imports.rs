//! The `.pvt` files of what was imported, as `pivot update` takes them: by their paths from ROOT.
//!
//! Source: Pivot 0.1.0 to 0.5.11, `cli/update.py` and `storage/track.py`, which writes them block by block.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use super::line;
use crate::files::read_if;

/// Longest `.pvt` file that is read, in bytes: of a large directory it lists every file.
const LIMIT_BYTES: usize = 16 << 20;
/// Most entries that are looked at below ROOT, and how deep.
const ENTRIES_MAX: usize = 100_000;
const DEPTH_MAX: usize = 64;
/// Directories that hold nothing of a project's.
const SKIPPED: [&str; 4] = [".git", ".pivot", "node_modules", "__pycache__"];

/// The imports below `root`, each with where it comes from; nothing where there is too much to look at.
pub fn imports(root: &Path) -> Vec<u8> {
    let mut walk = Walk { left: ENTRIES_MAX, found: Vec::new() };
    if walk.directory(root, b"", DEPTH_MAX).is_none() {
        return Vec::new();
    }
    walk.found.sort();
    walk.found.iter().filter_map(|(path, from)| line(path, from)).flatten().collect()
}

struct Walk {
    /// How many entries may be looked at yet.
    left: usize,
    found: Vec<(Vec<u8>, String)>,
}

impl Walk {
    /// Looks below `directory`, which `above` leads to from ROOT; nothing where that would take too long.
    fn directory(&mut self, directory: &Path, above: &[u8], depth_left: usize) -> Option<()> {
        let depth_left = depth_left.checked_sub(1)?;
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            self.left = self.left.checked_sub(1)?;
            let file_name = entry.file_name();
            let name = [above, file_name.as_bytes()].concat();
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                let is_skipped = SKIPPED.iter().any(|skipped| file_name == *skipped)
                    || entry.path().join("pyvenv.cfg").exists();
                if !is_skipped {
                    self.directory(&entry.path(), &[&name, &b"/"[..]].concat(), depth_left)?;
                }
            } else if name.ends_with(b".pvt")
                && let Some(from) = source(&entry.path())
            {
                self.found.push((name, from));
            }
        }
        Some(())
    }
}

/// Where what this file describes was imported from; nothing for what was not.
fn source(file: &Path) -> Option<String> {
    let text = String::from_utf8(read_if(file, LIMIT_BYTES, |_| true).ok()?).ok()?;
    let mut lines = text.lines().skip_while(|line| *line != "source:").skip(1).peekable();
    lines.peek()?;
    let of = |name: &str| {
        let mut own = lines.clone().take_while(|line| line.starts_with(' '));
        own.find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(": ")).map(str::to_owned)
    };
    let words = [of("repo"), of("rev").map(|rev| format!("at {rev}"))];
    Some(words.into_iter().flatten().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_told_by_their_paths_from_root() {
        let place = tempfile::tempdir().unwrap();
        let write = |file: &str, text: &str| {
            let file = place.path().join(file);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        let import = "path: a.csv\nhash: '12'\nsize: 3\nsource:\n  repo: https://host/repo\n  \
                      rev: main\n  rev_lock: '34'\n  stage: train\n  path: a.csv\n  remote: s3://b\n";
        write("data/deep/a.csv.pvt", import);
        write("b.csv.pvt", import);
        write("tracked.csv.pvt", "path: tracked.csv\nhash: '12'\nsize: 3\n");
        write("broken.pvt", "\u{0}source\n");
        for elsewhere in [".pivot/c.pvt", ".git/c.pvt", "node_modules/x/c.pvt", "env/c.pvt"] {
            write(elsewhere, import);
        }
        write("env/pyvenv.cfg", "");
        std::os::unix::fs::symlink(place.path(), place.path().join("data/round")).unwrap();
        nix::unistd::mkfifo(&place.path().join("fifo.pvt"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        let from = "https://host/repo at main";
        let expected = format!("b.csv.pvt\t{from}\ndata/deep/a.csv.pvt\t{from}\n");
        assert_eq!(String::from_utf8(imports(place.path())).unwrap(), expected);
    }
}
