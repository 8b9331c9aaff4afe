//! `pivot-complete status`: how fresh each stage is, against the manifests computed last.

use crate::cache::lookup;
use pivot_complete::cache::lookup::Answer;
use pivot_complete::cache::status::Comparison;
use pivot_complete::files::PathBuffer;
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::context::scene::Scene;
use crate::discovery::{Wanted, ask};
use crate::files::{Disk, path_storage};
use crate::python::question::{Question, Wish};
use crate::report::Failure;
use crate::report::print;
use crate::trace::Trace;

/// Prints every stage's state.
pub fn run(format: Format) -> Result<u8, Failure> {
    let trace = Trace::start("status");
    let scene = Scene::here(None)?;
    let mut how = Reason::Fresh;
    let mut discovered = Vec::new();
    let mut answer = lookup::look_up(&scene);
    if let Answer::Miss(reason) = answer {
        trace.note("miss", reason);
        let question = Question::about(&scene);
        let (named, _) = ask(&scene, Wanted::Fresh, &Wish::Stages, &question)
            .now()
            .inspect_err(|failure| trace.note("failed", failure.reason))?;
        how = named.how;
        discovered = named.whole()?.to_vec();
        answer = lookup::look_up(&scene);
        if let (Reason::Shared, Answer::Miss(_)) = (how, &answer) {
            // Who shares an answer may have it before it is cached; our turn comes after that.
            let _ = ask(&scene, Wanted::Fresh, &Wish::Stages, &question).now();
            answer = lookup::look_up(&scene);
        }
    }
    let store = match &answer {
        Answer::Names(names) => names.store(),
        Answer::Nothing(_) | Answer::Miss(_) => None,
    };
    let record = store.and_then(|store| store.current().ok());
    let manifests = store.and_then(|store| store.manifests().ok());
    let mut seen = vec![0; manifests.map_or(0, |manifests| manifests.source_count())];
    let names = match &answer {
        Answer::Names(names) => names.text(),
        Answer::Nothing(_) | Answer::Miss(_) => &discovered,
    };
    let root = scene.project.as_ref().map_or(&b""[..], |project| project.root);
    let manifests = record.as_ref().zip(manifests);
    let (seen, by_stamps) = (&mut seen[..], false);
    let (disk, near, others, gave_up) = (&Disk, 0, None, false);
    let mut comparison =
        Comparison { disk, root, names, manifests, by_stamps, gave_up, near, others, seen };
    let mut bytes = Vec::new();
    let mut storage = path_storage();
    comparison.write(format, &mut PathBuffer::new(&mut storage), |piece| bytes.extend(piece));
    trace.note("answered", how);
    print(&bytes)
}
