//! Faults that need root, mounts of their own or a second user: FAULTS.md, rows 24, 25 and 29 to
//! 32.
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. All mounts are made in a
//! mount namespace of the test's own thread and are gone with it.

mod support;

#[path = "faults/full_disks.rs"]
mod full_disks;
#[path = "faults/rights.rs"]
mod rights;
#[path = "faults/stub.rs"]
mod stub;
#[path = "faults/two_users.rs"]
mod two_users;
#[path = "faults/unwritable.rs"]
mod unwritable;
