//! Where this program lies, whoever replaces it meanwhile.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::owner;

/// The path that this program was started by, the first time that somebody asks: who puts it aside, as pip
/// does, gives the file another one.
static STARTED: OnceLock<Option<PathBuf>> = OnceLock::new();

/// What Linux adds to the path of a program whose file has no name any more (proc_pid_exe(5)).
const DELETED: &[u8] = b" (deleted)";

/// The program that lies at this one's path now: after an upgrade another one; nothing where it is gone, or
/// where somebody else may have put it there.
pub fn program() -> Option<PathBuf> {
    let started = || std::env::current_exe().ok().map(|path| undeleted(&path));
    let path = STARTED.get_or_init(started).clone().filter(|path| path.is_file())?;
    (runs(&path) || path.ancestors().all(is_ours)).then_some(path)
}

/// Whether that is not the file that this process runs.
pub fn was_replaced() -> bool {
    program().is_none_or(|program| !runs(&program))
}

/// Whether this process runs the file at `path`.
fn runs(path: &Path) -> bool {
    std::env::current_exe().is_ok_and(|runs| runs == path)
}

/// Whether a file or directory is the user's or root's, and nobody else puts anything in its place.
fn is_ours(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| owner::is_ours(&found, path) && !owner::is_open(&found))
}

fn undeleted(path: &Path) -> PathBuf {
    let stem = path.as_os_str().as_bytes().strip_suffix(DELETED).filter(|_| !path.is_file());
    stem.map_or_else(|| path.to_path_buf(), |stem| OsStr::from_bytes(stem).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_a_name_is_where_it_was() {
        assert_eq!(undeleted(Path::new("/no/such (deleted)")), Path::new("/no/such"));
        assert_eq!(undeleted(Path::new("/no/such")), Path::new("/no/such"));
        let top = tempfile::tempdir().unwrap();
        let named_so = top.path().join("x (deleted)");
        std::fs::write(&named_so, "").unwrap();
        assert_eq!(undeleted(&named_so), named_so);
        assert!(!was_replaced());
        let open = top.path().join("open");
        std::fs::write(&open, "").unwrap();
        assert!(is_ours(&open) && open.ancestors().all(is_ours));
        std::fs::set_permissions(&open, std::os::unix::fs::PermissionsExt::from_mode(0o666))
            .unwrap();
        assert!(!is_ours(&open));
    }
}
