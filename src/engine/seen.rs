//! What discovery saw: the fields of a frame that say what its answer depends on.
//!
//! Numbers are decimal, one space between them; a path comes last and runs to the end. Paths are
//! absolute and normal, with their links. Stamps were taken before the content was read.
//!
//! ```text
//! f MTIME_NS CTIME_NS SIZE INODE CRC32 PATH    file read; CRC32 may be "-": the stamp decides
//! d MTIME_NS CTIME_NS INODE COUNT CRC32 PATH   directory listed; CRC32 of its counted names
//! f - PATH, d - PATH                           looked for, and not there
//! w PATH \0 NAME \0 NAME ...                   module names looked for in a directory
//! s PATH                                       file that its stamp stands for
//! l PATH                                       directory of installed packages
//! v PYTHON SCHEMA PIVOT                        versions; SCHEMA is "-" where Pivot has none
//! t STAGE:KEY                                  a target
//! b STAGE \0 LINE                              first line of a stage's docstring
//! g STAGE \0 JSON \0 SOURCE \0 SOURCE ...      a stage's manifest and what it was made from
//! x STAGE \0 MESSAGE                           why Pivot refuses a stage's manifest
//! ```

/// Everything that discovery saw, in the order in which it was sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Files read.
    pub files: Vec<File>,
    /// Directories listed.
    pub directories: Vec<Directory>,
    /// Names that imports looked for.
    pub searches: Vec<Search>,
    /// Files that their stamps stand for.
    pub stamps: Vec<Vec<u8>>,
    /// Directories of installed packages.
    pub packages: Vec<Vec<u8>>,
    /// Who answered; nothing where not all was seen, so that nothing may be cached.
    pub versions: Option<Versions>,
    /// `STAGE:KEY` for every named output, stage by stage.
    pub targets: Vec<Vec<u8>>,
    /// Stages and the first lines of their docstrings.
    pub blurbs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Manifests that were asked for.
    pub manifests: Vec<Manifest>,
    /// Stages that Pivot makes no manifest of, and its message.
    pub refusals: Vec<(Vec<u8>, Vec<u8>)>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Absolute.
    pub path: Vec<u8>,
    /// As it was; nothing where it was not there.
    pub state: Option<FileState>,
}

/// A regular file as it was before it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileState {
    /// Nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Nanoseconds since the epoch.
    pub ctime_ns: i128,
    /// Length in bytes.
    pub size: u64,
    /// Inode number.
    pub inode: u64,
    /// Of the content; nothing where it is too long or cannot be read.
    pub crc32: Option<u32>,
}

/// A directory that was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directory {
    /// Absolute.
    pub path: Vec<u8>,
    /// As it was; nothing where it could not be listed.
    pub state: Option<DirectoryState>,
}

/// A directory as it was before it was listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectoryState {
    /// Nanoseconds since the epoch.
    pub mtime_ns: i128,
    /// Nanoseconds since the epoch.
    pub ctime_ns: i128,
    /// Inode number.
    pub inode: u64,
    /// How many names count.
    pub count: u64,
    /// Of these names, sorted, a NUL between them.
    pub crc32: u32,
}

/// Module names that were looked for in a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// Absolute.
    pub path: Vec<u8>,
    /// Without dots.
    pub names: Vec<Vec<u8>>,
}

/// Who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Versions {
    /// `3.13`.
    pub python: Vec<u8>,
    /// Pivot's schema of manifests, where it says one.
    pub schema: Option<Vec<u8>>,
    /// `0.5.11`.
    pub pivot: Vec<u8>,
}

/// A stage's fingerprint manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    /// The stage's name.
    pub stage: Vec<u8>,
    /// A JSON object on one line.
    pub json: Vec<u8>,
    /// Absolute paths of the sources that Pivot visited.
    pub sources: Vec<Vec<u8>>,
}

impl Seen {
    /// Takes one field in; nothing where it is malformed or of no known kind.
    pub fn take(&mut self, kind: u8, value: &[u8]) -> Option<()> {
        match kind {
            b'f' => self.files.push(file(value)?),
            b'd' => self.directories.push(directory(value)?),
            b'w' => {
                let mut words = words(value);
                let path = absolute(words.next()?)?;
                self.searches.push(Search { path, names: words.collect() });
            }
            b's' => self.stamps.push(absolute(value.into())?),
            b'l' => self.packages.push(absolute(value.into())?),
            b'v' => self.versions = Some(versions(value)?),
            b't' => self.targets.push(value.into()),
            b'b' => self.blurbs.push(pair(value)?),
            b'g' => {
                let mut words = words(value);
                let (stage, json) = (words.next()?, words.next()?);
                let sources = words.map(absolute).collect::<Option<_>>()?;
                self.manifests.push(Manifest { stage, json, sources });
            }
            b'x' => self.refusals.push(pair(value)?),
            _ => return None,
        }
        Some(())
    }
}

fn file(value: &[u8]) -> Option<File> {
    if let Some(path) = value.strip_prefix(b"- ") {
        return Some(File { path: absolute(path.into())?, state: None });
    }
    let ([mtime_ns, ctime_ns, size, inode, crc32], path) = numbers(value)?;
    let crc32 = match crc32 {
        b"-" => None,
        digits => Some(number(digits)?),
    };
    let state = FileState {
        mtime_ns: number(mtime_ns)?,
        ctime_ns: number(ctime_ns)?,
        size: number(size)?,
        inode: number(inode)?,
        crc32,
    };
    Some(File { path, state: Some(state) })
}

fn directory(value: &[u8]) -> Option<Directory> {
    if let Some(path) = value.strip_prefix(b"- ") {
        return Some(Directory { path: absolute(path.into())?, state: None });
    }
    let ([mtime_ns, ctime_ns, inode, count, crc32], path) = numbers(value)?;
    let state = DirectoryState {
        mtime_ns: number(mtime_ns)?,
        ctime_ns: number(ctime_ns)?,
        inode: number(inode)?,
        count: number(count)?,
        crc32: number(crc32)?,
    };
    Some(Directory { path, state: Some(state) })
}

fn versions(value: &[u8]) -> Option<Versions> {
    let mut words = value.splitn(3, |&byte| byte == b' ').map(<[u8]>::to_vec);
    let (python, schema, pivot) = (words.next()?, words.next()?, words.next()?);
    Some(Versions { python, schema: (schema != b"-").then_some(schema), pivot })
}

/// Five words with a space after each, and the path behind them.
fn numbers(value: &[u8]) -> Option<([&[u8]; 5], Vec<u8>)> {
    let mut words = value.splitn(6, |&byte| byte == b' ');
    let numbers = [words.next()?, words.next()?, words.next()?, words.next()?, words.next()?];
    Some((numbers, absolute(words.next()?.into())?))
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    // Rust's own parser would take a plus sign.
    let is_number = digits.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    is_number.then(|| std::str::from_utf8(digits).ok()?.parse().ok())?
}

fn absolute(path: Vec<u8>) -> Option<Vec<u8>> {
    (path.starts_with(b"/") && !path.contains(&0)).then_some(path)
}

fn pair(value: &[u8]) -> Option<(Vec<u8>, Vec<u8>)> {
    let at = value.iter().position(|&byte| byte == 0)?;
    Some((value[..at].into(), value[at + 1..].into()))
}

fn words(value: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    value.split(|&byte| byte == 0).map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(fields: &[(u8, &[u8])]) -> Option<Seen> {
        let mut seen = Seen::default();
        fields.iter().try_for_each(|(kind, value)| seen.take(*kind, value))?;
        Some(seen)
    }

    #[test]
    fn each_kind_has_its_place() {
        let seen = taken(&[
            (b'f', b"-5 6 7 8 4294967295 /a b\n"),
            (b'f', b"5 6 7 8 - /long"),
            (b'f', b"- /gone"),
            (b'd', b"1 2 3 4 5 /data"),
            (b'd', b"- /no directory"),
            (b'w', b"/src\0helper\0__init__"),
            (b's', b"/usr/bin/python"),
            (b'l', b"/site-packages"),
            (b'v', b"3.13 - 0.5.11"),
            (b't', b"demo/train:model"),
            (b'b', b"demo/train\0Trains."),
            (b'g', b"demo/train\0{}\0/p/pipeline.py\0/p/helper.py"),
            (b'g', b"demo/bare\0{}"),
            (b'x', b"demo/odd\0refused\nfor a reason"),
        ]);
        let state = FileState { mtime_ns: -5, ctime_ns: 6, size: 7, inode: 8, crc32: None };
        let file = |path: &[u8], state| File { path: path.into(), state };
        let listed = DirectoryState { mtime_ns: 1, ctime_ns: 2, inode: 3, count: 4, crc32: 5 };
        let expected = Seen {
            files: vec![
                file(b"/a b\n", Some(FileState { crc32: Some(u32::MAX), ..state })),
                file(b"/long", Some(FileState { mtime_ns: 5, ..state })),
                file(b"/gone", None),
            ],
            directories: vec![
                Directory { path: b"/data".into(), state: Some(listed) },
                Directory { path: b"/no directory".into(), state: None },
            ],
            searches: vec![Search {
                path: b"/src".into(),
                names: vec![b"helper".into(), b"__init__".into()],
            }],
            stamps: vec![b"/usr/bin/python".into()],
            packages: vec![b"/site-packages".into()],
            versions: Some(Versions {
                python: b"3.13".into(),
                schema: None,
                pivot: b"0.5.11".into(),
            }),
            targets: vec![b"demo/train:model".into()],
            blurbs: vec![(b"demo/train".into(), b"Trains.".into())],
            manifests: vec![
                Manifest {
                    stage: b"demo/train".into(),
                    json: b"{}".into(),
                    sources: vec![b"/p/pipeline.py".into(), b"/p/helper.py".into()],
                },
                Manifest { stage: b"demo/bare".into(), json: b"{}".into(), sources: vec![] },
            ],
            refusals: vec![(b"demo/odd".into(), b"refused\nfor a reason".into())],
        };
        assert_eq!(seen, Some(expected));
    }

    #[test]
    fn what_is_malformed_is_refused() {
        for (kind, value) in [
            (b'f', &b""[..]),
            (b'f', b"- "),
            (b'f', b"- relative"),
            (b'f', b"1 2 3 4 5"),
            (b'f', b"1 2 3 4 5 relative"),
            (b'f', b"1 2 -3 4 5 /a"),
            (b'f', b"1 2 3 4 4294967296 /a"),
            (b'f', b"+1 2 3 4 5 /a"),
            (b'f', b"1  3 4 5 /a"),
            (b'f', b"1 2 3 4 5 /a\0b"),
            (b'd', b"1 2 3 4 - /a"),
            (b'w', b""),
            (b'w', b"src\0helper"),
            (b's', b"python"),
            (b'l', b""),
            (b'v', b"3.13 30"),
            (b'b', b"demo/train"),
            (b'g', b"demo/train"),
            (b'g', b"demo/train\0{}\0helper.py"),
            (b'x', b""),
            (b'z', b""),
        ] {
            assert_eq!(taken(&[(kind, value)]), None, "{} {value:?}", kind as char);
        }
    }
}
