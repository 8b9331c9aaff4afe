//! `pivot-complete refresh`: discovers now, whatever the caches say.

use std::ffi::OsStr;
use std::io::{IsTerminal, Write};
use std::time::Instant;

use pivot_complete::verdict::Reason;

use crate::discovery::Question;
use crate::failure::Failure;
use crate::names::{self, Wanted};
use crate::print;
use crate::scene::Scene;
use crate::trace::Trace;

/// Rewrites the caches. `behind` a TAB, whose line began with that word, a discovery that runs
/// already will do.
pub fn run(behind: Option<&OsStr>) -> Result<u8, Failure> {
    let trace = Trace::start("refresh");
    let scene = Scene::here(behind)?;
    if scene.project.is_none() {
        return Err(Failure::new(
            Reason::NoProject,
            format!(
                "no project at or above {}: no directory has .pivot or .git",
                scene.directory.display()
            ),
        ));
    }
    let start = Instant::now();
    let on_terminal = std::io::stderr().is_terminal() && behind.is_none();
    let waiting = || {
        if on_terminal {
            let seconds = start.elapsed().as_secs_f32();
            let _ = write!(std::io::stderr(), "\rdiscovering stages: {seconds:.1} s");
        }
    };
    let question = Question { waiting: &waiting, ..Question::about(&scene) };
    let wanted = if behind.is_some() { Wanted::Renewed } else { Wanted::New };
    let result = names::ask(&scene, wanted, &question);
    if on_terminal {
        // Clears the line of the progress.
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
    let named = result.inspect_err(|failure| trace.note("failed", failure.reason))?;
    trace.note("refreshed", named.how);
    let seconds = start.elapsed().as_secs_f32();
    let mut report = format!("{} stages in {seconds:.2} s", named.names.len());
    if let Some(not_cached) = &named.not_cached {
        report.push_str(&format!("; {not_cached}"));
    }
    report.push('\n');
    print(report.as_bytes())
}
