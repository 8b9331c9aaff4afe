//! What the driver saw that is no file to read: listings, questions, links, the environment, the
//! directory, the machine; each looked at again.

use pivot_complete::cache::freshness::{
    Input, InputKind, access, environment, link, listing, machine, question,
};
use pivot_complete::files::{FileType, Stamp, Stat, StatError};
use xxhash_rust::xxh64::xxh64;

use super::list::{Inputs, buffer_of};
use super::look::{changed, recorded, stamp_of};
use crate::cache::record::Recorded;
use crate::environment::PROCESS;
use crate::files::{Disk, NotCached, path, path_storage};
use crate::python::observed::{SeenAccess, SeenDirectory, SeenQuestion};

impl Inputs<'_> {
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
        let patterns = &seen.patterns;
        let aspects = listing_aspects(&seen.flags).ok_or_else(|| changed(&seen.path))?;
        let digest = listing::digest(aspects, patterns, &Disk, &buffer, &mut note)
            .map_err(|_| changed(&seen.path))?;
        entries.sort_unstable();
        let crc32 = crc32fast::hash(&entries.join(&0));
        if (entries.len() as u64, crc32) != (then.count, then.crc32) {
            return Err(changed(&seen.path));
        }
        let input = recorded(InputKind::Listing, true, stamp, digest);
        self.add(&seen.path, Recorded { names: patterns.clone(), aspects, ..input });
        Ok(())
    }

    /// A directory that a child or a native reader listed: all its entries, as they are left.
    pub fn opened_directory(&mut self, path: &[u8], has_changed: bool) -> Result<(), NotCached> {
        if has_changed {
            return Err(changed(path));
        }
        let stamp = stamp_of(path, FileType::Directory)?;
        let mut storage = path_storage();
        let buffer = buffer_of(path, &mut storage)?;
        // Whoever lists a directory so is told the types of its entries.
        let aspects = listing::TYPES;
        let digest = listing::digest(aspects, b"", &Disk, &buffer, &mut |_, _| {})
            .map_err(|_| changed(path))?;
        let input = recorded(InputKind::Listing, true, stamp, digest);
        self.add(path, Recorded { aspects, ..input });
        Ok(())
    }

    /// A path that the driver saw asked about.
    pub fn asked(&mut self, seen: &SeenQuestion) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(&seen.path, &mut storage)?;
        let aspects = question_aspects(seen).ok_or_else(|| changed(&seen.path))?;
        if aspects & !question::TYPE == 0 && self.is_looked_at(&seen.path) {
            // What it is will be asked anyway.
            return Ok(());
        }
        let of = |stat: &Stat| question::digest(aspects, stat);
        let digest = match (question::ask(aspects, &Disk, &buffer), &seen.then) {
            (Err(StatError::Absent), None) => question::NOTHING,
            (Err(StatError::Absent), Some(then)) if of(then) == question::NOTHING => {
                question::NOTHING
            }
            (Ok(now), Some(then)) if of(then) == of(&now) => of(&now),
            _ => return Err(changed(&seen.path)),
        };
        let input = recorded(InputKind::Question, true, Stamp::default(), digest);
        self.add(&seen.path, Recorded { aspects, ..input });
        Ok(())
    }

    /// What the pipeline was allowed to do with a path, or was not.
    pub fn allowed(&mut self, seen: &SeenAccess) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(&seen.path, &mut storage)?;
        let then = access::digest(seen.then);
        if access::ask(seen.mode, &Disk, &buffer) != Ok(then) {
            return Err(changed(&seen.path));
        }
        let input = recorded(InputKind::Access, true, Stamp::default(), then);
        self.add(&seen.path, Recorded { aspects: seen.mode, ..input });
        Ok(())
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
            self.add(self.top(), Recorded { names, ..input });
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
        self.add(self.top(), Recorded { names: letters.to_vec(), ..input });
    }

    /// An input that has no stamp and whose answer is taken anew.
    pub fn again(&mut self, input: &Input<'_>, file: &[u8], salt: u64) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let buffer = buffer_of(file, &mut storage)?;
        let mut now = Recorded::again(input, Stamp::default());
        match input.kind {
            InputKind::Question => {
                let of = |stat: Stat| question::digest(input.aspects, &stat);
                let answer = question::ask(input.aspects, &Disk, &buffer);
                now.digest = answer.map_or(question::NOTHING, of);
            }
            InputKind::Access => {
                now.digest =
                    access::ask(input.aspects, &Disk, &buffer).map_err(|_| changed(file))?;
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
}

/// What of a listing counts, by the driver's letters.
fn listing_aspects(flags: &[u8]) -> Option<u8> {
    flags.iter().try_fold(0, |aspects, letter| {
        let aspect = match letter {
            b't' => listing::TYPES,
            b'r' => listing::DIRECTORIES,
            b'h' => listing::HIDDEN_APART,
            _ => return None,
        };
        Some(aspects | aspect)
    })
}

/// What of an answer counts, by the driver's letters.
fn question_aspects(seen: &SeenQuestion) -> Option<u8> {
    let of_link = if seen.is_of_link { question::OF_LINK } else { 0 };
    seen.mask.iter().try_fold(of_link, |aspects, letter| {
        let aspect = match letter {
            b't' => question::TYPE,
            b'p' => question::PERMISSIONS,
            b's' => question::SIZE,
            b'm' => question::MTIME,
            b'i' => question::INODE,
            b'c' => question::CTIME,
            b'w' => question::CONTENT,
            _ => return None,
        };
        Some(aspects | aspect)
    })
}
