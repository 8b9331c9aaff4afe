//! The question that a prompt last had asked and whose answer could not be kept; its file's mtime says
//! when.

use std::ffi::OsStr;
use std::time::Duration;

use crate::files::{CacheDirectory, read_if};

/// The file's name.
pub const NAME: &str = "prewarm";

/// For so long nothing more is tried: prompts come by the second.
const PAUSE: Duration = Duration::from_secs(60);

/// Notes that `question` was asked in vain.
pub fn note(directory: &CacheDirectory, question: &[u8]) {
    let _ = directory.write(OsStr::new(NAME), question, || true);
}

/// Whether the same question was asked in vain a moment ago.
pub fn is_noted(directory: &CacheDirectory, question: &[u8]) -> bool {
    let file = directory.path().join(NAME);
    let modified = file.symlink_metadata().and_then(|found| found.modified());
    // One of the future counts for nothing.
    let is_new = modified.is_ok_and(|then| then.elapsed().is_ok_and(|age| age < PAUSE));
    is_new && read_if(&file, question.len(), |_| true).is_ok_and(|told| told == question)
}
