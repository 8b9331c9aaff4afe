//! A discovery that makes or removes what it had looked at: the next one sees something else, and may find
//! other names. So the next one is run at once, and what that finds is kept. At a TAB that is done behind
//! the answer, which is what Pivot itself says then; a command says what is kept, where it has the time.

use std::rc::Rc;
use std::time::Instant;

use crate::context::Context;
use crate::environment::settings::started;
use crate::files::{NotCached, path};
use crate::python::{Found, Inquiry, Subject};
use crate::trace::Trace;

/// Where on its way a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The user waits for it.
    BeforeAnswer,
    /// It is about to be kept.
    BehindAnswer,
}

/// What is to be kept: what was `found`, or what is found once more. One that overtakes itself each time,
/// by a new name for one, is kept as it is.
pub fn settled(
    context: &Context,
    found: &Rc<Found>,
    subject: &Subject,
    when: When,
) -> Result<Rc<Found>, NotCached> {
    let Some(overtaken) = found.frame.seen.overtaken.first() else { return Ok(Rc::clone(found)) };
    let mut context = context.clone();
    match when {
        When::BehindAnswer => {
            context.settings.deadline = Instant::now() + context.settings.timeout;
        }
        // As much time again must be left.
        When::BeforeAnswer => {
            if context.is_tab || started().elapsed() > context.settings.timeout / 2 {
                return Ok(Rc::clone(found));
            }
        }
    }
    let overtaken = path(overtaken);
    Trace::start("discovery").note_error("once-more", &overtaken.display());
    let again = Inquiry::about(&context).stages(subject);
    let mut again = again.map_err(|_| NotCached::InputChanged(overtaken.to_owned()))?;
    again.frame.seen.overtaken.clear();
    Ok(Rc::new(again))
}
