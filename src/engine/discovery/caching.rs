//! Which findings of a discovery are cached, and as whose: the config that Pivot really read.

use crate::cache::lines;
use crate::cache::lookup;
use pivot_complete::cache::store::Store;
use pivot_complete::encoding::lines::is_storable_name;
use pivot_complete::project::{Config, ConfigKind, Marker, Project};
use pivot_complete::reason::Reason;

use crate::cache::entry::Keeping;
use crate::cache::flight::Lead;
use crate::cache::inputs;
use crate::cache::inputs::Installation;
use crate::cache::record::Findings;
use crate::cache::revalidate;
use crate::context::installed;
use crate::context::scene::{Scene, config_path};
use crate::discovery::ask;
use crate::files::disk::path;
use crate::files::publish::NotCached;
use crate::python::frame::Frame;
use crate::python::observed::Seen;
use crate::python::question::{Found, Origin};
use crate::report::{Failure, is_directional};

/// Caches what was found under the config that Pivot read, if that is one of those seen before;
/// gives the digest of its inputs' contents.
pub fn cache(scene: &Scene, found: &Found, lead: &Lead) -> Result<u64, NotCached> {
    let later = scene.without_yaml();
    for project in [scene.project.as_ref(), later.as_ref()].into_iter().flatten() {
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
            (Origin::None, _) => false,
        };
        if is_about {
            if found.origin != Origin::Unsaid && found.frame.versions.is_none() {
                return Err(NotCached::Unsuitable("what the discovery read could not be told"));
            }
            let findings = findings(scene, found)?;
            return keep(scene, project, config, &findings, &found.frame.seen, lead);
        }
        if found.origin == Origin::Unsaid {
            break;
        }
    }
    Err(NotCached::Unsuitable("Pivot read another config, or none"))
}

/// What is recorded of a discovery; of one that failed, the last good names.
fn findings(scene: &Scene, found: &Found) -> Result<Findings, NotCached> {
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
                directory: frame.directory.clone(),
                failure: None,
            })
        }
        Err(failure) => {
            let directory = frame.directory.clone();
            Ok(Findings { versions, directory, ..last_findings(scene, failure) })
        }
    }
}

/// What is recorded of a failure alone: the last good names, and its words.
fn last_findings(scene: &Scene, failure: &Failure) -> Findings {
    // Pivot 0.1 completes from a YAML config, whatever its commands say of its modules.
    let of_yaml = scene.project.as_ref().and_then(|p| ask::parse_yaml(scene, p));
    let last =
        of_yaml.map(|(names, _)| names).or_else(|| lookup::last_known(scene)).unwrap_or_default();
    let names = storable_lines(&last).unwrap_or_default();
    let Findings { blurbs, targets, .. } = lookup::last_findings(scene).unwrap_or_default();
    let failure = Some(failure.message.clone().into_bytes());
    Findings { names, targets, blurbs, failure, ..Findings::default() }
}

/// The stages' descriptions as lines: a name, and its docstring's first line.
pub fn blurbs(frame: &Frame) -> Vec<u8> {
    let blurbs: Vec<Vec<u8>> = (frame.blurbs.iter())
        .map(|(name, line)| [name.clone(), printable(line)])
        .filter(|[_, line]| !line.is_empty())
        .flatten()
        .collect();
    storable_lines(&blurbs).unwrap_or_default()
}

/// Why names are not cached that no file of lines can hold: never a part of them.
pub const UNSTORABLE: NotCached =
    NotCached::Unsuitable("a stage's name has control characters or is empty");

/// Names as lines, if each of them can be one.
pub fn storable_lines(names: &[Vec<u8>]) -> Option<Vec<u8>> {
    let is_storable = |name: &Vec<u8>| std::str::from_utf8(name).is_ok_and(is_storable_name);
    names.iter().all(is_storable).then(|| lines::join(names))
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
/// is known to matter changes, or another try is due.
pub fn keep_end(
    scene: &Scene,
    project: &Project<'static>,
    config: &Config,
    failure: &Failure,
    lead: &Lead,
) -> Result<u64, NotCached> {
    if ask::cached(scene).is_ok_and(|named| named.how != Reason::FailedBefore) {
        // Asked for although a fresh answer is kept, which is as good as it was.
        return Err(NotCached::Unsuitable("the discovery gave no names"));
    }
    let keeping = Keeping::start(scene, project, config, lead.is_alone())?;
    let last = keeping.own_store();
    let last = last.as_deref().and_then(|bytes| Store::open(bytes).ok()?.current().ok());
    let installation = installation(scene);
    let inputs =
        inputs::collect_unseen(project, config, &installation, last.as_ref(), lead.since())?;
    lead.tell();
    keeping.keep(&last_findings(scene, failure), &inputs)
}

/// Keeps findings about `config` with everything that they depend on.
pub fn keep(
    scene: &Scene,
    project: &Project<'static>,
    config: &Config,
    findings: &Findings,
    seen: &Seen,
    lead: &Lead,
) -> Result<u64, NotCached> {
    let keeping = Keeping::start(scene, project, config, lead.is_alone())?;
    let inputs = inputs::collect(project, config, &installation(scene), seen, lead.since())?;
    if revalidate::first_outdated(project.root, &inputs).is_none() {
        // Before it is written, which may take its time.
        lead.tell();
    }
    keeping.keep(findings, &inputs)
}

/// What of the likeliest Pivot's installation counts.
fn installation(scene: &Scene) -> Installation {
    let likeliest = scene.pivots.first();
    Installation {
        program: likeliest.and_then(|pivot| pivot.program.clone()),
        packages: likeliest.and_then(installed::of).map(|found| found.packages),
    }
}

/// The config that an answer here is cached for.
pub fn cacheable<'p>(project: &'p Project<'static>) -> Option<(&'p Project<'static>, &'p Config)> {
    let config = project.config.as_ref()?;
    (project.marker == Marker::Pivot).then_some((project, config))
}
