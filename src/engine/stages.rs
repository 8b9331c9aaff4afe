//! `pivot-complete stages`: names, or Pivot's own words for why there are none.

use pivot_complete::answer;
use pivot_complete::reason::Reason;

use crate::command_line::StagesRequest;
use crate::discovery::{Question, Wish};
use crate::failure::Failure;
use crate::names::{self, Wanted};
use crate::scene::Scene;
use crate::trace::Trace;
use crate::{NOT_CACHED, print};

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
    let found = if request.all { Err(Reason::EngineCommand) } else { names::cached(&scene) };
    let named = match found {
        Ok(named) => named,
        Err(reason) if request.cached => {
            trace.note("not-cached", reason);
            return Ok(NOT_CACHED);
        }
        Err(reason) => {
            trace.note("miss", reason);
            ask(&scene, request.all).inspect_err(|failure| trace.note("failed", failure.reason))?
        }
    };
    let text = names::whole_lines(&named.names)?;
    names::check_printable(&text, request.format)?;
    let mut bytes = Vec::new();
    answer::write_names(request.format, &[&text], &request.prefix, &mut |piece| {
        bytes.extend(piece);
    });
    trace.note("answered", named.how);
    print(&bytes)
}

fn ask(scene: &Scene, all: bool) -> Result<names::Named, Failure> {
    let question = Question::about(scene);
    if all {
        names::of_all_pipelines(scene, &question)
    } else {
        names::ask(scene, Wanted::Fresh, &Wish::Stages, &question)
    }
}
