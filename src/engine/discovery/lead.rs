//! Leads: discovers for all who wait, then caches what was found and tells them.

use std::rc::Rc;

use pivot_complete::reason::Reason;

use super::ask::{Asked, Kept, Wanted};
use super::known::{keep_known, known_content};
use super::named::{cached, whole_lines};
use super::{Named, findings, pivot_yaml};
use crate::cache::lock::Lead;
use crate::context::scene::Scene;
use crate::files::NotCached;
use crate::process::afterwards;
use crate::python::frame::Frame;
use crate::python::question::{Found, Origin, Question, Wish};
use crate::report::Failure;

/// What remains to be done with what was found: it is cached, and those who wait are told.
pub struct Pending {
    scene: Scene,
    lead: Lead,
    found: Option<Rc<Found>>,
}

/// Discovers, unless the answer has come, or the config has changed, while somebody else had the lead.
pub fn discover_for_all(
    scene: &Scene,
    wanted: Wanted,
    wish: &Wish,
    question: &Question<'_>,
    lead: Lead,
) -> Asked {
    let scene = match scene.again(lead.has_waited()) {
        Ok(scene) => scene,
        Err(failure) => {
            afterwards::push(move || lead.withdraw());
            return Err(failure).into();
        }
    };
    if wanted == Wanted::Fresh {
        match cached(&scene) {
            Ok(named) => {
                afterwards::push(move || lead.withdraw());
                return Ok(named).into();
            }
            Err(reason) => {
                if let Some(named) = known_content(&scene, reason) {
                    afterwards::push(move || keep_known(&scene, reason, lead));
                    return Ok(named).into();
                }
            }
        }
    }
    let (named, found) = discover(&scene, wish, question);
    lead.has(named.as_ref().map(Named::told).map_err(Clone::clone));
    Asked { named, pending: Some(Pending { scene, lead, found }) }
}

impl Pending {
    /// Caches what was found, and tells those who wait.
    pub fn keep(self) -> Kept {
        let Self { scene, lead, found } = self;
        let record = found.map_or(Ok(None), |found| findings::keep(&scene, &found, &lead));
        match record {
            // Who came after the change must not be told what was before it.
            Err(NotCached::InputChanged(_)) => lead.withdraw(),
            Ok(_) | Err(_) => lead.finish(),
        }
        match record {
            Ok(record) => Kept { record, not_cached: None },
            Err(why) => Kept { record: None, not_cached: Some(why) },
        }
    }
}

/// Discovers, or reads a YAML config; gives what is to be cached of it, too.
fn discover(
    scene: &Scene,
    wish: &Wish,
    question: &Question<'_>,
) -> (Result<Named, Failure>, Option<Rc<Found>>) {
    let project = scene.project.as_ref().filter(|_| *wish == Wish::Stages);
    if let Some(names) = project.and_then(|project| pivot_yaml::names(scene, project)) {
        // Pivot 0.1 has no targets but its stages.
        let targets = Some(Vec::new());
        let named = Named { targets, ..Named::of_names(&names, Reason::ParsedYaml) };
        let seen = scene.installed.as_ref().map(pivot_yaml::seen).unwrap_or_default();
        let frame = Frame { seen, ..Frame::default() };
        let found = Found { names: Ok(names), origin: Origin::Parsed, frame };
        let has_some = named.count > 0;
        return (Ok(named), has_some.then(|| Rc::new(found)));
    }
    let found = match question.stages(wish) {
        Ok(found) => Rc::new(found),
        Err(failure) => {
            // What else comes to nothing says nothing about the pipeline: no Pivot, Ctrl-C.
            let is_end = matches!(failure.reason, Reason::DiscoveryFailed | Reason::TimedOut);
            let (names, frame) = (Err(failure.clone()), Frame::default());
            let found = Found { names, origin: Origin::Ended, frame };
            let is_recorded = is_end && *wish == Wish::Stages;
            return (Err(failure), is_recorded.then(|| Rc::new(found)));
        }
    };
    let named = found.names.as_ref().map_err(Clone::clone).map(|names| {
        let frame = &found.frame;
        let told = frame.versions.is_some() && frame.why_untold("targets").is_none();
        let targets = told.then(|| whole_lines(&frame.targets)).flatten();
        let (blurbs, found) = (Some(findings::blurbs(frame)), Some(Rc::clone(&found)));
        Named { targets, blurbs, found, ..Named::of_names(names, Reason::Discovered) }
    });
    (named, Some(found))
}
