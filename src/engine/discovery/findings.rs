//! Which findings of a discovery are cached, and as whose: the config that Pivot really read.

use std::rc::Rc;

use pivot_complete::cache::store::Store;
use pivot_complete::encoding::lines::is_storable_name;
use pivot_complete::pivot::OUTPUT;
use pivot_complete::project::{Config, ConfigKind, Marker, Project};
use pivot_complete::reason::Reason;

use super::Names;
use super::names::{cached, whole_lines};
use super::pivot_yaml;
use crate::cache::entry::Entry;
use crate::cache::inputs::{self, Installation};
use crate::cache::lock::Lead;
use crate::cache::record::{Findings, ModuleShape};
use crate::cache::{lookup, name_lines, revalidate, states};
use crate::context::installed::{self, package_directories};
use crate::context::{Context, config_path, lacking};
use crate::files::{NotCached, path};
use crate::python::frame::Frame;
use crate::python::observed::SeenShape;
use crate::python::{Found, Origin};
use crate::report::{Failure, is_directional};
use crate::trace::Trace;

/// Caches what was found; gives the record, or nothing where an answer is not cached here.
pub fn keep(context: &Context, found: &Found, lead: &Lead) -> Result<Option<Vec<u8>>, NotCached> {
    let here = context.project.as_ref().and_then(cacheable);
    match (&found.origin, &found.names, here) {
        (Origin::Parsed | Origin::Ended, _, None) => Ok(None),
        (Origin::Parsed, Ok(names), Some((project, config))) => {
            // What appeared before the lock was there is seen by looking again.
            if context.pivots.first().and_then(installed::of) != context.installed {
                return Err(NotCached::Unsuitable("another Pivot was installed meanwhile"));
            }
            let (names, targets) = (storable_lines(names).ok_or(UNSTORABLE)?, Some(Vec::new()));
            let findings = Findings { names, targets, ..Findings::default() };
            keep_for(context, project, config, &findings, &found.frame, lead).map(Some)
        }
        (Origin::Ended, Err(failure), Some((project, config))) => {
            keep_end(context, project, config, failure, lead).map(Some)
        }
        _ => keep_discovered(context, found, lead).map(Some),
    }
}

/// Caches what Pivot told under the config that it read, if that is one of those seen before.
fn keep_discovered(context: &Context, found: &Found, lead: &Lead) -> Result<Vec<u8>, NotCached> {
    let later = context.without_yaml();
    for project in [context.project.as_ref(), later.as_ref()].into_iter().flatten() {
        let Some((project, config)) = cacheable(project) else { continue };
        let is_about = match (&found.origin, &found.names) {
            (Origin::Said(root, file), _) => {
                root == path(project.root) && *file == config_path(project, config)
            }
            // A failure is about whatever Pivot would have read.
            (_, Err(_)) => true,
            // Where no YAML comes first every Pivot selects the same one: 0.1 would have refused
            // a YAML config beside it.
            (Origin::Unsaid, _) => config.kind == ConfigKind::Python,
            (Origin::None | Origin::Parsed | Origin::Ended, _) => false,
        };
        if is_about {
            let mut findings = match found.origin {
                Origin::Unsaid => findings(context, found)?,
                _ => whole(context, found)?,
            };
            if findings.failure.is_none() {
                findings.shapes = shapes(project, &found.frame);
                let locks = found.frame.locks.as_deref().unwrap_or_default();
                findings.states = states::in_directory(project.root, locks);
            }
            return keep_for(context, project, config, &findings, &found.frame, lead);
        }
        if found.origin == Origin::Unsaid {
            break;
        }
    }
    Err(NotCached::Unsuitable("Pivot read another config, or none"))
}

/// What Pivot told, as the one form of a result.
pub fn named(found: &Rc<Found>) -> Result<Names, Failure> {
    let names = found.names.as_ref().map_err(Clone::clone)?;
    let frame = &found.frame;
    let told = frame.versions.is_some() && frame.why_untold("targets").is_none();
    let targets = told.then(|| whole_lines(&frame.targets)).flatten();
    let (blurbs, found) = (Some(blurbs(frame)), Some(Rc::clone(found)));
    Ok(Names { targets, blurbs, found, ..Names::of_names(names, Reason::Discovered) })
}

/// What is recorded of a discovery of which it is known all that it read.
pub fn whole(context: &Context, found: &Found) -> Result<Findings, NotCached> {
    if found.frame.versions.is_none() {
        return Err(NotCached::Unsuitable("what the discovery read could not be told"));
    }
    match found.frame.seen.gap {
        Some(why) => Err(NotCached::Unwatched(why)),
        None => findings(context, found),
    }
}

/// What is recorded of a discovery; of one that failed, the last good names.
fn findings(context: &Context, found: &Found) -> Result<Findings, NotCached> {
    let frame = &found.frame;
    let versions = frame.versions.clone().unwrap_or_default();
    match &found.names {
        Ok(names) => {
            let said = found.origin != Origin::Unsaid && frame.why_untold("targets").is_none();
            Ok(Findings {
                names: storable_lines(names).ok_or(UNSTORABLE)?,
                // A target that cannot be printed leaves the others unknown: Pivot is asked.
                targets: said.then(|| storable_lines(&frame.targets)).flatten(),
                blurbs: blurbs(frame),
                versions,
                unprovable: unprovable(frame),
                shapes: Vec::new(),
                states: Vec::new(),
                failure: None,
            })
        }
        Err(failure) => {
            let unprovable = unprovable(frame);
            Ok(Findings { versions, unprovable, ..last_findings(context, failure)? })
        }
    }
}

/// The shapes of modules, with their paths as the inputs have them.
fn shapes(project: &Project<'_>, frame: &Frame) -> Vec<ModuleShape> {
    if let Some(why) = &frame.why_no_shapes {
        let why = String::from_utf8_lossy(why);
        Trace::start("shapes").note_error("none", &why);
    }
    let shape = |seen: &SeenShape| {
        let path = inputs::relative_to(project.root, &seen.path).to_vec();
        ModuleShape { path, digest: seen.digest, started: seen.started.clone() }
    };
    frame.seen.shapes.iter().map(shape).collect()
}

/// What is recorded of a failure alone: the last good names, and its words.
fn last_findings(context: &Context, failure: &Failure) -> Result<Findings, NotCached> {
    // Pivot 0.1 completes from a YAML config, whatever its commands say of its modules.
    let of_yaml = context.project.as_ref().and_then(|p| pivot_yaml::names(context, p));
    let last =
        of_yaml.or_else(|| lookup::last_known(context).map(|names| name_lines::split(&names)));
    // Where a record cannot hold the names of a YAML config, each TAB reads them there.
    let names = storable_lines(&last.unwrap_or_default()).ok_or(UNSTORABLE)?;
    let Findings { blurbs, targets, .. } = lookup::last_findings(context).unwrap_or_default();
    let failure = Some(failure.message.clone().into_bytes());
    Ok(Findings { names, targets, blurbs, failure, ..Findings::default() })
}

/// The stages' descriptions as lines: a name, and its docstring's first line; then the outputs.
pub fn blurbs(frame: &Frame) -> Vec<u8> {
    let blurbs: Vec<Vec<u8>> = (frame.blurbs.iter())
        .map(|(name, line)| [name.clone(), printable(line)])
        .filter(|[_, line]| !line.is_empty())
        .flatten()
        .collect();
    let outputs: Vec<Vec<u8>> = (frame.outputs.iter())
        .flat_map(|(what, path)| [[OUTPUT, path].concat(), what.clone()])
        .collect();
    let told = [blurbs, outputs].map(|pairs| storable_lines(&pairs).unwrap_or_default());
    told.concat()
}

/// What no one can check, as lines: a kind, a blank, what the pipeline did.
fn unprovable(frame: &Frame) -> Vec<u8> {
    let line = |(kind, what): &(Vec<u8>, Vec<u8>)| printable(&[&kind[..], b" ", what].concat());
    let lines: Vec<Vec<u8>> = frame.seen.unprovable.iter().map(line).collect();
    storable_lines(&lines).unwrap_or_default()
}

/// Why names are not cached that no file of lines can hold: never a part of them.
const UNSTORABLE: NotCached =
    NotCached::Unsuitable("a stage's name has control characters or is empty");

/// Names as lines, if each of them can be one.
fn storable_lines(names: &[Vec<u8>]) -> Option<Vec<u8>> {
    let is_storable = |name: &Vec<u8>| std::str::from_utf8(name).is_ok_and(is_storable_name);
    names.iter().all(is_storable).then(|| name_lines::join(names))
}

/// A docstring's line without control characters.
fn printable(line: &[u8]) -> Vec<u8> {
    // Nor what turns the rest of a list's row around.
    let blank = |char: char| if char.is_control() || is_directional(char) { ' ' } else { char };
    let line: String = String::from_utf8_lossy(line).chars().map(blank).collect();
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ").into()
}

/// Keeps that a discovery ended without a word, so that not every TAB waits for that again: until what
/// is known to matter changes, or another try is due; at once, behind the next TAB, where one took too
/// long that had no earlier.
fn keep_end(
    context: &Context,
    project: &Project<'static>,
    config: &Config,
    failure: &Failure,
    lead: &Lead,
) -> Result<Vec<u8>, NotCached> {
    if cached(context).is_ok_and(|named| named.how != Reason::FailedBefore) {
        // Asked for although a fresh answer is kept, which is as good as it was.
        return Err(NotCached::Unsuitable("the discovery gave no names"));
    }
    let findings = last_findings(context, failure)?;
    // A second try finds files in memory and bytecode written, and may be done in time.
    let is_first = findings.names.is_empty() && lookup::last_findings(context).is_none();
    let is_due = failure.reason == Reason::TimedOut && is_first;
    let entry = Entry::start(context, project, config, lead.is_alone())?;
    let entry = if is_due { entry.due_again() } else { entry };
    let last = entry.stores.first();
    let last = last.and_then(|(_, bytes)| Store::open(bytes).ok()?.current().ok());
    let installation = installation(context, &Frame::default());
    let moment = entry.moment(lead.since());
    let inputs = inputs::collect_unseen(project, config, &installation, last.as_ref(), moment)?;
    lead.tell();
    entry.keep(&findings, &inputs)
}

/// Keeps findings about `config` with everything that they depend on.
fn keep_for(
    context: &Context,
    project: &Project<'static>,
    config: &Config,
    findings: &Findings,
    frame: &Frame,
    lead: &Lead,
) -> Result<Vec<u8>, NotCached> {
    let entry = Entry::start(context, project, config, lead.is_alone())?;
    let (moment, seen) = (entry.moment(lead.since()), &frame.seen);
    let installation = installation(context, frame);
    let inputs = inputs::collect(project, config, &installation, seen, moment)?;
    if revalidate::first_outdated(project.root, &inputs).is_none() {
        // Before it is written, which may take its time.
        lead.tell();
    }
    entry.keep(findings, &inputs)
}

/// What of the likeliest Pivot's installation counts, beside what the driver told.
pub fn installation(context: &Context, frame: &Frame) -> Installation {
    let likeliest = context.pivots.first();
    // The driver tells which of the packages count.
    let untold = frame.versions.is_none();
    let installed = context.installed.as_ref().filter(|_| untold).map(|it| it.packages.clone());
    let without = installed.is_none().then(|| lacking::python_without_pivot(context)).flatten();
    let without = without.filter(|_| untold).map(|python| python.path.clone());
    let would_be = without.as_deref().map(package_directories).unwrap_or_default();
    Installation {
        program: likeliest.and_then(|pivot| pivot.program.clone()),
        packages: installed.into_iter().chain(would_be).collect(),
        without,
        chosen_in: context.is_chosen().then(|| context.directory.clone()),
    }
}

/// The config that an answer here is cached for.
pub fn cacheable<'p>(project: &'p Project<'static>) -> Option<(&'p Project<'static>, &'p Config)> {
    let config = project.config.as_ref()?;
    (project.marker == Marker::Pivot).then_some((project, config))
}
