//! Everything end to end, on the built programs: real Pivots, real shells, injected faults.
//!
//! One program, since each links all of Rust's library anew. `privileged` needs root.

#[macro_use]
mod support;

mod advisories;
mod arguments;
mod cache;
mod click;
mod compatibility;
mod description;
mod differential;
mod discovery;
mod documents;
mod faults;
mod freshness;
mod front;
mod inputs;
mod manual;
mod mtime;
mod other_shells;
mod own_completions;
mod packaging;
mod privileged;
mod release;
mod rich;
mod second_application;
mod shapes;
mod shells;
mod smoke;
mod waiting;
mod watch;
mod workflows;
mod writers;
