//! `pivot-complete doctor`: what a TAB here would do, and why.

use std::ffi::OsString;
use std::fmt::Write;
use std::time::Instant;

use pivot_complete::cache::key::Audience;
use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::Part;
use pivot_complete::encoding::lines;
use pivot_complete::project::{Dialect, Marker, Project};
use pivot_complete::reason::Reason;

use crate::cache::{entry, lookup, revalidate, store_file};
use crate::context::pivot::{Interpreter, Runs};
use crate::context::{Context, config_path, trust};
use crate::discovery::{Names, cached, known_content, may_execute};
use crate::environment::settings::{OnMiss, TrustPolicy};
use crate::files::path;
use crate::manifests::encode;
use crate::report::{ANSWERED, Failure, NOT_ANSWERED, plain_line, say};
use crate::spec::description;

/// Prints one line for each thing that decides.
pub fn run() -> Result<u8, Failure> {
    let context = Context::here(None)?;
    let start = Instant::now();
    let here = cached(&context);
    let lookup = start.elapsed();
    let verdict = here.as_ref().map_or_else(|reason| *reason, |named| named.how);
    let mut report = Report::default();
    report.line("directory", &context.directory.display());
    match &context.project {
        None => report.line("root", &"none: no directory at or above has .pivot or .git"),
        Some(project) => {
            let marker = match project.marker {
                Marker::Pivot => ".pivot",
                Marker::Git => ".git alone, which only Pivot 0.1's completion takes for a project",
            };
            report.line("root", &format!("{} ({marker})", path(project.root).display()));
            match &project.config {
                Some(config) => {
                    report.line("config", &config_path(project, config).display());
                }
                None => report.line("config", &"none, so there are no stages"),
            }
            let own = project.config.as_ref().is_none_or(|config| project.is_roots_own(config));
            let cache = if own { "stages.cache" } else { "cache of the sub-directory" };
            report.line(cache, &verdict.as_str());
            describe_store(&context, project, &mut report);
        }
    }
    describe_pivot(&context, &mut report);
    report.line("command line", &description::verdict(&context));
    let tab = context.clone().for_tab();
    describe_trust(&tab, &mut report);
    for list in trust::disbelieved() {
        let list = list.display();
        report.line("trust list", &format!("{list} counts for nothing: others can write to it"));
    }
    report.line("programs", &programs());
    let (is_answered, prediction) = prediction(&tab, &cached(&tab));
    report.line("a TAB", &prediction);
    report.line("looked up in", &format!("{} µs", lookup.as_micros()));
    say(&report.text)?;
    Ok(if is_answered { ANSWERED } else { NOT_ANSWERED })
}

/// What the store here holds, whether all of it is intact, and what changed since it was made.
fn describe_store(context: &Context, project: &Project<'static>, report: &mut Report) {
    let Some(config) = &project.config else { return };
    let stores = entry::stores_here(context, project, config);
    let audience = stores.first().map_or(Audience::Everyone, |(audience, _)| *audience);
    let Ok(name) = entry::store_name_here(context, project, config, audience) else { return };
    let file = format!("complete/{}", String::from_utf8_lossy(&name));
    let Some(bytes) = store_file::read(context, project, &name) else {
        return report.line("store", &format!("{file} (none)"));
    };
    let store = Store::open(&bytes);
    let (store, record) = match store.and_then(|store| Ok((store, store.current()?))) {
        Ok(opened) => opened,
        Err(reason) => return report.line("store", &format!("{file} ({})", reason.as_str())),
    };
    let state = if store.is_intact() { "intact" } else { "damaged" };
    let inputs = record.inputs().count();
    let past = store.past().count();
    report.line("store", &format!("{file} ({state}; {inputs} inputs, {past} earlier results)"));
    if record.has_failed() {
        let message = String::from_utf8_lossy(record.part(Part::Message)).into_owned();
        report.line("last discovery", &message.lines().next().unwrap_or("failed"));
    }
    if let Some((path, reason)) =
        revalidate::first_changed(project.root, &record, project.directory)
    {
        report.line("changed", &format!("{} ({})", path.display(), reason.as_str()));
    }
    for line in unchecked(record.part(Part::Unprovable)) {
        report.line("cannot be checked", &line);
    }
    let manifests = encode::of_store(store);
    let current =
        manifests.values().filter(|kept| kept.contents == record.contents_digest()).count();
    let durable = if encode::are_flushed(store) { "" } else { ", not yet in StateDB" };
    report.line("manifests", &format!("{current} current of {}{durable}", manifests.len()));
}

/// What the pipeline asked that no one can check, and what to do about it; `lines` are the record's.
fn unchecked(lines: &[u8]) -> Vec<String> {
    const REMEDY: &str = "where a name depends on it, `pivot-complete refresh` or a touch of the config \
                          has the names found anew";
    let mut told: Vec<String> = lines::names(lines)
        .map(|line| {
            let line = String::from_utf8_lossy(line);
            let (kind, what) = line.split_once(' ').unwrap_or((&line, ""));
            let kind = match kind {
                "clock" => "the pipeline asks for the time",
                "chance" => "the pipeline asks for chance: random numbers, or the order of a set",
                "network" => "the pipeline asks the network",
                "child" => "the pipeline starts a program that nobody sees read",
                "unseen" => "the pipeline reads in a way that nobody sees",
                other => other,
            };
            if what.is_empty() { kind.to_owned() } else { format!("{kind} ({what})") }
        })
        .collect();
    if !told.is_empty() {
        told.push(REMEDY.to_owned());
    }
    told
}

fn describe_pivot(context: &Context, report: &mut Report) {
    let program = context.pivots.first().map(|pivot| match &pivot.program {
        Some(program) => program.display().to_string(),
        None => "none; only the interpreter of PIVOT_COMPLETE_PYTHON".into(),
    });
    report.line("pivot", &program.unwrap_or_else(|| "none found".into()));
    report.line("python", &describe_python(context));
    let dialect = match context.dialect {
        Some(Dialect::WithYaml) => "pipeline.py, pivot.yaml, pivot.yml (Pivot 0.1)",
        Some(Dialect::PythonOnly) => "pipeline.py",
        None => "only discovery tells",
    };
    report.line("reads", &dialect);
    let on_miss = match context.settings.on_miss {
        OnMiss::Wait => "wait",
        OnMiss::Stale => "stale",
        OnMiss::Never => "never",
    };
    let trust = match context.settings.trust {
        TrustPolicy::Owner => "owner",
        TrustPolicy::Explicit => "explicit",
    };
    let timeout = context.settings.timeout.as_secs_f64();
    report.line("settings", &format!("on miss {on_miss}, trust {trust}, timeout {timeout} s"));
}

/// What a TAB may start here, and what forbids the rest.
fn describe_trust(tab: &Context, report: &mut Report) {
    match (trust::may_discover(tab), trust::may_describe(tab)) {
        (Ok(()), _) => report.line("trust", &"a TAB may run discovery here"),
        (Err(discovery), describing) => {
            report.line("trust", &format!("{}: {discovery}", discovery.reason.as_str()));
            if let Some(refused) = describing.err().filter(|refused| *refused != discovery) {
                let reason = refused.reason.as_str();
                report.line("trust, to describe pivot", &format!("{reason}: {refused}"));
            }
        }
    }
}

/// Which Python answers, or how it would be found.
fn describe_python(context: &Context) -> String {
    let words = |words: &mut dyn Iterator<Item = &OsString>| {
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    };
    match context.pivots.first().map(|pivot| &pivot.runs) {
        Some(Runs::Python(Interpreter { path, options, .. })) => {
            let path = path.clone().into_os_string();
            words(&mut std::iter::once(&path).chain(options))
        }
        Some(Runs::Shim(manager)) => {
            format!("as `{}` says", words(&mut manager.command.iter()))
        }
        Some(Runs::Opaque) => "unknown; `pivot list` is asked".into(),
        None => "none".into(),
    }
}

fn programs() -> String {
    let Ok(engine) = std::env::current_exe() else { return "unknown".into() };
    let front = engine.with_file_name("pivot-complete");
    let state = if front.is_file() { "" } else { " (missing)" };
    format!("{}{state}, {}", front.display(), engine.display())
}

/// What the next TAB at a stage's name does.
///
/// Whether it is answered, and how; that there are no stages is an answer, too.
fn prediction(context: &Context, cached: &Result<Names, Reason>) -> (bool, String) {
    let reason = match cached {
        Ok(named) if matches!(named.how, Reason::Fresh | Reason::FailedBefore) => {
            return (true, format!("answers {} stages from the cache", named.count));
        }
        Ok(named) => return (true, format!("answers nothing: {}", named.how.as_str())),
        Err(reason) => reason,
    };
    if let Some(named) = known_content(context, *reason) {
        let count = named.count;
        let from = "what an earlier discovery saw for this content, without Python";
        return (true, format!("answers {from}: {count} stages"));
    }
    let reason = reason.as_str();
    let refused = may_execute(context).err();
    let last_known = lookup::last_known(context).is_some();
    match (context.settings.on_miss, refused) {
        (OnMiss::Never, _) => (false, format!("answers nothing: {}", Reason::OnMissNever.as_str())),
        (OnMiss::Stale, Some(refused)) if last_known => {
            let refused = refused.as_str();
            (true, format!("gives the last known names, and refreshes nothing: {refused}"))
        }
        (_, Some(refused)) => {
            let refused = refused.as_str();
            (false, format!("answers nothing: {reason}, and discovery is refused: {refused}"))
        }
        (_, None) if context.pivots.is_empty() => {
            (false, format!("answers nothing: {reason}, and no pivot is found"))
        }
        (OnMiss::Stale, None) if last_known => {
            (true, format!("gives the last known names and refreshes: {reason}"))
        }
        (_, None) => (true, format!("runs discovery: {reason}")),
    }
}

#[derive(Default)]
struct Report {
    text: String,
}

impl Report {
    fn line(&mut self, name: &str, value: &dyn std::fmt::Display) {
        let _ = writeln!(self.text, "{name}: {}", plain_line(&value.to_string()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_checked_is_said_with_its_remedy() {
        assert_eq!(unchecked(b""), [""; 0]);
        let told = unchecked(b"clock time.time, pipeline.py:3\nnetwork\nlater what\n");
        let right = [
            "the pipeline asks for the time (time.time, pipeline.py:3)",
            "the pipeline asks the network",
            "later (what)",
        ];
        assert_eq!(told[..3], right);
        assert!(told[3].contains("`pivot-complete refresh`") && told.len() == 4, "{told:?}");
    }
}
