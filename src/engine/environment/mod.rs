//! What the environment says, and where this program lies. `settings` and
//! `owner` are name spaces: `settings::variable`, `owner::is_users`.

pub mod owner;
mod program;
pub mod settings;
mod variables;

pub use program::{program, was_replaced};
pub use variables::{PROCESS, Variables};
