//! Any bytes as a `stages.cache`.
#![no_main]

#[path = "../looks/stages_cache.rs"]
mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look(bytes));
