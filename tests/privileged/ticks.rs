//! Edits of equal size within one tick of the clock, on file systems whose ticks are a
//! second (ext2), four milliseconds or finer.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use crate::support::fake_pivot::{self, cached, stages};
use crate::support::rights::{Mounted, require_root, take_own_mounts};
use crate::support::{HANGS_S, Sandbox, ran, start, wait_until};

/// A fresh file system over `project/`.
fn mounted(sandbox: &Sandbox, kind: &str) -> Option<Mounted> {
    let place = sandbox.path("project");
    match kind {
        "ext2" => Some(loop_mounted(sandbox)),
        "tmpfs" => Some(Mounted::tmpfs(&place, "size=4m,mode=755")),
        _ => None,
    }
}

/// An ext2 in a file: 128-byte inodes have no room for parts of a second.
#[track_caller]
pub fn loop_mounted(sandbox: &Sandbox) -> Mounted {
    let (image, place) = (sandbox.path("image"), sandbox.path("project"));
    fs::File::create(&image).unwrap().set_len(8 << 20).unwrap();
    let tool = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(name);
        command.args(arguments).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        let ended = crate::support::Ran::from(command.output().unwrap_or_else(|error| {
            panic!("needs {name} (e2fsprogs, mount): {error}");
        }));
        assert_eq!(ended.code, 0, "{name}: {ended:?}");
    };
    tool("mkfs.ext2", &["-q", "-I", "128", image.to_str().unwrap()]);
    tool("mount", &["-o", "loop", image.to_str().unwrap(), place.to_str().unwrap()]);
    fs::remove_dir(place.join("lost+found")).unwrap();
    Mounted::of(&place)
}

/// All that a stat shows.
fn stamp(sandbox: &Sandbox, path: &str) -> [i64; 6] {
    let found = fs::metadata(sandbox.path(path)).unwrap();
    let (inode, size) = (found.ino().cast_signed(), found.size().cast_signed());
    [found.mtime(), found.mtime_nsec(), found.ctime(), found.ctime_nsec(), inode, size]
}

/// What is edited: the config, a file that it reads, a directory that it lists.
const EDITED: [&str; 3] = ["pipeline.py", "params.txt", "models"];

fn write_all(sandbox: &Sandbox) -> &'static str {
    sandbox.write("project/pipeline.py", "conf\n< params.txt\n* models\n");
    sandbox.write("project/params.txt", "para\n");
    let _ = fs::remove_dir_all(sandbox.path("project/models"));
    sandbox.write("project/models/enty", "");
    "conf para enty"
}

/// One of them changes, and keeps its size.
fn edit(sandbox: &Sandbox, edited: &str) -> String {
    match edited {
        "pipeline.py" => {
            sandbox.write("project/pipeline.py", "CONF\n< params.txt\n* models\n");
        }
        "params.txt" => drop(sandbox.write("project/params.txt", "PARA\n")),
        _ => {
            let directory = sandbox.path("project/models");
            fs::rename(directory.join("enty"), directory.join("ENTY")).unwrap();
        }
    }
    let old = match edited {
        "pipeline.py" => "conf",
        "params.txt" => "para",
        _ => "enty",
    };
    "conf para enty".replace(old, &old.to_uppercase())
}

/// Waits until a second has just begun, for stamps as well: they lag behind by a tick.
fn begin_a_second() {
    const TICK: Duration = Duration::from_millis(20);
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let left_ns = u64::from(1_000_000_000 - now.subsec_nanos());
    std::thread::sleep(Duration::from_nanos(left_ns) + TICK);
}

fn project(kind: &str) -> (Sandbox, Option<Mounted>) {
    require_root();
    take_own_mounts();
    let sandbox = fake_pivot::sandbox();
    let disk = mounted(&sandbox, kind);
    sandbox.make_directory("project/.pivot");
    (sandbox, disk)
}

/// Right after a discovery, in the tick that its inputs were written in.
#[test]
fn an_edit_right_after_a_discovery_is_noticed() {
    for kind in ["ext2", "tmpfs", "here"] {
        let (sandbox, disk) = project(kind);
        for edited in EDITED {
            rounds(kind, || {
                let names = write_all(&sandbox);
                let path = format!("project/{edited}");
                let before = stamp(&sandbox, &path);
                assert_eq!(stages(&sandbox), names);
                let names = edit(&sandbox, edited);
                let is_equal = stamp(&sandbox, &path) == before;
                let what = format!("{edited} on {kind}, equal stamps: {is_equal}");
                assert_eq!(cached(&sandbox), None, "{what}");
                assert_eq!(stages(&sandbox), names, "{what}");
                assert_eq!(cached(&sandbox), Some(names), "{what}");
                is_equal
            });
        }
        drop(disk);
    }
}

/// Does `round` until it has shown something, which tells whether an edit fell into the tick of what
/// it edited: where ticks are long, once that has happened. A busy machine needs several for that.
#[track_caller]
fn rounds(kind: &str, mut round: impl FnMut() -> bool) {
    let (mut rounds, mut collisions) = (0, 0);
    while if kind == "ext2" { collisions == 0 } else { rounds < 5 } {
        assert!(rounds < 40, "no edit within one tick");
        rounds += 1;
        if kind == "ext2" {
            begin_a_second();
        }
        collisions += usize::from(round());
    }
}

/// While the discovery runs that has read it already.
#[test]
fn an_edit_during_a_discovery_is_noticed() {
    for kind in ["ext2", "tmpfs"] {
        let (sandbox, disk) = project(kind);
        for edited in EDITED {
            rounds(kind, || {
                write_all(&sandbox);
                let gate = sandbox.path("gate");
                let gated =
                    |word| format!("{word}\n< params.txt\n* models\n~ {}\n", gate.display());
                sandbox.write("project/pipeline.py", gated("conf"));
                let before = stamp(&sandbox, &format!("project/{edited}"));
                let child = start(sandbox.front_in("project", &["stages"]));
                let waits = sandbox.path("gate.waits");
                wait_until(20, "everything has been read", || waits.exists());
                let mut names = edit(&sandbox, edited);
                if edited == "pipeline.py" {
                    sandbox.write("project/pipeline.py", gated("CONF"));
                    names = "CONF para enty".to_owned();
                }
                let is_equal = stamp(&sandbox, &format!("project/{edited}")) == before;
                sandbox.write("gate", "");
                let ended = crate::support::Ran::from(child.wait_with_output().unwrap());
                let what = format!("{edited} on {kind}, equal stamps: {is_equal}");
                assert_eq!(ended.lines().join(" "), "conf para enty", "{what}");
                assert_eq!(cached(&sandbox), None, "{what}");
                assert_eq!(stages(&sandbox), names, "{what}");
                fs::remove_file(gate).unwrap();
                fs::remove_file(waits).unwrap();
                is_equal
            });
        }
        drop(disk);
    }
}

/// Once the ticks of the inputs are over, equal stamps are proof, and nothing is read any more.
#[test]
fn old_stamps_of_whole_seconds_are_hits_without_a_look_inside() {
    let (sandbox, disk) = project("ext2");
    let names = write_all(&sandbox);
    std::thread::sleep(Duration::from_secs(3));
    assert_eq!(stages(&sandbox), names);
    let deadline = Instant::now() + Duration::from_secs(HANGS_S);
    loop {
        let command = sandbox.front_in("project", &["stages", "--cached"]);
        let (answer, calls) = crate::support::strace::traced(&sandbox, &command, &["trace=%file"]);
        assert_eq!(answer.lines().join(" "), names);
        let is_read = |name: &str| {
            let path = sandbox.path(name).display().to_string();
            calls.iter().any(|call| call.name.starts_with("open") && call.line.contains(&path))
        };
        if !is_read("project/params.txt") && !is_read("project/models") {
            break;
        }
        // Young stamps are renewed behind the scenes.
        assert!(Instant::now() < deadline, "{calls:?}");
        std::thread::sleep(Duration::from_millis(200));
    }
    assert_eq!(ran(sandbox.front_in("project", &["stages"])).lines().join(" "), names);
    drop(disk);
}
