//! What Pivot looked at while it walked through the stages' code for their manifests, beyond their
//! sources and what it had looked at to find the stages: files that a default or a module's attribute
//! reads, modules that a function imports, the environment.

use pivot_complete::cache::store::record::Record;
use pivot_complete::project::Project;

use crate::cache::inputs::{self, Installation, Moment};
use crate::cache::record::{Findings, NewRecord};
use crate::files::NotCached;
use crate::python::frame::Frame;
use crate::python::observed::Seen;

/// A record of that, if there was anything; `record` is the discovery's.
///
/// Fails where it is no longer what it was, or is not for everyone whom the discovery's is for.
pub fn record(
    frame: &Frame,
    project: &Project<'_>,
    record: &Record<'_>,
) -> Result<Option<Vec<u8>>, NotCached> {
    let seen = beyond(&frame.walk, &frame.seen);
    if seen == Seen::default() {
        return Ok(None);
    }
    let config = project.config.as_ref().ok_or(NotCached::ConfigChanged)?;
    if !seen.variables.is_empty() && frame.seen.variables.is_empty() {
        return Err(NotCached::Unsuitable(
            "a manifest depends on the environment, and no name does",
        ));
    }
    let (salt, clock) = (record.salt(), (record.recorded_s(), 0));
    let moment = Moment { since: None, salt };
    let inputs = inputs::collect(project, config, &Installation::default(), &seen, moment)?;
    let (findings, stages_cache) = (&Findings::default(), None);
    let config = b"";
    let walk = NewRecord { config, findings, inputs: &inputs, clock, salt, stages_cache };
    Ok(Some(walk.to_bytes()))
}

/// What was seen in the walk and not before it.
fn beyond(walk: &Seen, before: &Seen) -> Seen {
    fn beyond<T: Clone + PartialEq>(walk: &[T], before: &[T]) -> Vec<T> {
        walk.iter().filter(|seen| !before.contains(seen)).cloned().collect()
    }
    let same_directory = walk.working_directory == before.working_directory;
    Seen {
        files: beyond(&walk.files, &before.files),
        made: beyond(&walk.made, &before.made),
        directories: beyond(&walk.directories, &before.directories),
        questions: beyond(&walk.questions, &before.questions),
        links: beyond(&walk.links, &before.links),
        variables: beyond(&walk.variables, &before.variables),
        working_directory: walk.working_directory.clone().filter(|_| !same_directory),
        machine: beyond(&walk.machine, &before.machine),
        looked_for: beyond(&walk.looked_for, &before.looked_for),
        // The installation is the discovery's, and what no one can check is no input.
        ..Seen::default()
    }
}
