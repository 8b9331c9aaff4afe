//! Behind a prompt: finds out what the next TAB would have to wait for, as far as a TAB might.

use std::ffi::OsStr;
use std::time::Duration;

use pivot_complete::reason::Reason;

use crate::context::scene::Scene;
use crate::discovery::ask;
use crate::discovery::ask::Named;
use crate::discovery::policy::may_execute;
use crate::environment::settings::OnMiss;
use crate::files::disk::{path, read_if};
use crate::files::publish::{CacheDirectory, NotCached};
use crate::python::question::Question;
use crate::report::ANSWERED;
use crate::spec::capture;
use crate::trace::Trace;

/// Holds the question that a prompt last had asked and whose answer could not be kept; its mtime
/// says when.
pub const IN_VAIN: &str = "prewarm";
/// For so long nothing more is tried then: prompts come by the second.
const PAUSE: Duration = Duration::from_secs(60);

/// Discovers once, if nobody does, and if a TAB here would be allowed to. Says nothing.
pub fn run() -> u8 {
    let trace = Trace::start("prewarm");
    match Scene::here(None).map_err(|failure| failure.reason).and_then(warm) {
        Ok(reason) => trace.note("prewarmed", reason),
        Err(reason) => trace.note("nothing", reason),
    }
    ANSWERED
}

fn warm(scene: Scene) -> Result<Reason, Reason> {
    let scene = scene.for_tab();
    if scene.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(&scene)?;
    if let Ok(named) = ask::cached(&scene) {
        return Ok(named.how);
    }
    let project = scene.project.as_ref().ok_or(Reason::NoProject)?;
    let directory = CacheDirectory::open(path(project.root), &["cache", "complete"])
        .map_err(|_| Reason::CacheUnreadable)?;
    let question = ask::question_key(&scene, project);
    if was_in_vain(&directory, &question) {
        return Err(Reason::PrewarmPaused);
    }
    let found = ask::ask_alone(&scene, &Question::about(&scene))?;
    let was_edited =
        matches!(&found, Ok(Named { not_cached: Some(NotCached::InputChanged(_)), .. }));
    let is_missing = matches!(&found, Err(failure) if failure.reason == Reason::NoPivot);
    if !was_edited && !is_missing && ask::cached(&scene).is_err() {
        // The next prompt can keep it no better.
        let _ = directory.write(OsStr::new(IN_VAIN), &question, || true);
    }
    if capture::stored(&scene).is_err() {
        let _ = capture::capture(&scene);
    }
    found.map(|named| named.how).map_err(|failure| failure.reason)
}

/// Whether the same question was asked in vain a moment ago.
fn was_in_vain(directory: &CacheDirectory, question: &[u8]) -> bool {
    let file = directory.path().join(IN_VAIN);
    let modified = file.symlink_metadata().and_then(|found| found.modified());
    // One of the future counts for nothing.
    let is_new = modified.is_ok_and(|then| then.elapsed().is_ok_and(|age| age < PAUSE));
    is_new && read_if(&file, question.len(), |_| true).is_ok_and(|told| told == question)
}
