//! The branches and tags of the git repository, from its files: loose and packed references, those of
//! a worktree's repository too.
//!
//! Source: gitrepository-layout(5); Pivot 0.1.0 to 0.5.11, `git.py`, which takes a revision for a branch,
//! a tag, or a branch of the remote `origin`, in this order, and looks from ROOT upwards for `.git`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use super::line;
use crate::files::read_if;

/// Longest `packed-refs`, in bytes.
const PACKED_LIMIT_BYTES: usize = 64 << 20;
/// Longest of the other files, which hold one line.
const LINE_LIMIT_BYTES: usize = 1 << 16;
/// Deepest name of a reference, in directories.
const DEPTH_MAX: usize = 32;

/// Where the references lie that Pivot tries, and what a list says of one.
const KINDS: [(&str, &str); 3] = [
    ("refs/heads/", "branch"),
    ("refs/tags/", "tag"),
    ("refs/remotes/origin/", "branch of origin"),
];

/// The revisions that have a name in the repository that `root` lies in; nothing where there is none,
/// and where its references are not kept in files of their own.
pub fn revisions(root: &Path) -> Vec<u8> {
    let Some(repository) = Repository::around(root) else { return Vec::new() };
    if repository.common.join("reftable").exists() {
        return Vec::new();
    }
    let head = first_line(&repository.git.join("HEAD")).unwrap_or_default();
    let current = head.strip_prefix(b"ref: refs/heads/").unwrap_or_default();
    let mut lines = Vec::new();
    if !head.is_empty() {
        lines.extend(line(b"HEAD", "the current commit").unwrap_or_default());
    }
    // What a name means first is what it means.
    let mut known: BTreeMap<Vec<u8>, &str> = BTreeMap::new();
    for (number, names) in repository.names().into_iter().enumerate() {
        let (_, kind) = KINDS[number];
        let mut new: Vec<Vec<u8>> =
            names.into_iter().filter(|name| !known.contains_key(name)).collect();
        new.sort();
        new.dedup();
        for name in new {
            let is_current = number == 0 && name == current;
            let help = if is_current { "the current branch" } else { kind };
            lines.extend(line(&name, help).unwrap_or_default());
            known.insert(name, kind);
        }
    }
    lines
}

/// A git repository.
struct Repository {
    /// Its directory, a worktree's own.
    git: PathBuf,
    /// The directory that all worktrees share.
    common: PathBuf,
}

impl Repository {
    fn around(root: &Path) -> Option<Self> {
        let dot_git = root.ancestors().map(|above| above.join(".git")).find(|git| git.exists())?;
        let git = if dot_git.is_dir() {
            dot_git
        } else {
            // Of a worktree, or of a submodule.
            let line = first_line(&dot_git)?;
            let leads_to = line.strip_prefix(b"gitdir: ")?.to_vec();
            dot_git.parent()?.join(OsString::from_vec(leads_to))
        };
        let common = first_line(&git.join("commondir"))
            .map_or_else(|| git.clone(), |line| git.join(OsString::from_vec(line)));
        Some(Self { git, common })
    }

    /// The names of each kind, without what stands before them.
    fn names(&self) -> [Vec<Vec<u8>>; 3] {
        let mut names = KINDS.map(|_| Vec::new());
        for ((place, _), names) in KINDS.iter().zip(&mut names) {
            loose(&self.common.join(place), b"", DEPTH_MAX, names);
        }
        let packed = read_if(&self.common.join("packed-refs"), PACKED_LIMIT_BYTES, |_| true);
        for line in packed.unwrap_or_default().split(|&byte| byte == b'\n') {
            // A digest and a name; headers begin with `#`, what a tag leads to with `^`.
            let Some(name) = line.iter().position(|&byte| byte == b' ').map(|at| &line[at + 1..])
            else {
                continue;
            };
            for ((place, _), names) in KINDS.iter().zip(&mut names) {
                names.extend(name.strip_prefix(place.as_bytes()).map(<[u8]>::to_vec));
            }
        }
        // The remote's HEAD is a name for another of its branches.
        names[2].retain(|name| name != b"HEAD");
        names
    }
}

/// Adds the names of the references that lie in files of their own below `directory`, which `above`
/// leads to.
fn loose(directory: &Path, above: &[u8], depth_left: usize, names: &mut Vec<Vec<u8>>) {
    let Some(depth_left) = depth_left.checked_sub(1) else { return };
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let file_name = entry.file_name();
        let name = [above, file_name.as_bytes()].concat();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => {
                loose(&entry.path(), &[&name, &b"/"[..]].concat(), depth_left, names);
            }
            // One that is being written is a lock first.
            Ok(_) if !name.ends_with(b".lock") => names.push(name),
            _ => {}
        }
    }
}

/// The first line of a short file.
fn first_line(file: &Path) -> Option<Vec<u8>> {
    let bytes = read_if(file, LINE_LIMIT_BYTES, |_| true).ok()?;
    Some(bytes.split(|&byte| byte == b'\n').next()?.trim_ascii_end().to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(root: &Path, file: &str, text: &str) {
        let file = root.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    fn of(root: &Path) -> String {
        String::from_utf8(revisions(root)).unwrap()
    }

    const DIGEST: &str = "1234567890123456789012345678901234567890";

    #[test]
    fn loose_and_packed_names_are_one_list() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        assert_eq!(of(root), "");
        write(root, ".git/HEAD", "ref: refs/heads/main\n");
        for name in ["heads/main", "heads/fix/one", "tags/v1", "remotes/origin/next"] {
            write(root, &format!(".git/refs/{name}"), DIGEST);
        }
        for name in ["heads/new.lock", "remotes/origin/HEAD", "remotes/other/x", "stash"] {
            write(root, &format!(".git/refs/{name}"), DIGEST);
        }
        let packed = format!(
            "# pack-refs with: peeled fully-peeled sorted \n{DIGEST} refs/heads/main\n\
             {DIGEST} refs/heads/old\n{DIGEST} refs/remotes/origin/main\n{DIGEST} refs/tags/v0\n\
             ^{DIGEST}\n{DIGEST} refs/tags/old\n"
        );
        write(root, ".git/packed-refs", &packed);
        write(root, "sub/project/x", "");
        let expected = "HEAD\tthe current commit\nfix/one\tbranch\nmain\tthe current branch\n\
                        old\tbranch\nv0\ttag\nv1\ttag\nnext\tbranch of origin\n";
        assert_eq!(of(&root.join("sub/project")), expected);
    }

    #[test]
    fn a_worktree_has_its_repositorys_names() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        write(root, "main/.git/refs/heads/main", DIGEST);
        write(root, "main/.git/worktrees/side/commondir", "../..\n");
        write(root, "main/.git/worktrees/side/HEAD", "ref: refs/heads/side\n");
        write(root, "main/.git/refs/heads/side", DIGEST);
        let gitdir = root.join("main/.git/worktrees/side");
        write(root, "side/.git", &format!("gitdir: {}\n", gitdir.display()));
        let expected = "HEAD\tthe current commit\nmain\tbranch\nside\tthe current branch\n";
        assert_eq!(of(&root.join("side")), expected);
        // A submodule says where by a path from there.
        write(root, "side/.git", "gitdir: ../main/.git/worktrees/side\n");
        assert_eq!(of(&root.join("side")), expected);
    }

    #[test]
    fn what_is_no_repository_has_no_names() {
        let place = tempfile::tempdir().unwrap();
        let root = place.path();
        for text in ["", "gitdir: \n", "gitdir: nowhere\n", "something\n"] {
            write(root, ".git", text);
            assert_eq!(of(root), "", "{text:?}");
        }
        fs::remove_file(root.join(".git")).unwrap();
        fs::create_dir(root.join(".git")).unwrap();
        // Neither is waited for, nor an error.
        nix::unistd::mkfifo(&root.join(".git/HEAD"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        nix::unistd::mkfifo(&root.join(".git/packed-refs"), nix::sys::stat::Mode::S_IRWXU).unwrap();
        write(root, ".git/refs/tags/a\u{1b}b", "");
        assert_eq!(of(root), "");
        write(root, ".git/refs/tags/v1", "");
        assert_eq!(of(root), "v1\ttag\n");
        write(root, ".git/reftable/tables.list", "");
        assert_eq!(of(root), "");
    }
}
