//! A sign of life: what is run while a command waits, said where that can be shown.
//!
//! On a terminal one line, written over until it goes; elsewhere a plain line, and a line before a TAB's
//! answer where its script reads one.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use nix::unistd::{getpgrp, tcgetpgrp};

use super::Wait;
use super::pipe::print;
use crate::environment::settings::{timeout, variable};
use crate::report::reply;

/// What is over sooner than this is not waited for.
const SHORT: Duration = Duration::from_millis(150);

/// How often a line on a terminal is written anew.
const TICK: Duration = Duration::from_millis(100);

/// As wide as any line of this; of most terminals less.
#[cfg(test)]
const WIDTH: usize = 40;

/// What a terminal itself shows behind a line where Ctrl-C is typed.
const INTERRUPTED: &str = "^C";

/// What a line begins with that comes before a TAB's answer.
const WAITS: &str = "wait:";

/// Where it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Nowhere,
    /// Before the answer to a TAB.
    Answer,
    /// A terminal that goes back to a line's beginning.
    Terminal,
    /// One that only goes on.
    Teletype,
    /// A file, or another program: told where most of the time is over.
    Log,
}

/// What is run, and where that is said.
pub struct Sign {
    place: Place,
    words: String,
    since: Instant,
    /// When it is to be said next.
    due: Option<Instant>,
    /// How much of the terminal's line is written.
    drawn: usize,
}

impl Sign {
    /// For a command that is waited for in this way; `shows` where a TAB's reader does.
    pub fn of(wait: Wait, shows: bool) -> Self {
        let place = match wait {
            Wait::Tab if shows => Place::Answer,
            Wait::Tab | Wait::Prompt => Place::Nowhere,
            Wait::Explicit if !std::io::stderr().is_terminal() => Place::Log,
            Wait::Explicit => match variable("TERM") {
                Some(name) if name != "dumb" => Place::Terminal,
                _ => Place::Teletype,
            },
        };
        Self { place, words: String::new(), since: Instant::now(), due: None, drawn: 0 }
    }

    /// These words are true from now on; without any nothing is run.
    pub fn set(&mut self, words: &[u8]) {
        self.clear();
        self.words = String::from_utf8_lossy(words).into_owned();
        self.since = Instant::now();
        let after = match self.place {
            _ if self.words.is_empty() => None,
            Place::Nowhere => None,
            Place::Answer | Place::Terminal | Place::Teletype => Some(SHORT),
            Place::Log => Some(timeout() / 2),
        };
        self.due = after.map(|after| self.since + after);
    }

    /// How long nothing is to be said.
    pub fn rest(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(Instant::now()))
    }

    /// Says it, if it is time.
    pub fn show(&mut self) {
        if self.rest() != Some(Duration::ZERO) {
            return;
        }
        self.due = None;
        let (words, seconds) = (&self.words, self.since.elapsed().as_secs_f32());
        match self.place {
            Place::Nowhere => {}
            Place::Answer => drop(print(format!("{WAITS}{words}\n").as_bytes(), None)),
            Place::Teletype => reply::complain(format!("pivot-complete: {words}\n").as_bytes()),
            Place::Log => {
                let most = timeout().as_secs_f32();
                let line = format!(
                    "pivot-complete: {words} for {seconds:.0} s; ends after {most:.0} s \
                     (PIVOT_COMPLETE_TIMEOUT)\n"
                );
                reply::complain(line.as_bytes());
            }
            Place::Terminal => {
                if is_in_front() {
                    let line = format!("{words}: {seconds:.1} s");
                    // It only grows: nothing of the last one is left behind it.
                    reply::complain(format!("\r{line}").as_bytes());
                    self.drawn = line.len() + INTERRUPTED.len();
                }
                self.due = Some(Instant::now() + TICK);
            }
        }
    }

    /// Takes back what can be, without an escape: not every terminal has those.
    pub fn clear(&mut self) {
        let width = std::mem::take(&mut self.drawn);
        if width > 0 {
            reply::complain(format!("\r{:width$}\r", "").as_bytes());
        }
    }

    /// Whether who reads the answer shows what is waited for: such a reader closes the answer where
    /// the user interrupts it, which reaches nobody else.
    pub fn is_read(&self) -> bool {
        self.place == Place::Answer
    }
}

/// Whether the terminal is this command's now: another one is not written over.
fn is_in_front() -> bool {
    tcgetpgrp(std::io::stderr()) == Ok(getpgrp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_fits() {
        for words in reply::ALL_WORDS {
            assert!(format!("{words}: 9999.9 s{INTERRUPTED}").len() <= WIDTH, "{words}");
        }
    }
}
