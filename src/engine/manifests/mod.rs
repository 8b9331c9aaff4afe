//! Manifests: computed, kept, found again. Knows no shell.

mod computed;
mod durable;
pub mod encode;
mod keep;
mod known;
#[cfg(test)]
mod released;
mod standing;
pub mod state_db;
mod stored;
mod walk;

pub use computed::{Computed, by_pivot};
pub use keep::keep;
pub use known::KnownManifests;
pub use standing::{Stands, standing};
pub use stored::{in_store, stored, with_stored};
