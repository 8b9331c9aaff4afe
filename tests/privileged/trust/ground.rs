//! Where the tests of trust play: scenes of files with owners, programs that tell who ran, and
//! everything that may start one.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{lchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::rights::{chmod, require_root, take_own_mounts};
use crate::support::{ONE_THREAD, Ran, Sandbox, binaries, ran};

/// An ordinary user who presses TAB.
pub const ME: u32 = 54_320;
/// Another one.
pub const ANOTHER: u32 = 54_321;

/// The command line of its Pivot: `repro STAGES...`.
pub const COMMAND_LINE: &str = include_str!("command_line.json");

/// A Python of three milliseconds that speaks the driver's protocol: it marks that it ran and in
/// which mode, and answers with one stage. Called as the driver is: FD MODE PROGRAM ARGUMENT last.
const STAND_IN: &str = r#"#!/bin/sh
field() { printf '%s%08x%s' "$1" "${#2}" "$2"; }
while [ $# -gt 9 ]; do shift; done
case $2 in
describe) payload=$(field j 'COMMAND_LINE'; field v '3.13 8.5.1 0.5.11') ;;
stages | all | manifests)
    at=$PWD root=$PWD config=$PWD/pipeline.py
    while [ -n "$at" ]; do [ -d "$at/.pivot" ] && root=$at; at=${at%/*}; done
    [ -e "$config" ] || config=$root/pipeline.py
    payload=$(
        field n by-WHO; field v '3.13 30 0.5.11'; field r "$root"; field c "$config"
    )
    ;;
*) printf '%s\n' "WHO other" >> MARKER; exit 1 ;;
esac
printf '%s\n' "WHO $2" >> MARKER
printf 'pivot-complete 1 %08x\n%s' "${#payload}" "$payload" > "/proc/self/fd/$1"
"#;

/// The programs, and room for scenes.
pub struct Ground {
    pub sandbox: Sandbox,
    scenes: std::cell::Cell<usize>,
}

impl Ground {
    /// Needs root.
    #[track_caller]
    pub fn new() -> Self {
        require_root();
        take_own_mounts();
        let sandbox = Sandbox::empty();
        chmod(&sandbox.root(), 0o755);
        let programs = sandbox.make_directory("programs");
        for name in ["pivot-complete", "pivot-complete-engine"] {
            fs::copy(binaries().join(name), programs.join(name)).unwrap();
            chmod(&programs.join(name), 0o755);
        }
        Self { sandbox, scenes: 0.into() }
    }

    /// A scene of mine with a `pivot` of root's on PATH, whose Python calls itself `found`.
    pub fn with_pivot(&self) -> Scene {
        let mut scene = self.scene(ME);
        let python = scene.python("tools/bin/python3", "found", 0, 0o755);
        scene.script("tools/bin/pivot", &python.display().to_string(), 0, 0o755);
        scene.set("PATH", "{}/tools/bin");
        scene
    }

    /// A new scene, with a home of `me`, and `project/` with a config, which is theirs too.
    pub fn scene(&self, me: u32) -> Scene {
        self.scenes.set(self.scenes.get() + 1);
        let top = self.sandbox.make_directory(&format!("{}", self.scenes.get()));
        let programs = self.sandbox.path("programs");
        let scene = Scene { top, programs, me, here: "project".into(), set: Vec::new() };
        scene.directory("", 0, 0o755);
        scene.directory("tmp", 0, 0o1777);
        scene.directory("home", me, 0o755);
        scene.directory("project/.pivot", me, 0o755);
        scene.directory("project", me, 0o755);
        scene.file("project/pipeline.py", "", me, 0o644);
        scene.file("marker", "", 0, 0o666);
        scene
    }
}

/// Some files with their owners, and an environment.
pub struct Scene {
    pub top: PathBuf,
    programs: PathBuf,
    /// Who presses TAB.
    pub me: u32,
    /// The working directory.
    pub here: String,
    set: Vec<(String, String)>,
}

impl Scene {
    pub fn path(&self, relative: &str) -> PathBuf {
        // Without a slash at the end.
        if relative.is_empty() { self.top.clone() } else { self.top.join(relative) }
    }

    /// Makes a directory, and those above it where there are none: mine.
    pub fn directory(&self, relative: &str, uid: u32, mode: u32) -> PathBuf {
        self.make_parents(relative);
        let path = self.path(relative);
        if !path.is_dir() {
            fs::create_dir(&path).unwrap();
        }
        own(&path, uid);
        chmod(&path, mode);
        path
    }

    /// Writes a file.
    pub fn file(&self, relative: &str, text: impl AsRef<[u8]>, uid: u32, mode: u32) -> PathBuf {
        self.make_parents(relative);
        let path = self.path(relative);
        fs::write(&path, text).unwrap();
        own(&path, uid);
        chmod(&path, mode);
        path
    }

    /// Makes a link.
    pub fn link(&self, relative: &str, target: impl AsRef<Path>, uid: u32) -> PathBuf {
        self.make_parents(relative);
        let path = self.path(relative);
        symlink(target, &path).unwrap();
        own(&path, uid);
        path
    }

    fn make_parents(&self, relative: &str) {
        if let Some((parent, _)) = relative.rsplit_once('/')
            && !self.path(parent).is_dir()
        {
            self.directory(parent, self.me, 0o755);
        }
    }

    /// A stand-in for Python that calls itself `who`.
    pub fn python(&self, relative: &str, who: &str, uid: u32, mode: u32) -> PathBuf {
        let text = STAND_IN
            .replace("COMMAND_LINE", COMMAND_LINE.trim_end())
            .replace("MARKER", self.path("marker").to_str().unwrap())
            .replace("WHO", who);
        self.file(relative, text, uid, mode)
    }

    /// A `pivot` with this first line.
    pub fn script(&self, relative: &str, interpreter: &str, uid: u32, mode: u32) -> PathBuf {
        self.file(relative, format!("#!{interpreter}\nimport pivot\n"), uid, mode)
    }

    /// Sets a variable; `{}` is the scene's directory.
    pub fn set(&mut self, name: &str, value: &str) {
        let value = value.replace("{}", self.top.to_str().unwrap());
        self.set.retain(|(known, _)| known != name);
        self.set.push((name.into(), value));
    }

    /// The value of a variable.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.set.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The front or the engine, run by me.
    pub fn command(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.args(arguments).uid(self.me).gid(self.me).current_dir(self.path(&self.here));
        command.env_clear().env("HOME", self.path("home")).env("TMPDIR", self.path("tmp"));
        command.env("LC_ALL", "C.UTF-8").env("TERM", "dumb").env("PIVOT_COMPLETE_TIMEOUT", "120");
        command.envs([ONE_THREAD]);
        command.envs(self.set.iter().map(|(name, value)| (name, value)));
        command.stdin(std::process::Stdio::null());
        command
    }

    /// The front, run by me.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.command("pivot-complete", arguments))
    }

    /// A TAB of mine after `words`.
    pub fn tab(&self, words: &[&str]) -> Ran {
        let mut command = self.command("pivot-complete", &["complete", "bash"]);
        command.env("COMP_WORDS", words.join("\n"));
        command.env("COMP_CWORD", (words.len() - 1).to_string());
        ran(command)
    }

    /// The same in a user namespace of its own, with these options of unshare.
    pub fn tab_in_namespace(&self, map: &[&str]) -> Ran {
        let tab = self.command("pivot-complete", &["complete", "bash"]);
        let mut command = Command::new("/usr/bin/unshare");
        command.arg("--user").args(map).arg(tab.get_program()).args(tab.get_args());
        command.env_clear().envs(tab.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        command.uid(self.me).gid(self.me).current_dir(self.path(&self.here));
        ran(command)
    }

    /// Who ran and in which mode, in order; forgets it.
    pub fn take_marks(&self) -> Vec<String> {
        let marker = self.path("marker");
        let text = fs::read(&marker).unwrap();
        fs::write(&marker, "").unwrap();
        String::from_utf8_lossy(&text).lines().map(str::to_owned).collect()
    }

    /// Removes every cache that was written at or above the working directory, and at home.
    pub fn forget(&self) {
        let _ = fs::remove_dir_all(self.path("home/.cache"));
        let here = self.path(&self.here);
        for directory in here.ancestors().take_while(|above| above.starts_with(&self.top)) {
            let _ = fs::remove_dir_all(directory.join(".pivot/cache"));
        }
    }
}

/// Gives a file, directory or link away.
pub fn own(path: &Path, uid: u32) {
    lchown(path, Some(uid), Some(uid)).unwrap();
}

/// All below `top` with what it is and what it holds, to be compared with what is there later.
pub fn snapshot(top: &Path) -> Vec<String> {
    use std::os::unix::fs::MetadataExt;
    let mut found = Vec::new();
    let mut left = vec![top.to_path_buf()];
    while let Some(path) = left.pop() {
        let is = fs::symlink_metadata(&path).unwrap();
        let content = if is.is_symlink() {
            fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec()
        } else if is.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        let content = xxhash_rust::xxh3::xxh3_64(&content);
        let name = path.strip_prefix(top).unwrap();
        found.push(format!("{name:?} uid {} mode {:o} {content:x}", is.uid(), is.mode()));
        if is.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.sort();
    found
}
