//! Words and names from any bytes.
#![no_main]

#[path = "../looks/forms.rs"]
mod forms;
#[path = "../looks/line.rs"]
mod look;
#[path = "../looks/pieces.rs"]
mod pieces;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look(bytes));
