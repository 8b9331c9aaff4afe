//! Before a prompt: has what a TAB would have to wait for found out behind, and tells of a pipeline that
//! fails.

use pivot_complete::answer::put_first_line;
use pivot_complete::cache::lookup::{self, Answer, Query};
use pivot_complete::files::{Disk as _, PathBuffer};
use pivot_complete::project::{Marker, Project, input_path};
use pivot_complete::reason::Reason;

use crate::context::Context;
use crate::system::{self, Disk, Stdout};

/// Looks whether a TAB here would be a hit, and starts the engine behind the prompt where not, if
/// its result could be kept.
///
/// Prints nothing, or where the last discovery failed one line that says so: who was told before is the
/// script's to know.
pub fn run() -> Result<Reason, Reason> {
    let mut context = Context::here(b"")?;
    let Context { disk, project, environment, path, .. } = &mut context;
    let query =
        Query { environment: *environment, is_tab: true, wants_manifests: false, program: None };
    let miss = match lookup::from_caches(&*disk, project.as_ref(), &query, path) {
        Answer::Names(names) => {
            // A project that cannot be written to is somebody else's, and so are its words.
            if !names.failure().is_empty()
                && project.as_ref().is_some_and(|project| can_keep(disk, project, path))
            {
                tell_failure(names.failure())?;
            }
            return Ok(names.how);
        }
        Answer::Nothing(reason) => return Ok(reason),
        Answer::Miss(reason) => reason,
    };
    let is_pivots = |project: &&Project<'_>| project.marker == Marker::Pivot;
    if project.as_ref().filter(is_pivots).is_some_and(|project| can_keep(disk, project, path)) {
        system::start_engine(b"prewarm", b"");
    }
    Ok(miss)
}

/// Says what Pivot said when the discovery failed.
#[cold]
fn tell_failure(message: &[u8]) -> Result<(), Reason> {
    let mut out = Stdout::new();
    out.put(b"pivot-complete: the pipeline fails (`pivot-complete doctor`): ");
    put_first_line(message, &mut |piece| out.put(piece));
    out.put(b"\n");
    out.finish()
}

/// Whether caches can be written in a project, in the directory that exists for them.
fn can_keep(disk: &Disk, project: &Project<'_>, path: &mut PathBuffer<'_>) -> bool {
    let directories: [&[u8]; 3] = [b".pivot/cache/complete", b".pivot/cache", b".pivot"];
    for directory in directories {
        if input_path(project.root, directory, path).is_ok() && disk.stat(path.as_c_path()).is_ok()
        {
            return system::is_writable(path.as_c_path());
        }
    }
    false
}
