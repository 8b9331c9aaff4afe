//! `pivot-complete describe`, not for users: what a TAB starts behind itself.

use std::ffi::OsStr;

use pivot_complete::reason::Reason;

use crate::context::scene::Scene;
use crate::report::{Failure, complain, print};
use crate::spec::capture;
use crate::trace::Trace;

/// `describe`: sees to it that there is a description, and says where from. As JSON it is made anew
/// and printed, whatever is kept.
///
/// `behind` is the first word of the line of the TAB that started it behind itself.
pub fn run(json: bool, behind: Option<&OsStr>) -> Result<u8, Failure> {
    let trace = Trace::start("describe");
    let scene = Scene::here(behind)?;
    let scene = if behind.is_some() { scene.behind_tab() } else { scene };
    if json {
        let (made, keeping) = capture::make(&scene)?;
        let printed = print(&[&made.json[..], b"\n"].concat());
        if let Err(why) = keeping.keep() {
            complain(&why.to_string());
        }
        return printed;
    }
    let how = match capture::stored(&scene) {
        Ok(_) => Reason::Fresh,
        // Each of many TABs starts one behind itself.
        Err(_) if behind.is_some() && capture::is_being_made(&scene) => Reason::Shared,
        Err(_) => capture::capture(&scene).map(|_| Reason::Discovered)?,
    };
    trace.note("described", how);
    print(format!("{}\n", how.as_str()).as_bytes())
}
