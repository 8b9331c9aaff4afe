//! Umasks, a missing HOME, a deleted working directory, paths that are not UTF-8, paths
//! as long as the kernel takes and longer.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{Mode, mkdirat, umask};

use crate::support::aftermath::{
    assert_no_litter, assert_nothing_is_alive, keep_temporary_files, ran_within,
};
use crate::support::stub::{self, Asked, NEW_NAMES, STAGES_CACHE};
use crate::support::{Ran, Sandbox, front, pipeline_0511, ran};

const BOUNDED_S: u64 = 20;

#[test]
fn caches_follow_the_umask() {
    for (mask, directory, file) in
        [(0o000, 0o777, 0o666), (0o077, 0o700, 0o600), (0o022, 0o755, 0o644)]
    {
        for asked in Asked::ALL {
            let sandbox = stub::sandbox();
            // The project is one's own whatever the umask of later commands.
            chmod(&sandbox.path("project"), 0o755);
            chmod(&sandbox.path("project/pipeline.py"), 0o644);
            let mut command = asked.command(&sandbox);
            // SAFETY: between fork and exec only a system call is made.
            unsafe {
                command.pre_exec(move || {
                    umask(Mode::from_bits_truncate(mask));
                    Ok(())
                })
            };
            assert!(asked.is_answered(&ran(command)), "{mask:o}");
            let cache = "project/.pivot/cache";
            let complete = format!("{cache}/complete");
            let store = stub::store(&sandbox);
            let modes = [(cache, directory), (complete.as_str(), directory)];
            for (name, expected) in
                modes.into_iter().chain([(STAGES_CACHE, file), (store.as_str(), file)])
            {
                let mode = fs::metadata(sandbox.path(name)).unwrap().permissions().mode() & 0o777;
                assert_eq!(mode, expected, "{name} under {mask:o}: {mode:o}");
            }
            assert_eq!(sandbox.run(&["stages", "--cached"]).lines(), NEW_NAMES);
            assert_no_litter(&sandbox, "project");
        }
    }
}

#[test]
fn nothing_depends_on_a_home() {
    // No directory can be made below a device.
    let homes: [Option<&str>; 4] = [None, Some(""), Some("relative"), Some("/dev/null/home")];
    for home in homes {
        for asked in Asked::ALL {
            let sandbox = stub::sandbox();
            let with_home = |mut command: Command| {
                match home {
                    Some(home) => command.env("HOME", home),
                    None => command.env_remove("HOME"),
                };
                ran_within(BOUNDED_S, command)
            };
            let words = ["pivot", "repro", "--"];
            let option = with_home(sandbox.tab_command("project", &words));
            assert_eq!((option.code, option.stderr.as_str()), (0, ""), "{home:?}");
            for _ in 0..2 {
                assert!(asked.is_answered(&with_home(asked.command(&sandbox))), "{home:?}");
            }
            for arguments in [&["refresh"][..], &["doctor"], &["clear"], &["clear", "--all"]] {
                let done = with_home(sandbox.front_in("project", arguments));
                assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{home:?} {arguments:?}");
            }
            // A list that would lie nowhere cannot be written, and that is said.
            let trust = with_home(sandbox.front_in("project", &["trust"]));
            assert_eq!(trust.code, 1, "{home:?}: {trust:?}");
            assert!(!trust.stderr.is_empty());
            assert_eq!(sandbox.listing("home"), [""; 0], "{home:?}");
            assert!(!sandbox.path("project/relative").exists());
        }
    }
}

/// Whoever adds the user makes it, or a mount is about to.
/// A directory for what is lost with the session is made by whoever writes there.
#[test]
fn where_nothing_is_kept_nothing_is_made() {
    let mut sandbox = stub::sandbox();
    sandbox.write_program("programs/pivot", "#!/bin/sh\nexit 1\n");
    let programs = sandbox.path("programs");
    sandbox.prepend_path(programs);
    for words in [["pivot", "repro", ""], ["pivot", "repro", "--"]] {
        let mut command = sandbox.tab_command("project", &words);
        command.env_remove("HOME").env("PIVOT_COMPLETE_ON_MISS", "never");
        let ran = ran_within(BOUNDED_S, command);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(sandbox.listing("tmp"), Vec::<String>::new(), "{words:?}");
    }
}

/// Variables that have the system's loader print what it does, and the program not run.
#[test]
fn the_loader_prints_nothing_in_a_programs_place() {
    for name in ["LD_SHOW_AUXV", "LD_TRACE_LOADED_OBJECTS"] {
        for (asked, value) in Asked::ALL.into_iter().zip(["1", ""]) {
            let sandbox = stub::sandbox();
            let mut command = asked.command(&sandbox);
            command.env(name, value);
            let ran = ran_within(BOUNDED_S, command);
            assert!(asked.is_answered(&ran), "{name}={value}: {ran:?}");
        }
    }
}

#[test]
fn a_home_that_does_not_exist_is_not_made() {
    for cache in [None, Some("none/home/cache")] {
        let sandbox = stub::sandbox();
        let with_home = |mut command: Command| {
            command.env("HOME", sandbox.path("none/home"));
            cache.map(|cache| command.env("XDG_CACHE_HOME", sandbox.path(cache)));
            ran_within(BOUNDED_S, command)
        };
        for asked in Asked::ALL {
            assert!(asked.is_answered(&with_home(asked.command(&sandbox))), "{cache:?}");
        }
        for words in [&["pivot", "repro", "--"][..], &["pivot", "push", "--remote", ""]] {
            let said = with_home(sandbox.tab_command("project", words));
            assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{words:?}");
        }
        for arguments in [&["prewarm"][..], &["refresh"], &["doctor"], &["clear", "--all"]] {
            let done = with_home(sandbox.front_in("project", arguments));
            assert_eq!((done.code, done.stderr.as_str()), (0, ""), "{arguments:?}");
        }
        crate::support::settle(&sandbox.path("none/home"));
        let trust = with_home(sandbox.front_in("project", &["trust"]));
        assert_eq!(trust.code, 1, "{trust:?}");
        assert!(trust.stderr.contains("HOME does not exist"), "{trust:?}");
        assert!(!sandbox.path("none").exists(), "{cache:?}");
    }
}

#[test]
fn the_working_directory_was_deleted() {
    for deleted in ["project/gone", "other/gone", "project"] {
        for asked in Asked::ALL {
            let sandbox = stub::sandbox();
            sandbox.make_directory(deleted);
            let ran = ran_within(BOUNDED_S, after_deletion(&sandbox, deleted, asked, &[]));
            match asked {
                Asked::Stages => {
                    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{deleted}: {ran:?}");
                    assert!(ran.stderr.contains("working directory"), "{ran:?}");
                }
                Asked::Tab => assert_is_empty(&ran),
            }
            assert_nothing_is_alive(&sandbox);
        }
    }
}

/// From a deleted directory `-C` leads to one that is there.
#[test]
fn a_deleted_working_directory_can_be_left() {
    for _ in 0..2 {
        let sandbox = stub::sandbox();
        sandbox.make_directory("other/gone");
        let project = sandbox.path("project");
        let directory = ["-C", project.to_str().unwrap()];
        for _miss_then_hit in 0..2 {
            sandbox.make_directory("other/gone");
            let command = after_deletion(&sandbox, "other/gone", Asked::Stages, &directory);
            assert_eq!(ran_within(BOUNDED_S, command).lines(), NEW_NAMES);
        }
    }
}

/// The command in a directory that is deleted just before it starts.
fn after_deletion(sandbox: &Sandbox, deleted: &str, asked: Asked, first: &[&str]) -> Command {
    let command = asked.command(sandbox);
    let mut shell = sandbox.command("/bin/sh", deleted);
    shell.args(["-c", r#"rm -r "$1"; shift; exec "$@""#, "sh"]).arg(sandbox.path(deleted));
    shell.arg(front()).args(first).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    shell
}

#[test]
fn paths_that_are_not_utf_8() {
    let names: [&[u8]; 4] =
        [b"pro\xff\xfeject", b"new\nline", b"bell\x07 'quotes\" $(x)", b"\xe2\x98"];
    for name in names {
        let mut sandbox = Sandbox::project("");
        sandbox.start_trace();
        let project = sandbox.root().join(OsStr::from_bytes(name));
        let sub = project.join(OsStr::from_bytes(name));
        fs::create_dir_all(project.join(".pivot")).unwrap();
        fs::create_dir(&sub).unwrap();
        fs::write(project.join("pipeline.py"), pipeline_0511("above", &["train"])).unwrap();
        fs::write(sub.join("pipeline.py"), pipeline_0511("below", &["train"])).unwrap();
        for (directory, expected) in [(&project, "above/train"), (&sub, "below/train")] {
            for asked in Asked::ALL {
                for _miss_then_hit in 0..2 {
                    let ran = ran_within(BOUNDED_S, in_directory(&sandbox, asked, directory));
                    assert_eq!(asked.names(&ran)[0], expected, "{name:?}: {ran:?}");
                }
            }
        }
        let discovered = sandbox.trace().iter().filter(|line| line.ends_with("discovered")).count();
        assert_eq!(discovered, 2, "{name:?}: {:?}", sandbox.trace());
    }
}

/// As long as the kernel takes, with room for the caches and without.
#[test]
fn deep_paths_work_or_are_empty() {
    for len in [4000, 4060, 4080, 4094] {
        let mut sandbox = Sandbox::project("");
        keep_temporary_files(&mut sandbox);
        let project = deep_directory(&sandbox.root(), len);
        // Where one of the two has no room, there is no project or it has no stages.
        let is_project = fs::create_dir(project.join(".pivot")).is_ok()
            && fs::write(project.join("pipeline.py"), pipeline_0511("demo", &["train"])).is_ok();
        assert_eq!(is_project, len < 4084);
        for asked in Asked::ALL {
            for _ in 0..2 {
                let ran = ran_within(BOUNDED_S, in_directory(&sandbox, asked, &project));
                let is_empty = ran.code == 0 && asked.names(&ran).is_empty();
                let is_right = ran.code == 0 && asked.names(&ran).first() == Some(&"demo/train");
                let is_fine =
                    if is_project { is_right || is_refused(asked, &ran) } else { is_empty };
                assert!(is_fine, "{len} bytes: {ran:?}");
                // The caches' names take 46 bytes, Pivot's own files some more.
                assert!(is_right || len > 4000, "{len} bytes: {ran:?}");
            }
        }
        assert_nothing_is_alive(&sandbox);
    }
}

/// Deeper than any path: the directory can be entered step by step alone.
#[test]
fn a_working_directory_deeper_than_any_path() {
    let mut sandbox = Sandbox::project(&pipeline_0511("demo", &["train"]));
    keep_temporary_files(&mut sandbox);
    let mut directory = File::open(sandbox.path("project")).unwrap();
    for _ in 0..30 {
        let name = "d".repeat(200);
        mkdirat(&directory, name.as_str(), Mode::S_IRWXU).unwrap();
        let flags = OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        directory = openat(&directory, name.as_str(), flags, Mode::empty()).unwrap().into();
    }
    let here = PathBuf::from(format!("/proc/self/fd/{}", directory.as_raw_fd()));
    for asked in Asked::ALL {
        let ran = ran_within(BOUNDED_S, in_directory(&sandbox, asked, &here));
        let is_right = ran.code == 0 && asked.names(&ran).first() == Some(&"demo/train");
        assert!(is_right || is_refused(asked, &ran), "{ran:?}");
    }
    assert_nothing_is_alive(&sandbox);
}

/// A directory below `top` whose path has `len` bytes.
fn deep_directory(top: &Path, len: usize) -> PathBuf {
    let mut path = top.to_path_buf();
    loop {
        let left = len - path.as_os_str().len() - 1;
        if left <= 200 {
            path.push("d".repeat(left));
            break;
        }
        // A last component of one byte at least.
        path.push("d".repeat(if left == 201 { 100 } else { 200 }));
    }
    assert_eq!(path.as_os_str().len(), len);
    fs::create_dir_all(&path).unwrap();
    path
}

fn in_directory(sandbox: &Sandbox, asked: Asked, directory: &Path) -> Command {
    let mut command = asked.command(sandbox);
    command.current_dir(directory);
    command
}

/// Whether it gave no answer in the way that befits it: a reason, or silence at a TAB.
fn is_refused(asked: Asked, ran: &Ran) -> bool {
    match asked {
        Asked::Stages => ran.code == 1 && ran.stdout.is_empty() && !ran.stderr.is_empty(),
        Asked::Tab => (ran.code, ran.stdout.as_str(), ran.stderr.as_str()) == (0, "\n", ""),
    }
}

#[track_caller]
fn assert_is_empty(ran: &Ran) {
    assert!(is_refused(Asked::Tab, ran), "{ran:?}");
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
