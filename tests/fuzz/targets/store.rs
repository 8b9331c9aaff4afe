//! Any bytes as a store, or as edits of one.
#![no_main]

#[path = "../looks/store.rs"]
mod look;
#[path = "../looks/pieces.rs"]
mod pieces;
// The engine's encoder.
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../../src/engine/cache/record.rs"]
mod record;

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: assert!(look::is_sound()),
    |bytes: &[u8]| look::look(bytes)
);
