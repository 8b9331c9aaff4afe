//! A directory of a test's own, and the built engine.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The engine: the release artefact where `scripts/test` says so, else what cargo built beside this
/// program.
pub fn engine() -> PathBuf {
    let directory = std::env::var_os("PIVOT_COMPLETE_TEST_BINARIES").map(PathBuf::from);
    let beside = || Some(std::env::current_exe().ok()?.parent()?.parent()?.to_owned());
    directory.or_else(beside).expect("a directory").join("pivot-complete-engine")
}

/// Removed when it is dropped.
pub struct Sandbox {
    directory: tempfile::TempDir,
}

impl Sandbox {
    /// With an empty `project/.pivot`.
    pub fn new() -> Self {
        let directory = tempfile::Builder::new().prefix("pivot-complete-").tempdir().unwrap();
        let sandbox = Self { directory };
        sandbox.make_directory("project/.pivot");
        sandbox
    }

    /// A path in there.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.directory.path().join(relative)
    }

    /// Makes a directory and those above it.
    pub fn make_directory(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().expect("a directory")).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes an executable file.
    pub fn write_program(&self, relative: &str, text: &str) -> PathBuf {
        let path = self.write(relative, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// The engine in the project, which inherits no setting; its ends are pipes.
    pub fn engine(&self) -> Command {
        let mut command = Command::new(engine());
        command.current_dir(self.path("project")).env_clear().env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// All that lies in a directory, relative to it.
    pub fn listing(&self, relative: &str) -> Vec<String> {
        let top = self.path(relative);
        below(&top)
            .iter()
            .map(|path| path.strip_prefix(&top).unwrap().display().to_string())
            .collect()
    }
}

/// All paths below a directory.
fn below(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries.flat_map(|entry| [vec![entry.path()], below(&entry.path())].concat()).collect()
}
