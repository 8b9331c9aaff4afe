//! Faults that need root, mounts of their own or a second user: FAULTS.md, rows 1, 5, 6, 8, 24, 25,
//! 29 to 32 and 57.
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. All mounts are made in a
//! mount namespace of the test's own thread and are gone with it.

mod support;

/// How the process of StateDB is spoken to.
#[path = "../src/engine/manifests/state_db"]
#[allow(dead_code, reason = "this program is no engine")]
mod state_db {
    pub mod error;
    pub mod wire;
}

#[path = "faults/aftermath.rs"]
mod aftermath;
#[path = "faults/clocks.rs"]
mod clocks;
#[path = "faults/fake_pivot.rs"]
mod fake_pivot;
#[path = "faults/frozen.rs"]
mod frozen;
#[path = "faults/full_disks.rs"]
mod full_disks;
#[path = "faults/fuse.rs"]
mod fuse;
#[path = "faults/fuse_tree.rs"]
mod fuse_tree;
#[path = "faults/fuse_wire.rs"]
mod fuse_wire;
#[path = "faults/in_between.rs"]
mod in_between;
#[path = "faults/rights.rs"]
mod rights;
#[path = "state_db/full_disk.rs"]
mod state_db_full_disk;
#[path = "faults/store_bytes.rs"]
mod store_bytes;
#[path = "faults/strace.rs"]
mod strace;
#[path = "faults/stub.rs"]
mod stub;
#[path = "faults/ticks.rs"]
mod ticks;
#[path = "faults/two_users.rs"]
mod two_users;
#[path = "faults/unwritable.rs"]
mod unwritable;
