//! Manifests: computed, kept, found again. Knows no shell.

mod computed;
mod durable;
pub mod encode;
mod keep;
#[cfg(test)]
mod released;
pub mod state_db;
mod stored;
mod told;

pub use computed::by_pivot;
pub use keep::keep;
pub use stored::{in_store, stored, with_stored};
pub use told::Manifests;
