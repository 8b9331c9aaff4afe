//! Any bytes as a setting.
#![no_main]

#[path = "../looks/settings.rs"]
mod look;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| look::look(bytes));
