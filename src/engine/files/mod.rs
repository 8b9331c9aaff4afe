//! The file system as the engine reads and writes it.

pub mod content;
pub mod disk;
pub mod lock_file;
pub mod publish;
