//! Asks Pivot, in the user's Python. Knows no cache.

pub mod click_output;
mod driver;
pub mod frame;
pub mod observed;
pub mod question;
