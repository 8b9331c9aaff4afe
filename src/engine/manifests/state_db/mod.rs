//! StateDB: the durable side of the manifest store, `ROOT/.pivot/cache/complete/state.sled`.
//!
//! The engine's other parts see what is exported here: a process of its own is asked, which opens the
//! database, for at most a few seconds. All that is in there can be computed again, so whatever
//! goes wrong is a miss: a database that is damaged is set aside, and the next write makes another.

mod client;
mod database;
mod database_files;
mod error;
mod process;
mod request;
mod response;
mod seal;
mod size;
#[cfg(test)]
mod tests;
mod wire;
mod writes;

pub use client::StateDb;
pub use database_files::{is_database, is_lock, remove_database};
pub use error::StateDbError;
pub use process::serve_if_asked;
pub use request::{Access, LOCK};
