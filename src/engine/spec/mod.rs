//! Pivot's command line, described and encoded.

pub mod description;
mod encode;
pub mod remotes;
