//! DESIGN.md, section 9 "Trust": at a TAB nothing is executed, and nothing written, on the word of
//! another user. Judged from the text, black-box, with two real users and root: FAULTS.md, rows 53
//! to 61.
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. The table of the sweep is
//! `trust/sweep.md`.

mod support;

#[path = "trust/beside.rs"]
mod beside;
#[path = "faults/fake_pivot.rs"]
mod fake_pivot;
#[path = "trust/found.rs"]
mod found;
#[path = "trust/ground.rs"]
mod ground;
#[path = "trust/lists.rs"]
mod lists;
#[path = "trust/loader.rs"]
mod loader;
#[path = "trust/managers.rs"]
mod managers;
#[path = "trust/oracle.rs"]
mod oracle;
#[path = "trust/own_files.rs"]
mod own_files;
#[path = "trust/places.rs"]
mod places;
#[path = "trust/printed.rs"]
mod printed;
#[path = "faults/rights.rs"]
#[allow(dead_code, reason = "each test program uses its part")]
mod rights;
#[path = "trust/second_look.rs"]
mod second_look;
#[path = "trust/shell_scripts.rs"]
mod shell_scripts;
#[path = "trust/starts.rs"]
mod starts;
#[path = "faults/store_bytes.rs"]
mod store_bytes;
#[path = "faults/strace.rs"]
mod strace;
#[path = "faults/stub.rs"]
mod stub;
#[path = "trust/sudo.rs"]
mod sudo;
#[path = "trust/sweep.rs"]
mod sweep;
#[path = "trust/things.rs"]
mod things;
#[path = "trust/told.rs"]
mod told;
#[path = "trust/traced.rs"]
mod traced;
#[path = "trust/way_table.rs"]
mod way_table;
#[path = "trust/ways.rs"]
mod ways;
#[path = "trust/with_what.rs"]
mod with_what;
