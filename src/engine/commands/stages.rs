//! `pivot-complete stages`: names, or Pivot's own words for why there are none.

use pivot_complete::answer;
use pivot_complete::reason::Reason;

use crate::cli::StagesRequest;
use crate::context::scene::Scene;
use crate::discovery::{Named, Wanted, ask, ask_all_pipelines, cached};
use crate::python::question::{Question, Wish};
use crate::report::Failure;
use crate::report::{NOT_CACHED, check_printable, print};
use crate::trace::Trace;

/// Prints the names that `request` asks for.
pub fn run(request: &StagesRequest) -> Result<u8, Failure> {
    let trace = Trace::start("stages");
    let scene = match Scene::here(None) {
        Ok(scene) => scene,
        Err(failure) => {
            trace.note("failed", failure.reason);
            return if request.cached { Ok(NOT_CACHED) } else { Err(failure) };
        }
    };
    let found = if request.all { Err(Reason::EngineCommand) } else { cached(&scene) };
    let named = match found {
        Ok(named) => named,
        Err(reason) if request.cached => {
            trace.note("not-cached", reason);
            return Ok(NOT_CACHED);
        }
        Err(reason) => {
            trace.note("miss", reason);
            asked(&scene, request.all)
                .inspect_err(|failure| trace.note("failed", failure.reason))?
        }
    };
    let text = named.whole()?;
    check_printable(text, request.format)?;
    let mut bytes = Vec::new();
    answer::write_names(request.format, &[text], &request.prefix, &mut |piece| {
        bytes.extend(piece);
    });
    trace.note("answered", named.how);
    print(&bytes)
}

fn asked(scene: &Scene, all: bool) -> Result<Named, Failure> {
    let question = Question::about(scene);
    if all {
        ask_all_pipelines(scene, &question)
    } else {
        ask(scene, Wanted::Fresh, &Wish::Stages, &question).behind()
    }
}
