//! What of a process's environment decides which answer is meant: two terminals with two virtual
//! environments have two answers.

use xxhash_rust::xxh64::xxh64;

use crate::disk::{Disk, Kind, Stat};
use crate::path::PathBuffer;

/// Bits of a mode that let somebody execute a file.
const EXECUTABLE: u32 = 0o111;

/// The variables that decide, empty where they are not set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'e> {
    /// `PATH`.
    pub path: &'e [u8],
    /// `XDG_CACHE_HOME`.
    pub cache_home: &'e [u8],
    /// `HOME`.
    pub home: &'e [u8],
    /// `VIRTUAL_ENV`.
    pub virtual_env: &'e [u8],
    /// `PYTHONPATH`.
    pub python_path: &'e [u8],
    /// `PIVOT_COMPLETE_PYTHON`.
    pub python: &'e [u8],
    /// What version managers choose a Python by: `PYENV_VERSION`, `ASDF_PYTHON_VERSION`,
    /// `MISE_PYTHON_VERSION`.
    pub chosen: [&'e [u8]; 3],
    /// The first word of the shell's line, where there is a line.
    pub typed: &'e [u8],
}

/// The names of those variables, in the order in which [`Environment::of`] takes their values.
pub const NAMES: [&str; 9] = [
    "PATH",
    "XDG_CACHE_HOME",
    "HOME",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PIVOT_COMPLETE_PYTHON",
    "PYENV_VERSION",
    "ASDF_PYTHON_VERSION",
    "MISE_PYTHON_VERSION",
];

/// The `pivot` that is meant.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The xxh64 of its path; of nothing, where there is none.
    pub path_hash: u64,
    stat: Option<Stat>,
}

impl Program {
    /// Finds it; see [`Environment::find_program`].
    pub fn find<D: Disk>(
        disk: &D,
        environment: &Environment<'_>,
        directory: &[u8],
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> Self {
        let stat = environment.find_program(disk, directory, root, path);
        Self { path_hash: xxh64(path.as_bytes(), 0), stat }
    }

    /// Its stat, if it is what lies at `path`.
    pub fn stat_of(&self, path: &[u8]) -> Option<&Stat> {
        let is_it = || path.starts_with(b"/") && xxh64(path, 0) == self.path_hash;
        self.stat.as_ref().filter(|_| is_it())
    }
}

impl<'e> Environment<'e> {
    /// The environment with these values of [`NAMES`], empty where they are not set.
    pub fn of(values: [&'e [u8]; NAMES.len()], typed: &'e [u8]) -> Self {
        let [path, cache_home, home, virtual_env, python_path, python, chosen @ ..] = values;
        Self { path, cache_home, home, virtual_env, python_path, python, chosen, typed }
    }

    /// Finds the `pivot` that is meant and puts its path into `path`; where there is none, `path`
    /// is left empty.
    ///
    /// The word typed, when it has a slash; else the program of that name on PATH, or of the name
    /// `pivot`; else `pivot` in ROOT/.venv, in VIRTUAL_ENV. Whether it is one, and which Python
    /// runs it, is the engine's to find out: here it only tells one answer from another.
    pub fn find_program<D: Disk>(
        &self,
        disk: &D,
        directory: &[u8],
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> Option<Stat> {
        let typed_path = self.typed.contains(&b'/');
        if typed_path
            && let Some(stat) = match self.typed.strip_prefix(b"~/") {
                Some(rest) => executable(disk, &[self.home, rest], path),
                None if self.typed.starts_with(b"/") => executable(disk, &[self.typed], path),
                None => executable(disk, &[directory, self.typed], path),
            }
        {
            return Some(stat);
        }
        let is_other_name = !typed_path && !self.typed.is_empty() && self.typed != b"pivot";
        let names = [if is_other_name { self.typed } else { b"" }, b"pivot"];
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let directories = self.path.split(|&byte| byte == b':');
            for entry in directories.filter(|entry| entry.first() == Some(&b'/')) {
                if let Some(stat) = executable(disk, &[entry, name], path) {
                    return Some(stat);
                }
            }
        }
        for environment in [&[root, b".venv/bin/pivot"][..], &[self.virtual_env, b"bin/pivot"]] {
            if let Some(stat) = executable(disk, environment, path) {
                return Some(stat);
            }
        }
        path.truncate(0);
        None
    }
}

/// The executable file whose path is made of `components`, which is then in `path`.
#[inline(never)]
fn executable<D: Disk>(disk: &D, components: &[&[u8]], path: &mut PathBuffer<'_>) -> Option<Stat> {
    let (first, rest) = components.split_first()?;
    path.set(first).ok()?;
    for component in rest {
        path.push(component).ok()?;
    }
    let stat = disk.stat(path.as_c_path()).ok()?;
    (stat.kind == Kind::File && stat.mode & EXECUTABLE != 0).then_some(stat)
}
