//! How many faults a test injects: counted as it runs, kept in `tests/faults/counted.txt`, a line a test.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::soak;

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/counted.txt")
}

/// The counts as they are kept, by the test's name.
pub fn kept() -> BTreeMap<String, usize> {
    let text = fs::read_to_string(path()).unwrap_or_default();
    let entry = |line: &str| {
        let (name, count) = line.split_once(' ').expect("a name and a count");
        (name.to_owned(), count.parse().expect("a number"))
    };
    text.lines().map(entry).collect()
}

/// Notes that the running test has injected so many faults, each of which came out right: it would have
/// failed. With `PIVOT_COMPLETE_BLESS` that is kept, else it must not be far fewer than are kept.
#[track_caller]
pub fn survived(count: usize) {
    let thread = std::thread::current();
    let name = thread.name().expect("a test's thread has its name").to_owned();
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_none() {
        let least = kept().get(&name).map_or(1, |kept| kept / 2);
        assert!(soak::is_whole() || count >= least, "{count} faults, of {least} at least");
        return;
    }
    // Others may write at the same time.
    let lock = File::open(path().parent().expect("a directory")).expect("it is there");
    lock.lock().expect("a lock");
    let mut all = kept();
    all.insert(name, count);
    let lines: String = all.iter().map(|(name, count)| format!("{name} {count}\n")).collect();
    fs::write(path(), lines).expect("it can be written");
}
