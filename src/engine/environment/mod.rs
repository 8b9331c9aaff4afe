//! What the environment says, and where this program lies. `settings` is a name space: `settings::variable`.

mod program;
pub mod settings;
mod variables;

pub use program::{program, was_replaced};
pub use variables::{PROCESS, Variables};
