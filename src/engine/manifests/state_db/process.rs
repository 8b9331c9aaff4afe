//! The process of its own in which the database is opened: one request, one response.
//!
//! `pivot-complete-engine --state-db OPERATION ROOT`, the request on its standard input. sled
//! panics and hangs on damaged files: whoever started this process ends it at a deadline, and
//! whatever happens it dies without a word and without a core file.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::mem::ManuallyDrop;
use std::panic::{self, PanicHookInfo};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use nix::sys::resource::{Resource, setrlimit};
use nix::sys::stat::{Mode, umask};

use super::database::Database;
use super::database_files::{DatabaseFiles, is_database};
use super::error::StateDbError;
use super::request::{Access, DATABASE, KeyValue, Operation};
use super::wire::{self, Message};
use super::{size, writes};
use crate::files::CacheDirectory;
use crate::process::quiet;

/// Serves the request if this process was started to.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    (words.next()? == Operation::WORD).then(|| {
        be_quiet();
        let mut response = Vec::new();
        match serve(words, &mut response) {
            Ok(()) => Message::write(Message::END, b"", &mut response),
            Err(error) => wire::write_error(&error, &mut response),
        }
        respond(&response);
        // Without closing the database, which has nothing left to write.
        ExitCode::SUCCESS
    })
}

fn serve(
    mut words: impl Iterator<Item = OsString>,
    response: &mut Vec<u8>,
) -> Result<(), StateDbError> {
    let wrong = || StateDbError::Unavailable("wrong request".into());
    let name = words.next().ok_or_else(wrong)?;
    let root = words.next().ok_or_else(wrong)?;
    let operation = Operation::named(&name);
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes)?;
    enter(Path::new(&root))?;
    // What this process makes from here on is its owner's alone.
    umask(Mode::from_bits_truncate(0o077));
    let files = DatabaseFiles::take(Path::new("."))?;
    match operation.ok_or_else(wrong)? {
        Operation::Get => get(&files, &bytes, response),
        Operation::Put => match &*entries(&bytes) {
            [(key, value)] => open_or_create(&files, &bytes)?.0.put_raw(key, value),
            _ => Err(wrong()),
        },
        Operation::PutMany => put_many(&files, &bytes),
        Operation::SetAside => {
            let message = Message::take(&mut bytes.as_slice()).ok_or_else(wrong)?;
            let inode = message.value.try_into().map_err(|_| wrong())?;
            files.set_aside(u64::from_le_bytes(inode))
        }
    }
}

fn get(files: &DatabaseFiles, request: &[u8], response: &mut Vec<u8>) -> Result<(), StateDbError> {
    let keys = messages(request, Message::KEY);
    let Some(inode) = files.inode()? else {
        keys.for_each(|_| Message::write(Message::ABSENT, b"", response));
        return Ok(());
    };
    files.check_room(0)?;
    let (database, _) = open(files, inode, Access::ReadOnly)?;
    for key in keys {
        match database.get_raw(key)? {
            Some(value) => Message::write(Message::VALUE, &value, response),
            None => Message::write(Message::ABSENT, b"", response),
        }
    }
    Ok(())
}

fn put_many(files: &DatabaseFiles, request: &[u8]) -> Result<(), StateDbError> {
    let (database, writes) = open_or_create(files, request)?;
    let mut entries = entries(request);
    entries.push(writes::entry(writes + 1));
    database.put_raw_many(&entries)?;
    // What is written is written; the next write tries these again.
    let _ = files.note_writes(writes + 1);
    let _ = size::limit(files, database, &entries);
    Ok(())
}

/// Goes to `ROOT/.pivot/cache/complete`, which must be the user's own.
fn enter(root: &Path) -> Result<(), StateDbError> {
    let unavailable = |why: &dyn std::fmt::Display| StateDbError::Unavailable(why.to_string());
    let complete =
        CacheDirectory::open(root, &["cache", "complete"]).map_err(|error| unavailable(&error))?;
    if !complete.is_own() {
        return Err(unavailable(&"the cache directory is someone else's"));
    }
    // Behind a link anybody's data may have the name.
    let database = OsStr::new(DATABASE);
    if complete.path().join(database).exists() && !is_database(&complete, database) {
        return Err(unavailable(&"what has the database's name is none of ours"));
    }
    Ok(complete.enter()?)
}

/// An open database that is never closed, since each write is flushed; and its number of writes.
type Opened = (ManuallyDrop<Database>, u64);

/// Opens the database to write what is in `request`.
fn open_or_create(files: &DatabaseFiles, request: &[u8]) -> Result<Opened, StateDbError> {
    files.check_room(request.len() as u64)?;
    let inode = match files.inode()? {
        Some(inode) => inode,
        None => files.create()?,
    };
    open(files, inode, Access::ReadWrite)
}

/// Opens the database, and says before which one that is.
fn open(files: &DatabaseFiles, inode: u64, access: Access) -> Result<Opened, StateDbError> {
    let mut opening = Vec::new();
    Message::write(Message::OPENING, &inode.to_le_bytes(), &mut opening);
    let mut stdout = io::stdout();
    stdout.write_all(&opening).and_then(|()| stdout.flush())?;
    // Without its threads sled would wait for them for ever.
    let thread = std::thread::Builder::new().spawn(|| ())?;
    let _ = thread.join();
    files.heal()?;
    files.wait_until_unused()?;
    let database = ManuallyDrop::new(Database::open(&files.database(), access)?);
    let writes = writes::check(files, &database)?;
    Ok((database, writes))
}

/// The values of the messages of one kind in a request.
fn messages(mut request: &[u8], kind: u8) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || Message::take(&mut request))
        .filter(move |message| message.kind == kind)
        .map(|message| message.value)
}

fn entries(request: &[u8]) -> Vec<KeyValue> {
    let keys = messages(request, Message::KEY);
    keys.zip(messages(request, Message::VALUE)).map(|(k, v)| (k.to_vec(), v.to_vec())).collect()
}

/// Whether the one response is being given.
static IS_RESPONDING: AtomicBool = AtomicBool::new(false);

/// Writes the response, unless another thread has panicked and does so.
fn respond(response: &[u8]) {
    while IS_RESPONDING.swap(true, Ordering::SeqCst) {
        // That thread ends the process.
        std::thread::park();
    }
    let mut stdout = io::stdout();
    let _ = stdout.write_all(response).and_then(|()| stdout.flush());
}

/// Ends this process at a panic in any thread, with that as its response.
fn end_at_panic(panic: &PanicHookInfo<'_>) {
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let error = StateDbError::Broken(format!("it panicked: {}", text.unwrap_or_default()));
    let mut response = Vec::new();
    wire::write_error(&error, &mut response);
    respond(&response);
    std::process::exit(0);
}

/// Makes sure that nobody but the reader of the response hears of this process.
fn be_quiet() {
    quiet::be_quiet();
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    panic::set_hook(Box::new(end_at_panic));
}
