//! What the privileged tests need: root, mounts of their own, two users who can reach Python.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::geteuid;

use super::{Pivot, Sandbox, binaries};

/// A user without an account, as far as any test cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct User {
    pub uid: u32,
    /// Their home below the sandbox.
    home: &'static str,
}

/// Who presses TAB.
pub const VISITOR: User = User { uid: 54_322, home: "visitor" };

/// Whose project it is.
pub const OWNER: User = User { uid: 54321, home: "owner" };

/// Root at the keyboard.
pub const ROOT: User = User { uid: 0, home: "root" };

/// A sandbox that other users can reach, with the programs in it.
pub struct Shared {
    pub sandbox: Sandbox,
    pivot: bool,
}

impl Shared {
    /// With a real Pivot 0.5.11 on PATH, whose Python the users can reach.
    #[track_caller]
    pub fn with_pivot() -> Self {
        let shared = Self::open(Sandbox::with(Pivot::V0511), true);
        make_python_reachable(&Pivot::V0511.venv());
        shared
    }

    /// With the stub's project.
    #[track_caller]
    pub fn with_stub() -> Self {
        let shared = Self::open(super::stub::sandbox(), false);
        shared.make_writable_for_all("discoveries");
        shared.give("project", OWNER);
        shared
    }

    #[track_caller]
    fn open(mut sandbox: Sandbox, pivot: bool) -> Self {
        require_root();
        take_own_mounts();
        chmod(&sandbox.root(), 0o755);
        // Where the lock goes that cannot be in the project.
        let temporary = sandbox.make_directory("tmp");
        sandbox.set("TMPDIR", &temporary);
        chmod(&temporary, 0o1777);
        let programs = sandbox.make_directory("programs");
        for name in ["pivot-complete", "pivot-complete-engine"] {
            fs::copy(binaries().join(name), programs.join(name)).unwrap();
            chmod(&programs.join(name), 0o755);
        }
        let shared = Self { sandbox, pivot };
        for user in [VISITOR, OWNER, ROOT] {
            shared.sandbox.make_directory(user.home);
            shared.give(user.home, user);
        }
        shared
    }

    /// Hands a tree over to `user`; writable for them alone.
    pub fn give(&self, relative: &str, user: User) {
        hand_over(&self.sandbox.path(relative), user.uid);
    }

    /// A file that everyone may append to.
    pub fn make_writable_for_all(&self, relative: &str) -> PathBuf {
        let file = self.sandbox.path(relative);
        if !file.exists() {
            fs::write(&file, "").unwrap();
        }
        chmod(&file, 0o666);
        file
    }

    /// The front, run by `user` in the directory `relative`.
    pub fn front(&self, user: User, relative: &str, arguments: &[&str]) -> Command {
        let program = self.sandbox.path("programs/pivot-complete");
        let mut command = self.sandbox.command(program, relative);
        command.args(arguments).uid(user.uid).gid(user.uid);
        command.env("HOME", self.sandbox.path(user.home));
        if self.pivot {
            // Another user's bytecode is nobody's business here.
            command.env("PYTHONDONTWRITEBYTECODE", "1");
        }
        command
    }

    /// A TAB of `user` after `words`.
    pub fn tab(&self, user: User, relative: &str, words: &[&str]) -> Command {
        let mut command = self.front(user, relative, &["complete", "bash"]);
        command.env("COMP_WORDS", words.join("\n"));
        command.env("COMP_CWORD", (words.len() - 1).to_string());
        command
    }
}

/// A mount inside of a sandbox, which must go before its directory does.
pub struct Mounted {
    place: PathBuf,
}

impl Mounted {
    /// A new tmpfs with these options at `place`.
    #[track_caller]
    pub fn tmpfs(place: &Path, options: &str) -> Self {
        mount(Some("tmpfs"), place, Some("tmpfs"), MsFlags::empty(), Some(options))
            .unwrap_or_else(|error| panic!("needs the right to mount a tmpfs: {error}"));
        Self { place: place.into() }
    }

    /// What is mounted at `place` already.
    pub fn of(place: &Path) -> Self {
        Self { place: place.into() }
    }

    /// The tree at `place`, read-only from now on.
    #[track_caller]
    pub fn read_only(place: &Path) -> Self {
        bind(place, place);
        Self { place: place.into() }
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = umount2(&self.place, MntFlags::MNT_DETACH);
    }
}

/// Fails without root's rights.
#[track_caller]
pub fn require_root() {
    assert!(geteuid().is_root(), "needs root: run it as root, or in a container where you are");
}

/// Gives this thread mounts of its own, which end with it and its children.
#[track_caller]
pub fn take_own_mounts() {
    unshare(CloneFlags::CLONE_NEWNS)
        .unwrap_or_else(|error| panic!("needs a mount namespace of its own (unshare): {error}"));
    let private = MsFlags::MS_REC | MsFlags::MS_PRIVATE;
    mount(None::<&str>, "/", None::<&str>, private, None::<&str>)
        .unwrap_or_else(|error| panic!("needs the right to make mounts private: {error}"));
}

/// Lets every user reach the Python behind a virtual environment, where it lies in someone's home.
#[track_caller]
fn make_python_reachable(venv: &Path) {
    let interpreter = venv.join("bin/python").canonicalize().unwrap();
    let prefix = interpreter.ancestors().nth(2).unwrap();
    let is_closed = |path: &&Path| fs::metadata(path).unwrap().mode() & 0o001 == 0;
    let closed_venv = venv.canonicalize().unwrap().ancestors().find(is_closed).map(Path::to_owned);
    assert!(
        closed_venv.is_none(),
        "needs a virtual environment that others can reach: {closed_venv:?}"
    );
    let Some(closed) = prefix.ancestors().filter(is_closed).last() else { return };
    // The way in: an open directory over the closed one, with nothing in it but that Python. What
    // is bound is read-only, and never below a directory that a sandbox deletes.
    let aside = Path::new("/mnt");
    bind(prefix, aside);
    mount(Some("tmpfs"), closed, Some("tmpfs"), MsFlags::empty(), Some("mode=755"))
        .unwrap_or_else(|error| panic!("needs the right to mount at {closed:?}: {error}"));
    fs::create_dir_all(prefix).unwrap();
    bind(aside, prefix);
}

/// Makes the tree at `from` visible at `to`, read-only.
#[track_caller]
fn bind(from: &Path, to: &Path) {
    let none = None::<&str>;
    let read_only = MsFlags::MS_BIND | MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    mount(Some(from), to, none, MsFlags::MS_BIND, none)
        .and_then(|()| mount(none, to, none, read_only, none))
        .unwrap_or_else(|error| panic!("needs the right to bind {from:?} to {to:?}: {error}"));
}

/// Gives a tree away; links are not followed.
fn hand_over(path: &Path, uid: u32) {
    let found = fs::symlink_metadata(path).unwrap();
    if found.is_symlink() {
        return std::os::unix::fs::lchown(path, Some(uid), Some(uid)).unwrap();
    }
    chown(path, Some(uid), Some(uid))
        .unwrap_or_else(|error| panic!("needs the right to give files to user {uid}: {error}"));
    chmod(path, found.mode() & 0o7755);
    if found.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            hand_over(&entry.unwrap().path(), uid);
        }
    }
}

/// Sets the permission bits.
pub fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}
