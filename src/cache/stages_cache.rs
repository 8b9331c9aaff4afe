//! Behind the fourth stop: the bytes of `ROOT/.pivot/cache/stages.cache`, which Pivot reads and writes
//! too.
//!
//! ```text
//! v1                                the version
//! pipeline.py:1707123456.789        config relative to ROOT, a colon, Python's repr of its mtime
//! train                             one stage name a line; no stages: one blank line
//! evaluate
//! ```
//!
//! The source of the format is Pivot's `cli/completion.py` (0.1.0 to 0.5.11). Its reader takes
//! the file apart with `str.splitlines`, which also breaks at other characters than a newline; a
//! file with one of those, which Pivot would read as other names, is malformed here.

use crate::encoding::MtimeText;
use crate::encoding::lines::{check_lines, has_plain_lines};
use crate::reason::Reason;

/// Longest cache that is read, in bytes: a million names.
pub const LIMIT_BYTES: usize = 32 << 20;

const VERSION_LINE: &[u8] = b"v1\n";

/// A well-formed cache, still in its own bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StagesCache<'a> {
    /// The config file, relative to ROOT.
    pub config: &'a [u8],
    /// The config's mtime as Python prints it.
    pub mtime: &'a [u8],
    /// Where the first name starts, in bytes from the start of the file.
    pub names_start: usize,
}

impl<'a> StagesCache<'a> {
    /// Checks the whole of `bytes` once.
    ///
    /// The version line is looked at first, so that a later version is called that and not
    /// malformed. Every other failure names what is wrong with the file.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Reason> {
        let rest = bytes.strip_prefix(VERSION_LINE).ok_or(Reason::CacheVersion)?;
        if rest.last() != Some(&b'\n') {
            return Err(Reason::CacheTorn);
        }
        let end = rest.iter().position(|&byte| byte == b'\n').ok_or(Reason::CacheTorn)?;
        let (header, names) = rest.split_at_checked(end + 1).ok_or(Reason::CacheTorn)?;
        let (config, mtime) = split_header(header)?;
        if names.is_empty() {
            // Even a pipeline without stages has its blank line.
            return Err(Reason::CacheTorn);
        }
        check_lines(names)?;
        Ok(Self { config, mtime, names_start: VERSION_LINE.len() + header.len() })
    }

    /// Whether the cache is about `config`, as it is now.
    pub fn check(&self, config: &[u8], mtime: (i64, u32)) -> Result<(), Reason> {
        if self.config != config {
            return Err(Reason::CacheOtherConfig);
        }
        if self.mtime != MtimeText::new(mtime).as_bytes() {
            return Err(Reason::ConfigChanged);
        }
        Ok(())
    }
}

/// Whether `config` can stand in a header line and come back as itself.
pub fn is_storable_config(config: &[u8]) -> bool {
    is_inside_root(config) && !config.contains(&b'\n') && is_plain_path(config)
}

/// Writes a cache for `names` piece by piece into `put`.
///
/// Every name must be [storable](is_storable_name), and so must
/// [the config](is_storable_config).
pub fn write<'n>(
    config: &[u8],
    mtime: (i64, u32),
    names: impl Iterator<Item = &'n str>,
    mut put: impl FnMut(&[u8]),
) {
    put(VERSION_LINE);
    put(config);
    put(b":");
    put(MtimeText::new(mtime).as_bytes());
    put(b"\n");
    let mut any = false;
    for name in names {
        put(name.as_bytes());
        put(b"\n");
        any = true;
    }
    if !any {
        put(b"\n");
    }
}

fn split_header(line: &[u8]) -> Result<(&[u8], &[u8]), Reason> {
    let header = line.strip_suffix(b"\n").unwrap_or(line);
    let colon = header.iter().rposition(|&byte| byte == b':').ok_or(Reason::CacheMalformed)?;
    let (config, mtime) = header.split_at_checked(colon).ok_or(Reason::CacheMalformed)?;
    let mtime = mtime.strip_prefix(b":").unwrap_or(mtime);
    let is_number = !mtime.is_empty() && mtime.iter().all(u8::is_ascii_graphic);
    if config.is_empty() || !is_plain_path(config) || !is_number {
        return Err(Reason::CacheMalformed);
    }
    if !is_inside_root(config) {
        return Err(Reason::CacheHostilePath);
    }
    Ok((config, mtime))
}

/// Whether a path, which may have other bytes than UTF-8, is one line.
fn is_plain_path(path: &[u8]) -> bool {
    match core::str::from_utf8(path) {
        Ok(_) => has_plain_lines(path),
        Err(_) => !path.iter().any(|&byte| byte < b' '),
    }
}

fn is_inside_root(config: &[u8]) -> bool {
    config.first().is_some_and(|&byte| byte != b'/')
        && config.split(|&byte| byte == b'/').all(|component| component != b"..")
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;
    use crate::encoding::lines::names;

    const GOOD: &[u8] = b"v1\npipeline.py:1700000000.5\ntrain\nevaluate\n";

    fn listed(bytes: &[u8]) -> Result<Vec<String>, Reason> {
        let cache = StagesCache::parse(bytes)?;
        Ok(names(&bytes[cache.names_start..])
            .map(|name| String::from_utf8(name.to_vec()).unwrap())
            .collect())
    }

    #[test]
    fn reads_what_pivot_writes() {
        let cache = StagesCache::parse(GOOD).unwrap();
        assert_eq!((cache.config, cache.mtime), (&b"pipeline.py"[..], &b"1700000000.5"[..]));
        assert_eq!(listed(GOOD).unwrap(), ["train", "evaluate"]);
        assert_eq!(listed(b"v1\na:b.py:1.0\n\n").unwrap(), [""; 0]);
        assert_eq!(cache.check(b"pipeline.py", (1_700_000_000, 500_000_000)), Ok(()));
        assert_eq!(
            cache.check(b"pipeline.py", (1_700_000_000, 500_000_500)),
            Err(Reason::ConfigChanged)
        );
        assert_eq!(cache.check(b"pivot.yaml", (0, 0)), Err(Reason::CacheOtherConfig));
    }

    #[test]
    fn names_what_is_wrong() {
        for (bytes, reason) in [
            (&b""[..], Reason::CacheVersion),
            (b"v2\npipeline.py:1.0\na\n", Reason::CacheVersion),
            (b"v1\r\npipeline.py:1.0\na\n", Reason::CacheVersion),
            (b"v1\n", Reason::CacheTorn),
            (b"v1\npipeline.py:1.0\n", Reason::CacheTorn),
            (b"v1\npipeline.py:1.0\ntrain", Reason::CacheTorn),
            (b"v1\npipeline.py\ntrain\n", Reason::CacheMalformed),
            (b"v1\n:1.0\ntrain\n", Reason::CacheMalformed),
            (b"v1\npipeline.py:\ntrain\n", Reason::CacheMalformed),
            (b"v1\n/etc/passwd:1.0\ntrain\n", Reason::CacheHostilePath),
            (b"v1\na/../../b:1.0\ntrain\n", Reason::CacheHostilePath),
            (b"v1\npipeline.py:1.0\ntra\x1b[31min\n", Reason::CacheMalformed),
            (b"v1\npipeline.py:1.0\na\rb\n", Reason::CacheMalformed),
            (b"v1\npipeline.py:1.0\na\xc2\x85b\n", Reason::CacheMalformed),
            (b"v1\npipeline.py:1.0\na\xe2\x80\xa8b\n", Reason::CacheMalformed),
            (b"v1\npipeline.py:1.0\n\xff\n", Reason::CacheNotUtf8),
        ] {
            assert_eq!(listed(bytes).unwrap_err(), reason, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        for list in [&[][..], &["train"], &["demo/a@b", "größe", "x y"]] {
            let mut bytes = Vec::new();
            write(b"pipeline.py", (5, 0), list.iter().copied(), |piece| bytes.extend(piece));
            assert_eq!(listed(&bytes).unwrap(), list);
        }
    }

    #[test]
    fn a_cut_inside_a_line_is_a_miss() {
        for end in 0..GOOD.len() {
            match listed(&GOOD[..end]) {
                Ok(names) => assert_eq!((names.len(), GOOD[end - 1]), (1, b'\n')),
                Err(reason) => {
                    assert!(matches!(reason, Reason::CacheTorn | Reason::CacheVersion));
                }
            }
        }
    }
}
