//! What is told of files and directories that this process opens itself, as if it were a child.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::*;

/// A directory, and what is told of it.
struct Scene {
    top: tempfile::TempDir,
    openings: Openings,
}

impl Scene {
    fn new() -> Self {
        Self { top: tempfile::tempdir().unwrap(), openings: Openings::prepare().unwrap() }
    }

    /// One in which these files are.
    fn having(files: &[String]) -> Self {
        let scene = Self::new();
        files.iter().for_each(|file| drop(scene.write(file)));
        scene
    }

    fn path(&self, relative: &str) -> PathBuf {
        self.top.path().canonicalize().unwrap().join(relative)
    }

    fn write(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "text").unwrap();
        path
    }

    /// Asks as the driver does.
    fn ask(&mut self, fields: &[(u8, &[u8])]) {
        let mut payload = Vec::new();
        for (kind, value) in fields {
            payload.push(*kind);
            payload.extend(format!("{:08x}", value.len()).as_bytes());
            payload.extend(*value);
        }
        let [ask, hear] = self.openings.address();
        let message = [format!("{:08x}", payload.len()).as_bytes(), &payload].concat();
        OpenOptions::new().write(true).open(ask).unwrap().write_all(&message).unwrap();
        let mut reply = File::open(hear).unwrap();
        self.openings.attend();
        reply.read_exact(&mut [0]).unwrap();
    }

    fn begin(&mut self) {
        let root = self.path("project");
        fs::create_dir_all(&root).unwrap();
        self.ask(&[(b'r', root.as_os_str().as_bytes()), (b'b', b"")]);
    }

    /// What is told below the directory: files, directories; with `!` what changed since.
    fn told(mut self) -> (Vec<String>, Vec<String>) {
        self.ask(&[(b'e', b"")]);
        let opened = self.openings.finish();
        assert_eq!(opened.gap, None);
        let top = self.path("");
        let told = |opened: Vec<OpenedPath>| {
            let mut told: Vec<String> = (opened.iter())
                .flat_map(|one| one.paths.iter().map(|path| (path, one.has_changed)))
                .map(|(path, has_changed)| {
                    let path = path.strip_prefix(&top).unwrap().display();
                    format!("{path}{}", if has_changed { "!" } else { "" })
                })
                .collect();
            told.sort();
            told
        };
        (told(opened.files), told(opened.directories))
    }
}

fn list(path: &Path) {
    assert!(fs::read_dir(path).unwrap().count() < 99);
}

#[test]
fn what_is_read_is_told_and_what_is_only_written_is_not() {
    let names = ["before", "read", "written", "appended", "both", "still"];
    let mut scene = Scene::having(&names.map(|name| format!("project/{name}")));
    fs::read(scene.path("project/before")).unwrap();
    scene.begin();
    fs::read(scene.path("project/read")).unwrap();
    fs::write(scene.path("project/written"), "other").unwrap();
    let append = OpenOptions::new().append(true).open(scene.path("project/appended"));
    append.unwrap().write_all(b"more").unwrap();
    let both = OpenOptions::new().read(true).write(true).open(scene.path("project/both"));
    both.unwrap().read_exact(&mut [0; 4]).unwrap();
    // As a reader does that maps it, and never closes it.
    let still = File::open(scene.path("project/still")).unwrap();
    assert_eq!(scene.told().0, ["project/both", "project/read", "project/still"]);
    drop(still);
}

/// As where LMDB's data would be.
#[test]
fn a_fifo_beside_a_lock_is_not_waited_for() {
    let mut scene = Scene::having(&["project/x-lock".into()]);
    nix::unistd::mkfifo(&scene.path("project/x"), nix::sys::stat::Mode::S_IRWXU).unwrap();
    scene.begin();
    fs::read(scene.path("project/x-lock")).unwrap();
    assert_eq!(scene.told().0, ["project/x-lock"]);
}

#[test]
fn a_change_behind_the_reading_is_told_and_a_file_of_its_own_is_as_left() {
    let names = ["written", "replaced", "own", "gone", "later"];
    let mut scene = Scene::having(&names.map(|name| format!("project/{name}")));
    scene.begin();
    let root = scene.path("project");
    names.iter().for_each(|name| drop(fs::read(root.join(name)).unwrap()));
    fs::write(root.join("written"), "other").unwrap();
    fs::write(root.join("own"), "other").unwrap();
    fs::write(root.join("new"), "new").unwrap();
    fs::rename(root.join("new"), root.join("replaced")).unwrap();
    fs::remove_file(root.join("gone")).unwrap();
    // Made, read, written and read again: whose else could it be?
    let made = scene.write("project/made");
    fs::read(&made).unwrap();
    fs::write(&made, "more").unwrap();
    let temporary = scene.write("project/temporary");
    fs::read(&temporary).unwrap();
    fs::remove_file(&temporary).unwrap();
    let own = root.join("own");
    scene.ask(&[(b'w', own.as_os_str().as_bytes()), (b'e', b"")]);
    fs::write(root.join("later"), "other").unwrap();
    let files = scene.told().0;
    let all = ["gone!", "later!", "made", "own", "replaced!", "written!"];
    assert_eq!(files, all.map(|name| format!("project/{name}")));
}

#[test]
fn listings_are_told_and_not_what_only_opens_a_directory() {
    let names = ["listed", "opened", "own", "twice", "grown"];
    let mut scene = Scene::having(&names.map(|name| format!("project/{name}/file")));
    scene.begin();
    let root = scene.path("project");
    for name in ["listed", "own", "twice", "twice", "grown"] {
        list(&root.join(name));
    }
    // As SQLite does to sync it.
    File::open(root.join("opened")).unwrap().sync_all().unwrap();
    scene.write("project/grown/new");
    let count = |name: &str| [b"1 ", root.join(name).as_os_str().as_bytes()].concat();
    scene.ask(&[(b'c', &count("own")), (b'c', &count("twice"))]);
    let directories = scene.told().1;
    assert_eq!(directories, ["project/grown!", "project/listed", "project/twice"]);
}

#[test]
fn links_and_places_elsewhere_are_followed() {
    let mut scene = Scene::new();
    scene.write("mnt/deep/file");
    scene.write("mnt/alone");
    scene.write("named/deep/file");
    scene.write("unnamed/file");
    scene.write("project/v1");
    scene.write("project/.venv/pyvenv.cfg");
    let link = |to: &str, from: &str| symlink(to, scene.path(from)).unwrap();
    link("../mnt/deep", "project/data");
    link("../mnt/alone", "project/alone");
    link("v1", "project/latest");
    scene.begin();
    let named = scene.path("named");
    scene.ask(&[(b'p', named.as_os_str().as_bytes())]);
    for name in ["mnt/deep/file", "mnt/alone", "named/deep/file", "unnamed/file", "project/v1"] {
        fs::read(scene.path(name)).unwrap();
    }
    fs::read(scene.path("project/.venv/pyvenv.cfg")).unwrap();
    let files = scene.told().0;
    let elsewhere = ["mnt/alone", "mnt/deep/file", "named/deep/file"];
    // By the links, and as what these lead to: they may lead elsewhere, to the same.
    let here = ["project/alone", "project/data/file", "project/latest", "project/v1"];
    assert_eq!(files, [&elsewhere[..], &here].concat());
}

#[test]
fn directories_that_appear_are_watched() {
    let mut scene = Scene::new();
    scene.begin();
    fs::create_dir_all(scene.path("project/new/deep")).unwrap();
    scene.openings.attend();
    let file = scene.write("project/new/deep/file");
    scene.openings.attend();
    fs::read(&file).unwrap();
    list(&scene.path("project/new"));
    assert_eq!(scene.told(), (vec!["project/new/deep/file".into()], vec!["project/new".into()]));
}

#[test]
fn lost_events_are_told() {
    let mut scene = Scene::new();
    let files = ["project/a", "project/b"].map(|name| scene.write(name));
    scene.begin();
    let most = fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap();
    for _ in 0..most.trim().parse::<usize>().unwrap() / 2 {
        files.iter().for_each(|file| drop(File::open(file).unwrap()));
    }
    scene.openings.attend();
    assert_eq!(scene.openings.finish().gap, Some("too much was opened at once"));
}
