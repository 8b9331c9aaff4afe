//! What the driver saw a discovery read: the values of its frame's fields, taken apart.

use std::collections::HashMap;
use std::path::PathBuf;

use pivot_complete::files::{FileType, Stamp, Stat};

/// A file as it was just before it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// Its stamp.
    pub stamp: Stamp,
    /// The crc32 of its content; `None` where that was too long to be read twice.
    pub crc32: Option<u32>,
}

/// A file that was opened for reading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenFile {
    /// Its absolute path, links and all.
    pub path: Vec<u8>,
    /// What it was; `None` where it was not there.
    pub then: Option<Content>,
}

/// What a directory listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listing {
    /// How many entries it had, those left out that do not count.
    pub count: u64,
    /// The crc32 of those, sorted, with a NUL between two: names, each with a slash and its type's
    /// letter behind where types count.
    pub crc32: u32,
}

/// A directory that the pipeline listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenDirectory {
    /// Its absolute path.
    pub path: Vec<u8>,
    /// Which entries count, by letters: `t` types count, `r` directories always do, `h` no hidden name
    /// is found.
    pub flags: Vec<u8>,
    /// The patterns by which the pipeline chose, with a NUL between two; empty: it did not.
    pub patterns: Vec<u8>,
    /// What it had; `None` where it was not there.
    pub then: Option<Listing>,
}

/// A path that was asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenQuestion {
    /// The path, absolute.
    pub path: Vec<u8>,
    /// Whether a link was asked about itself.
    pub is_of_link: bool,
    /// What of the answer was used, by letters: `t` type, `p` permissions, owner and group, `s` size,
    /// `m` mtime, `i` inode, `c` ctime; `w` whether there is anything in
    /// it at all.
    pub mask: Vec<u8>,
    /// The answer as it was, as far as it was used; `None` where nothing was there.
    pub then: Option<Stat>,
}

/// A module of the user's, and by what of its code an edited one would give the same names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenShape {
    /// The source's absolute path, as that of the file that was read.
    pub path: Vec<u8>,
    /// The digest of its code (driver/shapes/shape.py).
    pub digest: u64,
    /// What of it started, `0` or `1` for each code object.
    pub started: Vec<u8>,
}

/// A path, and whether the pipeline was allowed to do something with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenAccess {
    /// Its absolute path.
    pub path: Vec<u8>,
    /// What: `MAY_READ` and its like.
    pub mode: u8,
    /// The answer; nothing, where nothing was there.
    pub then: Option<bool>,
}

impl SeenAccess {
    /// Reads `MODE ANSWER PATH`: a digit, and `y`, `n` or `-`.
    pub fn read(value: &[u8]) -> Option<Self> {
        let [mode @ b'1'..=b'7', b' ', answer, b' ', path @ ..] = value else { return None };
        let then = match answer {
            b'y' => Some(true),
            b'n' => Some(false),
            b'-' => None,
            _ => return None,
        };
        Some(Self { path: path.to_vec(), mode: mode - b'0', then })
    }
}

/// A directory, and the names that were looked for in it.
pub type LookedFor = (Vec<u8>, Vec<Vec<u8>>);

/// Everything that one discovery read, as far as the driver saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files opened for reading.
    pub files: Vec<SeenFile>,
    /// Files that the discovery made, and that another one would read.
    pub made: Vec<Vec<u8>>,
    /// Paths that the discovery looked at, and made, changed or removed then: another one sees something else.
    pub overtaken: Vec<Vec<u8>>,
    /// Those of them that somebody else may have changed, or a child.
    pub disturbed: Vec<Vec<u8>>,
    /// How often others than the process itself wrote to a file or put one there, children too.
    pub arrivals: HashMap<PathBuf, u32>,
    /// Directories that the pipeline listed.
    pub directories: Vec<SeenDirectory>,
    /// Paths that were asked about.
    pub questions: Vec<SeenQuestion>,
    /// What links that were read said, and their paths.
    pub links: Vec<(Vec<u8>, Vec<u8>)>,
    /// Variables that were read, by name; with `*` behind all that begin so.
    pub variables: Vec<Vec<u8>>,
    /// The directory that the discovery was asked from, where it used it.
    pub working_directory: Option<Vec<u8>>,
    /// What was allowed, and what not.
    pub accesses: Vec<SeenAccess>,
    /// What was asked about the machine, by letters.
    pub machine: Vec<u8>,
    /// What no one can check: kinds, and what the pipeline did.
    pub unprovable: Vec<(Vec<u8>, Vec<u8>)>,
    /// Directories in which modules were looked for, found or not.
    pub looked_for: Vec<LookedFor>,
    /// Packages that were imported, and were there before the pipeline ran.
    pub there: Vec<Vec<u8>>,
    /// Files whose stamp alone counts.
    pub stamped: Vec<Vec<u8>>,
    /// Directories whose names count, all of them.
    pub listings: Vec<Vec<u8>>,
    /// Modules whose shapes are known.
    pub shapes: Vec<SeenShape>,
    /// Files that stages were fingerprinted from, after the discovery.
    pub sources: Vec<SeenFile>,
    /// Directories that children or native readers listed, and whether they changed since.
    pub opened_directories: Vec<(Vec<u8>, bool)>,
    /// Why not all that those opened is known.
    pub gap: Option<&'static str>,
}

impl SeenFile {
    /// Reads `MTIME_NS CTIME_NS SIZE INODE CRC32 PATH`, or `- PATH`.
    pub fn read(value: &[u8]) -> Option<Self> {
        if let Some(path) = value.strip_prefix(b"- ") {
            return Some(Self { path: path.to_vec(), then: None });
        }
        let [mtime_ns, ctime_ns, len_bytes, inode, crc32, path] = words(value)?;
        let stamp = Stamp {
            mtime: time(number(mtime_ns)?)?,
            ctime: time(number(ctime_ns)?)?,
            len_bytes: number(len_bytes)?.try_into().ok()?,
            inode: number(inode)?.try_into().ok()?,
        };
        let crc32 = match crc32 {
            b"-" => None,
            digits => Some(number(digits)?.try_into().ok()?),
        };
        Some(Self { path: path.to_vec(), then: Some(Content { stamp, crc32 }) })
    }
}

impl SeenShape {
    /// Reads `DIGEST STARTED PATH`: 16 hex digits, then `0` and `1` or a mere `-`.
    pub fn read(value: &[u8]) -> Option<Self> {
        let [digest, started, path] = words(value)?;
        let digest = u64::from_str_radix(std::str::from_utf8(digest).ok()?, 16).ok()?;
        let started = started.strip_prefix(b"-").unwrap_or(started).to_vec();
        Some(Self { path: path.to_vec(), digest, started })
    }
}

impl SeenDirectory {
    /// Reads `COUNT CRC32 FLAGS PATH` and patterns, each behind a NUL; or `- PATH`. No flags are `-`.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (flags, patterns, then) = (Vec::new(), Vec::new(), None);
        if let Some(path) = value.strip_prefix(b"- ") {
            return Some(Self { path: path.to_vec(), flags, patterns, then });
        }
        let (value, patterns) = match value.iter().position(|&byte| byte == 0) {
            Some(nul) => (&value[..nul], value[nul + 1..].to_vec()),
            None => (value, patterns),
        };
        let [count, crc32, flags, path] = words(value)?;
        let count = number(count)?.try_into().ok()?;
        let crc32 = number(crc32)?.try_into().ok()?;
        let flags = if flags == b"-" { Vec::new() } else { flags.to_vec() };
        Some(Self { path: path.to_vec(), flags, patterns, then: Some(Listing { count, crc32 }) })
    }
}

impl SeenQuestion {
    /// Reads `FOLLOW MASK TYPE MODE:UID:GID SIZE MTIME_NS:INODE:CTIME_NS PATH`, or `FOLLOW - PATH`. FOLLOW is
    /// `s`, or `l` for a link itself; TYPE one of `f`, `d`, `l`, `o`.
    pub fn read(value: &[u8]) -> Option<Self> {
        let (follow, value) = value.split_at_checked(2)?;
        let is_of_link = match follow {
            b"s " => false,
            b"l " => true,
            _ => return None,
        };
        if let Some(path) = value.strip_prefix(b"- ") {
            let (path, mask, then) = (path.to_vec(), Vec::new(), None);
            return Some(Self { path, is_of_link, mask, then });
        }
        let [mask, kind, owner, size, times, path] = words(value)?;
        let kind = match kind {
            b"f" => FileType::File,
            b"d" => FileType::Directory,
            b"l" => FileType::Link,
            b"o" => FileType::Other,
            _ => return None,
        };
        let mut owner = owner.split(|&byte| byte == b':').map(number);
        let mut owned = || u32::try_from(owner.next()??).ok();
        let (mode, uid, gid) = (owned()?, owned()?, owned()?);
        let mut times = times.split(|&byte| byte == b':').map(number);
        let mtime = time(times.next()??)?;
        let inode = times.next()??.try_into().ok()?;
        let ctime = time(times.next()??)?;
        let len_bytes = number(size)?.try_into().ok()?;
        let then = Some(Stat { kind, mtime, ctime, len_bytes, inode, uid, gid, mode });
        Some(Self { path: path.to_vec(), is_of_link, mask: mask.to_vec(), then })
    }
}

/// Reads a path and names, with a NUL between two.
pub fn read_looked_for(value: &[u8]) -> Option<LookedFor> {
    let mut fields = value.split(|&byte| byte == 0).map(<[u8]>::to_vec);
    Some((fields.next()?, fields.collect()))
}

/// The words before the path, and the path, which may have blanks.
fn words<const N: usize>(value: &[u8]) -> Option<[&[u8]; N]> {
    let words: Vec<&[u8]> = value.splitn(N, |&byte| byte == b' ').collect();
    words.try_into().ok()
}

fn number(digits: &[u8]) -> Option<i128> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

/// Nanoseconds since the epoch as seconds and nanoseconds.
fn time(ns: i128) -> Option<(i64, u32)> {
    let second = 1_000_000_000;
    Some((ns.div_euclid(second).try_into().ok()?, ns.rem_euclid(second).try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_taken_apart() {
        let file = SeenFile::read(b"-1 1700000000000000005 7 9 4294967295 /a b/c").unwrap();
        assert_eq!(file.path, b"/a b/c");
        let then = file.then.unwrap();
        assert_eq!((then.stamp.mtime, then.stamp.ctime), ((-1, 999_999_999), (1_700_000_000, 5)));
        assert_eq!((then.stamp.len_bytes, then.crc32), (7, Some(u32::MAX)));
        assert_eq!(SeenFile::read(b"- /gone").unwrap().then, None);
        assert_eq!(SeenFile::read(b"1 2 3 4 - /large").unwrap().then.unwrap().crc32, None);
        let directory = SeenDirectory::read(b"4 5 tr /da ta\0*.csv\0x").unwrap();
        assert_eq!(directory.then, Some(Listing { count: 4, crc32: 5 }));
        assert_eq!(directory.flags, b"tr");
        assert_eq!(
            (&directory.path[..], &directory.patterns[..]),
            (&b"/da ta"[..], &b"*.csv\0x"[..])
        );
        assert_eq!(SeenDirectory::read(b"4 x - /data"), None);
        let question =
            SeenQuestion::read(b"l tm l 511:1000:7 9 5000000006:3:8000000009 /a b").unwrap();
        let answer = question.then.unwrap();
        assert_eq!((answer.kind, answer.mode, answer.gid), (FileType::Link, 0o777, 7));
        assert_eq!((answer.mtime, answer.len_bytes, answer.inode), ((5, 6), 9, 3));
        assert_eq!(answer.ctime, (8, 9));
        assert_eq!((question.is_of_link, &question.mask[..]), (true, &b"tm"[..]));
        assert_eq!(SeenQuestion::read(b"s - /gone").unwrap().then, None);
        assert_eq!(
            read_looked_for(b"/root\0json\0helpers"),
            Some((b"/root".to_vec(), vec![b"json".to_vec(), b"helpers".to_vec()]))
        );
        for bad in [&b""[..], b"1 2 3", b"x 2 3 4 5 /p", b"1 2 -3 4 5 /p", b"1 2 3 4 4294967296 /p"]
        {
            assert_eq!(SeenFile::read(bad), None, "{}", String::from_utf8_lossy(bad));
        }
    }
}
