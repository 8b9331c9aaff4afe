//! Behind a prompt: finds out what the next TAB would have to wait for, as far as a TAB might.

use std::ffi::OsStr;
use std::time::Duration;

use pivot_complete::verdict::Reason;

use crate::ANSWERED;
use crate::capture;
use crate::complete::may_execute;
use crate::discovery::Question;
use crate::disk::path;
use crate::names;
use crate::publish::CacheDirectory;
use crate::scene::Scene;
use crate::settings::OnMiss;
use crate::tab;
use crate::trace::Trace;

/// Its mtime says when a prompt last had something found out that could not be kept.
const IN_VAIN: &str = "prewarm";
/// For so long nothing more is tried then: prompts come by the second.
const PAUSE: Duration = Duration::from_secs(60);

/// Discovers once, if nobody does, and if a TAB here would be allowed to. Says nothing.
pub fn run() -> u8 {
    tab::be_quiet();
    let trace = Trace::start("prewarm");
    match Scene::here(None).map_err(|failure| failure.reason).and_then(|scene| warm(&scene)) {
        Ok(reason) => trace.note("prewarmed", reason),
        Err(reason) => trace.note("nothing", reason),
    }
    ANSWERED
}

fn warm(scene: &Scene) -> Result<Reason, Reason> {
    let scene = scene.again().map_err(|failure| failure.reason)?.for_tab();
    if scene.settings.on_miss == OnMiss::Never {
        return Err(Reason::OnMissNever);
    }
    may_execute(&scene)?;
    if let Ok(named) = names::cached(&scene) {
        return Ok(named.how);
    }
    let project = scene.project.as_ref().ok_or(Reason::NoProject)?;
    let directory = CacheDirectory::open(path(project.root), &["cache", "complete"])
        .map_err(|_| Reason::CacheUnreadable)?;
    if has_just_failed(&directory) {
        return Err(Reason::PrewarmPaused);
    }
    let found = names::ask_alone(&scene, &Question::about(&scene))?;
    if names::cached(&scene).is_err() {
        // Neither can the next prompt.
        let _ = std::fs::write(directory.path().join(IN_VAIN), "");
    }
    if capture::stored(&scene).is_err() {
        let _ = capture::capture(&scene);
    }
    found.map(|named| named.how).map_err(|failure| failure.reason)
}

fn has_just_failed(directory: &CacheDirectory) -> bool {
    let file = directory.path().join(OsStr::new(IN_VAIN));
    let modified = file.symlink_metadata().and_then(|found| found.modified());
    // One of the future counts for nothing.
    modified.is_ok_and(|then| then.elapsed().is_ok_and(|age| age < PAUSE))
}
