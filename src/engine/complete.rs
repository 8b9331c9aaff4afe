//! A TAB that no fresh cache answers: an earlier result, policy, trust, and at last Pivot. Always
//! ends well: what cannot be answered is click's empty answer.

use std::ffi::OsStr;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use nix::unistd::setsid;
use pivot_complete::project::Marker;
use pivot_complete::query::{Line, Query, Shell};
use pivot_complete::verdict::Reason;
use pivot_complete::wire::{self, BareNames};

use crate::discovery::{Question, Wish};
use crate::disk::path;
use crate::flight;
use crate::known;
use crate::names::{self, Named, Wanted};
use crate::scene::Scene;
use crate::settings::OnMiss;
use crate::trace::Trace;
use crate::trust;

/// Answers the line in the environment as bytes for `shell`.
///
/// Without a line there is nothing to print.
pub fn complete(shell: Shell, trace: &Trace) -> Vec<u8> {
    let variable = |name| std::env::var_os(name).map(OsStringExt::into_vec);
    let (Some(comp_words), Some(comp_cword)) = (variable("COMP_WORDS"), variable("COMP_CWORD"))
    else {
        return Vec::new();
    };
    let mut storage = vec![0; comp_words.len() + comp_cword.len()];
    let line = Line::read(shell, &comp_words, &comp_cword, &mut storage);
    let program = line.as_ref().map(|line| line.program()).unwrap_or_default();
    let answer = Scene::here(Some(OsStr::from_bytes(program)))
        .map_err(|failure| failure.reason)
        .and_then(|scene| {
            let scene = scene.for_tab();
            match line.and_then(|line| line.query().map(|query| prefix_of(&query))) {
                Ok(prefix) => stages(&scene, shell, &prefix),
                Err(_) => by_pivot(&scene, shell),
            }
        });
    match answer {
        Ok((bytes, reason)) => {
            trace.note("answered", reason);
            bytes
        }
        Err(reason) => {
            trace.note("empty", reason);
            b"\n".to_vec()
        }
    }
}

fn prefix_of(query: &Query<'_>) -> Vec<u8> {
    let Query::Stages { prefix } = query;
    prefix.to_vec()
}

/// Completes a stage's name.
fn stages(scene: &Scene, shell: Shell, prefix: &[u8]) -> Result<(Vec<u8>, Reason), Reason> {
    let named = match names::cached(scene) {
        Ok(named) => named,
        // No Pivot completes a stage there, and every repository without Pivot is such a place.
        Err(reason) if has_nothing_to_read(scene) => return Err(reason),
        Err(reason) => match known_content(scene, reason) {
            Some(named) => named,
            None => on_miss(scene)?,
        },
    };
    let text = named.text();
    match BareNames::of(&text) {
        Ok(bare) => {
            let mut bytes = Vec::new();
            wire::write_names(shell, &text, bare, prefix, |piece| bytes.extend(piece));
            Ok((bytes, named.how))
        }
        Err(_) => by_pivot(scene, shell),
    }
}

/// Whether only a `.git` makes this a project, and no config lies there.
fn has_nothing_to_read(scene: &Scene) -> bool {
    scene.project.is_some_and(|project| project.marker == Marker::Git && project.config.is_none())
}

/// What an earlier discovery found in what is there now. It is data: neither policy nor trust is
/// asked, but for whether it may be kept as the current result.
fn known_content(scene: &Scene, reason: Reason) -> Option<Named> {
    let project = scene.project.as_ref().filter(|_| known::may_answer(reason))?;
    let may_write = trust::allows(project, &scene.settings).is_ok();
    let lead = may_write.then(|| flight::try_lead(path(project.root))).flatten();
    let named = names::known_content(scene, reason, lead.as_ref());
    if let Some(lead) = lead {
        lead.withdraw();
    }
    named
}

/// What the user wants at a miss, as far as trust goes.
fn on_miss(scene: &Scene) -> Result<Named, Reason> {
    let allowed = may_execute(scene);
    match scene.settings.on_miss {
        OnMiss::Never => return Err(Reason::OnMissNever),
        OnMiss::Stale => {
            if let Some(names) = names::last_known(scene) {
                if allowed.is_ok() {
                    refresh_behind(scene.typed());
                }
                return Ok(Named::of(names, Reason::OnMissStale));
            }
        }
        OnMiss::Wait => {}
    }
    allowed?;
    let question = Question::about(scene);
    names::ask(scene, Wanted::Fresh, &Wish::Stages, &question).or_else(|failure| {
        // The same names as at the next TAB, which finds the failure recorded.
        let last = (failure.reason == Reason::DiscoveryFailed).then(|| names::last_known(scene));
        let names = last.flatten().ok_or(failure.reason)?;
        Ok(Named::of(names, Reason::FailedBefore))
    })
}

/// Lets click complete the line in Pivot's own Python.
fn by_pivot(scene: &Scene, shell: Shell) -> Result<(Vec<u8>, Reason), Reason> {
    if scene.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(scene)?;
    let names = names::cached(scene).ok().map(|named| named.text());
    let before = cache_stamp(scene);
    let answer = Question::about(scene).complete(shell, names.as_deref());
    if cache_stamp(scene) != before {
        forget_poison(scene);
    }
    answer.map(|bytes| (bytes, Reason::OtherWord)).map_err(|failure| failure.reason)
}

/// Whether a TAB may execute Pivot here, and the project's code with it.
pub fn may_execute(scene: &Scene) -> Result<(), Reason> {
    if scene.settings.nested {
        return Err(Reason::Nested);
    }
    // Without a project no pipeline is read.
    if let Some(project) = &scene.project {
        trust::allows(project, &scene.settings)?;
    }
    let refused = |pivot| trust::may_run(pivot, &scene.directory).err();
    match scene.pivots.iter().map(refused).collect::<Option<Vec<Reason>>>() {
        Some(reasons) => reasons.first().map_or(Ok(()), |reason| Err(*reason)),
        None => Ok(()),
    }
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
fn forget_poison(scene: &Scene) {
    if let Some((file, ..)) = cache_stamp(scene) {
        let _ = std::fs::remove_file(file);
    }
}

/// Starts a refresh that outlives this process; at most one of them discovers.
fn refresh_behind(typed: &OsStr) {
    let Ok(engine) = std::env::current_exe() else { return };
    let mut command = Command::new(engine);
    command.args(["refresh", "--behind", "--"]).arg(typed);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        use std::os::unix::process::CommandExt;
        // The shell's Ctrl-C is not for it.
        command.pre_exec(|| setsid().map(drop).map_err(Into::into));
    }
    let _ = command.spawn();
}
