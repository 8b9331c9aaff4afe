//! The readers of YAML on any bytes, as each of the files that are read so: an answer or a doubt, never a
//! panic, and never slowly.
#![no_main]

#[allow(dead_code, unused_imports, reason = "the engine uses all of it")]
#[path = "../../../src/engine/yaml/mod.rs"]
mod yaml;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    for merging in [yaml::Merging::LaterFirst, yaml::Merging::Once, yaml::Merging::Unknown] {
        let _ = yaml::stage_names(bytes, merging);
    }
    let _ = yaml::remote_names(bytes);
    for schema in [None, Some(1)] {
        let _ = yaml::code_manifest(bytes, schema);
    }
});
