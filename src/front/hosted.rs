//! The front's system on std: macOS, other CPUs, and here with the feature `hosted`.
//!
//! The same functions as `bare/mod.rs`, with the same behaviour.

#[path = "../hosted/machine.rs"]
mod machine;
#[path = "../hosted/disk.rs"]
mod std_disk;
#[path = "../hosted/loader.rs"]
mod std_loader;
#[path = "../hosted/output.rs"]
mod std_output;

use std::cell::RefCell;
use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Instant, SystemTime};

pub use machine::PROCESS;
use memmap2::Mmap;
use nix::sys::signal::{SaFlags, SigAction, SigHandler, SigSet, Signal, sigaction};

use pivot_complete::files::{self, CPath, FileType, ReadError, Stat, StatError};
use pivot_complete::reason::Reason;

/// Files up to here are read, longer ones mapped.
const SMALL_FILE_BYTES: u64 = 64 << 10;

static ENTERED_FROM: OnceLock<PathBuf> = OnceLock::new();

/// The words after the program's name.
pub fn arguments() -> impl Iterator<Item = &'static [u8]> {
    std::env::args_os().skip(1).map(leak)
}

/// The value of an environment variable.
pub fn variable(name: &[u8]) -> Option<&'static [u8]> {
    std::env::var_os(OsStr::from_bytes(name)).map(leak)
}

/// What stands behind `start` in each entry `NAME=VALUE` of the environment that begins so.
pub fn variables_behind(start: &[u8]) -> impl Iterator<Item = &'static [u8]> {
    std::env::vars_os().filter_map(move |(name, value)| {
        let name = name.as_bytes().strip_prefix(start)?;
        Some(&*[name, b"=", value.as_bytes()].concat().leak())
    })
}

/// Fresh memory of `len` bytes.
pub fn memory(len: usize) -> &'static mut [u8] {
    vec![0; len].leak()
}

/// The working directory as an absolute path, free of links.
pub fn working_directory() -> Option<&'static [u8]> {
    let path = nix::unistd::getcwd().ok()?;
    path.is_absolute().then(|| leak(path.into_os_string()))
}

/// Makes `directory` the working directory; [`execute_engine`] goes back first.
pub fn enter(directory: &[u8]) -> bool {
    if let Ok(here) = std::env::current_dir() {
        let _ = ENTERED_FROM.set(here);
    }
    std::env::set_current_dir(OsStr::from_bytes(directory)).is_ok()
}

/// Whether this process may have what the engine needs to start: that is no more than this one has.
pub fn can_start_engine() -> bool {
    true
}

/// Replaces the front by the engine, with the same arguments; returns only where there is none.
pub fn execute_engine() {
    if let Some(directory) = ENTERED_FROM.get() {
        let _ = std::env::set_current_dir(directory);
    }
    let real = std::env::current_exe().and_then(|path| path.canonicalize());
    let typed = std::env::args_os().next().map(PathBuf::from).ok_or(ErrorKind::NotFound.into());
    for program in [real, typed].into_iter().flatten() {
        execute_beside(&program);
    }
}

fn execute_beside(program: &Path) {
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_default();
    let engine = program.with_file_name("pivot-complete-engine");
    // An engine that is a link to the front would come back here for ever.
    let real = |path: &Path| path.canonicalize().ok();
    if real(&engine) == std::env::current_exe().ok().as_deref().and_then(real) {
        return;
    }
    let _ = std_loader::clean(&mut Command::new(engine)).arg0(name).args(arguments).exec();
}

/// Whether this process may write to `path`.
pub fn is_writable(path: CPath<'_>) -> bool {
    nix::unistd::access(path.to_bytes(), nix::unistd::AccessFlags::W_OK).is_ok()
}

/// Starts the engine with two words behind this process, without the user's terminal; whether it
/// could be is not told.
pub fn start_engine(command: &[u8], word: &[u8]) {
    let Ok(program) = std::env::current_exe().and_then(|path| path.canonicalize()) else { return };
    let mut engine = Command::new(program.with_file_name("pivot-complete-engine"));
    engine.args([OsStr::from_bytes(command), OsStr::from_bytes(word)]).process_group(0);
    engine.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let _ = std_loader::clean(&mut engine).spawn();
}

/// Ends the program.
pub fn exit(code: i32) -> ! {
    std::process::exit(code)
}

/// Writes a few bytes of an answer.
pub fn say(text: &str) {
    let _ = std_output::write_all(text.as_bytes());
}

/// Has nothing that is written to stderr from now on reach the terminal, whoever this process becomes.
pub fn be_silent() {
    if let Ok(null) = OpenOptions::new().write(true).open("/dev/null") {
        let _ = nix::unistd::dup2_stderr(&null);
    }
}

/// Writes an error message.
pub fn complain(message: &str) {
    let _ = std::io::stderr().write_all(message.as_bytes());
}

/// Nanoseconds since some fixed moment.
pub fn monotonic_ns() -> u64 {
    static START: OnceLock<Instant> = OnceLock::new();
    u64::try_from(START.get_or_init(Instant::now).elapsed().as_nanos()).unwrap_or(u64::MAX)
}

/// Milliseconds since the epoch.
pub fn epoch_ms() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// The number of this process.
pub fn process_id() -> u32 {
    std::process::id()
}

/// Appends one line to a file, without blocking on anything that is none.
pub fn append(path: &[u8], line: &[u8]) {
    // A file that may grow no more is an error here, not the end.
    // SAFETY: ignoring a signal installs no handler.
    let _ = unsafe { nix::sys::signal::signal(Signal::SIGXFSZ, SigHandler::SigIgn) };
    std_output::append(Path::new(OsStr::from_bytes(path)), line);
}

/// Standard output, written in one piece.
pub struct Stdout {
    buffer: Vec<u8>,
}

impl Stdout {
    /// Starts with nothing.
    pub fn new() -> Self {
        Self { buffer: Vec::new() }
    }

    /// Adds `piece`.
    pub fn put(&mut self, piece: &[u8]) {
        self.buffer.extend_from_slice(piece);
    }

    /// The answer so far.
    pub fn text(&self) -> &[u8] {
        &self.buffer
    }

    /// Writes it all; a reader that is gone is no error.
    pub fn finish(self) -> Result<(), Reason> {
        std_output::write_all(&self.buffer).map_err(|_| Reason::OutputFails)
    }
}

/// The file system, by std.
pub struct Disk {
    mapped: RefCell<Vec<(File, Metadata)>>,
}

impl Disk {
    /// Has mapped nothing yet; paths are whole ones, wherever we are.
    pub fn new(_directory: &[u8]) -> Self {
        Disk { mapped: RefCell::new(Vec::new()) }
    }

    /// Whether no mapped file has changed since it was mapped.
    pub fn still_holds(&self) -> bool {
        self.mapped.borrow().iter().all(|(file, then)| {
            file.metadata().is_ok_and(|now| {
                let stamp = |of: &Metadata| (of.len(), of.mtime(), of.mtime_nsec());
                stamp(&now) == stamp(then)
            })
        })
    }

    fn map(&self, file: File) -> Result<Mmap, ReadError> {
        // SA_NODEFER and SA_RESETHAND: the handler never returns.
        let flags = SaFlags::SA_NODEFER | SaFlags::SA_RESETHAND;
        let action = SigAction::new(SigHandler::Handler(bus_error), flags, SigSet::empty());
        // SAFETY: the handler only replaces or ends the process.
        let _ = unsafe { sigaction(Signal::SIGBUS, &action) };
        let found = file.metadata().map_err(|_| ReadError::Unreadable)?;
        // SAFETY: another process may change or cut the file: changed bytes are checked by the
        // parser like any others and `still_holds` tells of them, and a cut raises SIGBUS, whose
        // handler never returns here.
        let map = unsafe { Mmap::map(&file) }.map_err(|_| ReadError::Unreadable)?;
        self.mapped.borrow_mut().push((file, found));
        Ok(map)
    }
}

/// A file's content, read or mapped.
pub enum Bytes {
    /// Read as a whole.
    Read(Vec<u8>),
    /// Mapped; SIGBUS leads to the engine.
    Mapped(Mmap),
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        match self {
            Bytes::Read(bytes) => bytes,
            Bytes::Mapped(map) => map,
        }
    }
}

impl files::Disk for Disk {
    type Bytes = Bytes;

    std_disk::all_but_read!();

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Bytes, ReadError> {
        let (mut file, found) = std_disk::open(path, limit_bytes)?;
        if found.len() > SMALL_FILE_BYTES {
            return self.map(file).map(Bytes::Mapped);
        }
        std_disk::read(&mut file, found.len()).map(Bytes::Read)
    }
}

/// The file was cut while it was being looked at: the engine starts over.
extern "C" fn bus_error(_: nix::libc::c_int) {
    // The fault happened while a mapping was read, where no lock is held, and nothing was printed
    // yet: the engine may start over.
    execute_engine();
    // SAFETY: ends the process at once, without handlers of std.
    unsafe { nix::libc::_exit(0) }
}

fn leak(text: OsString) -> &'static [u8] {
    text.into_vec().leak()
}
