//! Leads: discovers for all who wait, then caches what was found and tells them.

use std::rc::Rc;

use pivot_complete::reason::Reason;

use super::findings::cacheable;
use super::from_history::{keep_known, known_content};
use super::names::cached;
use super::settled::{When, settled};
use super::{Names, findings, pivot_yaml, refused};
use crate::cache::edited::Edited;
use crate::cache::lock::Lead;
use crate::cache::own_store::Prepared;
use crate::context::{Context, lacking};
use crate::files::NotCached;
use crate::process::afterwards;
use crate::python::frame::Frame;
use crate::python::{Found, Inquiry, Origin, Subject};
use crate::report::Failure;

/// What may be used instead of a discovery of our own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// A fresh cache, or a discovery that runs already.
    Cached,
    /// A discovery that runs already: for a refresh behind a TAB.
    Running,
    /// Nothing that began before the command did.
    Nothing,
}

/// What came of asking, and what remains to be done with it.
pub struct Asked {
    pub(super) named: Result<Names, Failure>,
    pub(super) pending: Option<PendingResult>,
}

/// What was cached.
#[derive(Default)]
pub struct KeptRecord {
    /// The record, where there is one.
    pub record: Option<Vec<u8>>,
    /// Why there is none, where there should be one.
    pub not_cached: Option<NotCached>,
}

impl Asked {
    /// The names, cached behind the answer.
    pub fn behind(self) -> Result<Names, Failure> {
        if let Some(pending) = self.pending {
            afterwards::push(move || drop(pending.keep()));
        }
        self.named
    }

    /// The names, and what caches them.
    pub fn apart(self) -> Result<(Names, Option<PendingResult>), Failure> {
        match self.named {
            Ok(named) => Ok((named, self.pending)),
            Err(failure) => {
                self.pending.map(PendingResult::keep);
                Err(failure)
            }
        }
    }

    /// The names, cached at once, for an answer that depends on what is cached.
    pub fn now(self) -> Result<(Names, KeptRecord), Failure> {
        let (named, kept) = self.told();
        Ok((named?, kept.unwrap_or_default()))
    }

    /// What came of it, cached at once; no word of that where the answer lay in the caches.
    pub fn told(self) -> (Result<Names, Failure>, Option<KeptRecord>) {
        let kept = self.pending.map(PendingResult::keep);
        (self.named, kept)
    }
}

impl From<Result<Names, Failure>> for Asked {
    fn from(named: Result<Names, Failure>) -> Self {
        Self { named, pending: None }
    }
}

/// What remains to be done with what was found: it is cached, and those who wait are told.
pub struct PendingResult {
    context: Context,
    lead: Lead,
    /// What is to be kept: a discovery's result, or that of the last one with other inputs.
    kept: Kept,
    /// Where a refusal is kept, if it is none of a project.
    refusal: Option<Prepared>,
}

enum Kept {
    Nothing,
    Found(Rc<Found>),
    Again(Box<Edited>),
}

/// Discovers, unless the answer has come, or the config has changed, while somebody else had the lead.
pub fn discover_for_all(
    context: &Context,
    reuse: Reuse,
    subject: &Subject,
    inquiry: &Inquiry<'_>,
    lead: Lead,
) -> Asked {
    let context = match context.again(lead.has_waited()) {
        Ok(context) => context,
        Err(failure) => {
            afterwards::push(move || lead.withdraw());
            return Err(failure).into();
        }
    };
    let mut edited = None;
    if reuse == Reuse::Cached {
        match cached(&context) {
            Ok(named) => {
                afterwards::push(move || lead.withdraw());
                return Ok(named).into();
            }
            Err(reason) => {
                if let Some(named) = known_content(&context, reason) {
                    afterwards::push(move || keep_known(&context, reason, lead));
                    return Ok(named).into();
                }
                let project = context.project.as_ref().and_then(cacheable);
                edited = project.and_then(|(project, _)| Edited::find(&context, project, reason));
            }
        }
    }
    let refusal = refused::prepare(&context).filter(|_| *subject == Subject::Stages);
    let (named, kept) = discover(&context, subject, inquiry, edited);
    lead.has(Names::outcome(&named));
    Asked { named, pending: Some(PendingResult { context, lead, kept, refusal }) }
}

impl PendingResult {
    /// Caches what was found, and tells those who wait.
    pub fn keep(self) -> KeptRecord {
        let Self { context, lead, kept, refusal } = self;
        if let (Kept::Found(found), Some(prepared)) = (&kept, refusal) {
            let _ = refused::keep(&context, found, prepared);
        }
        let project = context.project.as_ref().and_then(cacheable);
        let record = match (kept, project) {
            (Kept::Found(first), _) => {
                // Whatever was asked: what is kept is about the stages.
                let found = settled(&context, &first, &Subject::Stages, When::BehindAnswer);
                found.and_then(|found| {
                    if !Rc::ptr_eq(&first, &found) {
                        lead.has(Names::outcome(&findings::named(&found)));
                    }
                    findings::keep(&context, &found, &lead)
                })
            }
            (Kept::Again(edited), Some((project, config))) => {
                edited.keep(&context, project, config, &lead).map(Some)
            }
            (Kept::Again(_), None) | (Kept::Nothing, _) => Ok(None),
        };
        match record {
            // Who came after the change must not be told what was before it.
            Err(NotCached::InputChanged(_)) => lead.withdraw(),
            Ok(_) | Err(_) => lead.finish(),
        }
        match record {
            Ok(record) => KeptRecord { record, not_cached: None },
            Err(why) => KeptRecord { record: None, not_cached: Some(why) },
        }
    }
}

/// Discovers, or reads a YAML config; gives what is to be cached of it, too.
fn discover(
    context: &Context,
    subject: &Subject,
    inquiry: &Inquiry<'_>,
    edited: Option<Edited>,
) -> (Result<Names, Failure>, Kept) {
    let project = context.project.as_ref().filter(|_| *subject == Subject::Stages);
    if let Some(names) = project.and_then(|project| pivot_yaml::names(context, project)) {
        // Pivot 0.1 has no targets but its stages.
        let targets = Some(Vec::new());
        let named = Names { targets, ..Names::of_names(&names, Reason::ParsedYaml) };
        let seen = context.installed.as_ref().map(pivot_yaml::seen).unwrap_or_default();
        let frame = Frame { seen, ..Frame::default() };
        let found = Found { names: Ok(names), origin: Origin::Parsed, frame };
        let has_some = named.count > 0;
        return (Ok(named), has_some.then(|| Rc::new(found)).map_or(Kept::Nothing, Kept::Found));
    }
    let question = edited.as_ref().map(|edited| &edited.question[..]);
    let inquiry = Inquiry { edited: question, ..*inquiry };
    let found = match inquiry.stages(subject) {
        Ok(found) => Rc::new(found),
        Err(Failure { reason: Reason::SameShape, .. }) if let Some(edited) = edited => {
            return (
                Ok(Names::of_findings(&edited.findings, Reason::SameShape)),
                Kept::Again(Box::new(edited)),
            );
        }
        Err(failure) => {
            // What else comes to nothing says nothing about the pipeline: no Pivot, Ctrl-C.
            let is_end = matches!(failure.reason, Reason::DiscoveryFailed | Reason::TimedOut)
                || lacking::is_in_vain(context, &failure);
            let (names, frame) = (Err(failure.clone()), Frame::default());
            let found = Found { names, origin: Origin::Ended, frame };
            let is_recorded = is_end && *subject == Subject::Stages;
            let kept = is_recorded.then(|| Rc::new(found)).map_or(Kept::Nothing, Kept::Found);
            return (Err(failure), kept);
        }
    };
    match settled(context, &found, subject, When::BeforeAnswer) {
        Ok(found) => (findings::named(&found), Kept::Found(found)),
        Err(_) => (findings::named(&found), Kept::Nothing),
    }
}
