//! Settings and the values of a loader's variables: any bytes mean something, or nothing.

use pivot_complete::environment::loader::{self, Cleaned};
use pivot_complete::environment::settings;

/// Reads them.
pub fn look(bytes: &[u8]) {
    let _ = settings::is_misunderstood(bytes);
    // No entry of an environment has one.
    if bytes.contains(&0) {
        return;
    }
    for (name, separators) in [("LD_LIBRARY_PATH=", b":;"), ("LD_PRELOAD=", b": ")] {
        let entry = [name.as_bytes(), bytes].concat();
        let mut room = vec![0; entry.len() + 1];
        if let Cleaned::Shortened = loader::clean(&entry, &mut room) {
            let len = room.iter().position(|&byte| byte == 0).expect("a zero is left");
            let kept = room[..len].strip_prefix(name.as_bytes()).expect("the same variable");
            // What is left is absolute, or a library's name that the loader looks for; or nothing, which
            // it takes for a variable that is not set.
            let mut parts = kept.split(|byte| separators.contains(byte));
            let is_name = |part: &[u8]| name == "LD_PRELOAD=" && !part.contains(&b'/');
            assert!(
                kept.is_empty() || parts.all(|part| part.first() == Some(&b'/') || is_name(part)),
                "{kept:?}"
            );
        }
    }
    let _ = loader::clean(bytes, &mut vec![0; bytes.len() + 1]);
}
