//! What a TAB means and which answer is still true: everything the front and the engine share.
//!
//! The library is `no_std`, allocates nothing and performs no I/O. What it needs to know of the
//! file system it asks through [`files::Disk`], so tests put a table in its place. It must not
//! know how an answer is discovered, which process runs it, or where output goes.
//!
//! The way of one TAB through its folders: [`line`] (the shell's words), [`click`] (what the one at
//! the cursor may be), [`pivot`] (what only Pivot means by it), [`project`] (where we are), [`cache`]
//! (what is still true), [`answer`] (the bytes for the shell); [`tab`] is its plan.
#![no_std]
#![forbid(unsafe_code)]

pub mod answer;
pub mod cache;
pub mod click;
pub mod encoding;
pub mod environment;
pub mod files;
pub mod line;
pub mod pivot;
pub mod project;
pub mod reason;
pub mod request;
pub mod tab;
