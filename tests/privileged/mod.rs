//! Faults that need root, mounts of their own or a second user
//! (ARCHITECTURE.md, "Faults").
//!
//! Nothing here is skipped: a test that lacks a right fails and names it. All mounts are made in a
//! mount namespace of the test's own thread and are gone with it.

mod clocks;
mod denied;
mod far;
mod frozen;
mod full_disks;
mod fuse;
mod fuse_tree;
mod fuse_wire;
mod in_between;
mod state_db_full_disk;
mod ticks;
mod trust;
mod two_users;
mod unwritable;
