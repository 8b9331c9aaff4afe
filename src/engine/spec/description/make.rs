//! Makes a description: asks Pivot, and notes what that depended on.

use std::path::PathBuf;

use pivot_complete::cache::store::{LIMIT_BYTES, SectionKind, Store};
use pivot_complete::reason::Reason;

use super::file;
use crate::cache::inputs;
use crate::cache::own_store::{OwnStore, Prepared};
use crate::cache::record::{Findings, NewRecord, Recorded, assemble};
use crate::context::installed::package_directories;
use crate::context::pivot::Runs;
use crate::context::{Context, lacking};
use crate::files::NotCached;
use crate::python::Inquiry;
use crate::python::frame::Frame;
use crate::python::observed::Seen;
use crate::report::Failure;
use crate::spec::encode;

/// A description as it was made.
pub struct Made {
    /// What Pivot said.
    pub json: Vec<u8>,
    /// Good for this once: with no inputs.
    pub(super) bytes: Vec<u8>,
}

/// What remains to be done with a description.
pub struct PendingDescription {
    prepared: Result<(OwnStore, Prepared), NotCached>,
    programs: Vec<PathBuf>,
    chosen_in: Option<PathBuf>,
    frame: Frame,
    findings: Findings,
    section: Vec<u8>,
}

impl PendingDescription {
    /// Keeps it, if what it was made from is still the same.
    pub fn keep(self) -> Result<(), NotCached> {
        let (kept, (directory, clock)) = self.prepared?;
        if self.frame.versions.is_none() {
            return Err(NotCached::Unsuitable("what it depends on could not be told"));
        }
        let chosen_in = self.chosen_in.as_deref();
        let inputs = inputs::collect_installed(&self.programs, &self.frame.seen, clock, chosen_in)?;
        let bytes = assembled(&self.findings, &inputs, clock, &self.section);
        kept.publish(&directory, &bytes, &inputs)
    }
}

/// Asks Pivot, whatever is kept.
pub fn make(context: &Context) -> Result<(Made, PendingDescription), Failure> {
    context.refuse_nesting()?;
    // Before Pivot is asked: what changes from now on may not be what is described.
    let prepared = file::place(context)
        .ok_or(NotCached::Unsuitable("there is no directory for caches"))
        .and_then(|kept| kept.prepare().map(|prepared| (kept, prepared)));
    let (mut frame, programs, is_chosen) = ask(context)?;
    let json = frame.description.take().unwrap_or_default();
    let section = encode::encode(&json).ok_or_else(|| {
        Failure::new(Reason::DescriptionBroken, "the description of Pivot's command line is broken")
    })?;
    // What its place was named by, which need not be what was asked.
    let programs = context.program_path.clone().into_iter().chain(programs).collect();
    // A version manager chooses by the working directory.
    let chosen_in = is_chosen.then(|| context.directory.clone());
    let versions = frame.versions.clone().unwrap_or_default();
    let findings = Findings { versions, ..Findings::default() };
    let bytes = assembled(&findings, &[], (0, 0), &section);
    Ok((
        Made { json, bytes },
        PendingDescription { prepared, programs, chosen_in, frame, findings, section },
    ))
}

/// Keeps that the Python that is meant has no Pivot, beside what was known of it when it had one.
pub fn keep_failure(context: &Context, failure: &Failure) -> Result<(), NotCached> {
    let python = lacking::python_without_pivot(context).map(|python| python.path.clone());
    let (Some(kept), Some(python)) = (file::place(context), python) else { return Ok(()) };
    let (directory, clock) = kept.prepare()?;
    let seen = Seen {
        listings: package_directories(&python).into_iter().map(bytes).collect(),
        stamped: vec![bytes(python)],
        ..Seen::default()
    };
    let programs: Vec<PathBuf> = context.program_path.clone().into_iter().collect();
    let chosen_in = context.is_chosen().then_some(&*context.directory);
    let inputs = inputs::collect_installed(&programs, &seen, clock, chosen_in)?;
    let failure = Some(failure.message.clone().into_bytes());
    let findings = Findings { failure, ..Findings::default() };
    let record = NewRecord::of(b"", &findings, &inputs, clock).to_bytes();
    let mut sections = vec![(SectionKind::Current, &record[..])];
    let last = kept.read(LIMIT_BYTES).unwrap_or_default();
    let section = Store::open(&last).and_then(Store::command_line_bytes).ok();
    sections.extend(section.map(|section| (SectionKind::CommandLine, section)));
    kept.publish(&directory, &assemble(&sections), &inputs)
}

fn bytes(path: PathBuf) -> Vec<u8> {
    path.into_os_string().into_encoded_bytes()
}

/// Asks the likeliest Pivot, and gives the programs that decide which one that is, and whether a
/// version manager does.
fn ask(context: &Context) -> Result<(Frame, Vec<PathBuf>, bool), Failure> {
    let mut programs = Vec::new();
    let mut is_chosen = false;
    let mut last = Inquiry { pivots: &[], ..Inquiry::about(context) }.command_line();
    for pivot in &context.pivots {
        if pivot.runs == Runs::Opaque {
            let message = "the pivot found does not tell which Python runs it";
            return Err(Failure::new(Reason::NoPivot, message));
        }
        is_chosen |= pivot.is_chosen();
        programs.extend(pivot.program.clone());
        let alone = std::slice::from_ref(pivot);
        last = Inquiry { pivots: alone, ..Inquiry::about(context) }.command_line();
        if !matches!(&last, Err(failure) if failure.reason == Reason::NoPivot) {
            break;
        }
    }
    last.map(|frame| (frame, programs, is_chosen))
}

/// The bytes of a description's file.
fn assembled(
    findings: &Findings,
    inputs: &[Recorded],
    clock: (i64, u32),
    section: &[u8],
) -> Vec<u8> {
    let record = NewRecord::of(b"", findings, inputs, clock).to_bytes();
    assemble(&[(SectionKind::Current, &record), (SectionKind::CommandLine, section)])
}
