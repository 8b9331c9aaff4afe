//! Of the third stop: click's completion, over a description of a command line.
//!
//! spec.rs reads what the engine captured of an application, by the fields of [`layout`]; parser.rs
//! takes a command's words apart as click's parser does (queue.rs, prefixes.rs); completion.rs finds
//! what the cursor's word may be. It is written for click, not for one application: what the
//! description does not tell for certain is click's own to answer, in the engine.
//!
//! Source: click 8.5.1's and 8.1.8's `shell_completion.py`, `parser.py` and `core.py`.

mod completion;
mod kind;
pub mod layout;
mod parser;
mod prefixes;
mod queue;
mod spec;

pub use completion::{Completion, ItemType, TakeItem, complete};
pub use kind::{Kind, Paths};
pub use spec::{Command, Description, Param};
