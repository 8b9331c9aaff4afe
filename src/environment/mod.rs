//! What of a process's environment may be obeyed as it is. Its modules are name spaces:
//! `loader::clean`, `trace::is_file`.

pub mod loader;
mod process;
pub mod settings;
pub mod terminals;
pub mod trace;

pub use process::{GROUPS_MOST, PROCESSORS, Pieces, PiecesOf, Process};
