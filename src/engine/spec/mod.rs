//! Pivot's command line, described and encoded. Its modules are name spaces: `description::describe`,
//! `remotes::find`.

pub mod description;
mod encode;
pub mod remotes;
