//! What the next TAB at a stage's name does, said in a sentence, and what to do about it.

use std::fs;
use std::time::Duration;

use pivot_complete::project::Project;
use pivot_complete::reason::Reason;

use super::kept::LastFailure;
use super::report::Verdict;
use super::words::{Words, opened, words};
use crate::cache::edited::Edited;
use crate::cache::lookup;
use crate::context::{Context, config_path, lacking, trust};
use crate::discovery::{Names, known_content, may_execute, names_in_yaml, refused};
use crate::environment::settings::{self, OnMiss};
use crate::files::{self, CacheDirectory, NotCached, path};

/// What to do where a discovery failed before Pivot came to say anything.
const IN_VAIN: &str = "See that `pivot list` works here, and how long it takes, and that `pivot` and `python` \
                       below are those that you mean; `pivot-complete stages` asks again, and a TAB once a minute, \
                       behind itself.";

/// What was looked up for it.
pub struct Looked<'a> {
    /// As a TAB would look.
    pub context: &'a Context,
    /// What the caches say, and how long that took.
    pub cached: &'a Result<Names, Reason>,
    pub took: Duration,
    /// The first input of the last discovery that is otherwise, if one is.
    pub changed: Option<String>,
    /// Why the last discovery failed, if it did.
    pub failure: Option<LastFailure>,
}

/// The verdict.
pub fn verdict(looked: &Looked<'_>) -> Verdict {
    if settings::variable("PIVOT_COMPLETE_OFF").is_some() {
        return nowhere(Reason::SwitchedOff);
    }
    match looked.cached {
        Ok(names) => of_cache(looked, names),
        Err(reason) => of_miss(looked, *reason),
    }
}

/// For `reason` no TAB is answered here, whatever else there is.
pub fn nowhere(reason: Reason) -> Verdict {
    let Words { what, remedy } = words(reason);
    let sentence = format!("A TAB here is not answered: {what}.");
    Verdict { is_answered: false, reason, sentence, remedies: vec![remedy.to_owned()] }
}

fn of_cache(looked: &Looked<'_>, names: &Names) -> Verdict {
    let (count, micros) = (stages(names.count), looked.took.as_micros());
    let what = words(names.how).what;
    match names.how {
        Reason::Fresh => answered(
            names.how,
            format!("A TAB here answers {count} from the cache, in {micros} µs."),
            no_stages(looked.context).filter(|_| names.count == 0).into_iter().collect(),
        ),
        Reason::FailedBefore => {
            let gives = if names.count == 0 {
                "nothing".into()
            } else {
                format!("the last good names, {count}")
            };
            let verdict = match &looked.failure {
                Some(LastFailure { message, is_pivots: false }) => answered(
                    names.how,
                    format!("Pivot was asked in vain, and a TAB here gives {gives}: {message}."),
                    vec![IN_VAIN.to_owned()],
                ),
                failure => {
                    let said = failure.as_ref().map(|said| format!("Pivot says: {}", said.message));
                    let remedy = words(names.how).remedy.to_owned();
                    let sentence =
                        format!("The pipeline fails, and a TAB here gives {gives}: {what}.");
                    answered(names.how, sentence, said.into_iter().chain([remedy]).collect())
                }
            };
            Verdict { is_answered: names.count > 0, ..verdict }
        }
        _ => {
            let dangling = broken_config(looked.context).filter(|_| names.how == Reason::NoConfig);
            let remedy = dangling.unwrap_or_else(|| words(names.how).remedy.to_owned());
            answered(names.how, format!("A TAB here offers no stages: {what}."), vec![remedy])
        }
    }
}

fn of_miss(looked: &Looked<'_>, reason: Reason) -> Verdict {
    let context = looked.context;
    if let Some(names) = known_content(context, reason) {
        let count = stages(names.count);
        let from = "what an earlier discovery saw for this content, without Python";
        return answered(reason, format!("A TAB here answers {from}: {count}."), Vec::new());
    }
    if reason == Reason::NoPivotDirectory {
        let Words { what, remedy } = words(reason);
        let sentence = format!("A TAB here offers no stages: {what}.");
        if context.project.is_some_and(|project| project.config.is_none()) {
            // No Pivot completes a stage there, and none is asked.
            return answered(reason, sentence, vec![remedy.to_owned()]);
        }
        if let Some(refused) = refused(context) {
            let said = String::from_utf8_lossy(&refused.named.failure);
            let said = format!("Pivot says: {}", said.lines().next().unwrap_or("nothing"));
            return answered(reason, sentence, vec![said, remedy.to_owned()]);
        }
    }
    let why = why(looked, reason);
    let last_known = lookup::last_known(context).is_some();
    // A Python that cannot be run no trust makes one that can.
    let is_lacking = |refused: &Reason| {
        matches!(refused, Reason::NoPivot | Reason::FileSystemFails) && no_python(context).is_some()
    };
    let refused = may_execute(context).err().filter(|refused| !is_lacking(refused));
    match (context.settings.on_miss, refused) {
        (OnMiss::Never, _) => not_answered(Reason::OnMissNever, &why),
        (OnMiss::Stale, Some(refused)) if last_known => Verdict {
            is_answered: true,
            ..refusal(
                context,
                refused,
                format!(
                    "A TAB here gives the last known names, which may be stale: {why}, and {}.",
                    words(refused).what
                ),
            )
        },
        (_, Some(refused)) => refusal(
            context,
            refused,
            format!("A TAB here is not answered: {why}, and {}.", words(refused).what),
        ),
        (_, None) => match no_python(context) {
            Some(remedy) if last_known && !context.pivots.is_empty() => {
                let what = words(Reason::NoPivot).what;
                let gives = "the last known names, which may be stale";
                let sentence = format!("A TAB here gives {gives}: {why}, and {what}.");
                answered(Reason::NoPivot, sentence, vec![remedy])
            }
            Some(remedy) => {
                Verdict { remedies: vec![remedy], ..not_answered(Reason::NoPivot, &why) }
            }
            None => asked(looked, reason, &why, last_known),
        },
    }
}

/// Pivot is asked, which is possible here.
fn asked(looked: &Looked<'_>, reason: Reason, why: &str, last_known: bool) -> Verdict {
    let context = looked.context;
    if let Some(remedy) = context.project.as_ref().and_then(nothing_kept) {
        return answered(
            Reason::CacheUnwritable,
            format!("Each TAB here asks Pivot anew: {why}, and no cache can be written."),
            vec![remedy],
        );
    }
    let gives_last = context.settings.on_miss == OnMiss::Stale && last_known;
    if !gives_last && context.project.is_some_and(|it| names_in_yaml(context, &it).is_some()) {
        let sentence = format!("The next TAB here reads the YAML config, without Python: {why}.");
        return answered(reason, sentence, vec![words(Reason::ParsedYaml).remedy.to_owned()]);
    }
    let remedies = vec![no_packages(context).unwrap_or_else(|| words(reason).remedy.to_owned())];
    let sentence = match context.settings.on_miss {
        OnMiss::Stale if gives_last => {
            format!("A TAB here gives the last known names and has Pivot asked behind it: {why}.")
        }
        _ if may_be_unasked(context, reason) => {
            format!(
                "The next TAB here asks Pivot, unless it is seen that the edit changes no name: {why}."
            )
        }
        _ => format!("The next TAB here asks Pivot, as long as that takes: {why}."),
    };
    answered(reason, sentence, remedies)
}

/// Whether modules alone were edited, of which a TAB first compares whether that can change a name.
fn may_be_unasked(context: &Context, reason: Reason) -> bool {
    context.project.is_some_and(|project| Edited::find(context, &project, reason).is_some())
}

/// Why the caches do not answer, with the file that is to blame.
fn why(looked: &Looked<'_>, reason: Reason) -> String {
    let what = words(reason).what;
    // Where the config alone decides, or there is no cache, nobody asked about inputs.
    match &looked.changed {
        Some(changed) if !matches!(reason, Reason::ConfigChanged | Reason::CacheMissing) => {
            format!("{what} ({changed})")
        }
        _ => what.to_owned(),
    }
}

fn answered(reason: Reason, sentence: String, remedies: Vec<String>) -> Verdict {
    Verdict { is_answered: true, reason, sentence, remedies }
}

fn not_answered(reason: Reason, why: &str) -> Verdict {
    let Words { what, remedy } = words(reason);
    let sentence = format!("A TAB here is not answered: {why}, and {what}.");
    Verdict { is_answered: false, reason, sentence, remedies: vec![remedy.to_owned()] }
}

/// Refused on whose word it would be, or inside of a discovery.
fn refusal(context: &Context, reason: Reason, sentence: String) -> Verdict {
    let remedy = match trust::may_discover(context) {
        Err(refusal) if reason != Reason::Nested => format!("{refusal}."),
        _ => words(reason).remedy.to_owned(),
    };
    Verdict { is_answered: false, reason, sentence, remedies: vec![remedy] }
}

/// What to do about it where there is no Python to ask.
fn no_python(context: &Context) -> Option<String> {
    let lacking = match lacking::likeliest(context) {
        Some(pivot) => lacking::python(context, pivot)?,
        None => match lacking::pivot(context) {
            Some(lacking) => lacking,
            None => return Some(words(Reason::NoPivot).remedy.to_owned()),
        },
    };
    Some(format!("{lacking}."))
}

/// What to do where a config's name is that of a link that leads to nothing, or of what is no file.
fn broken_config(context: &Context) -> Option<String> {
    let root = path(context.project.as_ref()?.root);
    let places = [context.directory.as_path(), root].into_iter();
    let mut named = places.map(|place| place.join("pipeline.py"));
    let config = named.find(|it| it.symlink_metadata().is_ok() && !it.is_file())?;
    if config.exists() {
        let is = if config.is_dir() { "a directory" } else { "no regular file" };
        return Some(format!("{} is {is}: Pivot reads a file of that name.", config.display()));
    }
    let (link, to) = (config.display(), fs::read_link(&config).ok()?);
    Some(format!("{link} is a link to {}, which is not there: mend the link.", to.display()))
}

/// What to do where the Python that a setting names does not seem to have Pivot.
fn no_packages(context: &Context) -> Option<String> {
    let python = context.settings.python.as_ref().filter(|_| context.installed.is_none())?;
    let python = python.display();
    Some(format!(
        "No Pivot is seen among the packages of {python}, which PIVOT_COMPLETE_PYTHON names: if \
         `pivot-complete stages` finds none either, name another, or take it away."
    ))
}

/// What to do where Pivot finds no stage in the config.
fn no_stages(context: &Context) -> Option<String> {
    let project = context.project.as_ref()?;
    let config = config_path(project, project.config.as_ref()?);
    let config = config.display();
    Some(format!("Pivot finds no stage in {config}: look at what it registers."))
}

/// What to do where no cache of `project` can be written by this process.
fn nothing_kept(project: &Project<'static>) -> Option<String> {
    let root = path(project.root);
    let remedy = match files::unwritable(&root.join(".pivot/cache/complete/any"), root) {
        Some(place) => opened(&place),
        None => match CacheDirectory::existing(root, &["cache", "complete"]).err()? {
            NotCached::ForeignDirectory(place) => {
                let place = place.display();
                format!(
                    "See whose {place} is: it is, or a link leads to, a directory of someone else"
                )
            }
            _ => return None,
        },
    };
    Some(format!("{remedy}: nothing that is found out can be kept."))
}

fn stages(count: usize) -> String {
    match count {
        1 => "1 stage".into(),
        count => format!("{count} stages"),
    }
}
