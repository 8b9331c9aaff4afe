//! What the environment says.

pub mod settings;
mod variables;

pub use variables::Variables;
