//! What of a process's environment may be obeyed as it is. Its modules are name spaces:
//! `loader::clean`, `trace::is_file`.

pub mod loader;
pub mod trace;
