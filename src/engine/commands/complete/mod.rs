//! A TAB that no fresh cache answers: an earlier result, policy, trust, and at last Pivot. Always
//! ends well: what cannot be answered is click's empty answer.

mod stages;

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use pivot_complete::answer::{OTHER_COMMAND, is_plain};
use pivot_complete::cache::store::Store;
use pivot_complete::line::{Click, Form, Line, Shell};
use pivot_complete::pivot::{Stages, Told};
use pivot_complete::reason::Reason;
use pivot_complete::tab::{self, Need, Plan, Supply};

use crate::context::{Context, trust};
use crate::discovery::{cached, may_execute};
use crate::environment::settings::OnMiss;
use crate::files::path;
use crate::process::{afterwards, behind};
use crate::python::{Inquiry, click_output};
use crate::report::NOTHING;
use crate::spec::{description, remotes};
use crate::told;
use stages::{blurbs, every, has_failed, stages, states, targets};

/// An answer's bytes, and what the trace says of it.
type Answer = (Vec<u8>, (&'static str, Reason));

/// Answers the line in the environment as bytes for `shell`.
///
/// Without a line there is nothing to print.
pub fn complete(shell: Shell, form: Form) -> Answer {
    let variable = |name| std::env::var_os(name).map(OsStringExt::into_vec);
    let (Some(comp_words), Some(comp_cword)) = (variable("COMP_WORDS"), variable("COMP_CWORD"))
    else {
        return (Vec::new(), ("empty", Reason::NoLine));
    };
    let mut storage = vec![0; Line::room(&comp_words, &comp_cword)];
    let line = Line::read(shell, form, &comp_words, &comp_cword, &mut storage);
    if let Err(reason @ Reason::OtherCommand) = line {
        return (OTHER_COMMAND.to_vec(), ("answered", reason));
    }
    if !line.as_ref().ok().and_then(Line::directory).is_none_or(enter) {
        return (NOTHING.to_vec(), ("empty", Reason::DirectoryNotEntered));
    }
    let program = line.as_ref().map(|line| line.program()).unwrap_or_default();
    let tab = Tab { shell, form, line: line.as_ref().ok() };
    let answer = Context::here(Some(OsStr::from_bytes(program)))
        .map_err(|failure| failure.reason)
        .and_then(|context| {
            let context = context.for_tab();
            let described = tab.line.map(|line| by_description(&context, &tab, line));
            match described.transpose()?.flatten() {
                Some(answer) => Ok(answer),
                None => by_pivot(&context, &tab),
            }
        });
    match answer {
        // Of a failure alone the shell may be told, but it is no answer.
        Ok((bytes, reason)) if has_failed(reason) => (bytes, ("empty", reason)),
        Ok((bytes, reason)) => (bytes, ("answered", reason)),
        Err(reason) => (NOTHING.to_vec(), ("empty", reason)),
    }
}

/// Enters the directory that the program which runs Pivot would, as it is typed; says whether it is
/// there.
fn enter(directory: &[u8]) -> bool {
    let home = || std::env::var_os("HOME").map(PathBuf::from);
    let path = match directory.strip_prefix(b"~/") {
        Some(rest) => home().map(|home| home.join(OsStr::from_bytes(rest))),
        None => Some(PathBuf::from(OsStr::from_bytes(directory))),
    };
    path.is_some_and(|path| std::env::set_current_dir(path).is_ok())
}

/// A TAB.
#[derive(Clone, Copy)]
struct Tab<'l> {
    shell: Shell,
    form: Form,
    /// The line, where it can be read here.
    line: Option<&'l Line<'l>>,
}

/// Answers a line from the description of Pivot's command line; nothing where only Pivot can tell.
fn by_description(
    context: &Context,
    tab: &Tab<'_>,
    line: &Line<'_>,
) -> Result<Option<(Vec<u8>, Reason)>, Reason> {
    let Tab { shell, form, .. } = *tab;
    let (bytes, how) = match description::stored(context) {
        Ok(bytes) => (bytes, Reason::Fresh),
        Err(reason) => {
            let is_due = reason != Reason::CacheMissing && may_describe(context).is_ok();
            if !is_due
                && let Ok(plan) = Plan::without_description(shell, form, line)
                && let Some(answer) = supply(context, &plan, Reason::Fresh)?
            {
                return Ok(Some(answer));
            }
            match last_description(context) {
                Some(bytes) => (bytes, Reason::OnMissStale),
                None => match described_anew(context)? {
                    Some(bytes) => (bytes, Reason::Described),
                    None => return Ok(None),
                },
            }
        }
    };
    let Ok(description) = Store::open(&bytes).and_then(Store::command_line) else {
        return Ok(None);
    };
    let Ok(found) = tab::read_line(line, form, &description) else { return Ok(None) };
    let plan = Plan::by_description(shell, form, &description, &found);
    let Ok(plan) = plan else { return Ok(None) };
    let answer = supply(context, &plan, how)?;
    // Only Pivot itself is believed with what moves a cursor.
    Ok(answer.filter(|(printed, _)| is_plain(printed)))
}

/// Answers as `plan` says with what it needs; nothing where only Pivot can tell that. `how` says
/// where the description comes from.
fn supply(
    context: &Context,
    plan: &Plan<'_>,
    how: Reason,
) -> Result<Option<(Vec<u8>, Reason)>, Reason> {
    let written = |supply: &Supply<'_>, how| {
        let mut printed = Vec::new();
        let is_sure = plan.write(supply, &mut |piece| printed.extend_from_slice(piece));
        Ok(is_sure.is_ok().then_some((printed, how)))
    };
    let known = match plan.need() {
        Need::Nothing => return written(&Supply::Nothing, how),
        Need::RemoteKeys => {
            let Some(remotes) = remotes::find(context) else { return Ok(None) };
            return written(&Supply::Lines(&remotes.keys), how);
        }
        Need::Remotes => {
            let found = remotes::find(context).map(|remotes| remotes.names);
            let names = found.unwrap_or_else(|| remotes::surest_names(context));
            return written(&Supply::Lines(&names), how);
        }
        Need::Told(told) => {
            let lines = files_tell(context, told);
            return written(&Supply::Lines(&lines), how);
        }
        Need::Targets => targets(context),
        Need::Every => every(context),
        Need::Stages => stages(context).map(|named| (named, Vec::new())),
    };
    let (named, targets) = match known {
        // The shell has paths to offer.
        Err(reason) if plan.has_paths() => return written(&Supply::Nothing, reason),
        known => known?,
    };
    let blurbs = blurbs(context, named.blurbs);
    let states = if plan.shows_help() { states(context) } else { Vec::new() };
    let (names, blurbs, states) = (&named.names[..], &blurbs[..], &states[..]);
    let are_in_root = context.project.is_some_and(|project| project.root == project.directory);
    let stages =
        Stages { names, targets: &targets, blurbs, states, failure: &named.failure, are_in_root };
    written(&Supply::Stages(stages), named.how)
}

/// What files of the project tell, as lines, but for what only Pivot itself is believed with.
fn files_tell(context: &Context, told: Told) -> Vec<u8> {
    let Some(project) = &context.project else { return Vec::new() };
    let root = path(project.root);
    let lines = match told {
        Told::Revisions => told::revisions(root),
        Told::Runs => told::runs(root, &remotes::configs(context).unwrap_or_default()),
        Told::Imports => told::imports(root),
    };
    lines
        .split_inclusive(|&byte| byte == b'\n')
        .filter(|line| is_plain(line))
        .flatten()
        .copied()
        .collect()
}

/// The last description, where the user would rather have that than wait; another one is made behind.
fn last_description(context: &Context) -> Option<Vec<u8>> {
    if context.settings.on_miss != OnMiss::Stale {
        return None;
    }
    let bytes = description::last_known(context)?;
    if may_describe(context).is_ok() {
        start_behind(&["describe", "--"], context.typed());
    }
    Some(bytes)
}

/// A new description, as far as policy and trust go: it runs Pivot, and nothing of the project.
/// Nothing where Pivot cannot be described.
fn described_anew(context: &Context) -> Result<Option<Vec<u8>>, Reason> {
    may_describe(context)?;
    Ok(description::describe(context).ok())
}

fn may_describe(context: &Context) -> Result<(), Reason> {
    if context.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    context.refuse_nesting().map_err(|failure| failure.reason)?;
    trust::may_describe(context).map_err(|refusal| refusal.reason)
}

/// Lets click complete the line in Pivot's own Python.
fn by_pivot(context: &Context, tab: &Tab<'_>) -> Result<(Vec<u8>, Reason), Reason> {
    let Tab { shell, form, line } = *tab;
    if context.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(context)?;
    if let Some(failure) = description::failed_before(context) {
        return Err(failure.reason);
    }
    let names = cached(context).ok().map(|named| named.names);
    let before = cache_stamp(context);
    let answer = Inquiry::about(context).complete(shell, names.as_deref());
    let after = cache_stamp(context);
    if after != before {
        afterwards::push(move || forget_poison(after));
    }
    // A program that prints nothing at all completes nothing.
    let or_nothing = |bytes: Vec<u8>| if bytes.is_empty() { b"\n".to_vec() } else { bytes };
    let bytes = answer.map(or_nothing).map_err(|failure| failure.reason)?;
    let word = line.and_then(|line| line.split_at_cursor(Click::V85).ok());
    let word = word.map(|(_, word)| word).unwrap_or_default();
    let bytes = match form {
        Form::Click => bytes,
        Form::Rich(_) => click_output::of_clicks(shell, form, word, &bytes),
    };
    Ok((bytes, Reason::AnsweredByPivot))
}

/// ROOT's `stages.cache` as it is now, where the config here is not ROOT's own.
fn cache_stamp(context: &Context) -> Option<(PathBuf, i64, i64)> {
    let project = context.project.as_ref()?;
    project.config.as_ref().filter(|config| !project.is_roots_own(config))?;
    let file = path(project.root).join(".pivot/cache/stages.cache");
    let found = file.symlink_metadata().ok()?;
    Some((file, found.ctime(), found.ctime_nsec()))
}

/// Removes what a Pivot that could only be run as it is has just written: this directory's
/// stages, under the name of ROOT's.
fn forget_poison(written: Option<(PathBuf, i64, i64)>) {
    let Some((file, ctime_s, ctime_ns)) = written else { return };
    let found = file.symlink_metadata();
    if found.is_ok_and(|found| (found.ctime(), found.ctime_nsec()) == (ctime_s, ctime_ns)) {
        let _ = std::fs::remove_file(file);
    }
}

/// Starts a command that outlives this process, once the answer is given.
fn start_behind(arguments: &'static [&'static str], typed: &OsStr) {
    let typed = typed.to_owned();
    afterwards::push_start(move || behind::start(arguments, &typed));
}
