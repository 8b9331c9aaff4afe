//! Processes: run for a bounded time, and ended with all that they started. Its modules are name
//! spaces: `interrupts::listen`, `afterwards::push`.

pub mod afterwards;
pub mod behind;
pub mod child;
pub mod interrupts;
pub mod opened;
#[cfg_attr(target_os = "linux", path = "openings/linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "openings/other.rs")]
pub mod openings;
#[cfg_attr(target_os = "linux", path = "orphans_linux.rs")]
#[cfg_attr(not(target_os = "linux"), path = "orphans_other.rs")]
pub mod orphans;
pub mod quiet;
#[cfg(target_os = "linux")]
pub mod watched_process;
