//! Faults that are injected for real: FAULTS.md, the rows that need no special rights.
//!
//! Rows that need root, mounts or a second user are in `privileged.rs`. Where a loop walks over
//! every system call of a discovery, a stub answers in Pivot's place: the engine under test is
//! the same, and a run takes 20 ms instead of 700.

mod support;

#[path = "faults/aftermath.rs"]
mod aftermath;
#[path = "faults/contents.rs"]
mod contents;
#[path = "faults/cost.rs"]
mod cost;
#[path = "faults/crafted.rs"]
mod crafted;
#[path = "faults/crowd.rs"]
mod crowd;
#[path = "faults/damaged.rs"]
mod damaged;
#[path = "faults/deadline.rs"]
mod deadline;
#[path = "faults/disagreement.rs"]
mod disagreement;
#[path = "faults/environments.rs"]
mod environments;
#[path = "faults/fake_pivot.rs"]
mod fake_pivot;
#[path = "faults/forged.rs"]
mod forged;
#[path = "faults/killed.rs"]
mod killed;
#[path = "faults/killed_store.rs"]
mod killed_store;
#[path = "faults/litter.rs"]
mod litter;
#[path = "faults/locks.rs"]
mod locks;
#[path = "faults/looks.rs"]
mod looks;
#[path = "faults/many.rs"]
mod many;
#[path = "faults/passing.rs"]
mod passing;
#[path = "faults/python.rs"]
mod python;
#[path = "faults/questions.rs"]
mod questions;
#[path = "faults/restored.rs"]
mod restored;
#[path = "faults/roots.rs"]
mod roots;
#[path = "faults/store_bytes.rs"]
mod store_bytes;
#[path = "faults/strace.rs"]
mod strace;
#[path = "faults/stub.rs"]
mod stub;
#[path = "faults/surroundings.rs"]
mod surroundings;
#[path = "faults/truncated.rs"]
mod truncated;
#[path = "faults/trust.rs"]
mod trust;
#[path = "faults/workers.rs"]
mod workers;
#[path = "faults/writing.rs"]
mod writing;
