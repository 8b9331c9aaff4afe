//! Manifests: computed, kept, found again. Knows no shell.

pub mod compute;
pub mod durable;
pub mod encode;
pub mod state_db;
