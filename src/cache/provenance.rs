//! Whose `stages.cache` lies in ROOT: what was written in another ROOT, or for another environment,
//! says nothing here. Stores tell, since each names its ROOT and the file that it was written with.

use crate::cache::key::{self, StoreName};
use crate::cache::lookup::read;
use crate::cache::store::{self, Store};
use crate::files::{Disk, PathBuffer, Stamp};
use crate::project::Project;
use crate::reason::Reason;

/// Stores of other environments that are looked at for who wrote `stages.cache`.
const OTHERS_MAX: usize = 16;

const NO_NAMES: [StoreName; OTHERS_MAX] = [[0; key::FILE_NAME_LEN_BYTES]; OTHERS_MAX];

/// Fails where `stages.cache` was written in another ROOT, or along with the store of another
/// environment: then its inputs are known, and not looked at.
pub fn check<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    path: &mut PathBuffer<'_>,
) -> Result<(), Reason> {
    let mut names = NO_NAMES;
    let count = stores_of_root(disk, project, path, &mut names)?;
    if count == 0 {
        return Ok(());
    }
    project.stages_cache_path(path)?;
    let Ok(stat) = disk.stat(path.as_c_path()) else { return Ok(()) };
    let now = Stamp::of(&stat);
    for name in names.iter().take(count) {
        project.store_path(name, path)?;
        let bytes = read(disk, path, store::LIMIT_BYTES);
        let store = bytes.as_ref().ok().and_then(|bytes| Store::open(bytes.as_ref()).ok());
        let written = store.and_then(|store| store.current().ok()?.stages_cache());
        // Brought back by a backup it has another inode.
        if written.is_some_and(|written| written.is_copy_of(&now)) {
            return Err(Reason::OtherEnvironment);
        }
    }
    Ok(())
}

/// Puts the names of ROOT's stores into `names` and gives their number; or fails where one of another
/// ROOT lies among them: then this is a copy of that one, or it was moved, and so was the
/// `stages.cache` beside them.
fn stores_of_root<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    path: &mut PathBuffer<'_>,
    names: &mut [StoreName; OTHERS_MAX],
) -> Result<usize, Reason> {
    let (mut count, mut are_own) = (0, true);
    project.store_path(b"", path)?;
    let listed = disk.list(path.as_c_path(), &mut |name, _| {
        if name.ends_with(key::FILE_SUFFIX)
            && let Ok(name) = name.try_into()
        {
            are_own &= key::is_named_in(project.root, name);
            if let Some(place) = names.get_mut(count) {
                *place = *name;
                count += 1;
            }
        }
    });
    match listed {
        _ if !are_own => Err(Reason::OtherRoot),
        Ok(()) => Ok(count),
        Err(_) => Ok(0),
    }
}

/// Whether ROOT's `stages.cache` was written in another ROOT, or may have been: it tells nothing
/// here, not even names that are stale.
pub fn is_of_another_root<D: Disk>(
    disk: &D,
    project: &Project<'_>,
    path: &mut PathBuffer<'_>,
) -> bool {
    stores_of_root(disk, project, path, &mut { NO_NAMES }).is_err()
}
