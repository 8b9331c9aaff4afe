//! What elvish, nushell and xonsh alone have; `shells::all` has the rest.

pub mod everywhere;
pub mod hostile;
pub mod real;
pub mod surroundings;
mod xonsh;

use std::fs;

use crate::shells::{TAB, assert_asked, assert_silent};
use crate::support::shell::{Item, Session, Shell, ShellSandbox as Sandbox, plain};

/// Installs the program `name`, a file with this text.
fn install(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write_program(&format!("bin/{name}"), text);
}
