//! Inputs as they come together, each once.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use pivot_complete::cache::freshness::{InputKind, NamesDigest, access, environment, name_hash};
use pivot_complete::files::{
    Disk as _, FileType, MAY_EXECUTE, MAY_READ, PATH_MAX_BYTES, PathBuffer, Stamp, StatError,
};

use super::look::{changed, look_at_directory, look_at_file, recorded, stamp_of, unchanged};
use crate::cache::record::Recorded;
use crate::context::trust::choices;
use crate::files::{Disk, NotCached, path, path_storage};
use crate::python::observed::{SeenAccess, SeenFile};

/// The sorted hashes of names, as they stand in a record.
pub fn hashes(names: &[Vec<u8>]) -> Vec<u8> {
    let mut hashes: Vec<u32> = names.iter().map(|name| name_hash(name)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

pub struct Inputs<'a> {
    /// ROOT; empty where all paths stay absolute.
    root: &'a [u8],
    pub list: Vec<Recorded>,
    known: HashSet<(InputKind, u8, Vec<u8>, Vec<u8>)>,
    /// The absolute paths of all inputs, and of every directory above one.
    read: HashSet<Vec<u8>>,
}

impl<'a> Inputs<'a> {
    /// None yet; those below `root` are recorded relative to it.
    pub fn below(root: &'a [u8]) -> Self {
        Self { root, list: Vec::new(), known: HashSet::new(), read: HashSet::new() }
    }

    /// The path of what is in no file: ROOT's own, or any where all paths are absolute.
    pub fn top(&self) -> &'a [u8] {
        if self.root.is_empty() { b"/" } else { self.root }
    }

    /// A file that the driver saw read.
    pub fn file(&mut self, seen: &SeenFile) -> Result<(), NotCached> {
        let Some(then) = &seen.then else { return self.absent(&seen.path) };
        self.add(&seen.path, unchanged(&seen.path, then)?);
        Ok(())
    }

    /// A file that is known to have been read, whenever that was.
    pub fn file_now(&mut self, file: &[u8], is_data: bool) -> Result<(), NotCached> {
        let (recorded, _) = look_at_file(file, is_data)?;
        self.add(file, recorded);
        Ok(())
    }

    /// All by which version managers choose a Python in `here`, that directory itself among it. None of the
    /// files may have changed `since` the program was asked.
    pub fn choices(
        &mut self,
        here: &Path,
        salt: u64,
        since: Option<(i64, u32)>,
    ) -> Result<(), NotCached> {
        self.variables(&environment::CHOOSES_PYTHON.map(|name| name.as_bytes().to_vec()), salt);
        self.working_directory(here.as_os_str().as_bytes());
        for (directory, names) in choices::looked_for(here) {
            self.searched(directory.as_os_str().as_bytes(), hashes(&names))?;
            let files = choices::in_directory(&directory);
            let files: Vec<_> =
                files.into_iter().chain(choices::meant(&directory, &names)).collect();
            let named: Vec<_> = files.iter().flat_map(|file| choices::named_by(file)).collect();
            for file in named.iter().filter(|file| !file.exists()) {
                self.absent(file.as_os_str().as_bytes())?;
            }
            for file in files.iter().chain(&named).filter(|file| file.is_file()) {
                let file = file.as_os_str().as_bytes();
                let stamp = stamp_of(file, FileType::File)?;
                if since.is_some_and(|since| stamp.ctime >= since) {
                    return Err(changed(file));
                }
                self.file_now(file, true)?;
            }
        }
        Ok(())
    }

    pub fn absent(&mut self, file: &[u8]) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        buffer.set(file).map_err(|_| changed(file))?;
        if Disk.stat(buffer.as_c_path()) != Err(StatError::Absent) {
            return Err(changed(file));
        }
        self.add(file, recorded(InputKind::Absent, true, Stamp::default(), 0));
        Ok(())
    }

    /// A directory in which some names were looked for, or all without `names`.
    pub fn directory(&mut self, directory: &[u8], names: Vec<u8>) -> Result<(), NotCached> {
        let (stamp, digest) = match look_at_directory(directory, &names, |_| {}) {
            Ok(found) => found,
            // A search path may name what is not there.
            Err(_) if !path(directory).exists() => return self.absent(directory),
            // Or an archive of modules.
            Err(_) if path(directory).is_file() => return self.file_now(directory, false),
            Err(error) => return Err(error),
        };
        let input = Recorded { names, ..recorded(InputKind::Directory, false, stamp, digest) };
        self.add(directory, input);
        Ok(())
    }

    /// A directory of the search path, in which nothing is found that may not be listed or opened.
    pub fn searched(&mut self, directory: &[u8], names: Vec<u8>) -> Result<(), NotCached> {
        const SEARCHED: u8 = MAY_READ | MAY_EXECUTE;
        let mut storage = path_storage();
        let may = access::ask(SEARCHED, &Disk, &buffer_of(directory, &mut storage)?);
        // An archive of modules is read alone.
        if may == Ok(access::DENIED) && !path(directory).is_file() {
            let path = directory.to_vec();
            return self.allowed(&SeenAccess { path, mode: SEARCHED, then: Some(false) });
        }
        self.directory(directory, names)
    }

    /// Fails where an entry that counts appeared while the discovery ran: it may have looked for
    /// that name before, and found none. What was read is no such entry, nor what holds it.
    pub fn nothing_appeared(
        &self,
        directory: &[u8],
        names: &[u8],
        since: (i64, u32),
    ) -> Result<(), NotCached> {
        let mut counting = Vec::new();
        let (_, _) = match look_at_directory(directory, names, |name| {
            let mut listing = NamesDigest::of(names);
            if listing.add(name) {
                counting.push([directory, b"/", name].concat());
            }
        }) {
            Ok(found) => found,
            Err(_) => return Ok(()),
        };
        for entry in counting {
            let mut storage = path_storage();
            let mut buffer = PathBuffer::new(&mut storage);
            buffer.set(&entry).map_err(|_| changed(&entry))?;
            let appeared = Disk.stat(buffer.as_c_path()).is_ok_and(|stat| stat.ctime >= since);
            if appeared && !self.read.contains(&entry) {
                return Err(changed(&entry));
            }
        }
        Ok(())
    }

    /// Notes what certainly did not appear meanwhile: importing a package makes bytecode in it.
    pub fn were_there(&mut self, entries: &[Vec<u8>]) {
        self.read.extend(entries.iter().cloned());
    }

    pub fn stamped(&mut self, file: &[u8]) -> Result<(), NotCached> {
        let stamp = stamp_of(file, FileType::File)?;
        self.add(file, recorded(InputKind::StampOnly, false, stamp, 0));
        Ok(())
    }

    /// Whether what is at `file` will be asked anyway.
    pub fn is_looked_at(&self, file: &[u8]) -> bool {
        let relative = relative_to(self.root, file);
        let kinds = [InputKind::File, InputKind::Absent, InputKind::Directory, InputKind::Listing];
        let of = |kind| self.known.contains(&(kind, 0, relative.to_vec(), Vec::new()));
        kinds.into_iter().any(of)
    }

    /// Adds an input, once for each path and set of names.
    pub fn add(&mut self, file: &[u8], input: Recorded) {
        let relative = relative_to(self.root, file);
        let key = (input.kind, input.aspects, relative.to_vec(), input.names.clone());
        if self.known.insert(key) {
            self.list.push(Recorded { path: relative.to_vec(), ..input });
            let mut above = file;
            while !above.is_empty() && self.read.insert(above.to_vec()) {
                let parent_end = above.iter().rposition(|&byte| byte == b'/');
                above = &above[..parent_end.unwrap_or_default()];
            }
        }
    }
}

/// The path `file`, ready to be asked about.
pub fn buffer_of<'s>(
    file: &[u8],
    storage: &'s mut [u8; PATH_MAX_BYTES],
) -> Result<PathBuffer<'s>, NotCached> {
    let mut buffer = PathBuffer::new(storage);
    buffer.set(file).map_err(|_| changed(file))?;
    Ok(buffer)
}

/// Relative to `root`, where it lies there and there is one.
pub fn relative_to<'f>(root: &[u8], file: &'f [u8]) -> &'f [u8] {
    match file.strip_prefix(root) {
        _ if root.is_empty() => file,
        Some([]) => &[],
        Some([b'/', rest @ ..]) if !rest.is_empty() => rest,
        _ => file,
    }
}
