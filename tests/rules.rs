//! The shared rules on a file system that is a table: which project, which config, which verdict.

use std::collections::HashMap;
use std::ffi::CStr;

use pivot_complete::answer::{self, Answer};
use pivot_complete::disk::{Disk, Kind, ReadError, Stat, StatError};
use pivot_complete::path::PathBuffer;
use pivot_complete::project::{Dialect, Marker, Project};
use pivot_complete::snapshot;
use pivot_complete::stages_cache;
use pivot_complete::verdict::Reason;

/// A file system as a table of paths.
#[derive(Default)]
struct Table {
    directories: Vec<String>,
    files: HashMap<String, (i64, Vec<u8>)>,
    failing: Vec<String>,
}

impl Table {
    /// Directories are paths that end in a slash, the others are files with mtime 5.
    fn of(paths: &[&str]) -> Self {
        let mut table = Table::default();
        for path in paths {
            match path.strip_suffix('/') {
                Some(directory) => table.directories.push(directory.to_owned()),
                None => table.put(path, 5, b""),
            }
        }
        table
    }

    fn put(&mut self, path: &str, mtime: i64, content: &[u8]) {
        self.files.insert(path.to_owned(), (mtime, content.to_vec()));
    }

    fn locate<'d>(&self, directory: &'d str, dialect: Dialect) -> Option<Project<'d>> {
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        Project::locate(self, directory.as_bytes(), dialect, &mut path).unwrap()
    }

    /// What the caches say in `directory`: names, or the reason.
    fn answer(&self, directory: &str) -> Result<Vec<String>, Reason> {
        let project = self.locate(directory, Dialect::WithYaml);
        let mut storage = [0; 256];
        match answer::from_caches(self, project.as_ref(), &mut PathBuffer::new(&mut storage)) {
            Answer::Names(names) => Ok(stages_cache::names(names.text())
                .map(|name| String::from_utf8(name.to_vec()).unwrap())
                .collect()),
            Answer::Nothing(reason) => {
                assert!(matches!(reason, Reason::NoProject | Reason::NoConfig));
                Ok(vec![])
            }
            Answer::Miss(reason) => Err(reason),
        }
    }
}

impl Disk for Table {
    type Bytes = Vec<u8>;

    fn stat(&self, path: &CStr) -> Result<Stat, StatError> {
        let path = path.to_str().unwrap();
        if self.failing.iter().any(|failing| failing == path) {
            return Err(StatError::Unsure);
        }
        let (kind, mtime) = match self.files.get(path) {
            Some((mtime, _)) => (Kind::File, *mtime),
            None if self.directories.iter().any(|d| d == path) => (Kind::Directory, 0),
            None => return Err(StatError::Absent),
        };
        let times = (mtime, 0);
        let (len_bytes, inode, uid, mode) = (0, 0, 0, 0);
        Ok(Stat { kind, mtime: times, ctime: times, len_bytes, inode, uid, mode })
    }

    fn read(&self, path: &CStr, _: usize) -> Result<Vec<u8>, ReadError> {
        let found = self.files.get(path.to_str().unwrap());
        found.map(|(_, content)| content.clone()).ok_or(ReadError::Missing)
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn the_root_is_the_topmost_pivot_directory_else_the_nearest_git() {
    for (paths, directory, expected) in [
        (&["/a/.pivot/"][..], "/a/b/c", Some(("/a", Marker::Pivot))),
        (&["/a/.pivot/", "/a/b/.pivot/"], "/a/b/c", Some(("/a", Marker::Pivot))),
        (&["/.pivot/", "/a/.pivot/"], "/a", Some(("/", Marker::Pivot))),
        (&["/a/b/.git/", "/a/.pivot/"], "/a/b", Some(("/a", Marker::Pivot))),
        (&["/a/.git/", "/a/b/.pivot/"], "/a/b/c", Some(("/a/b", Marker::Pivot))),
        (&["/a/.git/", "/a/b/.git"], "/a/b/c", Some(("/a/b", Marker::Git))),
        // A file called .pivot is none; a file called .git is (work trees).
        (&["/a/.pivot"], "/a", None),
        (&["/ab/.pivot/"], "/a", None),
        (&[], "/", None),
    ] {
        let table = Table::of(paths);
        let project = table.locate(directory, Dialect::WithYaml);
        let found = project.map(|project| (text(project.root), project.marker));
        assert_eq!(found, expected, "{paths:?} {directory}");
    }
}

#[test]
fn the_config_is_the_directorys_own_else_roots() {
    let both = [Dialect::WithYaml, Dialect::PythonOnly];
    for (paths, directory, expected) in [
        (&["/r/pipeline.py"][..], "/r/s", [Some("/r/pipeline.py"); 2]),
        (&["/r/pipeline.py", "/r/s/pipeline.py"], "/r/s", [Some("/r/s/pipeline.py"); 2]),
        // One between the two is nobody's.
        (&["/r/pipeline.py", "/r/s/pipeline.py"], "/r/s/t", [Some("/r/pipeline.py"); 2]),
        (&["/r/s/pipeline.py"], "/r", [None; 2]),
        (&["/r/pivot.yaml"], "/r", [Some("/r/pivot.yaml"), None]),
        (&["/r/pivot.yml", "/r/pivot.yaml"], "/r", [Some("/r/pivot.yaml"), None]),
        (&["/r/pivot.yaml", "/r/pipeline.py"], "/r", [Some("/r/pipeline.py"); 2]),
        (
            &["/r/pipeline.py", "/r/s/pivot.yml"],
            "/r/s",
            [Some("/r/s/pivot.yml"), Some("/r/pipeline.py")],
        ),
        (&["/r/pipeline.py/"], "/r", [None; 2]),
    ] {
        let mut table = Table::of(paths);
        table.directories.push("/r/.pivot".into());
        for (dialect, expected) in both.into_iter().zip(expected) {
            let project = table.locate(directory, dialect).unwrap();
            let mut storage = [0; 256];
            let mut path = PathBuffer::new(&mut storage);
            let found = project.config.map(|config| {
                project.config_path(&config, &mut path).unwrap();
                text(path.as_bytes())
            });
            assert_eq!(found, expected, "{paths:?} {directory} {dialect:?}");
        }
    }
}

#[test]
fn a_file_system_that_fails_is_no_absence() {
    for failing in ["/r/.pivot", "/.pivot", "/r/pipeline.py"] {
        let mut table = Table::of(&["/r/.pivot/", "/r/pipeline.py"]);
        table.failing.push(failing.into());
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        let located = Project::locate(&table, b"/r", Dialect::WithYaml, &mut path);
        assert_eq!(located.err(), Some(Reason::FileSystemFails), "{failing}");
    }
}

/// A snapshot around `content`.
fn sealed(content: &[u8]) -> Vec<u8> {
    [snapshot::MAGIC_LINE, &snapshot::seal(content), b"\n", content].concat()
}

fn snapshot_name(config: &str) -> String {
    format!("/r/.pivot/cache/complete/{}", text(&snapshot::file_name(config.as_bytes())))
}

#[test]
fn roots_own_names_come_from_stages_cache() {
    const CACHE: &str = "/r/.pivot/cache/stages.cache";
    const FRESH: &[u8] = b"v1\npipeline.py:5.0\ntrain\n";
    let project = || Table::of(&["/r/.pivot/", "/r/pipeline.py"]);

    assert_eq!(Table::default().answer("/r"), Ok(vec![]));
    assert_eq!(Table::of(&["/r/.pivot/"]).answer("/r"), Ok(vec![]));
    assert_eq!(Table::of(&["/r/.git/"]).answer("/r"), Err(Reason::NoPivotDirectory));
    assert_eq!(project().answer("/r"), Err(Reason::CacheMissing));

    for (content, expected) in [
        (FRESH, Ok(vec!["train".to_owned()])),
        (b"v1\npipeline.py:5.0\n\n", Ok(vec![])),
        (b"v1\npipeline.py:4.0\ntrain\n", Err(Reason::ConfigChanged)),
        (b"v1\npipeline.py:5.00\ntrain\n", Err(Reason::ConfigChanged)),
        (b"v1\npivot.yaml:5.0\ntrain\n", Err(Reason::CacheOtherConfig)),
        (b"v1\nsub/pipeline.py:5.0\ntrain\n", Err(Reason::CacheOtherConfig)),
    ] {
        let mut table = project();
        table.put(CACHE, 0, content);
        assert_eq!(table.answer("/r"), expected, "{}", String::from_utf8_lossy(content));
        assert_eq!(table.answer("/r/s"), expected, "from a sub-directory without a config");
    }

    let mut table = project();
    table.put(CACHE, 0, FRESH);
    let guard = snapshot_name("pipeline.py");
    for (snapshot, expected) in [
        (sealed(FRESH), Ok(vec!["train".to_owned()])),
        // Of an older discovery: nothing to say about this one.
        (sealed(b"v1\npipeline.py:4.0\nother\n"), Ok(vec!["train".to_owned()])),
        (sealed(b"v1\npipeline.py:5.0\ntrain\nevaluate\n"), Err(Reason::CacheDisagrees)),
        // Not what was sealed.
        (sealed(FRESH)[..60].to_vec(), Ok(vec!["train".to_owned()])),
        (b"pivot-complete names 2\n".to_vec(), Ok(vec!["train".to_owned()])),
    ] {
        table.put(&guard, 0, &snapshot);
        assert_eq!(table.answer("/r"), expected, "{}", String::from_utf8_lossy(&snapshot));
    }
}

#[test]
fn a_sub_directorys_names_come_from_its_snapshot_alone() {
    let mut table = Table::of(&["/r/.pivot/", "/r/pipeline.py", "/r/s/pipeline.py"]);
    table.put("/r/.pivot/cache/stages.cache", 0, b"v1\ns/pipeline.py:5.0\npoison\n");
    assert_eq!(table.answer("/r/s"), Err(Reason::CacheMissing));
    for (content, expected) in [
        (&b"v1\ns/pipeline.py:5.0\nother\n"[..], Ok(vec!["other".to_owned()])),
        (b"v1\ns/pipeline.py:4.0\nother\n", Err(Reason::ConfigChanged)),
        (b"v1\nt/pipeline.py:5.0\nother\n", Err(Reason::CacheOtherConfig)),
    ] {
        table.put(&snapshot_name("s/pipeline.py"), 0, &sealed(content));
        assert_eq!(table.answer("/r/s"), expected);
    }
    let mut broken = sealed(b"v1\ns/pipeline.py:5.0\nother\n");
    *broken.last_mut().unwrap() = b' ';
    table.put(&snapshot_name("s/pipeline.py"), 0, &broken);
    assert_eq!(table.answer("/r/s"), Err(Reason::CacheMalformed));
}
