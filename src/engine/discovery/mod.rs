//! From a miss to names, once for all who wait.

pub mod ask;
pub mod caching;
pub mod policy;
pub mod retry;
pub mod targets;
