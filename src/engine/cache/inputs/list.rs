//! Inputs as they come together, each once.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::freshness::{
    Input, InputKind, NamesDigest, environment, link, listing, machine, name_hash, question,
};
use pivot_complete::files::{
    Disk as _, FileType, PATH_MAX_BYTES, PathBuffer, Stamp, Stat, StatError,
};
use xxhash_rust::xxh64::xxh64;

use super::look::{changed, look_at_directory, look_at_file, recorded, stamp_of, unchanged};
use crate::cache::record::Recorded;
use crate::environment::PROCESS;
use crate::environment::settings::variable;
use crate::files::{Disk, NotCached, path, path_storage};
use crate::python::observed::{SeenDirectory, SeenFile, SeenQuestion};

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

    /// The files by which version managers choose a Python in `here`.
    pub fn choices(&mut self, here: &Path) -> Result<(), NotCached> {
        const NAMES: [&str; 5] =
            [".python-version", ".tool-versions", "mise.toml", ".mise.toml", "mise.local.toml"];
        let home = variable("HOME").map(PathBuf::from);
        let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
        let pyenv = variable("PYENV_ROOT").map(PathBuf::from).or_else(|| below_home(".pyenv"));
        let above = here.ancestors().chain(home.as_deref()).map(|above| (above, &NAMES[..]));
        let mise = below_home(".config/mise");
        let global = [(pyenv.as_deref(), &["version"][..]), (mise.as_deref(), &["config.toml"])];
        let global = global.into_iter().filter_map(|(place, names)| Some((place?, names)));
        for (directory, names) in above.chain(global) {
            let hashed: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            self.directory(directory.as_os_str().as_bytes(), hashes(&hashed))?;
            for file in names.iter().map(|name| directory.join(name)).filter(|file| file.is_file())
            {
                self.file_now(file.as_os_str().as_bytes(), true)?;
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

    /// A directory that the driver saw listed.
    pub fn listed(&mut self, seen: &SeenDirectory) -> Result<(), NotCached> {
        let Some(then) = &seen.then else { return self.absent(&seen.path) };
        let stamp = stamp_of(&seen.path, FileType::Directory)?;
        let mut entries: Vec<Vec<u8>> = Vec::new();
        let mut storage = path_storage();
        let buffer = buffer_of(&seen.path, &mut storage)?;
        let mut note = |name: &[u8], letter: Option<u8>| match letter {
            Some(letter) => entries.push([name, b"/", &[letter]].concat()),
            None => entries.push(name.to_vec()),
        };
        let SeenDirectory { aspects, patterns, .. } = seen;
        let digest = listing::digest(*aspects, patterns, &Disk, &buffer, &mut note)
            .map_err(|_| changed(&seen.path))?;
        entries.sort_unstable();
        let crc32 = crc32fast::hash(&entries.join(&0));
        if (entries.len() as u64, crc32) != (then.count, then.crc32) {
            return Err(changed(&seen.path));
        }
        let input = recorded(InputKind::Listing, true, stamp, digest);
        self.add(&seen.path, Recorded { names: patterns.clone(), aspects: *aspects, ..input });
        Ok(())
    }

    /// A path that the driver saw asked about.
    pub fn asked(&mut self, seen: &SeenQuestion) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(&seen.path, &mut storage)?;
        let (aspects, path) = (seen.aspects, buffer.as_c_path());
        if aspects & !question::TYPE == 0 && self.is_looked_at(&seen.path) {
            // What it is will be asked anyway.
            return Ok(());
        }
        let now = match aspects & question::OF_LINK {
            0 => Disk.stat(path),
            _ => Disk.stat_link(path),
        };
        let of = |stat: &Stat| question::digest(aspects, stat);
        let digest = match (now, &seen.then) {
            (Err(StatError::Absent), None) => question::NOTHING,
            // The driver does not tell each inode.
            (Ok(now), Some(then)) if of(&Stat { inode: now.inode, ..*then }) == of(&now) => {
                of(&now)
            }
            _ => return Err(changed(&seen.path)),
        };
        let input = recorded(InputKind::Question, true, Stamp::default(), digest);
        self.add(&seen.path, Recorded { aspects, ..input });
        Ok(())
    }

    fn is_looked_at(&self, file: &[u8]) -> bool {
        let relative = relative_to(self.root, file);
        let kinds = [InputKind::File, InputKind::Absent, InputKind::Directory, InputKind::Listing];
        let of = |kind| self.known.contains(&(kind, 0, relative.to_vec(), Vec::new()));
        kinds.into_iter().any(of)
    }

    /// A link that the driver saw read.
    pub fn link(&mut self, link: &[u8], target: &[u8]) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(link, &mut storage)?;
        let digest = xxh64(target, 0);
        if link::digest(&Disk, &buffer) != Some(digest) {
            return Err(changed(link));
        }
        self.add(link, recorded(InputKind::Link, true, Stamp::default(), digest));
        Ok(())
    }

    /// A file that the discovery made itself, as it left it; gone by now it is no input.
    pub fn made(&mut self, file: &[u8]) -> Result<(), NotCached> {
        match self.file_now(file, true) {
            Err(_) if !path(file).exists() => Ok(()),
            result => result,
        }
    }

    /// Variables that were read, by their names.
    pub fn variables(&mut self, names: &[Vec<u8>], salt: u64) {
        let mut names = names.to_vec();
        names.sort_unstable();
        names.dedup();
        // What only says how Python works is for everyone, and stands apart.
        let (public, private): (Vec<_>, Vec<_>) =
            names.into_iter().partition(|name| !environment::is_private(name));
        for names in [public, private].into_iter().filter(|names| !names.is_empty()) {
            let names = names.join(&0);
            let digest = environment::digest(&names, salt, PROCESS.variables);
            let input = recorded(InputKind::Environment, true, Stamp::default(), digest);
            self.add(b"", Recorded { names, ..input });
        }
    }

    /// The directory that the discovery was asked from.
    pub fn working_directory(&mut self, directory: &[u8]) {
        let input = recorded(InputKind::WorkingDirectory, true, Stamp::default(), 0);
        self.add(directory, input);
    }

    /// What was asked about the machine, by letters.
    pub fn machine(&mut self, letters: &[u8]) {
        let digest = machine::digest(letters, PROCESS);
        let input = recorded(InputKind::Machine, true, Stamp::default(), digest);
        self.add(b"", Recorded { names: letters.to_vec(), ..input });
    }

    /// An input that has no stamp and whose answer is taken anew.
    pub fn again(&mut self, input: &Input<'_>, file: &[u8], salt: u64) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(file, &mut storage)?;
        let mut now = Recorded::again(input, Stamp::default());
        match input.kind {
            InputKind::Question => {
                let stat = match input.aspects & question::OF_LINK {
                    0 => Disk.stat(buffer.as_c_path()),
                    _ => Disk.stat_link(buffer.as_c_path()),
                };
                let of = |stat: Stat| question::digest(input.aspects, &stat);
                now.digest = stat.map_or(question::NOTHING, of);
            }
            InputKind::Link => match link::digest(&Disk, &buffer) {
                Some(digest) => now.digest = digest,
                None => return Ok(()),
            },
            InputKind::Environment => {
                now.digest = environment::digest(input.names, salt, PROCESS.variables);
            }
            InputKind::Machine => now.digest = machine::digest(input.names, PROCESS),
            InputKind::Listing => {
                now.stamp = stamp_of(file, FileType::Directory)?;
                let Input { aspects, names, .. } = *input;
                now.digest = listing::digest(aspects, names, &Disk, &buffer, &mut |_, _| {})
                    .map_err(|_| changed(file))?;
            }
            _ => {}
        }
        self.add(file, now);
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

    pub fn stamped(&mut self, file: &[u8]) -> Result<(), NotCached> {
        let stamp = stamp_of(file, FileType::File)?;
        self.add(file, recorded(InputKind::StampOnly, false, stamp, 0));
        Ok(())
    }

    /// Adds an input, once for each path and set of names.
    fn add(&mut self, file: &[u8], input: Recorded) {
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
fn buffer_of<'s>(
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
