//! The engine's lines in the file that `PIVOT_COMPLETE_TRACE` names; the front's are alike.

use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use pivot_complete::environment::trace::is_file;
use pivot_complete::reason::Reason;

use crate::environment::settings::variable;
use crate::report::plain;
use crate::std_output;

/// The trace of one command.
pub struct Trace {
    file: Option<PathBuf>,
    command: &'static str,
    start: Instant,
}

impl Trace {
    /// Starts the clock of `command`.
    pub fn start(command: &'static str) -> Self {
        Self::start_at(command, Instant::now())
    }

    /// The same for one that started then.
    pub fn start_at(command: &'static str, start: Instant) -> Self {
        Self { file: file(), command, start }
    }

    /// Whether there is one.
    pub fn is_wanted() -> bool {
        file().is_some()
    }

    /// The setting and why nothing is written to the file that it names, if that is so.
    pub fn unwritable() -> Option<String> {
        let path = file()?;
        let error = std_output::open_to_append(&path).err()?;
        Some(format!("PIVOT_COMPLETE_TRACE={} cannot be written: {error}", path.display()))
    }

    /// How long the command has run.
    pub fn elapsed_ns(&self) -> u128 {
        self.start.elapsed().as_nanos()
    }

    /// Appends one decision; a trace that cannot be written is no error.
    pub fn note(&self, outcome: &str, reason: Reason) {
        self.write(outcome, reason.as_str());
    }

    /// Appends what went wrong behind an answer, as one word.
    pub fn note_error(&self, outcome: &str, error: &dyn std::fmt::Display) {
        let words = plain(&error.to_string());
        self.write(outcome, &words.split_whitespace().collect::<Vec<_>>().join("-"));
    }

    fn write(&self, outcome: &str, reason: &str) {
        let Some(path) = &self.file else { return };
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let line = format!(
            "{} {} engine {} {outcome} {} {}ns\n",
            now.as_millis(),
            std::process::id(),
            self.command,
            reason,
            self.elapsed_ns(),
        );
        std_output::append(path, line.as_bytes());
    }
}

fn file() -> Option<PathBuf> {
    let file = variable("PIVOT_COMPLETE_TRACE").filter(|file| is_file(file.as_bytes()));
    file.map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_moves_no_cursor() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("trace");
        let trace = Trace { file: Some(file.clone()), ..Trace::start("x") };
        trace.note_error("none", &"/a b/\u{1b}[31m\u{202e}");
        let line = std::fs::read_to_string(file).unwrap();
        assert!(line.contains(" none /a-b/\\u{1b}[31m\\u{202e} "), "{line:?}");
    }
}
