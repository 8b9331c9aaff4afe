//! ARCHITECTURE.md, "Trust": at a TAB nothing is executed, and nothing written, on the word of
//! another user. Judged from the text, black-box, with two real users and root.
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. The table of the sweep is
//! `sweep.md`.

mod beside;
mod every;
mod found;
mod ground;
mod lists;
mod loader;
mod managers;
mod oracle;
mod own_files;
mod places;
mod printed;
mod real_mise;
mod second_look;
mod shell_scripts;
mod starts;
mod sudo;
mod sweep;
mod things;
mod told;
mod traced;
mod way_down;
mod way_table;
mod ways;
mod with_what;
