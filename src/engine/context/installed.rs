//! Which Pivot and which PyYAML a program runs, as far as the files of its installation tell for
//! certain; where they do not, discovery decides.
//!
//! That is so where Python would find both in one directory of packages, or Pivot in the directory
//! that an editable installation's `.pth` names (PEP 660, PEP 610), and nothing that comes before
//! on its path holds either, or what they need, or code that Python runs at its start.

use std::ffi::OsStr;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh64::xxh64;

use pivot_complete::project::Dialect;

use crate::context::pivot::{Interpreter, Pivot, Runs};
use crate::environment::settings::variable;

/// Modules that, found earlier, could make Pivot 0.1 complete otherwise: itself, PyYAML and what
/// that reads by, and what Python runs at its start.
const SHADOWING: [&str; 13] = [
    "pivot",
    "yaml",
    "click",
    "sitecustomize",
    "usercustomize",
    "base64",
    "binascii",
    "datetime",
    "itertools",
    "logging",
    "pathlib",
    "re",
    "types",
];

/// The modules of Pivot 0.1.0 that name the stages of a YAML config, with the xxh64 of each: a
/// source that somebody works on may be another version than its metadata say.
const SOURCES_010: [(&str, u64); 2] = [
    ("pivot/cli/completion.py", 0x45d1_6e8d_4633_6093),
    ("pivot/matrix.py", 0xf902_e975_84b8_ee83),
];

/// A directory, and names that were looked for in it.
pub type SearchedDirectory = (PathBuf, Vec<Vec<u8>>);

/// An installed Pivot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The directory of packages that tells versions.
    pub packages: PathBuf,
    /// Where an editable one lies: the file that says so, and the directory.
    editable: Option<(PathBuf, PathBuf)>,
    /// Directories in which Python looks first, and finds nothing that counts.
    before: Vec<PathBuf>,
}

/// The Pivot of `pivot`; `None` where it cannot be told for certain.
pub fn of(pivot: &Pivot) -> Option<Installed> {
    let Runs::Python(interpreter) = &pivot.runs else { return None };
    // A virtual environment's interpreter is a link: its own directory counts, then the target's.
    let beside = interpreter.path.parent()?.parent()?.to_path_buf();
    let is_environment = beside.join("pyvenv.cfg").is_file();
    let prefix = if is_environment {
        beside
    } else {
        interpreter.path.canonicalize().ok()?.parent()?.parent()?.to_path_buf()
    };
    let mut found: Vec<Installed> = Vec::new();
    for python in fs::read_dir(prefix.join("lib")).ok()?.flatten() {
        if python.file_name().as_bytes().starts_with(b"python3") {
            found.extend(in_packages(python.path().join("site-packages")));
        }
    }
    let [_] = found.as_slice() else { return None };
    let mut installed = found.pop()?;
    let python = installed.packages.parent()?.file_name()?.to_owned();
    let place = Place { interpreter, prefix: &prefix, is_environment, python: &python };
    for directory in place.searched_first()? {
        if installed.is_its_own(&directory) {
            continue;
        }
        if shadows(&directory)? {
            return None;
        }
        installed.before.push(directory);
    }
    Some(installed)
}

/// The directories of packages of a Python, as far as its place tells, those that are there: whoever installs
/// Pivot for it writes there.
pub fn package_directories(interpreter: &Path) -> Vec<PathBuf> {
    let prefix = |python: &Path| python.parent()?.parent().map(Path::to_path_buf);
    let mut prefixes: Vec<PathBuf> = prefix(interpreter).into_iter().collect();
    if !prefixes.iter().any(|own| own.join("pyvenv.cfg").is_file()) {
        prefixes.extend(interpreter.canonicalize().ok().and_then(|real| prefix(&real)));
        prefixes.push("/usr/local".into());
        prefixes.extend(variable("HOME").map(|home| PathBuf::from(home).join(".local")));
    }
    let mut found = Vec::new();
    for library in prefixes.iter().map(|prefix| prefix.join("lib")) {
        let pythons = fs::read_dir(library).into_iter().flatten().flatten();
        let pythons = pythons.filter(|it| it.file_name().as_bytes().starts_with(b"python3"));
        let packages = pythons
            .flat_map(|it| ["site-packages", "dist-packages"].map(|name| it.path().join(name)));
        found.extend(packages.filter(|place| place.is_dir()));
    }
    found.sort();
    found.dedup();
    found
}

/// The Pivot that is installed in `packages`, if one is.
fn in_packages(packages: PathBuf) -> Option<Installed> {
    let holds = |directory: &Path| directory.join("pivot/__init__.py").is_file();
    let mut editable = None;
    if !holds(&packages) {
        let version = version_in(&packages, "pivot")?;
        let metadata = packages.join(format!("pivot-{version}.dist-info"));
        let url = fs::read(metadata.join("direct_url.json")).ok()?;
        let url: serde_json::Value = serde_json::from_slice(&url).ok()?;
        url.get("dir_info")?.get("editable")?.as_bool().filter(|is_editable| *is_editable)?;
        let mut places = Vec::new();
        for file in fs::read_dir(&packages).ok()?.flatten().map(|entry| entry.path()) {
            if file.extension() == Some(OsStr::new("pth")) {
                let text = fs::read(&file).ok()?;
                let lines = text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii);
                let directories = lines.map(|line| packages.join(OsStr::from_bytes(line)));
                let holding = directories.filter(|directory| holds(directory));
                places.extend(holding.map(|directory| (file.clone(), directory)));
            }
        }
        let [_] = places.as_slice() else { return None };
        editable = places.pop();
    }
    Some(Installed { packages, editable, before: Vec::new() })
}

/// What decides where a Python looks for modules before its packages.
struct Place<'a> {
    interpreter: &'a Interpreter,
    prefix: &'a Path,
    is_environment: bool,
    /// `python3.X`.
    python: &'a OsStr,
}

impl Place<'_> {
    /// The directories that come first; `None` where that cannot be told.
    fn searched_first(&self) -> Option<Vec<PathBuf>> {
        let mut directories = Vec::new();
        if !self.has_option(b"EI") {
            if let Some(home) = variable("PYTHONHOME") {
                // Of an environment it moves the standard library alone; elsewhere all packages.
                let home = Path::new(&home);
                let library = home.join("lib").join(self.python).join("os.py");
                let is_same = || home.canonicalize().ok() == self.prefix.canonicalize().ok();
                if !library.is_file() || !(self.is_environment || is_same()) {
                    return None;
                }
            }
            let path = variable("PYTHONPATH").unwrap_or_default();
            let entries = path.as_bytes().split(|&byte| byte == b':').map(OsStr::from_bytes);
            directories.extend(entries.filter(|_| !path.is_empty()).map(PathBuf::from));
            // What depends on where one is.
            if directories.iter().any(|directory| !directory.is_absolute()) {
                return None;
            }
        }
        if !self.is_environment && !self.has_option(b"sI") {
            let ignored = self.has_option(b"E");
            if variable("PYTHONUSERBASE").is_some() && !ignored {
                return None;
            }
            if variable("PYTHONNOUSERSITE").is_none() || ignored {
                let home = PathBuf::from(variable("HOME")?);
                let packages = Path::new(".local/lib").join(self.python).join("site-packages");
                directories.push(home.join(packages));
            }
        }
        Some(directories)
    }

    /// Whether the interpreter is started with one of these letters as an option.
    fn has_option(&self, letters: &[u8]) -> bool {
        let is_flags = |option: &[u8]| option.iter().all(|flag| b"bBdEiIOPqRsSuv".contains(flag));
        let words = self.interpreter.options.iter().map(|option| option.as_bytes());
        let mut flags =
            words.filter_map(|word| word.strip_prefix(b"-")).filter(|word| is_flags(word));
        flags.any(|word| word.iter().any(|flag| letters.contains(flag)))
    }
}

/// Whether a directory on Python's path holds one of [`SHADOWING`], or is none, but an archive;
/// `None` where it does not say.
fn shadows(directory: &Path) -> Option<bool> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Some(false),
        Err(_) => return None,
    };
    for entry in entries {
        let name = entry.ok()?.file_name();
        let module = name.as_bytes().split(|&byte| byte == b'.').next().unwrap_or_default();
        if SHADOWING.iter().any(|shadowing| shadowing.as_bytes() == module) {
            return Some(true);
        }
    }
    Some(false)
}

impl Installed {
    /// Which configs it reads, where that is certain.
    pub fn dialect(&self) -> Option<Dialect> {
        if let Some((_, source)) = &self.editable {
            let is_010 = |(file, digest): &(&str, u64)| {
                fs::read(source.join(file)).is_ok_and(|content| xxh64(&content, 0) == *digest)
            };
            return SOURCES_010.iter().all(is_010).then_some(Dialect::WithYaml);
        }
        let version = self.version()?;
        Some(if version.starts_with("0.1.") { Dialect::WithYaml } else { Dialect::PythonOnly })
    }

    /// Its version, where one is installed.
    pub fn version(&self) -> Option<String> {
        version_in(&self.packages, "pivot")
    }

    /// The version of the PyYAML that it reads a config with, where it is certain.
    pub fn pyyaml(&self) -> Option<String> {
        let is_there = self.packages.join("yaml/__init__.py").is_file();
        is_there.then(|| version_in(&self.packages, "pyyaml"))?
    }

    /// What being certain of it depends on, beside the names in its packages: directories with the
    /// names that were looked for in each, and files whose stamp counts.
    pub fn depends_on(&self) -> (Vec<SearchedDirectory>, Vec<PathBuf>) {
        let names: Vec<Vec<u8>> = SHADOWING.map(|name| name.as_bytes().to_vec()).into();
        let looked_for = self.before.iter().map(|directory| (directory.clone(), names.clone()));
        let mut stamped = Vec::new();
        if let Some((file, source)) = &self.editable {
            stamped.push(file.clone());
            stamped.extend(SOURCES_010.map(|(module, _)| source.join(module)));
        }
        (looked_for.collect(), stamped)
    }

    /// Whether Python finds this very Pivot in `directory` too.
    fn is_its_own(&self, directory: &Path) -> bool {
        let source = self.editable.as_ref().map(|(_, source)| source);
        let own = [Some(&self.packages), source].into_iter().flatten();
        let found = directory.canonicalize().ok();
        found.is_some() && own.map(|own| own.canonicalize().ok()).any(|own| own == found)
    }
}

/// The version of the package `name` in a directory of packages, where exactly one is installed.
fn version_in(packages: &Path, name: &str) -> Option<String> {
    let version = |package: fs::DirEntry| {
        let directory = package.file_name().into_string().ok()?;
        let (own, version) = directory.strip_suffix(".dist-info")?.split_once('-')?;
        own.eq_ignore_ascii_case(name).then(|| version.to_owned())
    };
    let mut versions = fs::read_dir(packages).ok()?.flatten().filter_map(version);
    let found = versions.next()?;
    versions.next().is_none().then_some(found)
}
