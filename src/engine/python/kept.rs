//! The driver's code as the user's Python compiled it, kept for the next one in the user's directory
//! for caches: `driver-<xxh64 of the script and the Python's path, 16 hex digits>.code`.
//!
//! ```text
//!  0   8  magic
//!  8   8  xxh3 of all that follows
//! 16   8  which Pythons: importlib's MAGIC_NUMBER 4 | the level of -O 1 | zero 3
//! 24   4  length of the code | 28 length of the source 4
//! 32      the code, marshalled | the source that it was made from
//! ```
//!
//! It is executed, so it is believed only where nobody else can have written it.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;
use xxhash_rust::xxh64::xxh64;

use crate::environment::owner::is_users;
use crate::environment::settings::xdg_directory;
use crate::files::content::DRIVER as MAGIC;
use crate::files::{CacheDirectory, NotCached};

/// How many are kept: for each Python one for each way to ask.
const COUNT_MAX: usize = 8;

/// Longest file that is read, in bytes.
const LIMIT_BYTES: u64 = 4 << 20;

const HEAD_LEN_BYTES: usize = 32;
const TAG_LEN_BYTES: usize = 8;

/// Where the code of one script lies, for one Python.
pub struct KeptDriver {
    directory: PathBuf,
    name: OsString,
}

impl KeptDriver {
    /// Finds it; nothing where no directory is the user's.
    pub fn of(python: &Path, script: &str) -> Option<Self> {
        let python = fs::canonicalize(python).ok()?;
        let key = xxh64(script.as_bytes(), xxh64(python.as_os_str().as_bytes(), 0));
        let directory = xdg_directory("CACHE", ".cache")?;
        Some(Self { directory, name: format!("driver-{key:016x}.code").into() })
    }

    /// Opens the file, if it may be executed and was made from `script`.
    pub fn lend(&self, script: &str) -> Option<File> {
        let directory = CacheDirectory::existing_own(&self.directory).ok()?;
        if !directory.is_own_alone() {
            return None;
        }
        let mut file = directory.open_regular(&self.name)?;
        let found = file.metadata().ok()?;
        let is_own = is_users(found.uid()) && found.mode() & 0o022 == 0;
        if !is_own || found.len() > LIMIT_BYTES {
            return None;
        }
        let mut bytes = Vec::new();
        (&mut file).take(LIMIT_BYTES).read_to_end(&mut bytes).ok()?;
        is_whole(&bytes, script).then_some(file)
    }

    /// Writes `code`, as it came from the driver, for the next one.
    pub fn keep(&self, code: &[u8], script: &str) -> Result<(), NotCached> {
        let Some(bytes) = assemble(code, script) else {
            return Err(NotCached::Unsuitable("this Python's code cannot be kept"));
        };
        let directory = CacheDirectory::open_own(&self.directory)?;
        if !directory.is_own_alone() {
            return Err(NotCached::ForeignDirectory(self.directory.clone()));
        }
        if directory.names().contains(&self.name) && !directory.is_ours(&self.name) {
            return Err(NotCached::NotOurs(self.directory.join(&self.name)));
        }
        directory.sweep(false);
        directory.prepare_private(&self.name, &bytes)?.publish(|| true)?;
        self.keep_latest(&directory);
        Ok(())
    }

    /// Removes those that were written longest ago.
    fn keep_latest(&self, directory: &CacheDirectory) {
        let names = directory.names().into_iter();
        let others = names.filter(|name| {
            is_name(name.as_bytes()) && *name != self.name && directory.is_ours(name)
        });
        let written =
            |name: &OsStr| fs::symlink_metadata(self.directory.join(name)).ok()?.modified().ok();
        let mut others: Vec<_> = others.map(|name| (written(&name), name)).collect();
        others.sort();
        let too_many = others.len().saturating_sub(COUNT_MAX - 1);
        others.iter().take(too_many).for_each(|(_, name)| directory.remove(name));
    }
}

fn is_name(name: &[u8]) -> bool {
    let digits = name.strip_prefix(b"driver-").and_then(|rest| rest.strip_suffix(b".code"));
    digits.is_some_and(|digits| digits.len() == 16 && digits.iter().all(u8::is_ascii_hexdigit))
}

/// The bytes that the driver starts from where no code of `script` is kept.
pub fn source(script: &str) -> Vec<u8> {
    bytes(&[0; TAG_LEN_BYTES], b"", script).unwrap_or_default()
}

/// The file's bytes, if `code` is any.
fn assemble(code: &[u8], script: &str) -> Option<Vec<u8>> {
    let (tag, code) = code.split_at_checked(TAG_LEN_BYTES)?;
    let bytes = bytes(tag, code, script)?;
    (!code.is_empty() && bytes.len() as u64 <= LIMIT_BYTES).then_some(bytes)
}

fn bytes(tag: &[u8], code: &[u8], script: &str) -> Option<Vec<u8>> {
    let lengths = [code.len(), script.len()].map(u32::try_from);
    let [code_len, script_len] = lengths.map(|len| len.ok().map(u32::to_le_bytes));
    let rest = [tag, &code_len?, &script_len?, code, script.as_bytes()].concat();
    Some([&MAGIC[..], &xxh3_64(&rest).to_le_bytes(), &rest].concat())
}

/// Whether `bytes` are a whole file, made from `script`.
fn is_whole(bytes: &[u8], script: &str) -> bool {
    let Some((head, parts)) = bytes.split_at_checked(HEAD_LEN_BYTES) else { return false };
    let number =
        |at: usize| head[at..at + 4].iter().rev().fold(0, |n, &byte| n << 8 | usize::from(byte));
    let Some((_, source)) = parts.split_at_checked(number(24)) else { return false };
    head.starts_with(MAGIC)
        && head[8..16] == xxh3_64(&bytes[16..]).to_le_bytes()
        && source.len() == number(28)
        && source == script.as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_file_of_the_script_is_believed() {
        let bytes = assemble(b"\x01\x02\r\n\0\0\0\0code", "script").unwrap();
        assert!(is_whole(&bytes, "script"));
        assert!(!is_whole(&bytes, "scripT") && !is_whole(&bytes, "scrip"));
        for end in 0..bytes.len() {
            assert!(!is_whole(&bytes[..end], "script"), "cut at {end}");
            let mut broken = bytes.clone();
            broken[end] ^= 1;
            assert!(!is_whole(&broken, "script"), "broken at {end}");
        }
        assert_eq!(assemble(b"", "script"), None);
        assert_eq!(assemble(b"\x01\x02\r\n\0\0\0\0", "script"), None);
    }
}
