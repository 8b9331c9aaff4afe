//! What the environment says. `settings` is a name space: `settings::variable`.

pub mod settings;
mod variables;

pub use variables::{PROCESS, Variables};
