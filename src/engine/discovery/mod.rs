//! From a miss to names, once for all who wait.

mod ask;
mod every;
mod findings;
mod from_history;
mod key;
mod lead;
mod names;
mod pivot_yaml;
mod policy;
mod refused;
pub mod retry;
mod settled;
mod targets;

pub use ask::{ask, ask_alone};
pub use every::{ask_every, cached_every};
pub use from_history::{keep_known, known_content};
pub use key::question_key;
pub use lead::{KeptRecord, PendingResult, Reuse};
pub use names::{Names, cached, cached_with_targets};
pub use pivot_yaml::names as names_in_yaml;
pub use policy::may_execute;
pub use refused::refused;
pub use targets::{ask_with_targets, lacking_targets};
