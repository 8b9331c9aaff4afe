//! Any bytes as the file that Pivot keeps its state in.
#![no_main]

#[path = "../../../src/engine/told/lmdb.rs"]
mod lmdb;

/// What the engine opens it by, which is not what is looked at here.
mod files {
    use std::fs::{File, Metadata};
    use std::io;
    use std::path::Path;

    pub fn open(path: &Path) -> io::Result<(File, Metadata)> {
        let file = File::open(path)?;
        let found = file.metadata()?;
        Ok((file, found))
    }
}

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

/// One file for all inputs, in memory where there is such a place.
static PLACE: LazyLock<(PathBuf, File)> = LazyLock::new(|| {
    let memory = PathBuf::from("/dev/shm");
    let directory = if memory.is_dir() { memory } else { std::env::temp_dir() };
    let path = directory.join(format!("pivot-complete-fuzz-{}", std::process::id()));
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&path);
    (path, file.expect("a new file"))
});

fuzz_target!(|bytes: &[u8]| {
    let (path, file) = &*PLACE;
    file.set_len(0).expect("a file of our own");
    file.write_all_at(bytes, 0).expect("a file of our own");
    let Some(found) = lmdb::last_entries(path, b"run:", 100) else { return };
    assert!(found.len() <= 100);
    assert!(found.iter().all(|(key, _)| key.starts_with(b"run:")));
});
