//! The environment variables that decide which answer is meant, as they are here.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use pivot_complete::environment::Environment;

/// The variables, empty where they are not set.
pub struct Variables {
    values: [Vec<u8>; 5],
    typed: Vec<u8>,
}

impl Variables {
    /// Reads them; `typed` is the first word of the shell's line, where there is one.
    pub fn read(typed: Option<&OsStr>) -> Self {
        let names = ["PATH", "HOME", "VIRTUAL_ENV", "PYTHONPATH", "PIVOT_COMPLETE_PYTHON"];
        let values = names.map(|name| std::env::var_os(name).unwrap_or_default().into_vec());
        Self { values, typed: typed.unwrap_or_default().as_bytes().to_vec() }
    }

    /// The variables as the shared rules take them.
    pub fn environment(&self) -> Environment<'_> {
        let [path, home, virtual_env, python_path, python] = &self.values;
        Environment { path, home, virtual_env, python_path, python, typed: &self.typed }
    }
}
