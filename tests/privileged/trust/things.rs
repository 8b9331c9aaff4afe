//! What lies where a program is found, and whose it may be.

use std::path::PathBuf;

use super::ground::{ANOTHER, Scene};

/// Whose a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    Mine,
    Roots,
    Anothers,
    /// Mine, and everyone may write to it.
    Open,
    /// Mine, and its group may write to it.
    Group,
    /// Mine, in a directory like /tmp.
    MineInSticky,
    /// Another's, in a directory like /tmp.
    AnothersInSticky,
    /// My link to what is another's.
    MyLinkToAnothers,
    /// Another's link to what is mine; in a directory of mine, where root put it.
    AnothersLinkToMine,
    /// My link to what is mine.
    MyLinkToMine,
}

impl Owner {
    pub const ALL: [Owner; 10] = [
        Owner::Mine,
        Owner::Roots,
        Owner::Anothers,
        Owner::Open,
        Owner::Group,
        Owner::MineInSticky,
        Owner::AnothersInSticky,
        Owner::MyLinkToAnothers,
        Owner::AnothersLinkToMine,
        Owner::MyLinkToMine,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Owner::Mine => "mine",
            Owner::Roots => "root's",
            Owner::Anothers => "another's",
            Owner::Open => "mine, open to all",
            Owner::Group => "mine, open to its group",
            Owner::MineInSticky => "mine in a 1777 directory",
            Owner::AnothersInSticky => "another's in a 1777 directory",
            Owner::MyLinkToAnothers => "my link to another's",
            Owner::AnothersLinkToMine => "another's link to mine",
            Owner::MyLinkToMine => "my link to mine",
        }
    }

    /// Puts what `put` makes at `object`: it gets the place, the owner, and bits to add to a mode.
    pub fn place(self, scene: &Scene, object: &str, put: &dyn Fn(&Scene, &str, u32, u32)) {
        let me = scene.me;
        let linked = |link_uid: u32, uid: u32| {
            scene.directory("elsewhere", uid, 0o755);
            put(scene, "elsewhere/thing", uid, 0);
            scene.link(object, scene.path("elsewhere/thing"), link_uid);
        };
        let in_sticky = |uid: u32| {
            put(scene, object, uid, 0);
            let parent = object.rsplit_once('/').map_or("", |(parent, _)| parent);
            scene.directory(parent, 0, 0o1777);
        };
        match self {
            Owner::Mine => put(scene, object, me, 0),
            Owner::Roots => put(scene, object, 0, 0),
            Owner::Anothers => put(scene, object, ANOTHER, 0),
            Owner::Open => put(scene, object, me, 0o022),
            Owner::Group => put(scene, object, me, 0o020),
            Owner::MineInSticky => in_sticky(me),
            Owner::AnothersInSticky => in_sticky(ANOTHER),
            Owner::MyLinkToAnothers => linked(me, ANOTHER),
            Owner::AnothersLinkToMine => linked(ANOTHER, me),
            Owner::MyLinkToMine => linked(me, me),
        }
    }
}

/// What lies at a way's object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// A directory with `pivot` and the interpreter that its first line names.
    Directory,
    /// The same with `pv` in `pivot`'s place.
    Alias,
    /// A virtual environment: `bin/pivot`, `bin/python3`, `pyvenv.cfg`.
    Environment,
    /// The same, whose `pivot` starts as uv's do: by `/bin/sh`, with the Python beside it.
    UvEnvironment,
    /// The same, whose `pivot` starts as pip's do where a path is too long.
    PipEnvironment,
    /// `pivot` alone, with an interpreter of root's elsewhere.
    Script,
    /// A directory with `python3`.
    PythonDirectory,
    /// `python3` alone.
    Python,
    /// A file by which a version manager chooses.
    VersionFile(&'static str),
}

impl Thing {
    /// Puts it at `at`.
    pub fn put(self, scene: &Scene, at: &str, uid: u32, mode: u32) {
        let inside = |name: &str| format!("{at}/{name}");
        let absolute = |name: &str| scene.path(&inside(name)).display().to_string();
        let plain = mode & !0o111;
        match self {
            Thing::Directory | Thing::Alias => {
                scene.directory(at, uid, mode);
                let name = if self == Thing::Alias { "pv" } else { "pivot" };
                scene.script(&inside(name), &absolute("python3"), uid, mode);
                scene.python(&inside("python3"), "found", uid, mode);
            }
            Thing::Environment | Thing::UvEnvironment | Thing::PipEnvironment => {
                for directory in [at, &inside("bin")] {
                    scene.directory(directory, uid, mode);
                }
                scene.file(&inside("pyvenv.cfg"), "home = /usr/bin\n", uid, plain);
                let python = absolute("bin/python3");
                let first = match self {
                    Thing::UvEnvironment => "/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \
                                             \"$0\")\")\"/'python3' \"$0\" \"$@\"\n' '''"
                        .to_owned(),
                    Thing::PipEnvironment => {
                        format!("/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''")
                    }
                    _ => python,
                };
                scene.script(&inside("bin/pivot"), &first, uid, mode);
                scene.python(&inside("bin/python3"), "found", uid, mode);
            }
            Thing::Script => {
                let python = scene.path("safe/python3").display().to_string();
                scene.script(at, &python, uid, mode);
            }
            Thing::PythonDirectory => {
                scene.directory(at, uid, mode);
                scene.python(&inside("python3"), "found", uid, mode);
            }
            Thing::Python => drop(scene.python(at, "found", uid, mode)),
            Thing::VersionFile(text) => drop(scene.file(at, text, uid, plain)),
        }
    }

    /// What is run of it.
    pub fn programs(self, object: &std::path::Path) -> Vec<PathBuf> {
        let names: &[&str] = match self {
            Thing::Directory => &["pivot", "python3"],
            Thing::Alias => &["pv", "python3"],
            Thing::Environment | Thing::UvEnvironment | Thing::PipEnvironment => {
                &["bin/pivot", "bin/python3"]
            }
            Thing::Script | Thing::Python => return vec![object.to_path_buf()],
            Thing::PythonDirectory => &["python3"],
            Thing::VersionFile(_) => &[],
        };
        names.iter().map(|name| object.join(name)).collect()
    }
}
