//! Commands by std without what would have them load code from the working directory: for the hosted
//! front and the engine.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;

use pivot_complete::environment::loader::{self, Cleaned};

/// Takes the empty and relative paths out of the environment of `command`.
pub fn clean(command: &mut Command) -> &mut Command {
    for name in loader::names() {
        let Some(value) = std::env::var_os(name) else { continue };
        let entry = [name.as_bytes(), b"=", value.as_bytes()].concat();
        let mut room = vec![0; entry.len() + 1];
        match loader::clean(&entry, &mut room) {
            Cleaned::Whole => {}
            Cleaned::Gone => drop(command.env_remove(name)),
            Cleaned::Shortened => {
                let left = room.split(|&byte| byte == 0).next().unwrap_or_default();
                let value = left.get(name.len() + 1..).unwrap_or_default();
                command.env(name, OsStr::from_bytes(value));
            }
        }
    }
    command
}
