//! Standard output by std: how the engine and the hosted front write an answer.

use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// Writes all of `bytes` past std's buffer; a reader that is gone is no error.
pub fn write_all(bytes: &[u8]) -> Result<(), Errno> {
    let stdout = std::io::stdout();
    let mut left = bytes;
    while !left.is_empty() {
        match nix::unistd::write(&stdout, left) {
            Ok(written) => left = left.get(written..).unwrap_or_default(),
            Err(Errno::EINTR) => {}
            // Somebody made the pipe non-blocking, and its reader is slow.
            Err(Errno::EAGAIN) => {
                let mut ready = [PollFd::new(stdout.as_fd(), PollFlags::POLLOUT)];
                let _ = poll(&mut ready, PollTimeout::NONE);
            }
            Err(Errno::EPIPE) => return Ok(()),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
