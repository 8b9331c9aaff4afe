//! What files of a project tell. Of its values that Pivot itself completes with nothing: git's branches
//! and tags, runs, imports. Each is read whole at a TAB, without a process, and nothing of it is kept.
//! And of its stages' last runs: [`locks`], for what has time, never at a TAB.
//!
//! Lines: a value, a TAB, what a list says of it.

mod imports;
mod lmdb;
pub mod locks;
mod revisions;
mod runs;

pub use imports::imports;
pub use revisions::revisions;
pub use runs::runs;

/// One line for a value; nothing for one that no line can hold, or that is no text.
fn line(value: &[u8], help: &str) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(value).ok()?;
    let is_plain = !text.is_empty() && !text.chars().any(char::is_control);
    is_plain.then(|| format!("{text}\t{help}\n").into_bytes())
}
