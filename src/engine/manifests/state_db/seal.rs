//! The seal around each value: nothing comes back that was not put there under that key.
//!
//! sled checks its pages when it reads them from the disk and trusts them in all else.
//!
//! ```text
//! 01                        version of this layout
//! 0c 00 00 00               length of the value, little endian
//! 8d 1f .. ..               xxh3 of the value, 8 bytes, little endian; its seed is xxh3 of the key
//! {"m":{},"s"..             the value
//! ```

use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

const VERSION: u8 = 1;

/// What stands around `value` in the database, and the value.
pub fn seal(key: &[u8], value: &[u8]) -> Vec<u8> {
    let len_bytes = u32::try_from(value.len()).unwrap_or(u32::MAX);
    let sum = xxh3_64_with_seed(value, xxh3_64(key));
    [&[VERSION][..], &len_bytes.to_le_bytes(), &sum.to_le_bytes(), value].concat()
}

/// The value in `sealed`; `None` for another version's, and for what was not sealed with `key`.
pub fn open<'a>(key: &[u8], sealed: &'a [u8]) -> Option<&'a [u8]> {
    let (&version, rest) = sealed.split_first()?;
    let (len_bytes, rest) = rest.split_first_chunk()?;
    let (sum, value) = rest.split_first_chunk()?;
    let is_whole = version == VERSION
        && u32::from_le_bytes(*len_bytes) as usize == value.len()
        && u64::from_le_bytes(*sum) == xxh3_64_with_seed(value, xxh3_64(key));
    is_whole.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_under_its_own_key_alone() {
        for value in [&b""[..], b"{}", &[0; 3000]] {
            let sealed = seal(b"key", value);
            assert_eq!(open(b"key", &sealed), Some(value));
            assert_eq!(open(b"kez", &sealed), None);
            assert_eq!(open(b"key", &[&sealed[..], b"x"].concat()), None);
            for end in 0..sealed.len() {
                assert_eq!(open(b"key", &sealed[..end]), None, "cut at {end}");
            }
            for at in 0..sealed.len() {
                let mut changed = sealed.clone();
                changed[at] ^= 0x40;
                assert_eq!(open(b"key", &changed), None, "changed at {at}");
            }
        }
    }
}
