//! Discovers behind a save, so that no TAB has to: what is watched, and when something is done about it.
//! What is done is a prompt's work, by a process that is started for it: there is no second way to
//! discover, and this one stays small.
//!
//! A shell's hook finds its watcher by a room in the user's runtime directory, where it leaves its
//! environment and the directory it is in. A watcher ends with the last shell that did.

mod callers;
mod places;
mod room;
mod rooms;
mod searched;
mod watched;
mod watcher;

pub use callers::{Handover, hand_over};
pub use places::Places;
pub use room::{LOCK, Room, Standing, standing};
pub use rooms::{lacking, sweep};
pub use watcher::{Ended, Look, Tell, Watcher};
