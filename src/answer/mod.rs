//! Last room of a TAB: the bytes for whoever asks. Knows no cache and no file.

pub mod items;
mod names;

pub use names::write_names;
