//! Asks Pivot, in the user's Python. Knows no cache but that of its own code.

pub mod click_output;
mod drive;
mod driver;
pub mod frame;
mod inquiry;
mod kept;
mod native;
pub mod observed;
mod opaque;

pub use inquiry::{Found, Inquiry, Origin, Subject};
