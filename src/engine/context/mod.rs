//! Where we are, which Pivot is meant, and whom to trust.

mod here;
pub mod installed;
pub mod lacking;
pub mod pivot;
mod shebang;
pub mod trust;

pub use here::{Context, config_now, config_path, relative_config};
