//! The stages of every pipeline of a project, as Pivot lists them with `--all`. They are about no config,
//! so that they are kept in the user's own directory for caches.

use std::os::unix::ffi::OsStrExt;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use pivot_complete::cache::key::every_path;
use pivot_complete::cache::lookup::compare_own;
use pivot_complete::cache::renewal;
use pivot_complete::cache::store::{SectionKind, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{Marker, Project};
use pivot_complete::reason::Reason;

use super::ask::timed_out;
use super::findings::{self, installation};
use super::settled::{When, settled};
use super::{Names, Reuse, key};
use crate::cache::inputs::{self, Moment};
use crate::cache::lock::{self, Turn};
use crate::cache::own_store::{OwnStore, Prepared};
use crate::cache::record::{Findings, NewRecord, assemble, drawn_salt};
use crate::context::Context;
use crate::environment::PROCESS;
use crate::files::{Disk, NotCached, path_storage};
use crate::process::afterwards;
use crate::python::{Found, Inquiry, Subject};
use crate::report::Failure;

/// Stores of this kind that are kept: one for each project and environment.
const STORES_MAX: usize = 16;
/// The longest of them, in bytes.
const LIMIT_BYTES: usize = 4 << 20;

/// What is kept, where everything that it depends on is the same.
///
/// Takes stamps anew that proved nothing, where that helps by now.
pub fn cached_every(context: &Context) -> Result<Names, Reason> {
    let Some(project) = &context.project else {
        return Ok(Names::of(Vec::new(), Reason::NoProject));
    };
    let kept = place(context, project).ok_or(Reason::CacheMissing)?;
    let bytes = kept.read(LIMIT_BYTES)?;
    let here = (PROCESS, context.directory.as_os_str().as_bytes());
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let proof = compare_own(&Disk, &bytes, here, |_, _| None, &mut buffer)?;
    let record = Store::open(&bytes)?.current()?;
    let named = Names::of_findings(&Findings::of(&record), Reason::Fresh);
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if renewal::is_due(proof.renewable_s, since_epoch.as_secs() as i64) {
        let directory = context.directory.clone();
        afterwards::push(move || kept.renew(&bytes, &directory).unwrap_or_default());
    }
    Ok(named)
}

/// Has Pivot find them, once for all who wait; they are kept behind the answer.
pub fn ask_every(context: &Context, inquiry: &Inquiry<'_>) -> Result<Names, Failure> {
    let Some(project) = &context.project else {
        return Ok(Names::of(Vec::new(), Reason::NoProject));
    };
    context.refuse_nesting()?;
    let Some(kept) = place(context, project) else {
        return findings::named(&Rc::new(inquiry.stages(&Subject::All)?));
    };
    let question = lock::key(&[b"every pipeline", &key::key(context, project, Reuse::Cached)]);
    // Where it lies there is no `.pivot`: the lock is in the runtime directory.
    match lock::take_turn(&kept.file, &question, context.settings.deadline) {
        Turn::Shared(outcome) => outcome.map(Names::of_told),
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")),
        Turn::TimedOut => Err(timed_out(context, project)),
        Turn::Lead(lead) => {
            if lead.has_waited()
                && let Ok(named) = cached_every(context)
            {
                afterwards::push(move || lead.withdraw());
                return Ok(named);
            }
            let (named, pending) = discover(context, project, kept, inquiry);
            lead.has(Names::outcome(&named));
            afterwards::push(move || {
                drop(pending.map(Pending::keep));
                lead.finish();
            });
            named
        }
    }
}

/// What remains to be done with what was found.
struct Pending {
    context: Context,
    project: Project<'static>,
    kept: OwnStore,
    /// The directory, and the time there before Pivot was asked.
    prepared: Result<Prepared, NotCached>,
    found: Rc<Found>,
}

fn discover(
    context: &Context,
    project: &Project<'static>,
    kept: OwnStore,
    inquiry: &Inquiry<'_>,
) -> (Result<Names, Failure>, Option<Pending>) {
    let prepared = kept.prepare();
    let found = match inquiry.stages(&Subject::All) {
        Ok(found) => Rc::new(found),
        Err(failure) => return (Err(failure), None),
    };
    let settled = settled(context, &found, &Subject::All, When::BeforeAnswer);
    let named = findings::named(settled.as_ref().unwrap_or(&found));
    let (context, project) = (context.clone(), *project);
    // A failure is asked about again.
    let found = settled.ok().filter(|_| named.is_ok());
    let pending = found.map(|found| Pending { context, project, kept, prepared, found });
    (named, pending)
}

impl Pending {
    /// Keeps it, if what it was made from is still the same.
    fn keep(self) -> Result<(), NotCached> {
        let Self { context, project, kept, prepared, found } = self;
        let (directory, clock) = prepared?;
        let found = settled(&context, &found, &Subject::All, When::BehindAnswer)?;
        let findings = findings::whole(&context, &found)?;
        let moment = Moment { since: Some(clock), salt: drawn_salt() };
        let installation = installation(&context, &found.frame);
        let seen = &found.frame.seen;
        let inputs = inputs::collect_every(project.root, &installation, seen, moment)?;
        let record = NewRecord::of(b"", &findings, &inputs, clock);
        let record = NewRecord { salt: moment.salt, ..record }.to_bytes();
        let bytes = assemble(&[(SectionKind::Current, &record)]);
        if bytes.len() > LIMIT_BYTES {
            return Err(NotCached::Unsuitable("what it found is more than is kept of it"));
        }
        kept.publish(&directory, &bytes, &inputs)
    }
}

/// Where they are kept; nothing where no directory is the user's, or nothing makes this a project of Pivot's.
fn place(context: &Context, project: &Project<'_>) -> Option<OwnStore> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(context.program_path.as_ref()?.as_os_str().as_bytes()).ok()?;
    let environment = context.variables.environment();
    every_path(&environment, project.root, &mut buffer).ok()?;
    let is_pivots = project.marker == Marker::Pivot;
    OwnStore::at(buffer.as_bytes(), STORES_MAX).filter(|_| is_pivots)
}
