//! The file system without libc: small files are read, long ones mapped.

use core::cell::Cell;
use core::ffi::c_int;

use xxhash_rust::xxh64::{Xxh64, xxh64};

use pivot_complete::files::{self, CPath, FileType, ReadError, Stat, StatError};

use super::arena::MEMORY;
use super::files::{OPEN_FLAGS, close, fill, kind, open};
use super::kernel::{self, EINTR, Errno, RawStat};
use super::process::give_up;

/// Files up to here are read, longer ones mapped: a read of 2 KB is four times faster than a
/// mapping and cannot raise SIGBUS, but every page that it fills costs a fault; see
/// ARCHITECTURE.md.
const SMALL_FILE_BYTES: usize = 16 << 10;

/// How much of a file is read before it is known how much of it is wanted: room for the record of a
/// hundred stages, and no more, since a page that is touched for nothing costs more than a second
/// read.
const HEAD_BYTES: usize = 3 << 10;

/// Room for pieces of files and directories.
const SCRATCH_BYTES: usize = 32 << 10;

/// The most that is read to be compared here, of files and directories; the engine reads more.
const COMPARED_TOTAL_BYTES: u64 = 8 << 20;

/// The file system, by bare system calls.
pub struct Disk {
    /// The files that are mapped, as they were then: a store, a cache.
    mapped: Cell<[Option<(usize, RawStat)>; 2]>,
    /// Bytes of files and directories that were compared so far.
    compared: Cell<u64>,
    /// Room for pieces of files and directories, taken when it is first needed.
    scratch: Cell<Option<&'static mut [u8]>>,
    /// The working directory.
    directory: &'static [u8],
    /// Whether a file below it was opened by its whole path.
    may_walk: Cell<bool>,
}

impl Disk {
    /// Has mapped nothing yet; `directory` is the working directory.
    pub fn new(directory: &'static [u8]) -> Self {
        Self {
            mapped: Cell::new([None; 2]),
            compared: Cell::new(0),
            scratch: Cell::new(None),
            directory,
            may_walk: Cell::new(false),
        }
    }

    /// The same file as `path` seen from the working directory, where it lies below that: the
    /// kernel walks every component for each file that is looked at.
    fn near<'p>(&self, path: CPath<'p>) -> CPath<'p> {
        match path.to_bytes_with_nul().strip_prefix(self.directory) {
            Some([0]) if self.may_walk.get() => CPath::from(c"."),
            // By two slashes it would be another one.
            Some([b'/', rest @ ..]) if self.may_walk.get() && !matches!(rest, [0 | b'/', ..]) => {
                CPath::new(rest).unwrap_or(path)
            }
            _ => path,
        }
    }

    /// Whether no mapped file has changed since it was mapped.
    pub fn still_holds(&self) -> bool {
        self.mapped.get().iter().flatten().all(|(fd, then)| {
            let stamp = |of: &RawStat| (of.size, of.mtime, of.ctime);
            kernel::fstat(*fd).is_ok_and(|now| stamp(&now) == stamp(then))
        })
    }

    /// Fails where more than is compared here was to be read.
    fn spend(&self, len_bytes: u64) -> Result<(), ReadError> {
        let spent = self.compared.get().saturating_add(len_bytes);
        self.compared.set(spent);
        if spent > COMPARED_TOTAL_BYTES { Err(ReadError::TooLarge) } else { Ok(()) }
    }

    /// Lends the room for pieces.
    fn scratch<T>(&self, use_it: impl FnOnce(&mut [u8]) -> T) -> T {
        let scratch = self.scratch.take().unwrap_or_else(|| MEMORY.take(SCRATCH_BYTES));
        let result = use_it(scratch);
        self.scratch.set(Some(scratch));
        result
    }

    fn map(&self, fd: usize, found: RawStat, len: usize) -> Result<&'static [u8], ReadError> {
        kernel::on_bus_error(bus_error);
        let bytes = kernel::map(fd, len).map_err(|_| ReadError::Unreadable)?;
        let [first, _] = self.mapped.get();
        self.mapped.set([Some((fd, found)), first]);
        Ok(bytes)
    }

    /// Opens a regular file and gives its length too.
    fn open_file(path: CPath<'_>) -> Result<(usize, RawStat, usize), ReadError> {
        let fd = open(path, 0)?;
        let raw = kernel::fstat(fd).map_err(|_| ReadError::Unreadable)?;
        if kind(raw.mode) != FileType::File {
            close(fd);
            return Err(ReadError::NotRegular);
        }
        let len = usize::try_from(raw.size).map_err(|_| ReadError::TooLarge)?;
        Ok((fd, raw, len))
    }

    /// The same by the whole path. Whoever may open that may walk it; who may not sees nothing
    /// there, so neither from the working directory.
    fn open_whole(&self, path: CPath<'_>) -> Result<(usize, RawStat, usize), ReadError> {
        let opened = Self::open_file(path)?;
        self.may_walk.set(path.to_bytes().starts_with(self.directory));
        Ok(opened)
    }

    fn read_small(fd: usize, len: usize) -> Result<&'static [u8], ReadError> {
        // One byte more than the file has: the read that ends early has seen its end.
        let place = MEMORY.take(len + 1);
        let mut filled = 0;
        loop {
            match kernel::read(fd, place.get_mut(filled..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(EINTR) => continue,
                Err(_) => return Err(ReadError::Unreadable),
            }
            if filled >= len {
                break;
            }
        }
        if filled == len {
            place.get(..len).ok_or(ReadError::Unreadable)
        } else {
            Err(ReadError::Unreadable)
        }
    }
}

impl files::Disk for Disk {
    type Bytes = &'static [u8];

    fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        ask(kernel::stat, self.near(path))
    }

    fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        ask(kernel::lstat, self.near(path))
    }

    fn may(&self, path: CPath<'_>, mode: u8) -> Result<bool, StatError> {
        match kernel::access(self.near(path), mode) {
            Ok(_) => Ok(true),
            Err(kernel::EACCES | kernel::EPERM | kernel::EROFS | kernel::ETXTBSY) => Ok(false),
            Err(error) => Err(sort(error)),
        }
    }

    fn read_link(&self, path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        self.scratch(|scratch| {
            let count = kernel::readlink(self.near(path), scratch);
            let count = count.map_err(|_| ReadError::Missing)?;
            put(scratch.get(..count).unwrap_or_default());
            Ok(())
        })
    }

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<&'static [u8], ReadError> {
        let (fd, raw, len) = self.open_whole(path)?;
        match len {
            0..=SMALL_FILE_BYTES => Self::read_small(fd, len),
            _ if len > limit_bytes => Err(ReadError::TooLarge),
            _ => self.map(fd, raw, len),
        }
        // The descriptor is left to the end of the program: a close is a system call too.
    }

    fn read_start(
        &self,
        path: CPath<'_>,
        limit_bytes: usize,
        wanted: fn(&[u8]) -> usize,
    ) -> Result<(&'static [u8], usize), ReadError> {
        let (fd, raw, len) = self.open_whole(path)?;
        if len > limit_bytes {
            return Err(ReadError::TooLarge);
        }
        let place = MEMORY.take(len.min(SMALL_FILE_BYTES));
        let head_len = place.len().min(HEAD_BYTES);
        fill(fd, place.get_mut(..head_len).unwrap_or_default())?;
        let wanted_len = wanted(place.get(..head_len).unwrap_or_default()).clamp(head_len, len);
        if wanted_len > place.len() {
            // The head is no longer zero; the rest is.
            MEMORY.shorten(place.len() - head_len);
            return Ok((self.map(fd, raw, len)?, len));
        }
        fill(fd, place.get_mut(head_len..wanted_len).unwrap_or_default())?;
        let (start, unused) = place.split_at_mut_checked(wanted_len).unwrap_or_default();
        MEMORY.shorten(unused.len());
        Ok((start, len))
    }

    fn digest(&self, path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError> {
        self.spend(len_bytes)?;
        let (fd, _, len) = Self::open_file(self.near(path))?;
        if len as u64 != len_bytes {
            close(fd);
            return Err(ReadError::Unreadable);
        }
        let mut hash = Xxh64::new(0);
        let mut left = len_bytes;
        let result = self.scratch(|scratch| {
            while left > 0 {
                match kernel::read(fd, scratch) {
                    Ok(count) if count > 0 && count as u64 <= left => {
                        hash.update(scratch.get(..count).unwrap_or_default());
                        left -= count as u64;
                    }
                    Err(EINTR) => {}
                    // Longer or shorter than it was when it was asked about.
                    Ok(_) | Err(_) => return Err(ReadError::Unreadable),
                }
            }
            Ok(hash.digest())
        });
        close(fd);
        result
    }

    fn digest_at_once(&self, path: CPath<'_>, len_bytes: u64) -> Option<u64> {
        let near = self.near(path);
        let is_below = near.to_bytes().first().is_some_and(|&first| first != b'/');
        let len = usize::try_from(len_bytes).ok().filter(|len| *len < SCRATCH_BYTES);
        self.spend(len.filter(|_| is_below)? as u64).ok()?;
        let fd = kernel::open_below(near, OPEN_FLAGS).ok()?;
        let digest = self.scratch(|scratch| {
            // Room for more than the file has: a read that takes less has seen its end.
            let count =
                kernel::read(fd, scratch).ok().filter(|count| *count as u64 == len_bytes)?;
            Some(xxh64(scratch.get(..count)?, 0))
        });
        close(fd);
        digest
    }

    fn list(
        &self,
        path: CPath<'_>,
        put: &mut dyn FnMut(&[u8], Option<FileType>),
    ) -> Result<(), ReadError> {
        // Offsets in the kernel's `struct linux_dirent64`: the entry's length, its type, its name.
        const LEN: usize = 16;
        const TYPE: usize = 18;
        const NAME: usize = 19;
        let fd = open(self.near(path), kernel::O_DIRECTORY)?;
        let result = self.scratch(|scratch| {
            loop {
                let count = match kernel::read_entries(fd, scratch) {
                    Ok(0) => return Ok(()),
                    Ok(count) => {
                        self.spend(count as u64)?;
                        count
                    }
                    Err(_) => return Err(ReadError::Unreadable),
                };
                let mut rest = scratch.get(..count).unwrap_or_default();
                while let Some(&[low, high]) = rest.get(LEN..TYPE) {
                    let len = usize::from(u16::from_le_bytes([low, high]));
                    let Some((entry, after)) = rest.split_at_checked(len.max(NAME)) else { break };
                    let name = entry.get(NAME..).unwrap_or_default();
                    // The bits of a mode that say what a file is, or 0 where nobody knows.
                    let bits = entry.get(TYPE).copied().filter(|&bits| bits != 0);
                    let kind = bits.map(|bits| kind(u32::from(bits) << 12));
                    put(name.split(|&byte| byte == 0).next().unwrap_or_default(), kind);
                    rest = after;
                }
            }
        });
        close(fd);
        result
    }
}

/// Asks once more where the file system failed.
fn sort(error: Errno) -> StatError {
    match error {
        kernel::ENOENT
        | kernel::ENOTDIR
        | kernel::EACCES
        | kernel::ELOOP
        | kernel::ENAMETOOLONG => StatError::Absent,
        Errno(_) => StatError::Unsure,
    }
}

fn ask(call: fn(CPath<'_>) -> Result<RawStat, Errno>, path: CPath<'_>) -> Result<Stat, StatError> {
    let raw = match call(path).map_err(sort) {
        Err(StatError::Unsure) => call(path).map_err(sort)?,
        answer => answer?,
    };
    Ok(Stat {
        kind: kind(raw.mode),
        mtime: (raw.mtime[0], raw.mtime[1] as u32),
        ctime: (raw.ctime[0], raw.ctime[1] as u32),
        len_bytes: raw.size as u64,
        inode: raw.ino,
        uid: raw.uid,
        gid: raw.gid,
        mode: raw.mode & 0o7777,
    })
}

extern "C" fn bus_error(_: c_int) {
    give_up()
}
