//! Bytes and text: layouts of our files, lines, numbers. Knows nothing that they are about.

pub(crate) mod drawn;
pub mod float;
pub mod hex;
mod json;
pub mod layout;
pub mod lines;
mod mtime;

pub use json::write_json_escaped;
pub use mtime::MtimeText;
