//! The engine's lines in the file that `PIVOT_COMPLETE_TRACE` names; the front's are alike.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::{Instant, SystemTime};

use nix::fcntl::OFlag;
use pivot_complete::verdict::Reason;

use crate::settings::variable;

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
        let words = error.to_string();
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
        let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY;
        let opened =
            OpenOptions::new().append(true).create(true).custom_flags(flags.bits()).open(path);
        if let Ok(mut file) = opened {
            let _ = file.write_all(line.as_bytes());
        }
    }
}

fn file() -> Option<PathBuf> {
    variable("PIVOT_COMPLETE_TRACE").map(PathBuf::from)
}
