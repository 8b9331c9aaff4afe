//! Asks Pivot, in the user's Python. Knows no cache.

pub mod click_output;
mod drive;
mod driver;
pub mod frame;
pub mod observed;
mod opaque;
mod query;

pub use query::{Found, Origin, Query, Subject};
