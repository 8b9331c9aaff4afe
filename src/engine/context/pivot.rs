//! Which `pivot` the user means and which Python runs it.
//!
//! Where the program is looked for stands in `src/project/environment.rs`, which the front
//! shares. Its Python is PIVOT_COMPLETE_PYTHON or what its first lines name. Who chose either
//! is noted, for trust to judge.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use pivot_complete::files::{PathBuffer, Stat};
use pivot_complete::project::{By, Environment, Program};

use crate::context::shebang::{self, Launcher};
use crate::environment;
use crate::environment::settings::{Settings, variable};
use crate::files::{Disk, path, path_storage};

/// Who chose a program, as far as its name tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Naming {
    /// By its whole path, or by an entry of PATH or a variable that is one.
    Whole,
    /// Through the working directory or ROOT, or by files there.
    InPart,
    /// An interpreter, by the program that it runs.
    ByProgram,
}

/// A `pivot` that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// The program, its whole path; `None` where only PIVOT_COMPLETE_PYTHON is known.
    pub program: Option<PathBuf>,
    /// By what it was found.
    pub by: By,
    /// Who chose it.
    pub named: Naming,
    /// How it runs.
    pub runs: Runs,
    /// What a version manager sets for it.
    pub environment: Vec<(String, OsString)>,
}

impl Pivot {
    /// Whether a version manager chooses by files which program, or which Python, is run.
    pub fn is_chosen(&self) -> bool {
        match &self.runs {
            Runs::Shim(_) => true,
            Runs::Python(interpreter) => {
                let head = read_head(&interpreter.path).unwrap_or_default();
                Shim::read(&head, &interpreter.path).is_some()
            }
            Runs::Opaque => {
                let program = self.program.as_deref().unwrap_or(Path::new(""));
                Shim::read(&read_head(program).unwrap_or_default(), program).is_some()
            }
        }
    }
}

/// How a `pivot` runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By a Python.
    Python(Interpreter),
    /// A version manager's shim: this prints the path of the real program.
    Shim(Manager),
    /// Nobody knows; it can only be asked to complete.
    Opaque,
}

/// A Python and how it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program, its whole path.
    pub path: PathBuf,
    /// Its options, such as `-I`.
    pub options: Vec<OsString>,
    /// Who chose it.
    pub named: Naming,
}

/// A version manager and what it is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The program, its whole path, and its arguments.
    pub command: Vec<OsString>,
    /// Who chose it.
    pub named: Naming,
}

impl Manager {
    /// What it is asked for what its shim sets beside, as an object in JSON; only mise sets anything.
    pub fn environment(&self) -> Option<Vec<OsString>> {
        let is_mise = self.program().file_name() == Some(OsStr::new("mise"));
        is_mise.then(|| vec![self.program().into(), "env".into(), "--json".into()])
    }

    /// The program.
    pub fn program(&self) -> &Path {
        self.command.first().map_or(Path::new(""), Path::new)
    }
}

/// What the search for the `pivot` meant has found.
#[derive(Clone)]
pub struct Search {
    /// All that may be it, the likeliest first; see `Environment::candidates`.
    ///
    /// More than one is of use where the first turns out to be something else of that name.
    pub pivots: Vec<Pivot>,
    /// The first one, as the front takes it for the names of stores.
    pub program: Program,
    /// Its path.
    pub program_path: Option<PathBuf>,
}

/// Searches for the `pivot` meant.
pub fn search(
    environment: &Environment<'_>,
    directory: &Path,
    root: Option<&Path>,
    settings: &Settings,
) -> Search {
    let mut first: Option<(PathBuf, Stat)> = None;
    let (mut found, mut seen): (Vec<Pivot>, Vec<By>) = Default::default();
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let (here, root) = (bytes(directory), root.map(bytes).unwrap_or_default());
    environment.candidates(&Disk, here, root, &mut buffer, &mut |candidate, program| {
        let program = path(program.as_bytes());
        first.get_or_insert_with(|| (program.to_path_buf(), candidate.stat));
        // Of what PATH has the first one counts, as for the shell.
        let is_hidden =
            matches!(candidate.by, By::Alias | By::Search) && seen.contains(&candidate.by);
        if is_hidden || is_ourselves(program) {
            return false;
        }
        seen.push(candidate.by);
        let named = if candidate.is_absolute { Naming::Whole } else { Naming::InPart };
        let pivot = pivot(&normal(program), candidate.by, named, directory, settings);
        // An alias may have the name of a quite different program: that is asked only if Python runs
        // it, and never by executing it as it is.
        if candidate.by != By::Alias || matches!(pivot.runs, Runs::Python(_)) {
            found.push(pivot);
        }
        candidate.by == By::Path
    });
    if let (true, Some(python)) = (found.is_empty(), &settings.python) {
        let runs = Runs::Python(interpreter(python, directory));
        let (by, named) = (By::Environment, Naming::Whole);
        found.push(Pivot { program: None, by, named, runs, environment: Vec::new() });
    }
    let stat = first.as_ref().map(|(_, stat)| *stat);
    let program_path = first.map(|(program, _)| program);
    let program = Program::at(program_path.as_deref().map(bytes).unwrap_or_default(), stat);
    Search { pivots: found, program, program_path }
}

/// The `pivot` at `program`, an executable file.
pub fn pivot(
    program: &Path,
    by: By,
    named: Naming,
    directory: &Path,
    settings: &Settings,
) -> Pivot {
    let runs = match &settings.python {
        Some(python) => Runs::Python(interpreter(python, directory)),
        None => runs(program, directory),
    };
    let program = Some(program.to_path_buf());
    Pivot { program, by, named, runs, environment: Vec::new() }
}

/// The interpreter that PIVOT_COMPLETE_PYTHON names, by its path or by its name on PATH.
fn interpreter(python: &Path, directory: &Path) -> Interpreter {
    let is_name = !bytes(python).contains(&b'/');
    let found = is_name.then(|| on_path(python.as_os_str(), directory)).flatten();
    let (path, named) = found.unwrap_or_else(|| resolved(python, Naming::Whole, directory));
    Interpreter { path, options: Vec::new(), named }
}

/// The whole path of what is named so, and who chose it where the name itself is `named`.
fn resolved(name: &Path, named: Naming, directory: &Path) -> (PathBuf, Naming) {
    let named = if name.is_absolute() { named } else { Naming::InPart };
    (normal(&directory.join(name)), named)
}

fn runs(program: &Path, directory: &Path) -> Runs {
    let head = read_head(program).unwrap_or_default();
    match shebang::read(&head, program) {
        Some(Launcher::Interpreter(path, options)) => {
            let (path, named) = resolved(&path, Naming::ByProgram, directory);
            return Runs::Python(Interpreter { path, options, named });
        }
        Some(Launcher::ByName(name, options)) => {
            let python = |(path, named)| Runs::Python(Interpreter { path, options, named });
            return on_path(&name, directory).map_or(Runs::Opaque, python);
        }
        None => {}
    }
    let name = program.file_name().unwrap_or_default();
    let which = |(manager, named): (PathBuf, Naming)| {
        let command = vec![manager.into_os_string(), "which".into(), name.into()];
        Runs::Shim(Manager { command, named })
    };
    match Shim::read(&head, program) {
        Some(Shim::Link(mise)) => which((mise, Naming::ByProgram)),
        Some(Shim::Script(manager)) => {
            on_path(OsStr::new(manager), directory).map_or(Runs::Opaque, which)
        }
        None => Runs::Opaque,
    }
}

/// What a version manager puts on PATH.
enum Shim {
    /// A link to the manager itself: mise's.
    Link(PathBuf),
    /// A script that names the manager: pyenv's and asdf's.
    Script(&'static str),
}

impl Shim {
    /// The shim at `program`, which begins with `head`; nothing where it is none.
    fn read(head: &[u8], program: &Path) -> Option<Self> {
        let real = program.canonicalize().unwrap_or_default();
        match real.file_name().and_then(OsStr::to_str) {
            Some("mise") => Some(Self::Link(real)),
            _ if contains(head, b"pyenv") && contains(head, b" exec ") => {
                Some(Self::Script("pyenv"))
            }
            _ if contains(head, b"asdf exec") => Some(Self::Script("asdf")),
            _ => None,
        }
    }
}

/// The first executable file called `name` in a directory on PATH, ourselves left out, and who chose
/// it: an entry that is empty or relative is the working directory's, as for the shell.
pub fn on_path(name: &OsStr, directory: &Path) -> Option<(PathBuf, Naming)> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .map(|entry| resolved(&entry.join(name), Naming::Whole, directory))
        .find(|(program, _)| is_executable(program) && !is_ourselves(program))
}

/// An absolute path without the `.` and `..` behind a working directory, which is free of links.
fn normal(path: &Path) -> PathBuf {
    let (mut normal, mut behind_link) = (PathBuf::new(), false);
    for part in path.components() {
        match part {
            Component::ParentDir if !behind_link => drop(normal.pop()),
            part => normal.push(part),
        }
        behind_link |= normal.is_symlink();
    }
    normal
}

fn is_executable(program: &Path) -> bool {
    fs::metadata(program)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Whether `program` is the front or the engine, through whatever link.
fn is_ourselves(program: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let Some(engine) = environment::program() else { return false };
    let front = engine.with_file_name("pivot-complete");
    let found = identity(program);
    found.is_some() && (found == identity(&engine) || found == identity(&front))
}

/// The first 4 KiB of a regular file.
fn read_head(program: &Path) -> Option<Vec<u8>> {
    let mut head = Vec::new();
    fs::File::open(program).ok()?.take(4096).read_to_end(&mut head).ok()?;
    Some(head)
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
