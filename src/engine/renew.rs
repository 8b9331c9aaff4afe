//! Behind a TAB that had to compare contents: takes the stamps anew, so that the next one need
//! not; and where somebody else wrote `stages.cache`, lets it say again what the store does. Behind one
//! that was answered by a failure of a while ago it is a retry.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::Part;
use pivot_complete::reason::Reason;

use crate::ANSWERED;
use crate::capture;
use crate::disk::path;
use crate::failure::Failure;
use crate::flight::{self, Lead};
use crate::keep::Keeping;
use crate::known::findings;
use crate::recheck;
use crate::retry;
use crate::scene::{Scene, relative_config};
use crate::store_file::{self, StoreName};
use crate::trace::Trace;
use crate::trust;

/// Renews the stamps in the store `name` of the working directory's project, or in the description
/// of Pivot's command line that has this name. That they cannot be
/// renewed is no error: nobody waits.
pub fn run(name: &OsStr) -> Result<u8, Failure> {
    let trace = Trace::start("renew");
    if let Some(scene) = retry::scene_of(name) {
        if let Some(reason) = retry::run(&scene) {
            trace.note("retried", reason);
        }
        return Ok(ANSWERED);
    }
    let scene = Scene::here(None)?.behind_tab();
    if renew(&scene, name).or_else(|| capture::renew_named(&scene, name)).is_some() {
        trace.note("renewed", Reason::Renewed);
    }
    Ok(ANSWERED)
}

fn renew(scene: &Scene, name: &OsStr) -> Option<()> {
    let name: StoreName = name.as_bytes().try_into().ok()?;
    let project = scene.project.as_ref()?;
    trust::may_use_caches(scene).ok()?;
    // A discovery that runs writes newer stamps than these.
    let lead = flight::try_lead(path(project.root))?;
    let result = renew_with(scene, name, &lead);
    lead.withdraw();
    result
}

/// Renews them while nobody else writes.
pub fn renew_with(scene: &Scene, name: StoreName, lead: &Lead) -> Option<()> {
    let project = scene.project.as_ref()?;
    let config = project.config.as_ref()?;
    let keeping = Keeping::start_for(project, config, name, lead.is_alone()).ok()?;
    let bytes = store_file::read(project, &name)?;
    let record = Store::open(&bytes).ok()?.current().ok()?;
    if record.part(Part::Config) != relative_config(project, config).as_bytes() {
        return None;
    }
    let inputs = recheck::again(project.root, &record)?;
    // Another mtime of the config wants a discovery.
    let same_config = inputs.first()?.stamp.mtime == record.inputs().next()??.stamp.mtime;
    if !same_config {
        return None;
    }
    keeping.renew(&findings(&record), &inputs, record.stages_cache()).ok().map(|_| ())
}
