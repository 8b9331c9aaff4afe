//! What the driver saw a discovery read: the values of its frame's fields, taken apart.

use pivot_complete::files::Stamp;

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
    /// How many names it had, those left out that never count.
    pub count: u64,
    /// The crc32 of those names, sorted, with a NUL between two.
    pub crc32: u32,
}

/// A directory that the pipeline listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenDirectory {
    /// Its absolute path.
    pub path: Vec<u8>,
    /// What it had; `None` where it was not there.
    pub then: Option<Listing>,
}

/// A directory, and the names that were looked for in it.
pub type LookedFor = (Vec<u8>, Vec<Vec<u8>>);

/// Everything that one discovery read, as far as the driver saw.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files opened for reading.
    pub files: Vec<SeenFile>,
    /// Directories that the pipeline listed.
    pub directories: Vec<SeenDirectory>,
    /// Directories in which modules were looked for, found or not.
    pub looked_for: Vec<LookedFor>,
    /// Files whose stamp alone counts.
    pub stamped: Vec<Vec<u8>>,
    /// Directories whose names count, all of them.
    pub listings: Vec<Vec<u8>>,
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

impl SeenDirectory {
    /// Reads `MTIME_NS CTIME_NS INODE COUNT CRC32 PATH`, or `- PATH`.
    pub fn read(value: &[u8]) -> Option<Self> {
        if let Some(path) = value.strip_prefix(b"- ") {
            return Some(Self { path: path.to_vec(), then: None });
        }
        let [_, _, _, count, crc32, path] = words(value)?;
        let count = number(count)?.try_into().ok()?;
        let crc32 = number(crc32)?.try_into().ok()?;
        Some(Self { path: path.to_vec(), then: Some(Listing { count, crc32 }) })
    }
}

/// Reads a path and names, with a NUL between two.
pub fn read_looked_for(value: &[u8]) -> Option<LookedFor> {
    let mut fields = value.split(|&byte| byte == 0).map(<[u8]>::to_vec);
    Some((fields.next()?, fields.collect()))
}

/// The five words before the path, and the path, which may have blanks.
fn words(value: &[u8]) -> Option<[&[u8]; 6]> {
    let words: Vec<&[u8]> = value.splitn(6, |&byte| byte == b' ').collect();
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
        let directory = SeenDirectory::read(b"1 2 3 4 5 /data").unwrap();
        assert_eq!(directory.then, Some(Listing { count: 4, crc32: 5 }));
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
