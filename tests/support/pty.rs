//! A program on a terminal of its own, driven by what it prints.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::{Pid, setsid};

nix::ioctl_write_int_bad!(
    /// Makes a terminal the controlling one of the session that calls this.
    set_controlling_terminal,
    nix::libc::TIOCSCTTY
);

/// How long any one thing may take. Generous: it decides when a test fails, not how long it runs.
pub const DEADLINE: Duration = Duration::from_secs(60);

/// Held while an executable is written and while a process is started: a process forked in
/// between would keep the file open for writing, and nobody could execute it (ETXTBSY).
pub fn no_fork_meanwhile() -> MutexGuard<'static, ()> {
    static LOCK: Mutex<()> = Mutex::new(());
    LOCK.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A running program and its terminal. The program is ended when this is dropped.
pub struct Pty {
    child: Child,
    terminal: File,
    /// What the program printed since the last match.
    unread: Vec<u8>,
}

impl Pty {
    /// Starts `command` as the leader of a session on a new terminal of 80 columns.
    pub fn spawn(mut command: Command) -> Pty {
        let size = Winsize { ws_row: 50, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(&size, None).expect("a new terminal");
        let end = || Stdio::from(pair.slave.try_clone().expect("a copy of the terminal"));
        command.stdin(end()).stdout(end()).stderr(end());
        // SAFETY: between fork and exec the closure makes two system calls, which is allowed
        // there; descriptor 0 is the terminal, set by `stdin` above.
        unsafe {
            command.pre_exec(|| {
                setsid()?;
                set_controlling_terminal(0, 0)?;
                Ok(())
            });
        }
        let guard = no_fork_meanwhile();
        let child = command.spawn().expect("the program starts");
        drop(guard);
        Pty { child, terminal: File::from(pair.master), unread: Vec::new() }
    }

    /// The program's process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Types `keys`.
    pub fn send(&mut self, keys: &str) {
        self.terminal.write_all(keys.as_bytes()).expect("the terminal takes keys");
    }

    /// Waits until `sentinel` is printed; returns what was printed before it since the last match.
    pub fn wait_for(&mut self, sentinel: &str) -> String {
        self.wait_for_either([sentinel]).1
    }

    /// The same for the first of several; tells also which one it was.
    pub fn wait_for_either<const N: usize>(&mut self, sentinels: [&str; N]) -> (usize, String) {
        let deadline = Instant::now() + DEADLINE;
        let longest = sentinels.iter().map(|sentinel| sentinel.len()).max().unwrap_or_default();
        let mut searched = 0;
        loop {
            let place = |which: usize| {
                let sentinel = sentinels[which].as_bytes();
                let new = &self.unread[searched..];
                let at = new.windows(sentinel.len()).position(|w| w == sentinel)?;
                Some((searched + at, which))
            };
            if let Some((at, which)) = (0..N).filter_map(place).min() {
                let before: Vec<u8> = self.unread.drain(..at + sentinels[which].len()).collect();
                return (which, String::from_utf8_lossy(&before[..at]).into_owned());
            }
            // The start of one may have come already.
            searched = (self.unread.len() + 1).saturating_sub(longest);
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || !self.read_some(left) {
                let came = String::from_utf8_lossy(&self.unread);
                panic!("none of {sentinels:?} came; what came: {came:?}");
            }
        }
    }

    /// Waits until the program reads single keys: what comes before may lie in the terminal until
    /// the next one does.
    pub fn wait_for_keys_to_be_read(&self) {
        let deadline = Instant::now() + DEADLINE;
        let takes_lines = || {
            let settings = nix::sys::termios::tcgetattr(&self.terminal).expect("a terminal");
            settings.local_flags.contains(nix::sys::termios::LocalFlags::ICANON)
        };
        while takes_lines() {
            assert!(Instant::now() < deadline, "no key is read");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Reads what the program prints next; false when it has ended or the time is over.
    fn read_some(&mut self, timeout: Duration) -> bool {
        let timeout = PollTimeout::try_from(timeout).unwrap_or(PollTimeout::MAX);
        let mut ready = [PollFd::new(self.terminal.as_fd(), PollFlags::POLLIN)];
        if poll(&mut ready, timeout).unwrap_or(0) == 0 {
            return false;
        }
        let mut bytes = [0; 64 * 1024];
        // A terminal whose other end is closed reports an error, not an end.
        let len = self.terminal.read(&mut bytes).unwrap_or(0);
        self.unread.extend_from_slice(&bytes[..len]);
        len > 0
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        // The session's leader is ours and not yet waited for: its id is still its own.
        let group = Pid::from_raw(self.child.id() as i32);
        let _ = killpg(group, Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

/// `text` without escape sequences (ECMA-48 CSI and OSC, and two-character ones) and bells.
pub fn without_escapes(text: &str) -> String {
    let mut kept = String::new();
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        match char {
            '\x1b' => match chars.next() {
                Some('[') => drop(chars.find(|c| ('@'..='~').contains(c))),
                Some(']') => drop(chars.find(|c| *c == '\x07' || *c == '\\')),
                Some('(') => drop(chars.next()),
                _ => {}
            },
            '\x07' => {}
            char => kept.push(char),
        }
    }
    kept
}
