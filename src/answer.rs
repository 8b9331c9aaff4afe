//! Fourth stop of a TAB: from a project to the names that are still true, or to the reason why
//! nobody knows without asking Pivot. Reads at most two files and writes none.

use crate::disk::{Disk, ReadError};
use crate::path::PathBuffer;
use crate::project::{Config, Marker, Project};
use crate::snapshot::Snapshot;
use crate::stages_cache::{self, LIMIT_BYTES, StagesCache};
use crate::verdict::Reason;

/// Stage names inside the bytes of the cache they were read from.
pub struct Names<B> {
    bytes: B,
    start: usize,
}

impl<B: AsRef<[u8]>> Names<B> {
    /// The names as text: one a line, blank lines are none.
    pub fn text(&self) -> &[u8] {
        self.bytes.as_ref().get(self.start..).unwrap_or_default()
    }
}

/// What can be said without discovery.
pub enum Answer<B> {
    /// The names, fresh.
    Names(Names<B>),
    /// There are no stages, for a reason that needs no cache.
    Nothing(Reason),
    /// Only discovery knows.
    Miss(Reason),
}

/// Answers for `project` from its caches.
///
/// `path` is where paths are put together.
pub fn from_caches<D: Disk>(
    disk: &D,
    project: Option<&Project<'_>>,
    path: &mut PathBuffer<'_>,
) -> Answer<D::Bytes> {
    let Some(project) = project else {
        return Answer::Nothing(Reason::NoProject);
    };
    if project.marker == Marker::Git {
        return Answer::Miss(Reason::NoPivotDirectory);
    }
    let Some(config) = &project.config else {
        return Answer::Nothing(Reason::NoConfig);
    };
    match fresh_names(disk, project, config, path) {
        Ok(names) => Answer::Names(names),
        Err(reason) => Answer::Miss(reason),
    }
}

fn fresh_names<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    config: &Config,
    path: &mut PathBuffer<'_>,
) -> Result<Names<D::Bytes>, Reason> {
    if !project.is_roots_own(config) {
        return from_snapshot(disk, project, config, path);
    }
    project.stages_cache_path(path)?;
    let bytes = read(disk, path)?;
    let cache = StagesCache::parse(bytes.as_ref())?;
    cache.check(config.kind.file_name(), config.stat.mtime)?;
    project.snapshot_path(config, path)?;
    agrees_with_snapshot(disk, path, bytes.as_ref(), &cache)?;
    let start = cache.names_start;
    Ok(Names { bytes, start })
}

/// Reads the sealed snapshot for `config`, when it is whole and about the config as it is now.
fn from_snapshot<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    config: &Config,
    path: &mut PathBuffer<'_>,
) -> Result<Names<D::Bytes>, Reason> {
    project.snapshot_path(config, path)?;
    let snapshot = read(disk, path)?;
    let sealed = Snapshot::open(snapshot.as_ref()).filter(Snapshot::is_intact);
    let content = sealed.ok_or(Reason::CacheMalformed)?.content;
    let cache = StagesCache::parse(content)?;
    cache.check(project.config_path(config, path)?, config.stat.mtime)?;
    let start = snapshot.as_ref().len() - content.len() + cache.names_start;
    Ok(Names { bytes: snapshot, start })
}

/// Whether the snapshot of the same config and mtime, if there is one, says the same.
///
/// It does not where `stages.cache` was cut at a line's end, or where Pivot's completion wrote a
/// sub-directory's stages into it.
fn agrees_with_snapshot<D: Disk>(
    disk: &D,
    snapshot_path: &PathBuffer<'_>,
    bytes: &[u8],
    cache: &StagesCache<'_>,
) -> Result<(), Reason> {
    let Ok(snapshot) = read(disk, snapshot_path) else {
        return Ok(());
    };
    match Snapshot::open(snapshot.as_ref()) {
        Some(sealed) if sealed.content != bytes && sealed.is_intact() => {
            let same_discovery = StagesCache::parse(sealed.content)
                .is_ok_and(|sealed| (sealed.config, sealed.mtime) == (cache.config, cache.mtime));
            if same_discovery { Err(Reason::CacheDisagrees) } else { Ok(()) }
        }
        _ => Ok(()),
    }
}

fn read<D: Disk>(disk: &D, path: &PathBuffer<'_>) -> Result<D::Bytes, Reason> {
    disk.read(path.as_c_str(), LIMIT_BYTES).map_err(|error| match error {
        ReadError::Missing => Reason::CacheMissing,
        ReadError::NotRegular => Reason::CacheNotRegular,
        ReadError::TooLarge => Reason::CacheTooLarge,
        ReadError::Unreadable => Reason::CacheUnreadable,
    })
}

/// The names of `text` that start with `prefix`.
pub fn starting_with<'a>(
    text: &'a [u8],
    prefix: &'a [u8],
) -> impl Iterator<Item = &'a [u8]> + Clone {
    stages_cache::names(text).filter(move |name| name.starts_with(prefix))
}
