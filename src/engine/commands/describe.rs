//! `pivot-complete describe`, not for users: what a TAB starts behind itself.

use std::ffi::OsStr;

use pivot_complete::reason::Reason;

use crate::context::Context;
use crate::environment::settings::{OnMiss, Settings, variable};
use crate::process::behind;
use crate::report::{Failure, complain, print};
use crate::spec::description;
use crate::trace::Trace;

/// Has that done behind a shell that has a prompt hook, as it starts: the first TAB waits less. What may
/// be run is asked by the process that does it.
pub fn behind_the_first_prompt() {
    let is_off = variable("PIVOT_COMPLETE_OFF").is_some();
    if !is_off && Settings::from_environment().on_miss != OnMiss::Never {
        behind::start(&["describe", "--"], OsStr::new(""));
    }
}

/// `describe`: sees to it that there is a description, and says where from. As JSON it is made anew
/// and printed, whatever is kept.
///
/// `behind` is the first word of the line of the TAB that started it behind itself.
pub fn run(json: bool, behind: Option<&OsStr>) -> Result<u8, Failure> {
    let trace = Trace::start("describe");
    let context = Context::here(behind)?;
    let context = if behind.is_some() { context.behind_tab() } else { context };
    if json {
        let (made, pending) = description::make(&context)?;
        let printed = print(&[&made.json[..], b"\n"].concat());
        if let Err(why) = pending.keep() {
            complain(&why.to_string());
        }
        return printed;
    }
    let how = match description::stored(&context) {
        Ok(_) => Reason::Fresh,
        // Each of many TABs starts one behind itself.
        Err(_) if behind.is_some() && description::is_being_made(&context) => {
            Reason::BeingDiscovered
        }
        Err(_) => description::describe(&context).map(|_| Reason::Discovered)?,
    };
    trace.note("described", how);
    print(format!("{}\n", how.as_str()).as_bytes())
}
