//! Faults that are injected for real, of those that need no special rights (ARCHITECTURE.md, "Faults").
//!
//! Those that need root, mounts or a second user are in `tests/privileged`. Where a loop walks over
//! every system call of a discovery, a stub answers in Pivot's place: the engine under test is
//! the same, and a run takes 20 ms instead of 700.

mod contents;
mod cost;
mod crafted;
mod crowd;
mod damaged;
mod deadline;
mod descriptions;
mod disagreement;
mod environments;
mod forged;
mod growth;
mod killed;
mod killed_store;
mod kills;
mod life;
mod limits;
mod litter;
mod locks;
mod looks;
mod many;
mod memory;
mod orphans;
mod passing;
mod python;
mod questions;
mod restored;
mod rewrites;
mod roots;
mod surroundings;
mod table;
mod truncated;
mod trust;
mod workers;
mod writing;
