//! The driver's frame from any bytes: whole, broken, or in want of more; and from fields with right lengths.
#![no_main]

#[path = "../looks/pieces.rs"]
mod pieces;
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../../src/engine/python"]
mod python {
    pub mod frame;
    pub mod observed;
}

use libfuzzer_sys::fuzz_target;

use pieces::Pieces;
use python::frame::{self, Progress};

fuzz_target!(|bytes: &[u8]| {
    look(bytes);
    look(&framed(&mut Pieces(bytes)));
});

fn look(bytes: &[u8]) {
    // A longer piece of the same bytes never takes a verdict back.
    let half = frame::read(&bytes[..bytes.len() / 2]);
    let whole = frame::read(bytes);
    if half != Progress::Incomplete {
        assert_eq!(half, whole);
    }
}

/// A frame with these pieces as fields.
fn framed(input: &mut Pieces<'_>) -> Vec<u8> {
    let mut fields = Vec::new();
    while !input.is_empty() {
        let (kind, value) = (input.byte(), input.piece());
        fields.push(kind);
        fields.extend(format!("{:08x}", value.len()).bytes());
        fields.extend(value);
    }
    [format!("pivot-complete 1 {:08x}\n", fields.len()).into_bytes(), fields].concat()
}
