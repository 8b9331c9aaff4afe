//! The environment variables that decide which answer is meant, as they are here.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use pivot_complete::project::{Environment, VARIABLE_NAMES};

use super::settings::is_in_no_home;

#[path = "../../hosted/machine.rs"]
mod machine;

pub use machine::PROCESS;

/// The variables, empty where they are not set.
#[derive(Clone)]
pub struct Variables {
    values: [Vec<u8>; VARIABLE_NAMES.len()],
    typed: Vec<u8>,
}

impl Variables {
    /// Reads them, a home directory that does not exist as none; `typed` is the first word of the
    /// shell's line, where there is one.
    pub fn read(typed: Option<&OsStr>) -> Self {
        let values = VARIABLE_NAMES.map(|name| {
            let value = std::env::var_os(name).unwrap_or_default();
            let is_gone =
                ["HOME", "XDG_CACHE_HOME"].contains(&name) && is_in_no_home(value.as_ref());
            if is_gone { Vec::new() } else { value.into_vec() }
        });
        Self { values, typed: typed.unwrap_or_default().as_bytes().to_vec() }
    }

    /// The variables as the shared rules take them.
    pub fn environment(&self) -> Environment<'_> {
        let values = self.values.each_ref().map(Vec::as_slice);
        Environment::of(values, &self.typed, PROCESS)
    }
}
