//! The front's lines in the file that `PIVOT_COMPLETE_TRACE` names.
//!
//! One line for each decision: milliseconds since the epoch, process, program, command, what was
//! done, the reason, and the time since the start in nanoseconds.

use pivot_complete::environment::trace::is_file;
use pivot_complete::reason::Reason;
use pivot_complete::request::Request;

use crate::system;

/// The trace file and when the front started; nothing at all where no trace is asked for.
pub struct Trace {
    file: Option<(&'static [u8], u64)>,
}

impl Trace {
    /// Looks for the variable, and at the clock only where it is set.
    pub fn start() -> Self {
        let file = system::variable(b"PIVOT_COMPLETE_TRACE").filter(|path| is_file(path));
        Self { file: file.map(|path| (path, system::monotonic_ns())) }
    }

    /// Appends one line; a trace that cannot be written is no error.
    pub fn note(&self, request: Request<'_>, outcome: &str, reason: Reason) {
        let Some((path, start_ns)) = self.file else { return };
        let command = match request {
            Request::Stages { .. } => "stages",
            Request::Targets { .. } => "targets",
            Request::Manifest { .. } => "manifest",
            Request::Complete(..) | Request::Nothing => "complete",
            Request::Prewarm => "prewarm",
            Request::Engine => "other",
        };
        let mut line = TraceLine { bytes: [0; 160], len: 0 };
        line.number(system::epoch_ms());
        line.word(" ");
        line.number(u64::from(system::process_id()));
        for word in [" front ", command, " ", outcome, " ", reason.as_str(), " "] {
            line.word(word);
        }
        line.number(system::monotonic_ns().saturating_sub(start_ns));
        line.word("ns\n");
        system::append(path, line.bytes.get(..line.len).unwrap_or_default());
    }
}

struct TraceLine {
    bytes: [u8; 160],
    len: usize,
}

impl TraceLine {
    #[inline(never)]
    fn word(&mut self, word: &str) {
        word.bytes().for_each(|byte| self.push(byte));
    }

    #[inline(never)]
    fn number(&mut self, number: u64) {
        let mut digits = [b'0'; 20];
        let mut rest = number;
        let mut first = digits.len() - 1;
        for (index, place) in digits.iter_mut().enumerate().rev() {
            *place = b'0' + (rest % 10) as u8;
            rest /= 10;
            first = index;
            if rest == 0 {
                break;
            }
        }
        digits.iter().skip(first).for_each(|&digit| self.push(digit));
    }

    #[inline(never)]
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.len) {
            *place = byte;
            self.len += 1;
        }
    }
}
