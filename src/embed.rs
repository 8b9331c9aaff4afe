//! For programs that ask in a process of their own, an editor or a prompt: which stages a directory has,
//! and whether that is still true, without starting anything.
//!
//! Nothing is read but what a TAB's hit reads, and nothing is written; what is not known is a
//! [`Reason`](crate::reason::Reason), and somebody has to run `pivot-complete stages` (or `refresh`) to find it out. How the
//! file system and the process are asked is the caller's: the library has no I/O of its own.
//!
//! With std, in some sixty lines:
//!
//! ```
//! use std::ffi::OsStr;
//! use std::fs::{self, Metadata};
//! use std::os::unix::ffi::{OsStrExt, OsStringExt};
//! use std::os::unix::fs::MetadataExt;
//!
//! use pivot_complete::cache::lookup::Answer;
//! use pivot_complete::embed::stages_of;
//! use pivot_complete::environment::Process;
//! use pivot_complete::files::{
//!     CPath, Disk, FileType, PATH_MAX_BYTES, PathBuffer, ReadError, Stat, StatError,
//! };
//! use pivot_complete::project::{Environment, VARIABLE_NAMES};
//! use pivot_complete::reason::Reason;
//!
//! /// The file system, by std.
//! struct Files;
//!
//! fn name<'a>(path: &'a CPath<'_>) -> &'a OsStr {
//!     OsStr::from_bytes(path.to_bytes())
//! }
//!
//! fn stat(found: std::io::Result<Metadata>) -> Result<Stat, StatError> {
//!     let found = found.map_err(|error| match error.kind() {
//!         std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => StatError::Absent,
//!         _ => StatError::Unsure,
//!     })?;
//!     let kind = match found.file_type() {
//!         kind if kind.is_file() => FileType::File,
//!         kind if kind.is_dir() => FileType::Directory,
//!         kind if kind.is_symlink() => FileType::Link,
//!         _ => FileType::Other,
//!     };
//!     Ok(Stat {
//!         kind,
//!         mtime: (found.mtime(), found.mtime_nsec() as u32),
//!         ctime: (found.ctime(), found.ctime_nsec() as u32),
//!         len_bytes: found.len(),
//!         inode: found.ino(),
//!         uid: found.uid(),
//!         gid: found.gid(),
//!         mode: found.mode() & 0o7777,
//!     })
//! }
//!
//! impl Disk for Files {
//!     type Bytes = Vec<u8>;
//!
//!     fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
//!         stat(fs::metadata(name(&path)))
//!     }
//!
//!     fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
//!         stat(fs::symlink_metadata(name(&path)))
//!     }
//!
//!     fn read_link(&self, path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
//!         let target = fs::read_link(name(&path)).map_err(|_| ReadError::Missing)?;
//!         put(target.as_os_str().as_bytes());
//!         Ok(())
//!     }
//!
//!     fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
//!         match self.stat(path) {
//!             Ok(found) if found.kind != FileType::File => Err(ReadError::NotRegular),
//!             Ok(found) if found.len_bytes > limit_bytes as u64 => Err(ReadError::TooLarge),
//!             Ok(_) => fs::read(name(&path)).map_err(|_| ReadError::Unreadable),
//!             Err(_) => Err(ReadError::Missing),
//!         }
//!     }
//!
//!     fn digest(&self, path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError> {
//!         let bytes = self.read(path, len_bytes as usize)?;
//!         let is_whole = bytes.len() as u64 == len_bytes;
//!         is_whole.then(|| xxhash_rust::xxh64::xxh64(&bytes, 0)).ok_or(ReadError::Unreadable)
//!     }
//!
//!     fn list(
//!         &self,
//!         path: CPath<'_>,
//!         put: &mut dyn FnMut(&[u8], Option<FileType>),
//!     ) -> Result<(), ReadError> {
//!         for entry in fs::read_dir(name(&path)).map_err(|_| ReadError::Missing)? {
//!             put(entry.map_err(|_| ReadError::Unreadable)?.file_name().as_bytes(), None);
//!         }
//!         Ok(())
//!     }
//! }
//!
//! /// What a discovery may have asked of a process. That of the machine (its name, its users) is left
//! /// out here: where a pipeline asks for it, its names are never fresh.
//! const PROCESS: Process = Process {
//!     variable: |name| Some(std::env::var_os(OsStr::from_bytes(name))?.into_vec().leak()),
//!     variables: |put| {
//!         for (name, value) in std::env::vars_os() {
//!             put(&[name.as_bytes(), b"=", value.as_bytes()].concat());
//!         }
//!     },
//!     ..Process::NONE
//! };
//!
//! /// The stages of a directory, an absolute path free of links; or why that is not known.
//! fn stages(directory: &std::path::Path) -> Result<Vec<String>, Reason> {
//!     let values = VARIABLE_NAMES.map(|name| std::env::var_os(name).unwrap_or_default());
//!     let environment = Environment::of(values.each_ref().map(|v| v.as_bytes()), b"", PROCESS);
//!     let mut storage = vec![0; PATH_MAX_BYTES];
//!     let mut path = PathBuffer::new(&mut storage);
//!     match stages_of(&Files, directory.as_os_str().as_bytes(), environment, &mut path) {
//!         Answer::Names(fresh) => {
//!             Ok(fresh.names().map(|name| String::from_utf8_lossy(name).into()).collect())
//!         }
//!         // No project, or one without a pipeline: that needs no cache.
//!         Answer::Nothing(_) => Ok(Vec::new()),
//!         Answer::Miss(reason) => Err(reason),
//!     }
//! }
//!
//! // A project as Pivot leaves it behind.
//! let project = tempfile::tempdir()?;
//! let root = project.path().canonicalize()?;
//! assert_eq!(stages(&root), Ok(vec![]), "no project");
//! fs::create_dir_all(root.join(".pivot/cache"))?;
//! let config = fs::File::create(root.join("pipeline.py"))?;
//! config.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_700_000_000))?;
//! assert_eq!(stages(&root), Err(Reason::CacheMissing));
//! let cache = "v1\npipeline.py:1700000000.0\ntrain\nevaluate\n";
//! fs::write(root.join(".pivot/cache/stages.cache"), cache)?;
//! assert_eq!(stages(&root), Ok(vec!["train".into(), "evaluate".into()]));
//!
//! // The pipeline is edited: what is there is no longer true.
//! config.set_modified(std::time::SystemTime::now())?;
//! let reason = stages(&root).unwrap_err();
//! assert_eq!(reason.as_str(), "config-changed");
//! # Ok::<(), std::io::Error>(())
//! ```

use crate::cache::lookup::{Answer, Query, from_caches};
use crate::files::{Disk, PathBuffer};
use crate::project::{Dialect, Environment, Project};

/// Tells which stages `directory` has, as far as caches that are fresh tell.
///
/// `directory` is an absolute path free of links, `environment` that of who would run `pivot` there, and
/// `path` a buffer of [`PATH_MAX_BYTES`](crate::files::PATH_MAX_BYTES) zeros in which paths are put
/// together. The answer is that of `pivot-complete stages --cached`: the names inside the bytes that
/// they were read from, in Pivot's order ([`FreshNames::names`](crate::cache::lookup::FreshNames::names));
/// nothing, for a reason that needs no cache; or the reason why only a discovery knows.
///
/// ```
/// # use pivot_complete::cache::lookup::Answer;
/// # use pivot_complete::files::*;
/// # use pivot_complete::project::Environment;
/// # use pivot_complete::reason::Reason;
/// /// A file system without files.
/// struct Empty;
///
/// impl Disk for Empty {
///     type Bytes = Vec<u8>;
///     fn stat(&self, _: CPath<'_>) -> Result<Stat, StatError> {
///         Err(StatError::Absent)
///     }
///     // …
/// #     fn stat_link(&self, _: CPath<'_>) -> Result<Stat, StatError> { Err(StatError::Absent) }
/// #     fn read_link(&self, _: CPath<'_>, _: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
/// #         Err(ReadError::Missing)
/// #     }
/// #     fn read(&self, _: CPath<'_>, _: usize) -> Result<Vec<u8>, ReadError> { Err(ReadError::Missing) }
/// #     fn digest(&self, _: CPath<'_>, _: u64) -> Result<u64, ReadError> { Err(ReadError::Missing) }
/// #     fn list(&self, _: CPath<'_>, _: &mut dyn FnMut(&[u8], Option<FileType>)) -> Result<(), ReadError> {
/// #         Err(ReadError::Missing)
/// #     }
/// }
///
/// let mut storage = [0; PATH_MAX_BYTES];
/// let path = &mut PathBuffer::new(&mut storage);
/// let answer = pivot_complete::embed::stages_of(&Empty, b"/home/me", Environment::default(), path);
/// assert!(matches!(answer, Answer::Nothing(Reason::NoProject)));
/// ```
pub fn stages_of<D: Disk>(
    disk: &D,
    directory: &[u8],
    environment: Environment<'_>,
    path: &mut PathBuffer<'_>,
) -> Answer<D::Bytes> {
    let project = match Project::locate(disk, directory, Dialect::WithYaml, path) {
        Ok(project) => project,
        Err(reason) => return Answer::Miss(reason),
    };
    let query = Query { environment, is_tab: false, wants_manifests: false, program: None };
    from_caches(disk, project.as_ref(), &query, path)
}
