//! Pivot's command line, described and encoded.

pub mod capture;
mod encode;
pub mod remotes;
