//! Where we are, which Pivot is meant, and whom to trust.

pub mod installed;
pub mod pivot;
pub mod scene;
mod shebang;
pub mod trust;
