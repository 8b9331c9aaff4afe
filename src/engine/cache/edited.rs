//! Modules that were edited since the last discovery, where nothing else is another: if all of them have
//! the shape that they had, its names are those of now (ARCHITECTURE.md, "Decisions"). Who compares shapes is not
//! known here.

use std::fs;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::freshness::{DIGEST_LIMIT_BYTES, Here, InputKind, InputState};
use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::{Part, Record};
use pivot_complete::cache::store::shape::{Shape, shapes};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{Config, Project, input_path};
use pivot_complete::reason::Reason;
use xxhash_rust::xxh64::xxh64;

use crate::cache::entry::{Entry, stores_here};
use crate::cache::lock::Lead;
use crate::cache::record::Findings;
use crate::cache::{history, revalidate};
use crate::context::{Context, relative_config};
use crate::environment::PROCESS;
use crate::files::{Disk, NotCached, Shared, path, path_storage};

/// The edited modules, and what the last discovery found before.
pub struct Edited {
    /// What it found.
    pub findings: Findings,
    /// The store that says so.
    store: Shared,
    /// The modules.
    contents: Contents,
    /// What check.py reads: their shapes, and their sources now.
    pub question: Vec<u8>,
}

impl Edited {
    /// Looks for them after a miss for `reason`; nothing where a discovery is needed in any case.
    pub fn find(context: &Context, project: &Project<'_>, reason: Reason) -> Option<Self> {
        if !history::may_answer(reason) {
            return None;
        }
        let config = project.config.as_ref()?;
        let (_, store) = stores_here(context, project, config).into_iter().next()?;
        let record = Store::open(&store).and_then(Store::current).ok()?;
        let is_about_config =
            record.part(Part::Config) == relative_config(project, config).as_bytes();
        if record.has_failed() || !is_about_config {
            return None;
        }
        let (contents, question) = look(project, &record)?;
        // One that was touched alone asks for a discovery.
        let config_is_edited = contents.iter().any(|(number, _)| *number == 0);
        let was_touched = record.inputs().next()??.stamp.mtime != config.stat.mtime;
        if contents.is_empty() || was_touched && !config_is_edited {
            return None;
        }
        let findings = Findings::of(&record);
        Some(Self { findings, contents, question, store })
    }

    /// Keeps that the names are the same, with the inputs as they are now; gives the record.
    pub fn keep(
        &self,
        context: &Context,
        project: &Project<'static>,
        config: &Config,
        lead: &Lead,
    ) -> Result<Vec<u8>, NotCached> {
        // Before the stamps are taken: they are judged by this clock.
        let entry = Entry::start(context, project, config, lead.is_alone())?;
        let record = Store::open(&self.store).and_then(Store::current);
        let inputs = record.ok().and_then(|record| {
            let again = |record| {
                revalidate::again_edited(project.root, record, project.directory, &self.contents)
            };
            Some((again(&record)?, record.salt()))
        });
        let (inputs, salt) = inputs.ok_or_else(|| {
            // Whoever came after that must not be told what was before it.
            NotCached::InputChanged(path(project.root).to_path_buf())
        })?;
        lead.tell();
        entry.keep_with(&self.findings, &inputs, salt)
    }
}

/// The numbers of inputs, and the digests of what they have now.
type Contents = Vec<(usize, u64)>;

/// The edited modules' inputs with the digests of their contents, and what check.py is asked; nothing
/// where another input is not what it was.
fn look(project: &Project<'_>, record: &Record<'_>) -> Option<(Contents, Vec<u8>)> {
    let here = Here { process: PROCESS, directory: project.directory, salt: record.salt() };
    let known: Vec<Shape<'_>> = shapes(record.part(Part::Shapes)).collect();
    let (mut contents, mut question) = (Vec::new(), Vec::new());
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    for (number, input) in record.inputs().enumerate() {
        let input = input?;
        input_path(project.root, input.path, &mut buffer).ok()?;
        match input.compare(&Disk, &here, &buffer, None) {
            InputState::Same | InputState::SameContent(_) => continue,
            InputState::Changed(Reason::InputChanged) if input.kind == InputKind::File => {}
            InputState::Changed(_) => return None,
        }
        let shape = known.iter().find(|shape| shape.input == number)?;
        let source = path(buffer.as_bytes());
        let is_source = |about: &fs::Metadata| about.is_file() && about.len() <= DIGEST_LIMIT_BYTES;
        fs::metadata(source).ok().filter(is_source)?;
        let content = fs::read(source).ok()?;
        contents.push((number, xxh64(&content, 0)));
        let (digest, length) = (format!("{:016x}", shape.digest), content.len().to_string());
        for word in [buffer.as_bytes(), digest.as_bytes(), shape.started, length.as_bytes()] {
            question.extend(word);
            question.push(0);
        }
        question.extend(content);
    }
    Some((contents, question))
}
