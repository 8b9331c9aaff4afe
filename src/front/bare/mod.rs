//! The front's system without libc: Linux on x86-64.
//!
//! A program that is entered without libc costs what the kernel's own exec costs. glibc's start
//! alone makes some seventy CPUID instructions, each of which traps in a virtual machine; so
//! nothing here may detect CPU features either. `front/hosted.rs` has the same functions on std.

mod arena;
mod block;
mod disk;
mod files;
mod kernel;
mod machine;
mod mem;
mod output;
mod process;
mod start;

pub use arena::memory;
pub use block::{arguments, variable, variables_behind};
pub use disk::Disk;
pub use machine::PROCESS;
pub use output::{Stdout, append, complain, say};
pub use process::{
    be_silent, can_start_engine, enter, epoch_ms, execute_engine, exit, is_writable, monotonic_ns,
    process_id, start_engine, working_directory,
};
