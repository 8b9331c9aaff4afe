//! click's algorithm over any bytes, and over edits of a sound description.
#![no_main]

// The engine's encoder.
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../../src/engine/spec/encode.rs"]
mod encode;
#[path = "../looks/forms.rs"]
mod forms;
#[path = "../looks/click.rs"]
mod look;
#[path = "../looks/pieces.rs"]
mod pieces;

use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: look::assert_is_sound(),
    |bytes: &[u8]| look::look(bytes)
);
