//! What the caches say, fresh or not, without running anything.

use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::key::FILE_SUFFIX;
use pivot_complete::cache::lookup::{self, Answer, Query};
use pivot_complete::cache::provenance;
use pivot_complete::cache::stages_cache::{LIMIT_BYTES, StagesCache};
use pivot_complete::cache::store::Store;
use pivot_complete::files::{
    self, CPath, Disk as _, FileType, PathBuffer, ReadError, Stat, StatError,
};

use crate::cache::entry::stores_here;
use crate::cache::name_lines;
use crate::cache::record::Findings;
use crate::context::{Context, relative_config};
use crate::files::{Disk, ReadOnce, Shared, path_storage, std_disk};

/// The file system, of which each store is read once.
struct StoresOnce<'a>(&'a ReadOnce);

impl files::Disk for StoresOnce<'_> {
    type Bytes = Shared;

    std_disk::all_but_read!();

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Shared, ReadError> {
        match path.to_bytes().ends_with(FILE_SUFFIX) {
            true => self.0.read(path, limit_bytes),
            false => Disk.read(path, limit_bytes).map(Shared::from),
        }
    }
}

/// What a fresh cache says, with the store that it comes from.
pub fn look_up(context: &Context) -> Answer<Shared> {
    let mut storage = path_storage();
    let mut path = PathBuffer::new(&mut storage);
    let query = Query {
        environment: context.variables.environment(),
        is_tab: context.is_tab,
        wants_manifests: true,
        program: Some(context.program),
    };
    lookup::from_caches(&StoresOnce(&context.stores), context.project.as_ref(), &query, &mut path)
}

/// What the last discovery found, fresh or not: nothing, where nothing is kept.
pub fn last_findings(context: &Context) -> Option<Findings> {
    let project = context.project.as_ref()?;
    let stores = stores_here(context, project, project.config.as_ref()?);
    let (_, bytes) = stores.first()?;
    let record = Store::open(bytes).and_then(Store::current).ok()?;
    Some(Findings::of(&record))
}

/// The last names that were known here, fresh or not, as lines.
///
/// The store goes before `stages.cache`, which may hold another pipeline's by now.
pub fn last_known(context: &Context) -> Option<Vec<u8>> {
    let project = context.project.as_ref()?;
    let config = project.config.as_ref()?;
    // A failure before any success knows no names.
    if let Some(last) = last_findings(context)
        && !(last.failure.is_some() && last.names.is_empty())
    {
        return Some(last.names);
    }
    let mut storage = path_storage();
    let mut path = PathBuffer::new(&mut storage);
    if provenance::is_of_another_root(&Disk, project, &mut path) {
        return None;
    }
    project.stages_cache_path(&mut path).ok()?;
    let bytes = Disk.read(path.as_c_path(), LIMIT_BYTES).ok()?;
    let cache = StagesCache::parse(&bytes).ok()?;
    let is_about = cache.config == relative_config(project, config).as_bytes();
    is_about.then(|| name_lines::join(&name_lines::split(&bytes[cache.names_start..])))
}
