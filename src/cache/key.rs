//! The names of stores, and where they lie: `ROOT/.pivot/cache/complete/<key>.store` for a project's
//! stages, `$XDG_CACHE_HOME/pivot-complete/<key>.store` for the description of a `pivot`.
//!
//! A key is all that decides about an answer beside its inputs.

use xxhash_rust::xxh64::xxh64;

use crate::encoding::hex;
use crate::files::{Disk, PathBuffer};
use crate::project::{Config, Environment, Program, Project};
use crate::reason::Reason;

/// The directory of the user's caches.
pub const DIRECTORY: &[u8] = b"pivot-complete";
/// The directory in it with the names of remotes.
pub const REMOTES_DIRECTORY: &[u8] = b"remotes";
/// The directory in it with the stages of every pipeline of a project.
pub const EVERY_DIRECTORY: &[u8] = b"every";
/// The directory in it with what Pivot said where only a `.git` makes a project.
pub const REFUSED_DIRECTORY: &[u8] = b"refused";

/// Puts the path of the description into `path`, which holds that of the `pivot` program, or
/// nothing where there is none.
///
/// Fails where the user has no directory for caches.
pub fn description_path(
    environment: &Environment<'_>,
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    let Environment { python, python_path, chosen: [pyenv, asdf, mise], .. } = environment;
    let program = path.as_bytes();
    let name = file_name([b"command line 3", program, python, python_path, pyenv, asdf, mise]);
    cache_directory(environment, path)?;
    path.push(&name)
}

/// Puts the path of the store with the names of remotes into `path`: those of the project at `root`,
/// and the user's.
///
/// Fails where the user has no directory for caches, or none for configs.
pub fn remotes_path(
    environment: &Environment<'_>,
    root: &[u8],
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    cache_directory(environment, path)?;
    path.push(REMOTES_DIRECTORY)?;
    path.push(&file_name([b"remotes", environment.home, root]))
}

/// Puts the path of the store with the stages of every pipeline of the project at `root` into `path`,
/// which holds that of the `pivot` program, or nothing where there is none.
///
/// Fails where the user has no directory for caches.
pub fn every_path(
    environment: &Environment<'_>,
    root: &[u8],
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    own_path(environment, EVERY_DIRECTORY, b"every pipeline", root, path)
}

/// The same of the store with what Pivot said at `root`, where only a `.git` makes a project.
pub fn refused_path(
    environment: &Environment<'_>,
    root: &[u8],
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    own_path(environment, REFUSED_DIRECTORY, b"refused", root, path)
}

/// Puts the path of a store in this directory into `path`, which holds that of the `pivot` program: `of`
/// something at `root`.
fn own_path(
    environment: &Environment<'_>,
    directory: &[u8],
    of: &[u8],
    root: &[u8],
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    let Environment { python, python_path, virtual_env, chosen: [pyenv, asdf, mise], .. } =
        environment;
    let program = path.as_bytes();
    let parts = [of, program, python, python_path, virtual_env, pyenv, asdf, mise];
    let name = file_name_in(root, parts);
    cache_directory(environment, path)?;
    path.push(directory)?;
    path.push(&name)
}

/// Puts the directory of the user's caches into `path`.
pub fn cache_directory(
    environment: &Environment<'_>,
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    if environment.cache_home.starts_with(b"/") {
        path.set(environment.cache_home)?;
    } else {
        path.set(environment.home)?;
        path.push(b".cache")?;
    }
    path.push(DIRECTORY)
}

/// The `pivot` that is meant in `project`.
pub fn find_program<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    environment: &Environment<'_>,
    path: &mut PathBuffer<'_>,
) -> Program {
    Program::find(disk, environment, project.directory, project.root, path)
}

/// The name of the store for `config` in this environment.
///
/// The key is ROOT, the config, the `pivot`, and the variables that choose a Python; and the user, for
/// what is nobody else's business.
pub fn store_name(
    project: &Project<'_>,
    config: &Config,
    environment: &Environment<'_>,
    program: &Program,
    audience: Audience,
    path: &mut PathBuffer<'_>,
) -> Result<StoreName, Reason> {
    let relative = project.config_path(config, path)?;
    let [pyenv, asdf, mise] = environment.chosen;
    let user = match audience {
        Audience::Everyone => None,
        Audience::User => Some((environment.process.user)().to_le_bytes()),
    };
    Ok(file_name_in(
        project.root,
        [
            relative,
            &program.path_hash.to_le_bytes(),
            environment.python,
            environment.python_path,
            environment.virtual_env,
            pyenv,
            asdf,
            mise,
            user.as_ref().map_or(&[], |user| &user[..]),
        ],
    ))
}

/// Whom a store may tell what it holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience {
    /// Everyone who may read the project.
    Everyone,
    /// The user alone: the pipeline read his environment.
    User,
}

/// Length of a store's file name, in bytes.
pub const FILE_NAME_LEN_BYTES: usize = 16 + FILE_SUFFIX.len();

/// A store's file name.
pub type StoreName = [u8; FILE_NAME_LEN_BYTES];

/// What the names of stores end in.
pub const FILE_SUFFIX: &[u8; 6] = b".store";

/// Which bits of a key are ROOT's own: the first 6 hex digits of a name tell whose store it is.
const ROOT_BITS: u64 = 0xffff_ff00_0000_0000;

/// How many digits those are.
pub const ROOT_DIGITS: usize = ROOT_BITS.count_ones() as usize / 4;

/// The name of the store for a key, without directories: 16 hex digits and `.store`.
///
/// The key is all that decides about an answer beside its inputs, in order.
pub fn file_name<const N: usize>(parts: [&[u8]; N]) -> [u8; FILE_NAME_LEN_BYTES] {
    named(key_of(0, parts))
}

/// The same for a store of `root`, which is the first part of the key and can be told from the name.
pub fn file_name_in<const N: usize>(root: &[u8], parts: [&[u8]; N]) -> [u8; FILE_NAME_LEN_BYTES] {
    let root = xxh64(root, 0);
    named(root & ROOT_BITS | key_of(root, parts) & !ROOT_BITS)
}

/// Whether a store of this name was made in `root`.
pub fn is_named_in(root: &[u8], name: &[u8; FILE_NAME_LEN_BYTES]) -> bool {
    let own = hex::digits(xxh64(root, 0));
    own.iter().zip(name).take(ROOT_DIGITS).all(|(own, it)| own == it)
}

fn key_of<const N: usize>(mut key: u64, parts: [&[u8]; N]) -> u64 {
    for part in parts {
        // Each part is hashed with what came before as the seed: no two lists run together.
        key = xxh64(part, key);
    }
    key
}

fn named(key: u64) -> [u8; FILE_NAME_LEN_BYTES] {
    let mut name = [0; FILE_NAME_LEN_BYTES];
    let (digits, suffix) = name.split_at_mut(16);
    digits.copy_from_slice(&hex::digits(key));
    suffix.copy_from_slice(FILE_SUFFIX);
    name
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::files::{CPath, Disk, FileType, PATH_MAX_BYTES, ReadError, Stat, StatError};

    /// Has one program.
    struct OneProgram;

    impl Disk for OneProgram {
        type Bytes = Vec<u8>;

        fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
            match path.to_bytes() {
                b"/bin/pivot" => Ok(Stat {
                    kind: FileType::File,
                    mtime: (5, 0),
                    ctime: (5, 0),
                    len_bytes: 1,
                    inode: 1,
                    uid: 0,
                    gid: 0,
                    mode: 0o755,
                }),
                _ => Err(StatError::Absent),
            }
        }

        fn read(&self, _: CPath<'_>, _: usize) -> Result<Vec<u8>, ReadError> {
            Err(ReadError::Missing)
        }

        fn digest(&self, _: CPath<'_>, _: u64) -> Result<u64, ReadError> {
            Err(ReadError::Missing)
        }

        fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
            self.stat(path)
        }

        fn read_link(&self, _: CPath<'_>, _: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
            Err(ReadError::Missing)
        }

        fn list(
            &self,
            _: CPath<'_>,
            _: &mut dyn FnMut(&[u8], Option<FileType>),
        ) -> Result<(), ReadError> {
            Err(ReadError::Missing)
        }
    }

    fn path_in(environment: &Environment<'_>, cache_home: &str) -> Option<(String, bool)> {
        let mut storage = [0; PATH_MAX_BYTES];
        let mut path = PathBuffer::new(&mut storage);
        let environment = Environment { cache_home: cache_home.as_bytes(), ..*environment };
        let found = environment.find_program(&OneProgram, b"/x", b"", &mut path).is_some();
        description_path(&environment, &mut path).ok()?;
        Some((String::from_utf8(path.as_bytes().to_vec()).unwrap(), found))
    }

    #[test]
    fn one_place_for_each_pivot() {
        let here = Environment { path: b"/bin", home: b"/home/u", ..Environment::default() };
        let (path, found) = path_in(&here, "").unwrap();
        assert!(found && path.starts_with("/home/u/.cache/pivot-complete/"), "{path}");
        let name = &path["/home/u/.cache/pivot-complete/".len()..];
        for (cache_home, expected) in [
            ("/var/cache", Some("/var/cache/pivot-complete/")),
            ("relative", Some("/home/u/.cache/pivot-complete/")),
        ] {
            let expected = expected.map(|directory| std::format!("{directory}{name}"));
            assert_eq!(path_in(&here, cache_home).map(|(path, _)| path), expected);
        }
        // The same program by another way; then others.
        let same = Environment { path: b"/none:/bin", virtual_env: b"/v", ..here };
        assert_eq!(path_in(&same, "").unwrap().0, path);
        for other in [
            Environment { path: b"", ..here },
            Environment { python: b"python3", ..here },
            Environment { python_path: b"/lib", ..here },
        ] {
            assert_ne!(path_in(&other, "").unwrap().0, path);
        }
        for homeless in [b"".as_slice(), b"home"] {
            assert!(path_in(&Environment { home: homeless, ..here }, "").is_none());
        }
    }
}
