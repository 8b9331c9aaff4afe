//! The environment variables that decide which answer is meant, as they are here.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use pivot_complete::environment::Environment;

/// The variables, empty where they are not set.
pub struct Variables {
    values: [Vec<u8>; 9],
    typed: Vec<u8>,
}

impl Variables {
    /// Reads them; `typed` is the first word of the shell's line, where there is one.
    pub fn read(typed: Option<&OsStr>) -> Self {
        let names = [
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
        let values = names.map(|name| std::env::var_os(name).unwrap_or_default().into_vec());
        Self { values, typed: typed.unwrap_or_default().as_bytes().to_vec() }
    }

    /// The variables as the shared rules take them.
    pub fn environment(&self) -> Environment<'_> {
        let [path, cache_home, home, virtual_env, python_path, python, chosen @ ..] = &self.values;
        let typed = &self.typed;
        let chosen = chosen.each_ref().map(Vec::as_slice);
        Environment { path, cache_home, home, virtual_env, python_path, python, chosen, typed }
    }
}
