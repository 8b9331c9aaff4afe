//! What the database's process answered before it ended, and what its end means.

use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

use nix::libc::{SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP};

use super::error::StateDbError;
use super::wire::{self, Message};
use crate::process::child::End;

/// The values of the keys that were asked for, in their order.
pub type Values = Vec<Option<Vec<u8>>>;

/// A response as far as it has come.
#[derive(Default)]
pub struct Response {
    unread: Vec<u8>,
    values: Values,
    opened: Option<Vec<u8>>,
    outcome: Option<Result<(), StateDbError>>,
}

impl Response {
    /// Reads another piece; `true` once it is complete.
    pub fn take(&mut self, piece: &[u8]) -> bool {
        self.unread.extend(piece);
        let mut rest = self.unread.as_slice();
        while self.outcome.is_none() {
            let Some(message) = Message::take(&mut rest) else { break };
            match message.kind {
                Message::VALUE => self.values.push(Some(message.value.to_vec())),
                Message::ABSENT => self.values.push(None),
                Message::OPENING => self.opened = Some(message.value.to_vec()),
                Message::END => self.outcome = Some(Ok(())),
                _ => self.outcome = Some(Err(wire::read_error(message.value))),
            }
        }
        let read = self.unread.len() - rest.len();
        self.unread.drain(..read);
        self.outcome.is_some()
    }

    /// The inode number of the database that was opened, as it came.
    pub fn opened(&self) -> Option<&[u8]> {
        self.opened.as_deref()
    }

    /// What came of the request, now that the process has ended.
    pub fn result(self, end: &End) -> Result<Values, StateDbError> {
        let unavailable = |why: String| Err(StateDbError::Unavailable(why));
        match (self.outcome, end) {
            (Some(outcome), _) => outcome.map(|()| self.values),
            (None, End::TimedOut) if self.opened.is_some() => {
                Err(StateDbError::Broken("it took too long".into()))
            }
            (None, End::Exited(status, _)) if self.opened.is_some() && is_a_crash(*status) => {
                Err(StateDbError::Broken(format!("it crashed: {status}")))
            }
            (None, End::NotStarted(error)) => unavailable(error.to_string()),
            (None, End::TimedOut) => unavailable("it could not be reached in time".into()),
            (None, End::Interrupted) => unavailable("interrupted".into()),
            (None, End::Exited(status, _)) => unavailable(format!("it was ended: {status}")),
            (None, End::Answered | End::Overtaken) => {
                unavailable("it answered something else".into())
            }
        }
    }
}

/// Whether a process ended by its own fault; any other signal comes from outside.
fn is_a_crash(status: ExitStatus) -> bool {
    let faults = [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGTRAP];
    status.signal().is_none_or(|signal| faults.contains(&signal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> Vec<u8> {
        let mut bytes = Vec::new();
        Message::write(Message::OPENING, &7_u64.to_le_bytes(), &mut bytes);
        Message::write(Message::VALUE, b"one", &mut bytes);
        Message::write(Message::ABSENT, b"", &mut bytes);
        Message::write(Message::END, b"", &mut bytes);
        bytes
    }

    fn exited(raw: i32) -> End {
        End::Exited(ExitStatus::from_raw(raw), Vec::new())
    }

    #[test]
    fn a_response_may_come_in_any_pieces() {
        let bytes = response();
        for size in 1..bytes.len() {
            let mut response = Response::default();
            let complete = bytes.chunks(size).map(|piece| response.take(piece)).last();
            assert_eq!(complete, Some(true));
            assert_eq!(response.opened(), Some(&7_u64.to_le_bytes()[..]));
            let values = response.result(&End::Answered);
            assert_eq!(values, Ok(vec![Some(b"one".to_vec()), None]));
        }
    }

    #[test]
    fn a_database_is_broken_only_by_what_came_of_opening_it() {
        let bytes = response();
        let is_broken = |len_bytes: usize, end: End| {
            let mut response = Response::default();
            response.take(&bytes[..len_bytes]);
            matches!(response.result(&end), Err(StateDbError::Broken(_)))
        };
        let opened = 13;
        for crash in [exited(SIGABRT), exited(SIGSEGV), exited(0), End::TimedOut] {
            assert!(!is_broken(opened - 1, exited(SIGSEGV)));
            assert!(is_broken(opened, crash));
        }
        for other in [exited(nix::libc::SIGKILL), End::Interrupted] {
            assert!(!is_broken(opened, other));
        }
        assert!(!is_broken(bytes.len(), End::TimedOut));
    }
}
