//! What fuzzing kept, and what its seeds are.

use std::path::Path;

/// The files kept for the target `name`, a handful at least.
#[track_caller]
pub fn kept(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus").join(name);
    let entries = std::fs::read_dir(directory).expect("the corpus is in the repository");
    let kept: Vec<_> = entries.map(|entry| std::fs::read(entry.unwrap().path()).unwrap()).collect();
    assert!(kept.len() >= 5, "{name} has {} only", kept.len());
    kept
}
