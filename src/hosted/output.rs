//! Standard output by std: how the engine and the hosted front write an answer.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use pivot_complete::environment::trace::{directories, may_append};

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

/// Appends one line to a file of the user's, without blocking on anything that is none.
pub fn append(path: &Path, line: &[u8]) {
    if let Ok(mut file) = open_to_append(path) {
        let _ = file.write_all(line);
    }
}

/// Opens what [`append`] writes to, and makes it where it is not there; fails where no line is written.
pub fn open_to_append(path: &Path) -> io::Result<File> {
    let user = nix::unistd::geteuid().as_raw();
    let is_anothers = |directory: &&[u8]| {
        let found = std::fs::symlink_metadata(OsStr::from_bytes(directory));
        found.is_ok_and(|f| f.is_symlink() && f.uid() != user && f.uid() != 0)
    };
    if let Some(link) = directories(path.as_os_str().as_bytes()).find(is_anothers) {
        let link = OsStr::from_bytes(link).display();
        return Err(io::Error::other(format!("{link} is a link of another user's")));
    }
    let flags = OFlag::O_NONBLOCK | OFlag::O_NOCTTY | OFlag::O_NOFOLLOW;
    let file =
        OpenOptions::new().append(true).create(true).custom_flags(flags.bits()).open(path)?;
    let found = file.metadata()?;
    if may_append(found.is_file(), found.uid(), user, found.nlink()) {
        Ok(file)
    } else {
        Err(io::Error::other("it is another user's, or has a second name"))
    }
}
