//! The shared rules on a file system that is a table: which project, which config, which `pivot`,
//! which verdict.

mod environments;
mod inputs;
mod kinds;
mod projects;
mod replayed;
mod stages_caches;
mod stores;
mod table;

// The engine's encoders of stores and descriptions: what they write is what these rules read.
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../src/engine/spec/encode.rs"]
mod encode;
#[allow(dead_code, reason = "the engine uses all of it")]
#[path = "../../src/engine/cache/record.rs"]
mod record;

/// ROOT's cache in these tests.
const CACHE: &str = "/r/.pivot/cache/stages.cache";

/// A fresh one for a `pipeline.py` at mtime 5.
const FRESH: &[u8] = b"v1\npipeline.py:5.0\ntrain\n";

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}
