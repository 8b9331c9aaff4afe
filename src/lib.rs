//! What a TAB means and which answer is still true: everything the front and the engine share.
//!
//! The library is `no_std`, allocates nothing and performs no I/O. What it needs to know of the
//! file system it asks through [`disk::Disk`], so tests put a table in its place. It must not
//! know how an answer is discovered, which process runs it, or where output goes.
//!
//! The way of one TAB through these files: [`query`] (the shell's words), [`click`] (what the one at
//! the cursor may be), [`answer`] (which names are still true), [`store`] (the bytes all this comes
//! from), [`wire`] (what click prints for it).
#![no_std]
#![forbid(unsafe_code)]

pub mod answer;
pub mod arguments;
pub mod bytes;
pub mod click;
pub mod disk;
pub mod environment;
pub mod hex;
pub mod input;
pub mod loader;
pub mod mtime;
pub mod output;
pub mod path;
pub mod project;
pub mod provenance;
pub mod python_float;
pub mod query;
pub mod renewal;
pub mod stages_cache;
pub mod stamp;
pub mod status;
pub mod store;
pub mod trace;
pub mod verdict;
pub mod wire;
pub mod words;
