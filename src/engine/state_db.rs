//! StateDB: the durable side of the manifest store, `ROOT/.pivot/cache/complete/state.sled`.
//!
//! The engine's other parts see this file alone: it asks a process of its own, which opens the
//! database, for at most a few seconds. All that is in there can be computed again, so whatever
//! goes wrong is a miss: a database that is damaged is set aside, and the next write makes another.

#[path = "state_db/client.rs"]
mod client;
#[path = "state_db/database.rs"]
mod database;
#[path = "state_db/error.rs"]
mod error;
#[path = "state_db/place.rs"]
mod place;
#[path = "state_db/process.rs"]
mod process;
#[path = "state_db/request.rs"]
mod request;
#[path = "state_db/response.rs"]
mod response;
#[path = "state_db/seal.rs"]
mod seal;
#[path = "state_db/size.rs"]
mod size;
#[path = "state_db/wire.rs"]
mod wire;
#[path = "state_db/writes.rs"]
mod writes;

pub use client::StateDb;
pub use error::StateDbError;
pub use place::{is_database, is_lock, remove_database};
pub use process::serve_if_asked;
pub use request::{Access, LOCK};
