//! The environment variables that decide which answer is meant, as they are here.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use pivot_complete::environment::{Environment, NAMES};

/// The variables, empty where they are not set.
#[derive(Clone)]
pub struct Variables {
    values: [Vec<u8>; NAMES.len()],
    typed: Vec<u8>,
}

impl Variables {
    /// Reads them; `typed` is the first word of the shell's line, where there is one.
    pub fn read(typed: Option<&OsStr>) -> Self {
        let values = NAMES.map(|name| std::env::var_os(name).unwrap_or_default().into_vec());
        Self { values, typed: typed.unwrap_or_default().as_bytes().to_vec() }
    }

    /// The variables as the shared rules take them.
    pub fn environment(&self) -> Environment<'_> {
        Environment::of(self.values.each_ref().map(Vec::as_slice), &self.typed)
    }
}
