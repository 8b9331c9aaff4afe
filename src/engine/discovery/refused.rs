//! What came of asking Pivot where only a `.git` makes a project: that it refuses to. Nothing is kept in such
//! a place, so that it is kept in the user's own directory for caches.

use std::os::unix::ffi::OsStrExt;
use std::time::{SystemTime, UNIX_EPOCH};

use pivot_complete::cache::key::refused_path;
use pivot_complete::cache::lookup::compare_own;
use pivot_complete::cache::renewal::is_retry_due;
use pivot_complete::cache::store::{SectionKind, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{ConfigKind, Marker, Project};
use pivot_complete::reason::Reason;

use super::Names;
use super::findings::installation;
use crate::cache::inputs::{self, Moment};
use crate::cache::own_store::{OwnStore, Prepared};
use crate::cache::record::{Findings, NewRecord, assemble, drawn_salt};
use crate::context::Context;
use crate::environment::PROCESS;
use crate::files::{Disk, NotCached, path_storage};
use crate::python::Found;

/// Stores of this kind that are kept: one for each directory and environment.
const STORES_MAX: usize = 16;
/// The longest of them, in bytes.
const LIMIT_BYTES: usize = 1 << 20;

/// A refusal that is kept.
pub struct Refused {
    /// No names, and what Pivot said.
    pub named: Names,
    /// Whether it is time to ask once more.
    pub is_due: bool,
}

/// What is kept, where everything that it depends on is the same.
pub fn refused(context: &Context) -> Option<Refused> {
    let bytes = place(context)?.1.read(LIMIT_BYTES).ok()?;
    let here = (PROCESS, context.directory.as_os_str().as_bytes());
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    compare_own(&Disk, &bytes, here, |_, _| None, &mut buffer).ok()?;
    let record = Store::open(&bytes).and_then(Store::current).ok()?;
    let failure = Findings::of(&record).failure?;
    let named = Names { failure, ..Names::of(Vec::new(), Reason::FailedBefore) };
    let now_s = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    Some(Refused { named, is_due: is_retry_due(record.recorded_s(), now_s as i64) })
}

/// Where one would be kept, and the time there before Pivot is asked; nothing where a project keeps its own.
pub fn prepare(context: &Context) -> Option<Prepared> {
    place(context)?.1.prepare().ok()
}

/// Keeps what was `found`, if it is a failure; nothing where it is none, or not all that it depends on is
/// known.
pub fn keep(context: &Context, found: &Found, prepared: Prepared) -> Option<Result<(), NotCached>> {
    let (project, kept) = place(context)?;
    let failure = found.names.as_ref().err()?;
    let versions = found.frame.versions.clone().filter(|_| found.frame.seen.gap.is_none())?;
    let (directory, clock) = prepared;
    let moment = Moment { since: Some(clock), salt: drawn_salt() };
    let installation = installation(context, &found.frame);
    let inputs = inputs::collect_every(project.root, &installation, &found.frame.seen, moment);
    let inputs = match inputs {
        Ok(inputs) => inputs,
        Err(why) => return Some(Err(why)),
    };
    let failure = Some(failure.message.clone().into_bytes());
    let findings = Findings { versions, failure, ..Findings::default() };
    let record = NewRecord::of(b"", &findings, &inputs, clock);
    let record = NewRecord { salt: moment.salt, ..record }.to_bytes();
    let bytes = assemble(&[(SectionKind::Current, &record)]);
    Some(kept.publish(&directory, &bytes, &inputs))
}

fn place(context: &Context) -> Option<(&Project<'static>, OwnStore)> {
    let project = context.project.as_ref()?;
    // Of a YAML config Pivot 0.1's completion has names, where its commands refuse.
    let kind = project.config.as_ref()?.kind;
    if project.marker != Marker::Git || kind != ConfigKind::Python {
        return None;
    }
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let program = context.program_path.as_ref()?;
    buffer.set(program.as_os_str().as_bytes()).ok()?;
    refused_path(&context.variables.environment(), project.root, &mut buffer).ok()?;
    Some((project, OwnStore::at(buffer.as_bytes(), STORES_MAX)?))
}
