//! Where the description of a `pivot` lies: `$XDG_CACHE_HOME/pivot-complete/<key>.store`.

use crate::cache::store;
use crate::files::PathBuffer;
use crate::project::Environment;
use crate::reason::Reason;

/// The directory of the user's caches.
pub const DIRECTORY: &[u8] = b"pivot-complete";
/// The directory in it with the names of remotes.
pub const REMOTES_DIRECTORY: &[u8] = b"remotes";

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
    let name =
        store::file_name([b"command line 2", program, python, python_path, pyenv, asdf, mise]);
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
    path.push(&store::file_name([b"remotes", environment.home, root]))
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

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::files::{CPath, PATH_MAX_BYTES};
    use crate::files::{Disk, Kind, ReadError, Stat, StatError};
    use std::string::String;
    use std::vec::Vec;

    /// Has one program.
    struct OneProgram;

    impl Disk for OneProgram {
        type Bytes = Vec<u8>;

        fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
            match path.to_bytes() {
                b"/bin/pivot" => Ok(Stat {
                    kind: Kind::File,
                    mtime: (5, 0),
                    ctime: (5, 0),
                    len_bytes: 1,
                    inode: 1,
                    uid: 0,
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

        fn list(&self, _: CPath<'_>, _: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
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
