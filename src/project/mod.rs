//! Of the fourth stop: which root and which config a directory belongs to, as Pivot's commands would
//! choose.
//!
//! ROOT is the topmost directory at or above the working directory that has `.pivot/`; without
//! one the nearest with `.git`. The config is the working directory's own when that lies below
//! ROOT and has one, else ROOT's. Source: Pivot's `project.find_project_root`,
//! `discovery.discover_pipeline` and, for `.git`, 0.1's `cli/completion.py`.

mod environment;

pub use environment::{By, Candidate, Environment, Program, VARIABLE_NAMES};

use crate::files::{Disk, FileType, PathBuffer, Stat, StatError, parent};
use crate::reason::Reason;

/// Which directory made a directory the root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Marker {
    /// `.pivot/`: a Pivot project.
    Pivot,
    /// `.git` alone: no command of Pivot works there, only 0.1's completion of a YAML config.
    Git,
}

/// Which files the Pivot in question takes for a config.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Pivot 0.1: `pipeline.py`, `pivot.yaml` and `pivot.yml`.
    WithYaml,
    /// Later ones: `pipeline.py` alone.
    PythonOnly,
}

/// One kind of config file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConfigKind {
    /// `pipeline.py`.
    Python,
    /// `pivot.yaml`, which goes before the next.
    Yaml,
    /// `pivot.yml`.
    Yml,
}

impl ConfigKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Python, Self::Yaml, Self::Yml];

    /// The file's name.
    pub const fn file_name(self) -> &'static [u8] {
        match self {
            ConfigKind::Python => b"pipeline.py",
            ConfigKind::Yaml => b"pivot.yaml",
            ConfigKind::Yml => b"pivot.yml",
        }
    }
}

/// The config file that decides about the stages here.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// Its kind, and so its name.
    pub kind: ConfigKind,
    /// What it is now.
    pub stat: Stat,
    /// Length of the directory it lies in, a prefix of the working directory.
    directory_len: usize,
}

/// A project as seen from one working directory.
#[derive(Clone, Copy)]
pub struct Project<'d> {
    /// The working directory.
    pub directory: &'d [u8],
    /// ROOT, at or above the working directory.
    pub root: &'d [u8],
    /// What made ROOT the root.
    pub marker: Marker,
    /// The config, if there is one.
    pub config: Option<Config>,
}

impl<'d> Project<'d> {
    /// Finds the project that `directory` belongs to, an absolute path free of links.
    ///
    /// `Ok(None)` without any project. With [`Dialect::WithYaml`] a directory that has a
    /// `pipeline.py` and a YAML config is said to have the former: Pivot 0.1 refuses the pair,
    /// later ones ignore the YAML. `path` is where paths are put together.
    pub fn locate<D: Disk>(
        disk: &D,
        directory: &'d [u8],
        dialect: Dialect,
        path: &mut PathBuffer<'_>,
    ) -> Result<Option<Self>, Reason> {
        path.set(directory)?;
        let Some((root, marker)) = find_root(disk, directory, path)? else {
            return Ok(None);
        };
        let mut config = None;
        if root.len() < directory.len() && marker == Marker::Pivot {
            config = find_config(disk, directory, path, dialect)?;
        }
        if config.is_none() {
            config = find_config(disk, root, path, dialect)?;
        }
        Ok(Some(Self { directory, root, marker, config }))
    }

    /// The directory that `config` lies in.
    pub fn config_directory(&self, config: &Config) -> &'d [u8] {
        self.directory.get(..config.directory_len).unwrap_or_default()
    }

    /// Whether `config` is ROOT's own, the one that `stages.cache` is about.
    pub fn is_roots_own(&self, config: &Config) -> bool {
        config.directory_len == self.root.len()
    }

    /// Puts the absolute path of `config` into `path`, and gives its part relative to ROOT.
    pub fn config_path<'p>(
        &self,
        config: &Config,
        path: &'p mut PathBuffer<'_>,
    ) -> Result<&'p [u8], Reason> {
        path.set(self.config_directory(config))?;
        path.push(config.kind.file_name())?;
        let slash = usize::from(self.root.last() != Some(&b'/'));
        Ok(path.as_bytes().get(self.root.len() + slash..).unwrap_or_default())
    }

    /// Puts the path of `stages.cache` into `path`.
    pub fn stages_cache_path(&self, path: &mut PathBuffer<'_>) -> Result<(), Reason> {
        path.set(self.root)?;
        path.push(b".pivot/cache/stages.cache")
    }

    /// Puts the path of the store `name`, or of the directory that stores lie in, into `path`.
    pub fn store_path(&self, name: &[u8], path: &mut PathBuffer<'_>) -> Result<(), Reason> {
        path.set(self.root)?;
        path.push(b".pivot/cache/complete")?;
        if name.is_empty() { Ok(()) } else { path.push(name) }
    }

    /// Puts the path of an input, absolute or relative to ROOT, into `path`.
    pub fn input_path(&self, input: &[u8], path: &mut PathBuffer<'_>) -> Result<(), Reason> {
        input_path(self.root, input, path)
    }
}

/// Puts the path of an input, absolute or relative to `root`, into `path`.
pub fn input_path(root: &[u8], input: &[u8], path: &mut PathBuffer<'_>) -> Result<(), Reason> {
    match input {
        [] => path.set(root),
        [b'/', ..] => path.set(input),
        _ => path.set(root).and_then(|()| path.push(input)),
    }
}

/// ROOT for `directory`, which `path` holds too, and what made it the root.
fn find_root<'d, D: Disk>(
    disk: &D,
    directory: &'d [u8],
    path: &mut PathBuffer<'_>,
) -> Result<Option<(&'d [u8], Marker)>, Reason> {
    let mut topmost = None;
    let mut here = Some(directory);
    while let Some(ancestor) = here {
        path.truncate(ancestor.len());
        if stat_in(disk, path, b".pivot")?.is_some_and(|stat| stat.kind == FileType::Directory) {
            topmost = Some((ancestor, Marker::Pivot));
        }
        here = parent(ancestor);
    }
    if topmost.is_some() {
        return Ok(topmost);
    }
    path.set(directory)?;
    let mut here = Some(directory);
    while let Some(ancestor) = here {
        path.truncate(ancestor.len());
        if stat_in(disk, path, b".git")?.is_some() {
            return Ok(Some((ancestor, Marker::Git)));
        }
        here = parent(ancestor);
    }
    Ok(None)
}

/// The config of `directory` itself.
fn find_config<D: Disk>(
    disk: &D,
    directory: &[u8],
    path: &mut PathBuffer<'_>,
    dialect: Dialect,
) -> Result<Option<Config>, Reason> {
    path.set(directory)?;
    let kinds: &[ConfigKind] = match dialect {
        Dialect::WithYaml => &ConfigKind::ALL,
        Dialect::PythonOnly => &[ConfigKind::Python],
    };
    for &kind in kinds {
        if let Some(stat) = stat_in(disk, path, kind.file_name())?
            && stat.kind == FileType::File
        {
            return Ok(Some(Config { kind, stat, directory_len: directory.len() }));
        }
    }
    Ok(None)
}

/// What `name` in the directory `path` is; `path` is left as it was.
///
/// A path too long to ask about is an absence, as for Python's `Path.is_dir`.
fn stat_in<D: Disk>(
    disk: &D,
    path: &mut PathBuffer<'_>,
    name: &[u8],
) -> Result<Option<Stat>, Reason> {
    let len = path.len();
    if path.push(name).is_err() {
        return Ok(None);
    }
    let stat = disk.stat(path.as_c_path());
    path.truncate(len);
    match stat {
        Ok(stat) => Ok(Some(stat)),
        Err(StatError::Absent) => Ok(None),
        Err(StatError::Unsure) => Err(Reason::FileSystemFails),
    }
}
