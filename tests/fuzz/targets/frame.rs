//! The driver's frame from any bytes: whole, broken, or in want of more.
#![no_main]

#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../../src/engine/python"]
mod python {
    pub mod frame;
    pub mod observed;
}

use libfuzzer_sys::fuzz_target;

use python::frame::{self, Progress};

fuzz_target!(|bytes: &[u8]| {
    // A longer piece of the same bytes never takes a verdict back.
    let half = frame::read(&bytes[..bytes.len() / 2]);
    let whole = frame::read(bytes);
    if half != Progress::Incomplete {
        assert_eq!(half, whole);
    }
});
