//! The description of Pivot's command line: made once for each Pivot that is installed, kept in the
//! user's directory for caches, and true as long as the packages pivot and click are the same.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use pivot_complete::cache::key::description_path;
use pivot_complete::cache::lookup::{compare_inputs, unread};
use pivot_complete::cache::renewal;
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{LIMIT_BYTES, SectionKind, Store};
use pivot_complete::files::Disk as _;
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Environment;
use pivot_complete::reason::Reason;

use crate::cache::inputs;
use crate::cache::lock;
use crate::cache::lock::Turn;
use crate::cache::record::{Findings, NewRecord, Recorded, assemble};
use crate::cache::revalidate;
use crate::cache::store_file;
use crate::cache::store_file::StoreName;
use crate::context::pivot::Runs;
use crate::context::scene::Scene;
use crate::files::{self, CacheDirectory, Disk, NotCached, path, path_storage};
use crate::process::afterwards;
use crate::python::frame::Frame;
use crate::python::question::Question;
use crate::report::Failure;
use crate::spec::encode;

/// Descriptions that are kept: environments, some of which are long gone.
const DESCRIPTIONS_MAX: usize = 32;

/// The bytes of the description's file, made by asking Pivot; once for all who wait. It is kept
/// behind the answer.
pub fn capture(scene: &Scene) -> Result<Vec<u8>, Failure> {
    let make_and_keep = || {
        let (made, keeping) = make(scene)?;
        afterwards::push(move || drop(keeping.keep()));
        Ok(made.bytes)
    };
    let Some(place) = Place::of(scene) else { return make_and_keep() };
    let key = lock::key(&[b"command line", place.file.as_os_str().as_bytes()]);
    // Where the description lies there is no `.pivot`: the lock is in the runtime directory.
    match lock::take_turn(&place.file, &key, scene.settings.deadline) {
        Turn::Shared(Err(failure)) => Err(failure),
        Turn::Shared(Ok(_)) => match stored(scene) {
            Ok(bytes) => Ok(bytes),
            Err(_) => make_and_keep(),
        },
        Turn::Interrupted => Err(Failure::new(Reason::Interrupted, "interrupted")),
        Turn::TimedOut => {
            let message = "another process has been describing Pivot's command line for too long";
            Err(Failure::new(Reason::TimedOut, message))
        }
        Turn::Lead(lead) => {
            if let Ok(bytes) = stored(scene) {
                afterwards::push(move || lead.withdraw());
                return Ok(bytes);
            }
            let bytes = make_and_keep();
            lead.has(bytes.as_ref().map(|_| Vec::new()).map_err(Clone::clone));
            // Those who wait read the file.
            afterwards::push(move || lead.finish());
            bytes
        }
    }
}

/// Whether another process asks Pivot at this moment.
pub fn is_being_made(scene: &Scene) -> bool {
    let lead = Place::of(scene).and_then(|place| lock::try_lead(&place.file));
    lead.map(lock::Lead::withdraw).is_none()
}

/// The bytes of the description's file, where everything that it was made from is the same.
///
/// Takes stamps anew that proved nothing, where that helps by now.
pub fn stored(scene: &Scene) -> Result<Vec<u8>, Reason> {
    let place = Place::of(scene).ok_or(Reason::CacheMissing)?;
    let bytes = place.read()?;
    let renewable_s = check(&bytes, scene)?;
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    if renewal::is_due(renewable_s, since_epoch.as_secs() as i64) {
        afterwards::push(move || renew(&place).unwrap_or_default());
    }
    Ok(bytes)
}

/// The bytes of the description that was made last, whatever has become of what it was made from.
pub fn last_known(scene: &Scene) -> Option<Vec<u8>> {
    let bytes = Place::of(scene)?.read().ok()?;
    let is_whole = Store::open(&bytes).and_then(Store::command_line).is_ok();
    is_whole.then_some(bytes)
}

/// Takes the stamps of the description of this name anew, if there is one.
pub fn renew_named(scene: &Scene, name: &OsStr) -> Option<()> {
    let name: StoreName = name.as_bytes().try_into().ok()?;
    let file = Place::of(scene)?.file.with_file_name(OsStr::from_bytes(&name));
    renew(&Place { name, file, program: None })
}

/// What doctor says of the description: where it is, and whether it is fresh.
pub fn verdict(scene: &Scene) -> String {
    let Some(place) = Place::of(scene) else { return "no directory for caches".into() };
    let file = place.file.display();
    let bytes = match place.read() {
        Ok(bytes) => bytes,
        Err(reason) => return format!("{} ({file})", reason.as_str()),
    };
    let reason = check(&bytes, scene).map_or_else(|reason| reason, |_| Reason::Fresh);
    let Ok(record) = Store::open(&bytes).and_then(Store::current) else {
        return format!("{} ({file})", reason.as_str());
    };
    let versions = String::from_utf8_lossy(record.part(Part::Versions)).into_owned();
    let inputs = record.inputs().count();
    let changed = match revalidate::first_changed(b"", &record) {
        Some((path, _)) => format!(" {}", path.display()),
        None => String::new(),
    };
    let versions = versions.split(' ').zip(["Python", "click", "Pivot"]);
    let versions: Vec<String> = versions.map(|(number, of)| format!("{of} {number}")).collect();
    format!("{}{changed} ({}, {inputs} inputs; {file})", reason.as_str(), versions.join(", "))
}

/// Where the description for an environment lies.
struct Place {
    name: StoreName,
    file: PathBuf,
    /// The program that the name was made of, which need not be the Pivot that answers.
    program: Option<PathBuf>,
}

impl Place {
    fn of(scene: &Scene) -> Option<Self> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        let environment = scene.variables.environment();
        let program = scene.program_path.as_ref()?;
        let key = program.as_os_str().as_bytes();
        buffer.set(key).ok()?;
        let of_user = description_path(&environment, &mut buffer).ok();
        let of_user = of_user.map(|()| path(buffer.as_bytes()).to_path_buf());
        // The name is the same anywhere.
        buffer.set(key).ok()?;
        let anywhere = Environment { cache_home: b"/", ..environment };
        description_path(&anywhere, &mut buffer).ok()?;
        let name = path(buffer.as_bytes()).file_name()?;
        let spare = || Some(files::runtime_directory()?.join(name));
        let file = of_user.or_else(spare)?;
        let name = name.as_bytes().try_into().ok()?;
        Some(Self { name, file, program: Some(program.clone()) })
    }

    fn directory(&self) -> Result<CacheDirectory, NotCached> {
        CacheDirectory::open_own(self.file.parent().unwrap_or(Path::new("/")))
    }

    fn read(&self) -> Result<Vec<u8>, Reason> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        buffer.set(self.file.as_os_str().as_bytes())?;
        Disk.read(buffer.as_c_path(), LIMIT_BYTES).map_err(unread)
    }
}

/// A description as it was made.
pub struct Made {
    /// What Pivot said.
    pub json: Vec<u8>,
    /// Good for this once: with no inputs.
    bytes: Vec<u8>,
}

/// What remains to be done with a description.
pub struct Keeping {
    prepared: Result<(Place, CacheDirectory, (i64, u32)), NotCached>,
    programs: Vec<PathBuf>,
    chosen_in: Option<PathBuf>,
    frame: Frame,
    findings: Findings,
    section: Vec<u8>,
}

impl Keeping {
    /// Keeps it, if what it was made from is still the same.
    pub fn keep(self) -> Result<(), NotCached> {
        let (place, directory, clock) = self.prepared?;
        if self.frame.versions.is_none() {
            return Err(NotCached::Unsuitable("what it depends on could not be told"));
        }
        let programs: Vec<PathBuf> = place.program.into_iter().chain(self.programs).collect();
        let chosen_in = self.chosen_in.as_deref();
        let inputs = inputs::collect_installed(&programs, &self.frame.seen, clock, chosen_in)?;
        let bytes = file(&self.findings, &inputs, clock, &self.section);
        publish(&directory, &place.name, &bytes, &inputs, DESCRIPTIONS_MAX)
    }
}

/// Asks Pivot, whatever is kept.
pub fn make(scene: &Scene) -> Result<(Made, Keeping), Failure> {
    if scene.settings.nested {
        let message = "not inside of a discovery: PIVOT_COMPLETE is set";
        return Err(Failure::new(Reason::Nested, message));
    }
    // Before Pivot is asked: what changes from now on may not be what is described.
    let prepared = Place::of(scene)
        .ok_or(NotCached::Unsuitable("there is no directory for caches"))
        .and_then(|place| {
            let directory = place.directory()?;
            let clock = directory.clock()?;
            Ok((place, directory, clock))
        });
    let (mut frame, programs, is_chosen) = ask(scene)?;
    let json = frame.description.take().unwrap_or_default();
    let section = encode::encode(&json).ok_or_else(|| {
        Failure::new(Reason::DiscoveryFailed, "the description of Pivot's command line is broken")
    })?;
    // A version manager chooses by the working directory.
    let chosen_in = is_chosen.then(|| scene.directory.clone());
    let here = chosen_in.as_ref().map(|here| here.as_os_str().as_bytes().to_vec());
    let findings = Findings {
        versions: frame.versions.clone().unwrap_or_default(),
        directory: here.or_else(|| frame.directory.clone()),
        ..Findings::default()
    };
    let bytes = file(&findings, &[], (0, 0), &section);
    Ok((Made { json, bytes }, Keeping { prepared, programs, chosen_in, frame, findings, section }))
}

/// Asks the likeliest Pivot, and gives the programs that decide which one that is, and whether a
/// version manager does.
fn ask(scene: &Scene) -> Result<(Frame, Vec<PathBuf>, bool), Failure> {
    let mut programs = Vec::new();
    let mut is_chosen = false;
    let mut last = Question { pivots: &[], ..Question::about(scene) }.command_line();
    for pivot in &scene.pivots {
        if pivot.runs == Runs::Opaque {
            let message = "the pivot found does not tell which Python runs it";
            return Err(Failure::new(Reason::NoPivot, message));
        }
        is_chosen |= matches!(pivot.runs, Runs::Shim(_));
        programs.extend(pivot.program.clone());
        let alone = std::slice::from_ref(pivot);
        last = Question { pivots: alone, ..Question::about(scene) }.command_line();
        if !matches!(&last, Err(failure) if failure.reason == Reason::NoPivot) {
            break;
        }
    }
    last.map(|frame| (frame, programs, is_chosen))
}

/// The bytes of a description's file.
fn file(findings: &Findings, inputs: &[Recorded], clock: (i64, u32), section: &[u8]) -> Vec<u8> {
    let record = NewRecord { config: b"", findings, inputs, clock, stages_cache: None };
    let record = record.to_bytes();
    assemble(&[(SectionKind::Current, &record), (SectionKind::CommandLine, section)])
}

/// Publishes a store of the user's own, if `inputs` are still what they were; keeps the latest
/// `count` there.
pub fn publish(
    directory: &CacheDirectory,
    name: &StoreName,
    bytes: &[u8],
    inputs: &[Recorded],
    count: usize,
) -> Result<(), NotCached> {
    if bytes.len() > LIMIT_BYTES {
        return Err(NotCached::Unsuitable("what is to be kept is too long"));
    }
    directory.sweep(false);
    let prepared = directory.prepare(OsStr::from_bytes(name), bytes)?;
    if let Some(outdated) = revalidate::first_outdated(b"", inputs) {
        return Err(NotCached::InputChanged(outdated));
    }
    prepared.publish(|| true)?;
    store_file::keep_latest(directory, name, count);
    Ok(())
}

/// Compares all that a description was made from with what is there now; gives when the earliest
/// change was whose stamp proved nothing.
fn check(bytes: &[u8], scene: &Scene) -> Result<Option<i64>, Reason> {
    let store = Store::open(bytes)?;
    let record = store.current()?;
    store.command_line()?;
    // One that was found by a relative PYTHONPATH, or by a version manager.
    if !record.is_about_directory(scene.directory.as_os_str().as_bytes()) {
        return Err(Reason::OtherDirectory);
    }
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let proof = compare_inputs(&Disk, &record, b"", |_, _| None, &mut buffer)?;
    Ok(proof.renewable_s)
}

fn renew(place: &Place) -> Option<()> {
    let bytes = place.read().ok()?;
    let store = Store::open(&bytes).ok()?;
    let record = store.current().ok()?;
    let section = store.command_line_bytes().ok()?;
    let directory = place.directory().ok()?;
    // Before the stamps are taken: they are judged by this clock.
    let clock = directory.clock().ok()?;
    let inputs = revalidate::again(b"", &record)?;
    let bytes = file(&Findings::of(&record), &inputs, clock, section);
    publish(&directory, &place.name, &bytes, &inputs, DESCRIPTIONS_MAX).ok()
}
