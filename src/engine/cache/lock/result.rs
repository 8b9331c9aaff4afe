//! What a leader writes into the lock file for those who wait: read whole or not at all.

use std::fs::File;
use std::io::{Read, Seek};

use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::store::LIMIT_BYTES;
use pivot_complete::encoding::hex;
use pivot_complete::reason::Reason;

use crate::files::content::RESULT;
use crate::report::Failure;

/// What a leader tells the others: what was found, field by field, or the failure.
pub type Outcome = Result<Vec<Vec<u8>>, Failure>;

/// Draws a result: magic, seal of the rest, then fields that each end in NUL: key, `ok` and the
/// what was found, or a reason's name and the message.
pub fn to_bytes(key: &[u8], outcome: &Outcome) -> Vec<u8> {
    let mut fields: Vec<&[u8]> = vec![key];
    match outcome {
        Ok(names) => {
            fields.push(b"ok");
            fields.extend(names.iter().map(Vec::as_slice));
        }
        Err(failure) => {
            fields.extend([failure.reason.as_str().as_bytes(), failure.message.as_bytes()]);
        }
    }
    let body: Vec<u8> = fields.iter().flat_map(|field| [field, &b"\0"[..]].concat()).collect();
    [RESULT, &seal(&body), &body].concat()
}

/// Reads the result for `key` out of a lock file, if there is a whole one.
pub fn read(file: &mut File, key: &[u8]) -> Option<Outcome> {
    let mut bytes = Vec::new();
    file.rewind().ok()?;
    // What is longer than any cache is nobody's result, and has no seal then.
    file.take(LIMIT_BYTES as u64).read_to_end(&mut bytes).ok()?;
    let (found, body) = bytes.strip_prefix(RESULT)?.split_at_checked(16)?;
    if found != seal(body) {
        return None;
    }
    let mut fields = body.strip_suffix(b"\0")?.split(|&byte| byte == 0);
    if fields.next()? != key {
        return None;
    }
    match fields.next()? {
        b"ok" => Some(Ok(fields.map(<[u8]>::to_vec).collect())),
        reason => {
            let told = [Reason::TimedOut, Reason::NoPivot, Reason::DiscoveryFailed];
            let reason = told.into_iter().find(|known| known.as_str().as_bytes() == reason)?;
            let message = String::from_utf8_lossy(fields.next()?).into_owned();
            Some(Err(Failure::new(reason, message)))
        }
    }
}

/// The seal of `content`: 16 hex digits.
pub fn seal(content: &[u8]) -> [u8; 16] {
    hex::digits(xxh64(content, 0))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn read_back(bytes: &[u8], key: &[u8]) -> Option<Outcome> {
        let name = std::env::temp_dir().join(format!("lock-test-{}", std::process::id()));
        fs::write(&name, bytes).unwrap();
        let outcome = read(&mut File::open(&name).unwrap(), key);
        fs::remove_file(&name).unwrap();
        outcome
    }

    #[test]
    fn a_result_comes_back_whole_or_not_at_all() {
        let names = vec![b"a/b".to_vec(), b"c\nd".to_vec()];
        let bytes = to_bytes(b"key", &Ok(names.clone()));
        assert_eq!(read_back(&bytes, b"key").unwrap().unwrap(), names);
        assert!(read_back(&bytes, b"other").is_none());
        for end in 0..bytes.len() {
            assert!(read_back(&bytes[..end], b"key").is_none(), "cut at {end}");
        }
        let failed = to_bytes(b"key", &Err(Failure::new(Reason::DiscoveryFailed, "no\nway")));
        assert_eq!(read_back(&failed, b"key").unwrap().unwrap_err().message, "no\nway");
        assert_eq!(read_back(&to_bytes(b"key", &Ok(vec![])), b"key").unwrap().unwrap().len(), 0);
    }
}
