//! Where the description of Pivot's command line lies: `$XDG_CACHE_HOME/pivot-complete/<key>.store`,
//! one for each `pivot` that is meant somewhere.

use crate::disk::{Disk, Stat};
use crate::environment::Environment;
use crate::path::PathBuffer;
use crate::store::{self, FILE_NAME_LEN_BYTES};

/// The description that belongs to one environment.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Its file's name.
    pub name: [u8; FILE_NAME_LEN_BYTES],
    /// The `pivot` program's stat, where there is one.
    pub program: Option<Stat>,
}

/// Puts the path of the description's file into `path`; `None` where the user has no directory for
/// caches, or the path is too long.
///
/// `cache_home` is `XDG_CACHE_HOME`, which counts only if it is absolute (XDG Base Directory
/// Specification); `root` is ROOT, or empty. The working directory counts where the word typed is
/// a path relative to it.
pub fn place<D: Disk>(
    disk: &D,
    environment: &Environment<'_>,
    cache_home: &[u8],
    directory: &[u8],
    root: &[u8],
    path: &mut PathBuffer<'_>,
) -> Option<Place> {
    let program = environment.find_program(disk, directory, root, path);
    let name = store::file_name([
        b"command line",
        path.as_bytes(),
        environment.python,
        environment.python_path,
    ]);
    if path.set(cache_home).is_err() {
        path.set(environment.home).ok()?;
        path.push(b".cache").ok()?;
    }
    path.push(b"pivot-complete").ok()?;
    path.push(&name).ok()?;
    Some(Place { name, program })
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use crate::disk::{Kind, ReadError, StatError};
    use crate::path::{CPath, PATH_MAX_BYTES};
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

        fn digest(&self, _: CPath<'_>, _: u64) -> Result<(Stat, u64), ReadError> {
            Err(ReadError::Missing)
        }

        fn list(&self, _: CPath<'_>, _: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
            Err(ReadError::Missing)
        }
    }

    fn path_in(environment: &Environment<'_>, cache_home: &str) -> Option<(String, bool)> {
        let mut storage = [0; PATH_MAX_BYTES];
        let mut path = PathBuffer::new(&mut storage);
        let place = place(&OneProgram, environment, cache_home.as_bytes(), b"/x", b"", &mut path)?;
        let path = String::from_utf8(path.as_bytes().to_vec()).unwrap();
        Some((path, place.program.is_some()))
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
