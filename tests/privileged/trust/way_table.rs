//! The table of the ways: how a program is named or found, and who chose it.

use super::oracle::ChosenBy;
use super::things::Thing;
use super::ways::{Also, Way};

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
    "PATH, absolute, in ROOT by a link" "project/.venv" Thing::Environment, Place,
        set: &[("PATH", "{}/alias/.venv/bin")], also: Also::LinkToRoot;
    "PATH, absolute, in ROOT by way of .." "project/.venv" Thing::Environment, Place,
        set: &[("PATH", "{}/home/../project/.venv/bin")];
    "PATH, absolute, in the worktree around ROOT" "repository/env" Thing::Environment, Place,
        set: &[("PATH", "{}/repository/env/bin")], here: "repository/project", also: Also::Worktree;
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
    "typed, absolute, in ROOT by a link" "project/bin" Thing::Directory, Place,
        typed: "{}/alias/bin/pivot", also: Also::LinkToRoot;
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
    "VIRTUAL_ENV, absolute, in ROOT by a link" "project/env" Thing::Environment, Place,
        set: &[("VIRTUAL_ENV", "{}/alias/env")], also: Also::LinkToRoot;
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
    "PIVOT_COMPLETE_PYTHON, absolute, in ROOT by a link" "project/py" Thing::PythonDirectory, Place,
        set: &[("PATH", "{}/tools/bin"), ("PIVOT_COMPLETE_PYTHON", "{}/alias/py/python3")],
        also: Also::LinkToRoot;
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
