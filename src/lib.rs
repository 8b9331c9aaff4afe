//! What a TAB means and which answer is still true: everything the front and the engine share.
//!
//! The library is `no_std`, allocates nothing and performs no I/O. What it needs to know of the
//! file system it asks through [`files::Disk`], so tests put a table in its place. It must not
//! know how an answer is discovered, which process runs it, or where output goes.
//!
//! The way of one TAB through its folders: [`line`] (the shell's words), [`click`] (what the one at
//! the cursor may be), [`pivot`] (what only Pivot means by it), [`project`] (where we are), [`cache`]
//! (what is still true), [`answer`] (the bytes for the shell); [`tab`] is its plan.
//!
//! # For other programs
//!
//! [`embed`] answers "which stages, and is that fresh" within a process of an editor's or a prompt's own; it
//! has examples. Stable in releases of one minor version, as Cargo takes `0.MINOR.PATCH` for
//! compatible, are: [`embed`]; what its examples use of [`files`] ([`files::Disk`] and what its methods take
//! and give), [`environment::Process`], [`project::Environment`] and [`project::VARIABLE_NAMES`];
//! [`cache::lookup::Answer`] with [`names`](cache::lookup::FreshNames::names),
//! [`text`](cache::lookup::FreshNames::text), [`targets`](cache::lookup::FreshNames::targets) and
//! `how` of its names; and the names of reasons ([`reason::Reason::as_str`]), of which there may be
//! more. All else, what the two programs share, may change with each release, and so may
//! the formats of caches: a reader takes a cache of another version for none.
#![no_std]
#![forbid(unsafe_code)]

pub mod answer;
pub mod cache;
pub mod click;
pub mod embed;
pub mod encoding;
pub mod environment;
pub mod files;
pub mod line;
pub mod pivot;
pub mod project;
pub mod reason;
pub mod request;
pub mod tab;
