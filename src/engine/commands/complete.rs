//! A TAB that no fresh cache answers: an earlier result, policy, trust, and at last Pivot. Always
//! ends well: what cannot be answered is click's empty answer.

use crate::cache::lines;
use crate::cache::lookup;
use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use pivot_complete::answer::items::{self, Items, StageWord, Stages};
use pivot_complete::cache::store::Store;
use pivot_complete::click::completion::{self, Completion, Source};
use pivot_complete::click::spec::{Description, Kind, Paths};
use pivot_complete::line::Click;
use pivot_complete::line::{Form, Line, Shell};
use pivot_complete::project::Marker;
use pivot_complete::reason::Reason;

use crate::cache::flight;
use crate::cache::history;
use crate::commands::targets;
use crate::context::scene::Scene;
use crate::context::trust;
use crate::discovery::ask;
use crate::discovery::ask::Named;
use crate::discovery::policy::{may_execute, refuse_nesting};
use crate::discovery::retry;
use crate::environment::settings::OnMiss;
use crate::files::disk::path;
use crate::process::afterwards;
use crate::process::behind;
use crate::python::click_output;
use crate::python::question::{Question, Wish};
use crate::spec::capture;
use crate::spec::remotes;

/// What is printed where there is no answer, in either form: bash's script knows by it that Ctrl-C
/// may have been pressed.
pub const NOTHING: &[u8] = b"\n";

/// An answer's bytes, and what the trace says of it.
type Answer = (Vec<u8>, (&'static str, Reason));

/// Answers the line in the environment as bytes for `shell`.
///
/// Without a line there is nothing to print.
pub fn complete(shell: Shell, form: Form) -> Answer {
    let variable = |name| std::env::var_os(name).map(OsStringExt::into_vec);
    let (Some(comp_words), Some(comp_cword)) = (variable("COMP_WORDS"), variable("COMP_CWORD"))
    else {
        return (Vec::new(), ("empty", Reason::EngineCommand));
    };
    let mut storage = vec![0; comp_words.len() + comp_cword.len()];
    let line = Line::read(shell, &comp_words, &comp_cword, &mut storage);
    let program = line.as_ref().map(|line| line.program()).unwrap_or_default();
    let asker = Asker { shell, form, line: line.as_ref().ok() };
    let answer = Scene::here(Some(OsStr::from_bytes(program)))
        .map_err(|failure| failure.reason)
        .and_then(|scene| {
            let scene = scene.for_tab();
            let described = asker.line.map(|line| by_description(&scene, &asker, line));
            match described.transpose()?.flatten() {
                Some(answer) => Ok(answer),
                None => by_pivot(&scene, &asker),
            }
        });
    match answer {
        Ok((bytes, reason)) => (bytes, ("answered", reason)),
        Err(reason) => (NOTHING.to_vec(), ("empty", reason)),
    }
}

/// Who asks.
#[derive(Clone, Copy)]
struct Asker<'l> {
    shell: Shell,
    form: Form,
    /// The line, where it can be read here.
    line: Option<&'l Line<'l>>,
}

impl Asker<'_> {
    fn items<'p>(&self, click: Click, put: &'p mut dyn FnMut(&[u8])) -> Items<'p> {
        Items::new(self.shell, self.form, click, put)
    }
}

/// Answers a line from the description of Pivot's command line; nothing where only Pivot can tell.
fn by_description(
    scene: &Scene,
    asker: &Asker<'_>,
    line: &Line<'_>,
) -> Result<Option<(Vec<u8>, Reason)>, Reason> {
    let (bytes, how) = match capture::stored(scene) {
        Ok(bytes) => (bytes, Reason::Fresh),
        Err(reason) => {
            let is_due = reason != Reason::CacheMissing && may_describe(scene).is_ok();
            if !is_due && let Some(answer) = without_description(scene, asker, line)? {
                return Ok(Some(answer));
            }
            match last_description(scene) {
                Some(bytes) => (bytes, Reason::OnMissStale),
                None => match described_anew(scene)? {
                    Some(bytes) => (bytes, Reason::Described),
                    None => return Ok(None),
                },
            }
        }
    };
    let Ok(description) = Store::open(&bytes).and_then(Store::command_line) else {
        return Ok(None);
    };
    let click = description.click();
    let found = line
        .split_at_cursor(asker.form.line_click(click))
        .and_then(|(args, incomplete)| completion::complete(&description, args, incomplete));
    let Ok(found) = found else { return Ok(None) };
    let mut printed = Vec::new();
    let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
    let mut items = asker.items(click, &mut put);
    let source = found.source(&description, asker.form);
    items.begin((source.paths, found.start));
    let Some(how) = answer(scene, &description, (&found, &source), how, &mut items)? else {
        return Ok(None);
    };
    items.finish();
    // Only Pivot itself is believed with what moves a cursor.
    Ok(items::is_plain(&printed).then_some((printed, how)))
}

/// Completes a stage's name where nobody need know which Pivot it is; nothing where one must.
fn without_description(
    scene: &Scene,
    asker: &Asker<'_>,
    line: &Line<'_>,
) -> Result<Option<(Vec<u8>, Reason)>, Reason> {
    let Ok((given, prefix)) = line.stage_word(asker.form) else { return Ok(None) };
    let named = stages(scene)?;
    let text = named.text();
    let Ok(callbacks) = items::callbacks_for(&text) else { return Ok(None) };
    let mut printed = Vec::new();
    let mut put = |piece: &[u8]| printed.extend_from_slice(piece);
    let mut items = asker.items(Click::V85, &mut put);
    items.begin((Paths::None, b""));
    let is_given = |name: &[u8]| given.iter().any(|word| word == name);
    let word = StageWord { prefix, has_key: false, is_given: &is_given };
    let blurbs = blurbs(scene, named.blurbs);
    let stages = Stages { names: &text, targets: b"", blurbs: &blurbs };
    items.add_stage_word(&stages, callbacks, &word);
    items.finish();
    Ok(Some((printed, named.how)))
}

/// Adds the items; nothing where only Pivot can tell them.
fn answer(
    scene: &Scene,
    description: &Description<'_>,
    (found, source): (&Completion<'_, '_>, &Source<'_>),
    how: Reason,
    items: &mut Items<'_>,
) -> Result<Option<Reason>, Reason> {
    let incomplete = found.incomplete;
    match (source.kind, description.callbacks()) {
        (Kind::Stages | Kind::Targets | Kind::ConfigKeys, None) => Ok(None),
        (Kind::Stages | Kind::Targets, Some(callbacks)) => {
            let has_key = source.kind == Kind::Targets && incomplete.contains(&b':');
            let is_given = |name: &[u8]| found.given().any(|word| word == name);
            let word = StageWord { prefix: incomplete, has_key, is_given: &is_given };
            let known = if has_key {
                targets(scene)
            } else {
                stages(scene).map(|named| (named, Vec::new()))
            };
            let (named, targets) = match known {
                // The shell has paths to offer.
                Err(reason) if source.paths != Paths::None => return Ok(Some(reason)),
                known => known?,
            };
            let (names, blurbs) = (named.text(), blurbs(scene, named.blurbs));
            let stages = Stages { names: &names, targets: &targets, blurbs: &blurbs };
            items.add_stage_word(&stages, callbacks, &word);
            Ok(Some(named.how))
        }
        (Kind::ConfigKeys, Some(_)) => {
            let Some(remotes) = remotes::find(scene) else { return Ok(None) };
            items.add_config_keys(description, &remotes.keys, incomplete);
            Ok(Some(how))
        }
        (Kind::Remotes, _) => {
            let found = remotes::find(scene).map(|remotes| remotes.names);
            let names = found.unwrap_or_else(|| remotes::surest_names(scene));
            items.add_remotes(&names, incomplete);
            Ok(Some(how))
        }
        _ => {
            items.add_described(found, source);
            Ok(Some(how))
        }
    }
}

/// The last description, where the user would rather have that than wait; another one is made behind.
fn last_description(scene: &Scene) -> Option<Vec<u8>> {
    if scene.settings.on_miss != OnMiss::Stale {
        return None;
    }
    let bytes = capture::last_known(scene)?;
    if may_describe(scene).is_ok() {
        start_behind(&["describe", "--"], scene.typed());
    }
    Some(bytes)
}

/// A new description, as far as policy and trust go: it runs Pivot, and nothing of the project.
/// Nothing where Pivot cannot be described.
fn described_anew(scene: &Scene) -> Result<Option<Vec<u8>>, Reason> {
    may_describe(scene)?;
    Ok(capture::capture(scene).ok())
}

fn may_describe(scene: &Scene) -> Result<(), Reason> {
    if scene.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    refuse_nesting(scene)?;
    trust::may_describe(scene).map_err(|refusal| refusal.reason)
}

/// The names of the stages.
fn stages(scene: &Scene) -> Result<Named, Reason> {
    match ask::cached(scene) {
        Ok(named) => {
            if named.how == Reason::FailedBefore
                && may_execute(scene).is_ok()
                && let Some(store) = retry::due(scene)
            {
                start_behind(&["renew"], OsStr::from_bytes(&store));
            }
            Ok(named)
        }
        // No Pivot completes a stage there, and every repository without Pivot is such a place.
        Err(reason) if has_nothing_to_read(scene) => Err(reason),
        Err(reason) => match known_content(scene, reason) {
            Some(named) => Ok(named),
            None => on_miss(scene),
        },
    }
}

/// What is known of the stages' purposes: told along with the names, or cached.
fn blurbs(scene: &Scene, told: Option<Vec<u8>>) -> Vec<u8> {
    told.unwrap_or_else(|| lookup::last_findings(scene).unwrap_or_default().blurbs)
}

/// The stages, and the targets as lines.
fn targets(scene: &Scene) -> Result<(Named, Vec<u8>), Reason> {
    let of = |(names, targets, how): (Vec<u8>, Vec<u8>, Reason)| {
        (Named::of(lines::split(&names), how), targets)
    };
    let cached = || targets::cached(scene).map(|(names, targets)| (names, targets, Reason::Fresh));
    if let Ok(found) = cached() {
        return Ok(of(found));
    }
    let mut named = stages(scene)?;
    if let Some(targets) = named.targets.take() {
        return Ok((named, targets));
    }
    // Who shared an answer, or wrote `stages.cache`, told names alone.
    let wait = scene.settings.on_miss == OnMiss::Wait && named.how != Reason::FailedBefore;
    let found = match cached() {
        Ok((names, targets, _)) => Some((names, targets, named.how)),
        Err(miss) if wait && may_execute(scene).is_ok() => targets::discovered(scene, miss).ok(),
        Err(_) => None,
    };
    Ok(found.map(of).unwrap_or_else(|| (named, Vec::new())))
}

/// Whether only a `.git` makes this a project, and no config lies there.
fn has_nothing_to_read(scene: &Scene) -> bool {
    scene.project.is_some_and(|project| project.marker == Marker::Git && project.config.is_none())
}

/// What an earlier discovery found in what is there now. It is data: neither policy nor trust is
/// asked, but for whether it may be kept as the current result.
fn known_content(scene: &Scene, reason: Reason) -> Option<Named> {
    let project = scene.project.filter(|_| history::may_answer(reason))?;
    let named = ask::known_content(scene, reason)?;
    let scene = scene.clone();
    afterwards::push(move || {
        if trust::may_use_caches(&scene).is_ok()
            && let Some(lead) = flight::try_lead(path(project.root))
        {
            ask::keep_known(&scene, reason, lead);
        }
    });
    Some(named)
}

/// What the user wants at a miss, as far as trust goes.
fn on_miss(scene: &Scene) -> Result<Named, Reason> {
    let allowed = may_execute(scene);
    match scene.settings.on_miss {
        OnMiss::Never => return Err(Reason::OnMissNever),
        OnMiss::Stale => {
            if let Some(names) = lookup::last_known(scene) {
                if allowed.is_ok() {
                    start_behind(&["refresh", "--behind", "--"], scene.typed());
                }
                return Ok(Named::of(names, Reason::OnMissStale));
            }
        }
        OnMiss::Wait => {}
    }
    allowed?;
    let question = Question::about(scene);
    ask::ask(scene, ask::Wanted::Fresh, &Wish::Stages, &question).or_else(|failure| {
        // The same names as at the next TAB, which finds the failure recorded.
        let last = has_failed(failure.reason).then(|| lookup::last_known(scene)).flatten();
        let names = last.ok_or(failure.reason)?;
        Ok(Named::of(names, Reason::FailedBefore))
    })
}

/// Whether a discovery was tried and gave no names, in whatever way it ended.
fn has_failed(reason: Reason) -> bool {
    matches!(reason, Reason::DiscoveryFailed | Reason::TimedOut)
}

/// Lets click complete the line in Pivot's own Python.
fn by_pivot(scene: &Scene, asker: &Asker<'_>) -> Result<(Vec<u8>, Reason), Reason> {
    let Asker { shell, form, line } = *asker;
    if scene.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(scene)?;
    let names = ask::cached(scene).ok().map(|named| named.text());
    let before = cache_stamp(scene);
    let answer = Question::about(scene).complete(shell, names.as_deref());
    let after = cache_stamp(scene);
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
        Form::Rich { .. } => click_output::of_clicks(shell, form, word, &bytes),
    };
    Ok((bytes, Reason::OtherWord))
}

/// ROOT's `stages.cache` as it is now, where the config here is not ROOT's own.
fn cache_stamp(scene: &Scene) -> Option<(PathBuf, i64, i64)> {
    let project = scene.project.as_ref()?;
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
