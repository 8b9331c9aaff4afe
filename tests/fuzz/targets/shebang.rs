//! Any bytes as the start of a script.
#![no_main]

#[path = "../../../src/engine/context/shebang.rs"]
mod shebang;

use std::path::Path;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = shebang::read(bytes, Path::new("/nowhere/pivot"));
});
