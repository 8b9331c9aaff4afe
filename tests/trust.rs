//! DESIGN.md, section 9 "Trust": at a TAB nothing is executed, and nothing written, on the word of
//! another user. Judged from the text, black-box, with two real users and root: FAULTS.md, rows 53
//! to 61.
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. The table of the sweep is
//! `trust/sweep.md`.

mod support;

#[path = "trust/ground.rs"]
mod ground;
#[path = "trust/managers.rs"]
mod managers;
#[path = "trust/oracle.rs"]
mod oracle;
#[path = "trust/places.rs"]
mod places;
#[path = "faults/rights.rs"]
mod rights;
#[path = "faults/stub.rs"]
mod stub;
#[path = "trust/sweep.rs"]
mod sweep;
#[path = "trust/ways.rs"]
mod ways;
