//! What files of ours begin with: by that they are known, since anybody's data may have their names.

use pivot_complete::cache::store::MAGIC as STORE;

/// What a result for those who wait begins with (`cache/lock/result.rs`).
pub const RESULT: &[u8] = b"pivot-complete result 1\n";

/// What the driver's code begins with (`python/kept.rs`).
pub const DRIVER: &[u8; 8] = b"PvtDrive";

/// As many bytes of a file as tell whose it is.
pub const HEAD_BYTES: u64 = 64;

/// Whether a file that begins with `head` was written by this program, or by Pivot: a store, a
/// `stages.cache`, a result for those who wait, a question asked in vain, the driver's
/// code; or is the start of one.
pub fn is_ours(head: &[u8]) -> bool {
    [STORE, RESULT, DRIVER].iter().any(|magic| begins(head, magic))
        || is_stages_cache(head)
        || is_question(head)
}

/// The same of a file with a name that only we give: a list of directories too.
pub fn is_our_temporary(head: &[u8]) -> bool {
    is_ours(head) || head.starts_with(b"/")
}

/// Whether a file that begins with `head` begins with `magic`, or ends within it.
pub fn begins(head: &[u8], magic: &[u8]) -> bool {
    head.starts_with(magic) || magic.starts_with(head)
}

/// `v`, a number, a line break: whatever the version.
fn is_stages_cache(head: &[u8]) -> bool {
    let line = head.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let number = line.strip_prefix(b"v");
    number.is_some_and(|number| number.len() < 8 && number.iter().all(u8::is_ascii_digit))
}

/// A key of 16 hex digits and nothing else.
fn is_question(head: &[u8]) -> bool {
    head.len() <= 16 && head.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_ours_are_known_by_their_beginning() {
        for ours in [
            &b""[..],
            b"Pvt",
            b"PvtStore\x01\0\0\0",
            b"PvtDrive\x01\0\0\0",
            b"v1",
            b"v1\npipeline.py:1.0\n",
            b"v12\n",
            b"pivot-complete result 1\n0123",
            b"0123456789abcdef",
        ] {
            assert!(is_ours(ours), "{}", ours.escape_ascii());
        }
        for other in
            [&b"version 1\n"[..], b"\0", b"photos", b"v1.0\n", b"PvtBtore", b"0123456789abcdef0"]
        {
            assert!(!is_ours(other), "{}", other.escape_ascii());
        }
    }
}
