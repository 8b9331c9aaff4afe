//! The reader of `stages.cache` against a naive one, and written files read back.

use pivot_complete::cache::stages_cache;
use pivot_complete::encoding::lines;

use stages_cache::StagesCache;

/// Pivot's reader, as far as it gives an answer: Python's `splitlines`, spelled out.
fn naive(text: &str) -> Option<(String, String, Vec<String>)> {
    let is_break = |c| "\n\r\x0b\x0c\x1c\x1d\x1e\u{85}\u{2028}\u{2029}".contains(c);
    let text = text.replace("\r\n", "\n");
    let mut lines: Vec<&str> = text.split(is_break).collect();
    if lines.last() == Some(&"") {
        lines.pop();
    }
    let [version, header, names @ ..] = lines.as_slice() else { return None };
    let (config, mtime) = header.rsplit_once(':')?;
    let names = names.iter().filter(|name| !name.is_empty()).map(|name| name.to_string());
    (*version == "v1").then(|| (config.to_owned(), mtime.to_owned(), names.collect()))
}

/// Reads `bytes` by both.
pub fn look(bytes: &[u8]) {
    let Ok(cache) = StagesCache::parse(bytes) else { return };
    let names: Vec<&str> = lines::names(&bytes[cache.names_start..])
        .map(|name| std::str::from_utf8(name).expect("checked"))
        .collect();
    // A header of other bytes than UTF-8 is no text to Pivot, and no path of ours.
    if let Ok(text) = std::str::from_utf8(bytes) {
        let (config, mtime, expected) = naive(text).expect("Pivot reads it too");
        assert_eq!(cache.config, config.as_bytes());
        assert_eq!(cache.mtime, mtime.as_bytes());
        assert_eq!(names, expected);
    }
    let mut written = Vec::new();
    stages_cache::write(cache.config, (5, 0), names.iter().copied(), |piece| written.extend(piece));
    let again = StagesCache::parse(&written).expect("what is written is read");
    assert!(lines::names(&written[again.names_start..]).eq(names.iter().map(|n| n.as_bytes())));
}
