//! The stages for a TAB: cached, found before, or what the user wants at a miss.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::lookup::Answer;
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Marker;
use pivot_complete::reason::Reason;

use super::start_behind;
use crate::cache::{history, lock, lookup};
use crate::context::{Context, lacking, trust};
use crate::discovery::{
    self, Names, Reuse, ask, ask_every, ask_with_targets, cached, cached_every,
    cached_with_targets, keep_known, may_execute, retry,
};
use crate::environment::settings::OnMiss;
use crate::files::{Disk, path_storage};
use crate::process::afterwards;
use crate::python::{Inquiry, Subject};
use crate::report::Failure;

/// The names of the stages.
pub fn stages(context: &Context) -> Result<Names, Reason> {
    match cached(context) {
        Ok(named) => {
            if named.how == Reason::FailedBefore
                && may_execute(context).is_ok()
                && let Some(store) = retry::due(context)
            {
                start_behind(&["renew"], OsStr::from_bytes(&store));
            }
            Ok(named)
        }
        // No Pivot completes a stage there, and every repository without Pivot is such a place.
        Err(reason) if has_nothing_to_read(context) => Err(reason),
        Err(reason) => match known_content(context, reason).or_else(|| refused_before(context)) {
            Some(named) => Ok(named),
            None => on_miss(context),
        },
    }
}

/// What Pivot said where only a `.git` makes a project, if nothing changed since.
fn refused_before(context: &Context) -> Option<Names> {
    let refused = discovery::refused(context)?;
    if refused.is_due && context.settings.on_miss != OnMiss::Never && may_execute(context).is_ok() {
        start_behind(&["refresh", "--behind", "--"], context.typed());
    }
    Some(refused.named)
}

/// What is known of the stages' purposes: told along with the names, or cached.
pub fn blurbs(context: &Context, told: Option<Vec<u8>>) -> Vec<u8> {
    told.unwrap_or_else(|| lookup::last_findings(context).unwrap_or_default().blurbs)
}

/// What the stages' lock files tell, as far as that is so.
pub fn states(context: &Context) -> Vec<u8> {
    let (Some(project), Answer::Names(names)) = (&context.project, lookup::look_up(context)) else {
        return Vec::new();
    };
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let states = names.states();
    states.map_or(&b""[..], |states| states.true_pairs(&Disk, project.root, &mut buffer).0).to_vec()
}

/// The stages, and the targets as lines.
pub fn targets(context: &Context) -> Result<(Names, Vec<u8>), Reason> {
    if let Ok(found) = cached_with_targets(context) {
        return Ok(with_targets(found));
    }
    let named = stages(context)?;
    if named.targets.is_some() {
        return Ok(with_targets(named));
    }
    // Who shared an answer, or wrote `stages.cache`, told names alone.
    let wait = context.settings.on_miss == OnMiss::Wait && named.failure.is_empty();
    let found = match cached_with_targets(context) {
        Ok(found) => Some(Names { how: named.how, ..found }),
        Err(miss) if wait && may_execute(context).is_ok() => ask_with_targets(context, miss).ok(),
        Err(_) => None,
    };
    Ok(with_targets(found.unwrap_or(named)))
}

/// The stages of every pipeline of the project, and the targets; where they cannot be had, those of the
/// one here.
pub fn every(context: &Context) -> Result<(Names, Vec<u8>), Reason> {
    if context.project.is_none_or(|project| project.marker != Marker::Pivot) {
        return targets(context);
    }
    let may_ask = context.settings.on_miss == OnMiss::Wait && may_execute(context).is_ok();
    let found = match cached_every(context) {
        Err(_) if !may_ask => return targets(context),
        Err(_) => ask_every(context, &Inquiry::about(context)),
        Ok(found) => Ok(found),
    };
    match found {
        Ok(found) if found.count > 0 => Ok(with_targets(found)),
        // None of them loads: the one here may be completed all the same, as Pivot 0.1 reads a `pivot.yaml`.
        Ok(_) => targets(context),
        Err(failure) => {
            let (named, targets) = targets(context)?;
            let failure = if named.failure.is_empty() && has_failed(failure.reason) {
                failure.message.into_bytes()
            } else {
                named.failure
            };
            Ok((Names { failure, ..named }, targets))
        }
    }
}

/// The names, and apart from them the targets, where they are known.
fn with_targets(mut named: Names) -> (Names, Vec<u8>) {
    let targets = named.targets.take().unwrap_or_default();
    (named, targets)
}

/// Whether only a `.git` makes this a project, and no config lies there.
fn has_nothing_to_read(context: &Context) -> bool {
    context.project.is_some_and(|project| project.marker == Marker::Git && project.config.is_none())
}

/// What an earlier discovery found in what is there now. It is data: neither policy nor trust is
/// asked, but for whether it may be kept as the current result.
fn known_content(context: &Context, reason: Reason) -> Option<Names> {
    context.project.filter(|_| history::may_answer(reason))?;
    let named = discovery::known_content(context, reason)?;
    let context = context.clone();
    afterwards::push(move || {
        if trust::may_use_caches(&context).is_ok()
            && let Some(lead) = lock::try_lead_here(&context)
        {
            keep_known(&context, reason, lead);
        }
    });
    Some(named)
}

/// What the user wants at a miss, as far as trust goes.
fn on_miss(context: &Context) -> Result<Names, Reason> {
    let allowed = may_execute(context);
    match context.settings.on_miss {
        OnMiss::Never => return Err(Reason::OnMissNever),
        OnMiss::Stale => {
            if let Some(names) = lookup::last_known(context) {
                if allowed.is_ok() {
                    start_behind(&["refresh", "--behind", "--"], context.typed());
                }
                return Ok(Names::of(names, Reason::OnMissStale));
            }
        }
        OnMiss::Wait => {}
    }
    let inquiry = Inquiry::about(context);
    let asked = match (allowed, lacking::likeliest(context)) {
        (Err(Reason::NoPivot), Some(pivot)) => {
            let message = lacking::python(context, pivot).unwrap_or_default();
            Err(Failure::new(Reason::NoPivot, message))
        }
        (Err(reason), _) => return Err(reason),
        (Ok(()), _) => ask(context, Reuse::Cached, &Subject::Stages, &inquiry).behind(),
    };
    asked.or_else(|failure| {
        if failure.reason == Reason::NoPivot && !context.pivots.is_empty() {
            // Its environment is broken, and the pipeline need not be.
            let names = lookup::last_known(context).unwrap_or_default();
            let failure = failure.message.into_bytes();
            return Ok(Names { failure, ..Names::of(names, Reason::NoPivot) });
        }
        if !has_failed(failure.reason) {
            return Err(failure.reason);
        }
        // The same names as at the next TAB, which finds the failure recorded.
        let named = match lookup::last_known(context) {
            Some(names) => Names::of(names, Reason::FailedBefore),
            None => Names::of(Vec::new(), failure.reason),
        };
        Ok(Names { failure: failure.message.into_bytes(), ..named })
    })
}

/// Whether a discovery was tried and gave no names, in whatever way it ended.
pub fn has_failed(reason: Reason) -> bool {
    matches!(reason, Reason::DiscoveryFailed | Reason::TimedOut)
}
