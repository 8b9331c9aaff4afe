//! What of a process's environment decides which answer is meant: two terminals with two virtual
//! environments have two answers.

use xxhash_rust::xxh64::xxh64;

use crate::environment::Process;
use crate::files::{Disk, FileType, PathBuffer, Stat, parent};

/// Bits of a mode that let somebody execute a file.
const EXECUTABLE: u32 = 0o111;

/// The variables that decide, empty where they are not set.
#[derive(Clone, Copy, Debug, Default)]
pub struct Environment<'e> {
    /// `PATH`.
    pub path: &'e [u8],
    /// `XDG_CACHE_HOME`.
    pub cache_home: &'e [u8],
    /// `HOME`.
    pub home: &'e [u8],
    /// `VIRTUAL_ENV`.
    pub virtual_env: &'e [u8],
    /// `PYTHONPATH`.
    pub python_path: &'e [u8],
    /// `PIVOT_COMPLETE_PYTHON`.
    pub python: &'e [u8],
    /// What version managers choose a Python by: `PYENV_VERSION`, `ASDF_PYTHON_VERSION`,
    /// `MISE_PYTHON_VERSION`.
    pub chosen: [&'e [u8]; 3],
    /// The first word of the shell's line, where there is a line. What ends in a slash stands for a
    /// program that another one runs, and is the environment which that takes it from: `.venv/`, of
    /// the working directory and of each one above; `DIR//.venv/`, of that directory; either behind an
    /// `@` where the active environment goes before, behind two where one of conda's does, too; `/PREFIX/`;
    /// `:NAME/`, conda's of that name.
    pub typed: &'e [u8],
    /// Looks up what is seldom asked for.
    pub process: Process,
}

/// The names of those variables, in the order in which [`Environment::of`] takes their values.
pub const VARIABLE_NAMES: [&str; 9] = [
    "PATH",
    "XDG_CACHE_HOME",
    "HOME",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PIVOT_COMPLETE_PYTHON",
    "PYENV_VERSION",
    "ASDF_PYTHON_VERSION",
    "MISE_PYTHON_VERSION",
];

/// The `pivot` that is meant.
#[derive(Clone, Copy, Debug)]
pub struct Program {
    /// The xxh64 of its path; of nothing, where there is none.
    pub path_hash: u64,
    stat: Option<Stat>,
}

impl Program {
    /// Finds it; see [`Environment::find_program`].
    pub fn find<D: Disk>(
        disk: &D,
        environment: &Environment<'_>,
        directory: &[u8],
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> Self {
        let stat = environment.find_program(disk, directory, root, path);
        Self::at(path.as_bytes(), stat)
    }

    /// The program at `path`, which is this; nothing where there is none.
    pub fn at(path: &[u8], stat: Option<Stat>) -> Self {
        Self { path_hash: xxh64(path, 0), stat }
    }

    /// Its stat, if it is what lies at `path`.
    pub fn stat_of(&self, path: &[u8]) -> Option<&Stat> {
        let is_it = || path.starts_with(b"/") && xxh64(path, 0) == self.path_hash;
        self.stat.as_ref().filter(|_| is_it())
    }
}

/// By what a program was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// The word typed, which has a slash.
    Path,
    /// The word typed, on PATH: an alias, or anything else of that name.
    Alias,
    /// PATH.
    Search,
    /// VIRTUAL_ENV, CONDA_PREFIX.
    Environment,
    /// The directories from ROOT to the top of the repository.
    Ancestor,
}

/// A program that may be the `pivot` meant.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// What it is.
    pub stat: Stat,
    /// By what it was found.
    pub by: By,
    /// Whether its whole path was named; else part of it is the working directory or ROOT.
    pub is_absolute: bool,
}

impl<'e> Environment<'e> {
    /// The environment with these values of [`VARIABLE_NAMES`], empty where they are not set.
    pub fn of(values: [&'e [u8]; VARIABLE_NAMES.len()], typed: &'e [u8], process: Process) -> Self {
        let [path, cache_home, home, virtual_env, python_path, python, chosen @ ..] = values;
        Self { path, cache_home, home, virtual_env, python_path, python, chosen, typed, process }
    }

    /// Finds the `pivot` that is meant and puts its path into `path`; where there is none, `path`
    /// is left empty.
    ///
    /// Whether it is one, and which Python runs it, is the engine's to find out: here it only tells
    /// one answer from another.
    pub fn find_program<D: Disk>(
        &self,
        disk: &D,
        directory: &[u8],
        root: &[u8],
        path: &mut PathBuffer<'_>,
    ) -> Option<Stat> {
        let mut found = None;
        self.candidates(disk, directory, root, path, &mut |candidate, _| {
            found = Some(candidate.stat);
            true
        });
        if found.is_none() {
            path.truncate(0);
        }
        found
    }

    /// Gives each program that may be the `pivot` meant to `take`, the likeliest first, until that
    /// says `true`; its path is left in `path` then.
    ///
    /// The word typed, when it has a slash; else the program of that name on PATH, and that of the
    /// name `pivot`; then VIRTUAL_ENV, CONDA_PREFIX; then `.venv`, or what UV_PROJECT_ENVIRONMENT
    /// says instead, of ROOT and of each directory above up to the top of the repository. What is
    /// relative begins at `directory`, the working one, as it does for the shell.
    pub fn candidates<D: Disk>(
        &self,
        disk: &D,
        directory: &[u8],
        root: &[u8],
        path: &mut PathBuffer<'_>,
        take: &mut dyn FnMut(Candidate, &PathBuffer<'_>) -> bool,
    ) {
        // One of it in the program, however often it is asked.
        let is_it: &mut IsIt<'_> = &mut |parts: &[&[u8]], by, path: &mut PathBuffer<'_>| {
            let start = parts.iter().rposition(|part| part.first() == Some(&b'/'));
            let parts = parts.get(start.unwrap_or_default()..).unwrap_or_default();
            let is_absolute = start.is_some_and(|start| start > 0);
            executable(disk, parts, path)
                .is_some_and(|stat| take(Candidate { stat, by, is_absolute }, path))
        };
        if let Some(named) = self.typed.strip_suffix(b"/")
            && self.in_environment(named, directory, path, is_it)
        {
            return;
        }
        let is_path = self.typed.contains(&b'/') && !self.typed.ends_with(b"/");
        if is_path {
            let is_found = match self.typed.strip_prefix(b"~/") {
                Some(rest) => is_it(&[b"", self.home, rest], By::Path, path),
                None => is_it(&[directory, self.typed], By::Path, path),
            };
            if is_found {
                return;
            }
        }
        let is_alias = !self.typed.contains(&b'/') && !matches!(self.typed, b"" | b"pivot");
        let names = [(self.typed, By::Alias), (b"pivot", By::Search)];
        for (name, by) in names.into_iter().filter(|(_, by)| is_alias || *by == By::Search) {
            for entry in self.path.split(|&byte| byte == b':').filter(|_| !self.path.is_empty()) {
                if is_it(&[directory, entry, name], by, path) {
                    return;
                }
            }
        }
        for environment in [self.virtual_env, self.process.value(b"CONDA_PREFIX")] {
            if !environment.is_empty()
                && is_it(&[directory, environment, PROGRAM], By::Environment, path)
            {
                return;
            }
        }
        let name = self.of_project();
        let (mut here, mut top) = (Some(root).filter(|root| !root.is_empty()), None);
        while let Some(directory) = here {
            if is_it(&[directory, name, PROGRAM], By::Ancestor, path) {
                return;
            }
            let top = *top.get_or_insert_with(|| top_of_repository(disk, root, path));
            here = parent(directory).filter(|_| directory.len() > top);
        }
    }
}

/// Tells whether a program is the `pivot` meant: the parts of its path, of which the last absolute one
/// is the first that counts, and by what it was found.
type IsIt<'i> = dyn FnMut(&[&[u8]], By, &mut PathBuffer<'_>) -> bool + 'i;

impl Environment<'_> {
    /// What uv calls the environment of a project.
    fn of_project(&self) -> &[u8] {
        match self.process.value(b"UV_PROJECT_ENVIRONMENT") {
            [] => VENV,
            name => name,
        }
    }

    /// Whether the `pivot` meant is in the environment that is `named` so; see
    /// [`Environment::typed`].
    #[cold]
    fn in_environment(
        &self,
        named: &[u8],
        directory: &[u8],
        path: &mut PathBuffer<'_>,
        is_it: &mut IsIt<'_>,
    ) -> bool {
        if let Some(name) = named.strip_prefix(b":") {
            return self.in_condas(name, path, is_it);
        }
        let else_active = named.strip_prefix(b"@");
        let else_condas = else_active.and_then(|named| named.strip_prefix(b"@"));
        // Its base is nobody's project.
        let conda = match else_condas {
            Some(_) if self.process.value(b"CONDA_DEFAULT_ENV") != b"base" => {
                self.process.value(b"CONDA_PREFIX")
            }
            _ => b"",
        };
        let active = [else_active.map_or(&b""[..], |_| self.virtual_env), conda];
        for environment in active.into_iter().filter(|environment| !environment.is_empty()) {
            if is_it(&[directory, environment, PROGRAM], By::Environment, path) {
                return true;
            }
        }
        let name_of = |name| match name {
            VENV if else_active.is_none() => self.of_project(),
            name => name,
        };
        let named = else_condas.or(else_active).unwrap_or(named);
        let apart = named.windows(2).rposition(|two| two == b"//");
        if let Some((project, venv)) = apart.and_then(|at| named.split_at_checked(at)) {
            let venv = name_of(venv.get(2..).unwrap_or_default());
            return match project.strip_prefix(b"~/") {
                Some(rest) => is_it(&[self.home, rest, venv, PROGRAM], By::Ancestor, path),
                None => is_it(&[directory, project, venv, PROGRAM], By::Ancestor, path),
            };
        }
        if let Some(rest) = named.strip_prefix(b"~/") {
            return is_it(&[b"", self.home, rest, PROGRAM], By::Environment, path);
        }
        let project = self.process.value(b"UV_PROJECT");
        if named == VENV && else_active.is_none() && !project.is_empty() {
            return is_it(&[directory, project, name_of(named), PROGRAM], By::Ancestor, path);
        }
        let mut here = Some(directory);
        while let Some(directory) = here.filter(|directory| !directory.is_empty()) {
            if is_it(&[directory, name_of(named), PROGRAM], By::Ancestor, path) {
                return true;
            }
            here = parent(directory);
        }
        false
    }

    /// The same for the name of one of conda's, which lies with conda itself, beside the active one, below
    /// the root of mamba, or at home.
    fn in_condas(&self, name: &[u8], path: &mut PathBuffer<'_>, is_it: &mut IsIt<'_>) -> bool {
        let above = |path| parent(path).and_then(parent).unwrap_or_default();
        let active = self.process.value(b"CONDA_PREFIX");
        let is_base = parent(active).is_none_or(|parent| !parent.ends_with(b"/envs"));
        let active = if is_base { active } else { above(active) };
        let base = [&b""[..], b""];
        let [envs, name] = if name == b"base" { base } else { [b"envs", name] };
        let conda = above(self.process.value(b"CONDA_EXE"));
        let mamba = self.process.value(b"MAMBA_ROOT_PREFIX");
        let roots = [(conda, envs), (active, envs), (mamba, envs)];
        roots.into_iter().chain([(self.home, &b".conda/envs"[..])]).any(|(root, envs)| {
            !root.is_empty() && is_it(&[b"", root, envs, name, PROGRAM], By::Environment, path)
        })
    }
}

/// What the environment of a project is called.
const VENV: &[u8] = b".venv";
/// Where a program lies in an environment.
const PROGRAM: &[u8] = b"bin/pivot";

/// The length of the part of `root` that is the top of its repository; of all of it, where it is in
/// none.
#[cold]
fn top_of_repository<D: Disk>(disk: &D, root: &[u8], path: &mut PathBuffer<'_>) -> usize {
    let mut here = Some(root);
    while let Some(directory) = here {
        let is_set = path.set(directory).and_then(|()| path.push(b".git")).is_ok();
        if is_set && disk.stat(path.as_c_path()).is_ok() {
            return directory.len();
        }
        here = parent(directory);
    }
    root.len()
}

/// The executable file whose path is made of `components`, empty ones left out, which is then in
/// `path`.
#[inline(never)]
fn executable<D: Disk>(disk: &D, components: &[&[u8]], path: &mut PathBuffer<'_>) -> Option<Stat> {
    path.truncate(0);
    for component in components.iter().filter(|component| !component.is_empty()) {
        if path.is_empty() { path.set(component) } else { path.push(component) }.ok()?;
    }
    let stat = disk.stat(path.as_c_path()).ok()?;
    (stat.kind == FileType::File && stat.mode & EXECUTABLE != 0).then_some(stat)
}
