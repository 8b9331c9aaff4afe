//! `pivot-complete status`: how fresh each stage is, against the manifests computed last.

use pivot_complete::answer;
use pivot_complete::cache::lookup::Answer;
use pivot_complete::cache::status::Comparison;
use pivot_complete::files::PathBuffer;
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::cache::lookup;
use crate::context::Context;
use crate::discovery::{Reuse, ask};
use crate::files::{Disk, path_storage};
use crate::python::{Inquiry, Subject};
use crate::report::{Failure, print};
use crate::trace::Trace;

/// Prints every stage's state.
pub fn run(format: Format) -> Result<u8, Failure> {
    let trace = Trace::start("status");
    let context = Context::here(None)?;
    let mut how = Reason::Fresh;
    let mut discovered = Vec::new();
    let mut answer = lookup::look_up(&context);
    if let Answer::Miss(reason) = answer {
        trace.note("miss", reason);
        let inquiry = Inquiry::about(&context);
        let (named, _) = ask(&context, Reuse::Cached, &Subject::Stages, &inquiry)
            .now()
            .inspect_err(|failure| trace.note("failed", failure.reason))?;
        how = named.how;
        discovered = named.whole()?.to_vec();
        answer = lookup::look_up(&context);
        if let (Reason::Shared, Answer::Miss(_)) = (how, &answer) {
            // Who shares an answer may have it before it is cached; our turn comes after that.
            let _ = ask(&context, Reuse::Cached, &Subject::Stages, &inquiry).now();
            answer = lookup::look_up(&context);
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
    let root = context.project.as_ref().map_or(&b""[..], |project| project.root);
    let manifests = record.as_ref().zip(manifests);
    let mut comparison = Comparison::new(&Disk, root, manifests, false, &mut seen);
    let mut bytes = Vec::new();
    let mut storage = path_storage();
    let mut path = PathBuffer::new(&mut storage);
    let mut state = |name: &[u8]| {
        let state = comparison.state(name, &mut path);
        (state.as_str(), state.changed())
    };
    answer::write_states(format, names, &mut state, &mut |piece| bytes.extend(piece));
    trace.note("answered", how);
    print(&bytes)
}
