//! Names as caches keep them: text, one a line.

use pivot_complete::encoding::lines;

/// Names as lines; one with a line break is left out.
pub fn join(names: &[Vec<u8>]) -> Vec<u8> {
    let lines = names.iter().filter(|name| !name.contains(&b'\n'));
    lines.flat_map(|name| [name, &b"\n"[..]].concat()).collect()
}

/// Names from lines.
pub fn split(text: &[u8]) -> Vec<Vec<u8>> {
    lines::names(text).map(<[u8]>::to_vec).collect()
}
