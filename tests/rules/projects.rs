//! Which directory is ROOT, and which file is the config.

use pivot_complete::files::PathBuffer;
use pivot_complete::project::{Dialect, Marker, Project};
use pivot_complete::reason::Reason;

use crate::table::Table;
use crate::text;

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
        table.make_directory("/r/.pivot");
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
        table.fail(failing);
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        let located = Project::locate(&table, b"/r", Dialect::WithYaml, &mut path);
        assert_eq!(located.err(), Some(Reason::FileSystemFails), "{failing}");
    }
}
