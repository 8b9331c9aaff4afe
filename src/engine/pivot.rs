//! Which `pivot` the user means and which Python runs it.
//!
//! The program is the word typed, when it has a slash; else the one of that name on PATH; for an
//! alias `pivot` on PATH, in ROOT/.venv, in VIRTUAL_ENV. Its Python is PIVOT_COMPLETE_PYTHON or
//! what its first lines name.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Read;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::settings::{Settings, variable};
use crate::shebang::{self, Launcher};

/// A `pivot` that may be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pivot {
    /// The program; `None` where only PIVOT_COMPLETE_PYTHON is known.
    pub program: Option<PathBuf>,
    /// How it runs.
    pub runs: Runs,
}

/// How a `pivot` runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Runs {
    /// By a Python.
    Python(Interpreter),
    /// A version manager's shim: this command prints the path of the real program.
    Shim(Vec<OsString>),
    /// Nobody knows; it can only be asked to complete.
    Opaque,
}

/// A Python and how it is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The program.
    pub path: PathBuf,
    /// Its options, such as `-I`.
    pub options: Vec<OsString>,
}

impl Interpreter {
    fn plain(path: PathBuf) -> Self {
        Self { path, options: Vec::new() }
    }
}

/// All that may be the `pivot` meant, the likeliest first.
///
/// `typed` is the word at the start of the shell's line, if there is a line; `root` is ROOT.
/// More than one is of use where the first turns out to be something else of that name.
pub fn candidates(typed: Option<&OsStr>, root: Option<&Path>, settings: &Settings) -> Vec<Pivot> {
    let mut programs: Vec<PathBuf> = Vec::new();
    let mut unknown_word = None;
    match typed {
        Some(word) if word.as_bytes().contains(&b'/') => programs.extend(expand_home(word)),
        Some(word) if word != "pivot" && !word.is_empty() => unknown_word = on_path(word),
        _ => {}
    }
    programs.retain(|program| is_executable(program) && !is_ourselves(program));
    if !programs.is_empty() {
        return programs.iter().map(|program| pivot(program, settings)).collect();
    }
    // An alias may have the name of a quite different program: that is asked only if Python runs
    // it, and never by executing it as it is.
    let mut found: Vec<Pivot> = unknown_word
        .into_iter()
        .map(|program| pivot(&program, settings))
        .filter(|pivot| matches!(pivot.runs, Runs::Python(_)))
        .collect();
    let in_environment = |directory: PathBuf| directory.join("bin/pivot");
    let places = [
        on_path(OsStr::new("pivot")),
        root.map(|root| in_environment(root.join(".venv"))),
        variable("VIRTUAL_ENV").map(|directory| in_environment(PathBuf::from(directory))),
    ];
    let usable = |program: &PathBuf| is_executable(program) && !is_ourselves(program);
    found.extend(places.into_iter().flatten().filter(usable).map(|place| pivot(&place, settings)));
    if let (true, Some(python)) = (found.is_empty(), &settings.python) {
        found.push(Pivot { program: None, runs: Runs::Python(named(python)) });
    }
    found
}

/// The `pivot` at `program`, an executable file.
pub fn pivot(program: &Path, settings: &Settings) -> Pivot {
    let runs = match &settings.python {
        Some(python) => Runs::Python(named(python)),
        None => runs(program),
    };
    Pivot { program: Some(program.to_path_buf()), runs }
}

/// The interpreter that PIVOT_COMPLETE_PYTHON names, by its path or by its name on PATH.
fn named(python: &Path) -> Interpreter {
    let is_name = !python.as_os_str().as_bytes().contains(&b'/');
    let found = is_name.then(|| on_path(python.as_os_str())).flatten();
    Interpreter::plain(found.unwrap_or_else(|| python.to_path_buf()))
}

fn runs(program: &Path) -> Runs {
    let head = read_head(program).unwrap_or_default();
    match shebang::read(&head, program) {
        Some(Launcher::Interpreter(path, options)) => {
            return Runs::Python(Interpreter { path, options });
        }
        Some(Launcher::ByName(name, options)) => {
            let python = |path| Runs::Python(Interpreter { path, options });
            return on_path(&name).map_or(Runs::Opaque, python);
        }
        None => {}
    }
    let name = program.file_name().unwrap_or_default();
    let which = |manager: OsString| Runs::Shim(vec![manager, "which".into(), name.into()]);
    let manager = |name: &str| {
        on_path(OsStr::new(name)).map_or(Runs::Opaque, |found| which(found.into_os_string()))
    };
    // mise's shims are links to mise itself; those of pyenv and asdf are scripts that name it.
    let real = program.canonicalize().unwrap_or_default();
    match real.file_name().and_then(OsStr::to_str) {
        Some("mise") => which(real.clone().into_os_string()),
        _ if contains(&head, b"pyenv") && contains(&head, b" exec ") => manager("pyenv"),
        _ if contains(&head, b"asdf exec") => manager("asdf"),
        _ => Runs::Opaque,
    }
}

/// The first executable file called `name` in a directory on PATH, ourselves left out.
///
/// Relative entries are passed over: they would make the answer depend on a directory that
/// someone else filled.
pub fn on_path(name: &OsStr) -> Option<PathBuf> {
    let path = variable("PATH")?;
    std::env::split_paths(&path)
        .filter(|directory| directory.is_absolute())
        .map(|directory| directory.join(name))
        .find(|program| is_executable(program) && !is_ourselves(program))
}

fn is_executable(program: &Path) -> bool {
    fs::metadata(program)
        .is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

/// Whether `program` is the front or the engine, through whatever link.
fn is_ourselves(program: &Path) -> bool {
    let identity = |path: &Path| fs::metadata(path).ok().map(|found| (found.dev(), found.ino()));
    let Ok(engine) = std::env::current_exe() else { return false };
    let front = engine.with_file_name("pivot-complete");
    let found = identity(program);
    found.is_some() && (found == identity(&engine) || found == identity(&front))
}

/// `~/x` as the shell would expand it; other words as they are.
fn expand_home(word: &OsStr) -> Option<PathBuf> {
    match word.as_bytes().strip_prefix(b"~/") {
        Some(rest) => Some(PathBuf::from(variable("HOME")?).join(OsStr::from_bytes(rest))),
        None => Some(PathBuf::from(OsString::from_vec(word.as_bytes().to_vec()))),
    }
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
