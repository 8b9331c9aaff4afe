//! `pivot-complete doctor`: what a TAB here would do, and why.

mod kept;
mod report;
mod shell;
mod verdict;
mod words;

use std::ffi::OsString;
use std::time::Instant;

use pivot_complete::project::{By, Dialect, Marker};
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::context::pivot::{Interpreter, Pivot, Runs};
use crate::context::{Context, config_path, trust};
use crate::discovery::cached;
use crate::environment::{self, settings};
use crate::files::path;
use crate::report::{ANSWERED, Failure, NOT_ANSWERED, reply, say};
use crate::spec::description;
use crate::trace::Trace;
#[cfg(target_os = "linux")]
use crate::watch::{Standing, lacking, standing};

use kept::Kept;
use report::Report;
use verdict::Looked;

/// Prints a verdict, what to do, and one line for each thing that decides.
pub fn run(format: Format) -> Result<u8, Failure> {
    let context = match Context::here(None) {
        Ok(context) => context,
        Err(failure) => return nowhere(failure.reason, format),
    };
    let here = cached(&context);
    let tab = context.clone().for_tab();
    let start = Instant::now();
    let of_tab = cached(&tab);
    let took = start.elapsed();
    let kept = Kept::here(&context);
    let (changed, failure) = (kept.changed.clone(), kept.failure.clone());
    let looked = Looked { context: &tab, cached: &of_tab, took, changed, failure };
    let mut report = Report::new(verdict::verdict(&looked));

    describe_itself(&mut report);
    report.line("directory", &context.directory.display());
    let how = here.as_ref().map_or_else(|reason| *reason, |named| named.how);
    describe_project(&context, how, &mut report);
    kept.describe(&mut report);
    describe_pivot(&context, &mut report);
    describe_watcher(&context, &mut report);
    describe_settings(&mut report);
    describe_command_line(&context, &mut report);
    describe_trust(&tab, &mut report);
    for list in trust::disbelieved() {
        let list = list.display();
        report.line("trust list", &format!("{list} counts for nothing: others can write to it"));
    }
    print(&report, format)
}

/// The same where nobody can tell where this is: whoever reads it gets a report of that form there, too.
fn nowhere(reason: Reason, format: Format) -> Result<u8, Failure> {
    let mut report = Report::new(verdict::nowhere(reason));
    describe_itself(&mut report);
    describe_settings(&mut report);
    print(&report, format)
}

fn print(report: &Report, format: Format) -> Result<u8, Failure> {
    say(&if format == Format::Json { report.json() } else { report.text() })?;
    Ok(if report.verdict.is_answered { ANSWERED } else { NOT_ANSWERED })
}

/// What is asked, and by whom.
fn describe_itself(report: &mut Report) {
    report.line("version", &format!("{} ({})", env!("CARGO_PKG_VERSION"), programs()));
    describe_shell(report);
}

/// Whether the shell has our script; that it has not is the first thing to do for who sits before it.
fn describe_shell(report: &mut Report) {
    let (said, loaded) = shell::integration();
    report.line("shell", &said);
    if said.starts_with("fish") {
        report.verdict.remedies.extend(shell::beside_fishs());
    }
    // A script that calls us completes nothing.
    if reply::is_on_terminal() {
        report.verdict.is_of_shell(loaded);
    }
}

fn describe_project(context: &Context, how: Reason, report: &mut Report) {
    let Some(project) = &context.project else {
        return report.line("root", &"none: no directory at or above has .pivot or .git");
    };
    let marker = match project.marker {
        Marker::Pivot => ".pivot",
        Marker::Git => ".git alone, which only Pivot 0.1's completion takes for a project",
    };
    report.line("root", &format!("{} ({marker})", path(project.root).display()));
    match &project.config {
        Some(config) => {
            let config = config_path(project, config);
            let yaml = ["pivot.yaml", "pivot.yml"].map(|name| config.with_file_name(name));
            let second = yaml.iter().find(|yaml| **yaml != config && yaml.exists());
            let second = second.and_then(|second| second.file_name()).map(|second| {
                let second = second.display();
                format!(
                    "; {second} lies beside it: Pivot 0.1 refuses the two, later ones ignore that"
                )
            });
            if let (Some(_), Some(Dialect::WithYaml)) = (&second, context.dialect) {
                let remedy =
                    "Remove one of the two configs below: Pivot 0.1 refuses both together.";
                report.verdict.remedies.insert(0, remedy.into());
            }
            report.line("config", &format!("{}{}", config.display(), second.unwrap_or_default()));
        }
        None => report.line("config", &"none, so there are no stages"),
    }
    let own = project.config.as_ref().is_none_or(|config| project.is_roots_own(config));
    let cache = if own { "stages.cache" } else { "cache of the sub-directory" };
    report.line(cache, &how.as_str());
}

fn describe_pivot(context: &Context, report: &mut Report) {
    match context.pivots.first() {
        None => report.line("pivot", &"none found"),
        Some(pivot) => report.line("pivot", &describe_program(context, pivot)),
    }
    report.line("python", &describe_python(context));
    let dialect = match context.dialect {
        Some(Dialect::WithYaml) => "pipeline.py, pivot.yaml, pivot.yml (Pivot 0.1)",
        Some(Dialect::PythonOnly) => "pipeline.py",
        None => "what Pivot's release says, which is not known here",
    };
    report.line("configs that Pivot reads", &dialect);
}

/// Which `pivot`, of which version, and by what it was found.
fn describe_program(context: &Context, pivot: &Pivot) -> String {
    let Some(program) = &pivot.program else {
        return "none; only the interpreter of PIVOT_COMPLETE_PYTHON".into();
    };
    let by = match pivot.by {
        By::Path | By::Alias => "as it was typed",
        By::Search => "found on PATH",
        By::Environment => "found by VIRTUAL_ENV or CONDA_PREFIX",
        By::Ancestor => "found in the environment of this or a higher directory",
    };
    let version = context.installed.as_ref().and_then(|installed| installed.version());
    let version = version.map(|version| format!(", {version}")).unwrap_or_default();
    format!("{} ({by}{version})", program.display())
}

/// What is known of Pivot's command line, and whether that can be kept.
fn describe_command_line(context: &Context, report: &mut Report) {
    report.line("command line", &description::verdict(context));
    if context.pivots.first().is_some_and(|pivot| matches!(pivot.runs, Runs::Opaque)) {
        report.verdict.remedies.push(
            "Commands and options here Pivot itself completes, anew at each TAB: `pivot` below does not tell \
             which Python runs it. Name that in PIVOT_COMPLETE_PYTHON, and they are answered from the cache."
                .to_owned(),
        );
    }
    let is_asked = !context.pivots.is_empty();
    if let Some(place) = description::unwritable(context).filter(|_| is_asked) {
        report.verdict.remedies.push(format!(
            "{}, or set XDG_CACHE_HOME: what is found out about Pivot is lost with the session, or at once.",
            words::opened(&place)
        ));
    }
}

/// Whether somebody discovers behind each save.
fn describe_watcher(context: &Context, report: &mut Report) {
    #[cfg(target_os = "linux")]
    match standing(context) {
        Standing::None => {
            if let Some(session) = lacking() {
                let session = session.display();
                let words = format!(
                    "none can begin: XDG_RUNTIME_DIR names {session}, which is no directory. Make it, or \
                     unset the variable."
                );
                report.line("watcher", &words);
            }
        }
        Standing::Runs(id) => {
            report.line("watcher", &format!("process {id} discovers behind each save"));
        }
        Standing::LimitReached => {
            let words = words::words(Reason::NotWatched);
            report.line("watcher", &format!("{}. {}", words.what, words.remedy));
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (context, report);
}

fn describe_settings(report: &mut Report) {
    for setting in settings::all() {
        report.line("setting", &setting);
    }
    for wrong in settings::misunderstood().into_iter().chain(Trace::unwritable()) {
        report.verdict.remedies.push(format!("Look at your settings: {wrong}."));
        report.line("setting", &wrong);
    }
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
    let Some(engine) = environment::program() else { return "unknown".into() };
    let front = engine.with_file_name("pivot-complete");
    let state = if front.is_file() { "" } else { " (missing)" };
    format!("{}{state}, {}", front.display(), engine.display())
}
