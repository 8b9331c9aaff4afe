//! What the supervisor hears from the worker, and what it prints: neither waits for ever.

use std::ffi::OsString;
use std::io::{ErrorKind, Read};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{PATIENCE, Supervisor};
use crate::environment::settings::{started, timeout};
use crate::process::interrupts::Listening;
use crate::process::orphans;
use crate::report::reply::{self, Kind};

/// What comes to the deadline of the command, so that the worker can say itself that it came.
const GRACE: Duration = Duration::from_millis(200);

/// What a worker may be late beyond that where it gets no time to run.
const BUSY: Duration = Duration::from_secs(3);

/// Bytes that a pipe takes without waiting once it takes any: `PIPE_BUF`.
const PIECE: usize = 4096;

/// What there was to wait for.
pub enum News {
    Message(Kind, Vec<u8>),
    /// The worker has ended.
    Ended,
    TimedOut,
    Interrupted,
}

impl Supervisor {
    /// Waits for the next thing to come about.
    pub fn news(&mut self, unread: &mut Vec<u8>, interrupts: Option<&Listening>) -> News {
        let deadline = started() + timeout() + GRACE;
        loop {
            while let Some((kind, value)) = reply::take(unread) {
                match kind {
                    Kind::Runs => self.sign.set(&value),
                    Kind::Holds => self.held.push(PathBuf::from(OsString::from_vec(value))),
                    Kind::LetsGo => {
                        self.held.retain(|name| name.as_os_str().as_bytes() != value);
                    }
                    kind => return News::Message(kind, value),
                }
            }
            if interrupts.is_some_and(Listening::has_come) || self.is_given_up() {
                return News::Interrupted;
            }
            self.sign.show();
            let left = deadline.saturating_duration_since(Instant::now());
            let time = self.sign.rest().map_or(left, |rest| rest.min(left));
            let stdout = std::io::stdout();
            let mut watched = vec![PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
            watched.extend(interrupts.map(|it| PollFd::new(it.as_fd(), PollFlags::POLLIN)));
            let reader = self.sign.is_read().then(|| stdout.as_fd());
            watched.extend(reader.map(|it| PollFd::new(it, PollFlags::empty())));
            // A tick at least: rounding down to no time at all would spin.
            let time = i32::try_from(time.as_millis()).unwrap_or(i32::MAX - 1) + 1;
            let _ = poll(&mut watched, PollTimeout::try_from(time).unwrap_or(PollTimeout::MAX));
            let is_ready = watched[0].any() == Some(true);
            if !is_ready && left.is_zero() && !self.gets_no_time(deadline) {
                return News::TimedOut;
            }
            if is_ready {
                let mut buffer = [0; 2 << 10];
                match self.pipe.read(&mut buffer) {
                    Ok(0) => return News::Ended,
                    Ok(count) => unread.extend(&buffer[..count]),
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return News::Ended,
                }
            }
        }
    }

    /// Whether the reader of the answer is gone, as far as that means something.
    fn is_given_up(&self) -> bool {
        let stdout = std::io::stdout();
        let mut watched = [PollFd::new(stdout.as_fd(), PollFlags::empty())];
        self.sign.is_read()
            && poll(&mut watched, PollTimeout::ZERO).is_ok()
            && watched[0].revents().is_some_and(|found| found.contains(PollFlags::POLLERR))
    }

    /// Whether the worker is late at `deadline` only because others run: it may be a little later.
    fn gets_no_time(&self, deadline: Instant) -> bool {
        Instant::now() < deadline + BUSY && orphans::wants_to_run(self.worker)
    }

    /// Whether the worker that was told to end says all: it sees to the rest then, as behind an answer.
    pub fn says_end(&self, mut unread: Vec<u8>) -> bool {
        let mut watched = [PollFd::new(self.pipe.as_fd(), PollFlags::POLLIN)];
        let deadline = Instant::now() + PATIENCE;
        let mut buffer = [0; 2 << 10];
        loop {
            while let Some((kind, _)) = reply::take(&mut unread) {
                if kind == Kind::End {
                    return true;
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let time = u16::try_from(left.as_millis()).unwrap_or(u16::MAX);
            let _ = poll(&mut watched, PollTimeout::from(time));
            match watched[0].any() {
                Some(true) => match (&self.pipe).read(&mut buffer) {
                    Ok(count) if count > 0 => unread.extend(&buffer[..count]),
                    _ => return false,
                },
                _ if left.is_zero() && !self.gets_no_time(deadline) => return false,
                _ => {}
            }
        }
    }
}

/// Prints an answer to a reader that may be slow or hang; `EINTR` for an interrupt meanwhile.
pub fn print(bytes: &[u8], interrupts: Option<&Listening>) -> Result<(), Errno> {
    let stdout = std::io::stdout();
    let mut left = bytes;
    while !left.is_empty() {
        let mut watched = vec![PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
        watched.extend(interrupts.map(|it| PollFd::new(it.as_fd(), PollFlags::POLLIN)));
        let _ = poll(&mut watched, PollTimeout::NONE);
        if interrupts.is_some_and(Listening::has_come) {
            return Err(Errno::EINTR);
        }
        match nix::unistd::write(&stdout, &left[..left.len().min(PIECE)]) {
            Ok(count) => left = &left[count..],
            Err(Errno::EINTR | Errno::EAGAIN) => {}
            // A reader that is gone is no error.
            Err(Errno::EPIPE) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
