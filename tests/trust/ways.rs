//! The ways in which a program is named or found, and the owners that what is found may have.

use std::path::PathBuf;

use crate::ground::{ANOTHER, Scene};
use crate::oracle::{ChosenBy, Found};

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

/// One way.
#[derive(Clone, Debug)]
pub struct Way {
    pub name: &'static str,
    /// Where what is found lies, relative to the scene.
    pub object: &'static str,
    pub thing: Thing,
    /// The word typed, and the working directory.
    pub typed: &'static str,
    pub here: &'static str,
    /// Variables; `{}` is the scene.
    pub set: &'static [(&'static str, &'static str)],
    pub by: ChosenBy,
    /// What else lies there.
    pub also: Also,
}

/// What else a way needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Also {
    Nothing,
    /// `repository/.git`, with the project in it.
    Repository,
    /// A `.pivot` beside what is found: it lies in another project.
    OtherProject,
    /// `tools/bin/pivot`, root's, whose first line is this.
    Tool(&'static str),
    /// `project/.venv/bin/pivot`, mine, whose first line is this.
    Venv(&'static str),
    /// `tools/bin/pivot`, root's, a link to uv's in the object.
    UvTool,
    /// A version manager of root's, and mine in its care; the file's name, if that is no object.
    Manager(&'static str, Option<&'static str>),
}

const NONE: &str = "{}/none";

const fn way(name: &'static str, object: &'static str, thing: Thing, by: ChosenBy) -> Way {
    Way { name, object, thing, typed: "pivot", here: "project", set: &[], by, also: Also::Nothing }
}

macro_rules! ways {
    ($($name:literal $object:literal $thing:expr, $by:ident $(, $field:ident: $value:expr)*;)*) => {
        &[$(Way { $($field: $value,)* ..way($name, $object, $thing, ChosenBy::$by) }),*]
    };
}

/// PATH.
pub const PATHS: &[Way] = ways! {
    "PATH, absolute" "tools/bin" Thing::Directory, User, set: &[("PATH", "{}/tools/bin")];
    "PATH, absolute, in ROOT" "project/.venv" Thing::Environment, Place,
        set: &[("PATH", "{}/project/.venv/bin")];
    "PATH, absolute, in the repository around ROOT" "repository/env" Thing::Environment, Place,
        set: &[("PATH", "{}/repository/env/bin")], here: "repository/project", also: Also::Repository;
    "PATH, absolute, in another project" "theirs/env" Thing::Environment, User,
        set: &[("PATH", "{}/theirs/env/bin")], also: Also::OtherProject;
    "PATH, relative" "project/bin" Thing::Directory, Place, set: &[("PATH", "bin:{}/none")];
    "PATH, relative and up" "bin" Thing::Directory, Place, set: &[("PATH", "../bin")];
    "PATH, a dot" "project/pivot" Thing::Script, Place, set: &[("PATH", ".:{}/none")];
    "PATH, empty and first" "project/pivot" Thing::Script, Place, set: &[("PATH", ":{}/none")];
    "PATH, empty and last" "project/pivot" Thing::Script, Place, set: &[("PATH", "{}/none:")];
    "PATH, empty before an absolute one" "project/pivot" Thing::Script, Place,
        set: &[("PATH", ":{}/tools/bin")], also: Also::Tool("{}/safe/tool/python3");
    "alias, PATH absolute" "tools/bin" Thing::Alias, User,
        set: &[("PATH", "{}/tools/bin")], typed: "pv";
    "alias, PATH relative" "project/bin" Thing::Alias, Place,
        set: &[("PATH", "bin:{}/none")], typed: "pv";
    "alias of the shell, PATH absolute" "tools/bin" Thing::Directory, User,
        set: &[("PATH", "{}/tools/bin")], typed: "p";
};

/// The word typed.
pub const WORDS: &[Way] = ways! {
    "typed, absolute" "tools/bin" Thing::Directory, User, typed: "{}/tools/bin/pivot";
    "typed, absolute, in ROOT" "project/bin" Thing::Directory, Place,
        typed: "{}/project/bin/pivot";
    "typed, ~/" "home/tools" Thing::Directory, User, typed: "~/tools/pivot";
    "typed, ./pivot" "project/pivot" Thing::Script, Place, typed: "./pivot";
    "typed, ../pivot in ROOT" "project/pivot" Thing::Script, Place, typed: "../pivot",
        here: "project/sub";
    "typed, ../pivot outside of ROOT" "pivot" Thing::Script, Place, typed: "../pivot";
    "typed, sub/pivot" "project/sub" Thing::Directory, Place, typed: "sub/pivot";
    "typed, .venv/bin/pivot" "project/.venv" Thing::Environment, Place, typed: ".venv/bin/pivot";
};

/// Virtual environments.
pub const ENVIRONMENTS: &[Way] = ways! {
    ".venv of ROOT" "project/.venv" Thing::Environment, Place;
    ".venv of ROOT, from below" "project/.venv" Thing::Environment, Place, here: "project/sub";
    ".venv of ROOT, uv's trampoline" "project/.venv" Thing::UvEnvironment, Place;
    ".venv of ROOT, pip's trampoline" "project/.venv" Thing::PipEnvironment, Place;
    ".venv of an ancestor in the repository" "repository/.venv" Thing::Environment, Place,
        here: "repository/project", also: Also::Repository;
    ".venv above the repository" ".venv" Thing::Environment, Nobody,
        here: "repository/project", also: Also::Repository;
    "VIRTUAL_ENV, absolute" "envs/v" Thing::Environment, User,
        set: &[("VIRTUAL_ENV", "{}/envs/v")];
    "VIRTUAL_ENV, absolute, uv's trampoline" "envs/v" Thing::UvEnvironment, User,
        set: &[("VIRTUAL_ENV", "{}/envs/v")];
    "VIRTUAL_ENV, absolute, in ROOT" "project/env" Thing::Environment, Place,
        set: &[("VIRTUAL_ENV", "{}/project/env")];
    "VIRTUAL_ENV, relative" "project/env" Thing::Environment, Place,
        set: &[("VIRTUAL_ENV", "env")];
    "VIRTUAL_ENV, relative and up" "envs/v" Thing::Environment, Place,
        set: &[("VIRTUAL_ENV", "../envs/v")];
    "CONDA_PREFIX, absolute" "envs/v" Thing::Environment, NotSaid,
        set: &[("CONDA_PREFIX", "{}/envs/v")];
    "CONDA_PREFIX, absolute, in ROOT" "project/env" Thing::Environment, Place,
        set: &[("CONDA_PREFIX", "{}/project/env")];
    "CONDA_PREFIX, relative" "project/env" Thing::Environment, Place,
        set: &[("CONDA_PREFIX", "env")];
    "UV_PROJECT_ENVIRONMENT, absolute" "envs/v" Thing::Environment, NotSaid,
        set: &[("UV_PROJECT_ENVIRONMENT", "{}/envs/v")];
    "UV_PROJECT_ENVIRONMENT, relative" "project/env" Thing::Environment, Place,
        set: &[("UV_PROJECT_ENVIRONMENT", "env")];
    "UV_PROJECT_ENVIRONMENT, relative, from below" "project/env" Thing::Environment, Place,
        set: &[("UV_PROJECT_ENVIRONMENT", "env")], here: "project/sub";
};

/// Interpreters.
pub const INTERPRETERS: &[Way] = ways! {
    "first line, absolute, of a tool" "py" Thing::PythonDirectory, User,
        set: &[("PATH", "{}/tools/bin")], also: Also::Tool("{}/py/python3");
    "first line, relative, of a tool" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/tools/bin")], also: Also::Tool("py/python3");
    "first line, env, PATH absolute" "py" Thing::PythonDirectory, User,
        set: &[("PATH", "{}/py:{}/tools/bin")], also: Also::Tool("/usr/bin/env python3");
    "first line, env, PATH relative" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "py:{}/tools/bin")], also: Also::Tool("/usr/bin/env python3");
    "first line, env, PATH empty" "project/python3" Thing::Python, Place,
        set: &[("PATH", ":{}/tools/bin")], also: Also::Tool("/usr/bin/env python3");
    "first line, env -S, PATH empty and last" "project/python3" Thing::Python, Place,
        set: &[("PATH", "{}/tools/bin:")], also: Also::Tool("/usr/bin/env -S python3 -s");
    "first line, absolute, of the place's" "py" Thing::PythonDirectory, Place,
        also: Also::Venv("{}/py/python3");
    "first line, env, of the place's" "py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/py")], also: Also::Venv("/usr/bin/env python3");
    "uv's trampoline behind a link on PATH" "envs/v" Thing::UvEnvironment, User,
        set: &[("PATH", "{}/tools/bin")], also: Also::UvTool;
    "PIVOT_COMPLETE_PYTHON, absolute" "py" Thing::PythonDirectory, User,
        set: &[("PATH", "{}/tools/bin"), ("PIVOT_COMPLETE_PYTHON", "{}/py/python3")],
        also: Also::Tool("{}/safe/tool/python3");
    "PIVOT_COMPLETE_PYTHON, absolute, no pivot" "py" Thing::PythonDirectory, User,
        set: &[("PIVOT_COMPLETE_PYTHON", "{}/py/python3")];
    "PIVOT_COMPLETE_PYTHON, absolute, in ROOT" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/tools/bin"), ("PIVOT_COMPLETE_PYTHON", "{}/project/py/python3")],
        also: Also::Tool("{}/safe/tool/python3");
    "PIVOT_COMPLETE_PYTHON, relative" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/tools/bin"), ("PIVOT_COMPLETE_PYTHON", "py/python3")],
        also: Also::Tool("{}/safe/tool/python3");
    "PIVOT_COMPLETE_PYTHON, relative, no pivot" "project/python3" Thing::Python, Place,
        set: &[("PIVOT_COMPLETE_PYTHON", "./python3")];
    "PIVOT_COMPLETE_PYTHON, a name, PATH absolute" "py" Thing::PythonDirectory, User,
        set: &[("PATH", "{}/tools/bin:{}/py"), ("PIVOT_COMPLETE_PYTHON", "python3")],
        also: Also::Tool("{}/safe/tool/python3");
    "PIVOT_COMPLETE_PYTHON, a name, PATH relative" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/tools/bin:py"), ("PIVOT_COMPLETE_PYTHON", "python3")],
        also: Also::Tool("{}/safe/tool/python3");
};

/// Version managers: the object is what they choose, or the file by which they do.
pub const SHIMS: &[Way] = ways! {
    "pyenv, by .python-version of the working directory" "project/.python-version"
        Thing::VersionFile("1\n"), Place, also: Also::Manager("pyenv", None);
    "asdf, by .tool-versions of the working directory" "project/.tool-versions"
        Thing::VersionFile("python 1\n"), Place, also: Also::Manager("asdf", None);
    "mise, by mise.toml of the working directory" "project/mise.toml"
        Thing::VersionFile("[tools]\npython = \"1\"\n"), Place, also: Also::Manager("mise", None);
    "mise, by .tool-versions of ROOT, from below" "project/.tool-versions"
        Thing::VersionFile("python 1\n"), Place, also: Also::Manager("mise", None),
        here: "project/sub";
    "pyenv, by .python-version above ROOT" ".python-version"
        Thing::VersionFile("1\n"), Place, also: Also::Manager("pyenv", None);
    "asdf, by .tool-versions above ROOT" ".tool-versions"
        Thing::VersionFile("python 1\n"), Place, also: Also::Manager("asdf", None);
    "asdf, to where .tool-versions points" "theirs/env" Thing::Environment, Place,
        also: Also::Manager("asdf", Some("project/.tool-versions"));
    "mise, to where mise.toml points" "theirs/env" Thing::Environment, Place,
        also: Also::Manager("mise", Some("project/mise.toml"));
    "pyenv, by no file" "home/.versions/1" Thing::Environment, User,
        also: Also::Manager("pyenv", Some(""));
    "asdf, by no file" "home/.versions/1" Thing::Environment, User,
        also: Also::Manager("asdf", Some(""));
};

/// All of them.
pub fn all() -> impl Iterator<Item = &'static Way> {
    [PATHS, WORDS, ENVIRONMENTS, INTERPRETERS, SHIMS].into_iter().flatten()
}

impl Way {
    /// Makes all of it; what is found calls itself `found`.
    pub fn set_up(&self, scene: &mut Scene, owner: Owner) -> Found {
        let me = scene.me;
        scene.here = self.here.into();
        scene.set("PATH", NONE);
        self.set.iter().for_each(|(name, value)| scene.set(name, value));
        scene.python("safe/python3", "found", 0, 0o755);
        scene.python("safe/tool/python3", "tool", 0, 0o755);
        scene.directory("safe/tool", 0, 0o755);
        scene.directory("safe", 0, 0o755);
        if self.here == "project/sub" {
            scene.directory("project/sub", me, 0o755);
        }
        let template = |text: &str| text.replace("{}", scene.top.to_str().unwrap());
        match self.also {
            Also::Nothing | Also::UvTool | Also::Manager(..) => {}
            Also::Repository => {
                scene.directory("repository/.git", me, 0o755);
                scene.directory("repository/project/.pivot", me, 0o755);
                scene.file("repository/project/pipeline.py", "", me, 0o644);
            }
            Also::OtherProject => drop(scene.directory("theirs/.pivot", ANOTHER, 0o755)),
            Also::Tool(line) => drop(scene.script("tools/bin/pivot", &template(line), 0, 0o755)),
            Also::Venv(line) => {
                scene.script("project/.venv/bin/pivot", &template(line), me, 0o755);
            }
        }
        let thing = self.thing;
        owner.place(scene, self.object, &|scene, at, uid, more| {
            thing.put(scene, at, uid, 0o755 | more);
        });
        let object = scene.path(self.object);
        let mut found = Found {
            by: self.by,
            programs: thing.programs(&object),
            named_by_user: Vec::new(),
            chooses_by: Vec::new(),
        };
        match self.also {
            Also::Tool(_) => {
                let is_program = found.programs.iter().any(|program| program.ends_with("pivot"));
                // What lies first on PATH is meant; the tool is not asked in its place.
                if !is_program && self.by == ChosenBy::Place {
                    found.programs.push(scene.path("tools/bin/pivot"));
                }
            }
            Also::Venv(line) => {
                found.programs.push(scene.path("project/.venv/bin/pivot"));
                if line.contains("env python3") {
                    found.named_by_user = std::mem::take(&mut found.programs);
                    found.programs = vec![found.named_by_user.pop().unwrap()];
                }
            }
            Also::UvTool => {
                scene.directory("tools/bin", 0, 0o755);
                scene.link("tools/bin/pivot", object.join("bin/pivot"), 0);
            }
            Also::Manager(name, file) => self.set_up_manager(scene, name, file, &mut found),
            _ => {}
        }
        found
    }

    /// A stand-in of a version manager with the shape of the real one: its shim on PATH, and a
    /// program that looks for its file from the working directory up.
    fn set_up_manager(
        &self,
        scene: &mut Scene,
        name: &str,
        file: Option<&'static str>,
        found: &mut Found,
    ) {
        let me = scene.me;
        if file != Some("") {
            Thing::Environment.put(scene, "home/.versions/1", me, 0o755);
        }
        crate::managers::install(scene, name);
        let points_to = scene.path(self.object);
        match file {
            None => {
                found.chooses_by.push(scene.path(self.object));
                let bin = scene.path("home/.versions/1/bin");
                found.programs = vec![bin.join("pivot"), bin.join("python3")];
            }
            Some("") => {
                scene.file("home/.python-version", "1\n", me, 0o644);
                scene.file("home/.tool-versions", "python 1\n", me, 0o644);
            }
            Some(file) => {
                let to = points_to.display();
                let text = match name {
                    "mise" => format!("[tools]\npython = \"path:{to}\"\n"),
                    _ => format!("python path:{to}\n"),
                };
                found.chooses_by.push(scene.file(file, text, me, 0o644));
            }
        }
    }
}

impl Thing {
    fn put(self, scene: &Scene, at: &str, uid: u32, mode: u32) {
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
    fn programs(self, object: &std::path::Path) -> Vec<PathBuf> {
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
