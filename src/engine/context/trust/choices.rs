//! The files by which version managers choose a Python: those of the working directory and of every
//! directory above it.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::environment::settings::variable;
use crate::files::read_if;

/// No config of mise's that anybody wrote is longer.
const CONFIG_MAX_BYTES: usize = 1 << 20;

/// Names that say it themselves: pyenv's, asdf's, mise's; and mise's directories.
const NAMES: [&str; 4] = [".python-version", ".python-versions", ".tool-versions", ".miserc.toml"];
const DIRECTORIES: [&str; 3] = ["mise", ".mise", ".config/mise"];
/// Where mise's configs lie, what they begin with, those of what it was before too, and how they end.
const PLACES: [&str; 2] = ["", ".config"];
const STARTS: [&[u8]; 3] = [b"mise.", b".mise.", b".rtx."];
const END: &[u8] = b".toml";
/// Such as are there where a directory cannot be listed.
const PLAINEST: [&str; 5] =
    ["mise.toml", ".mise.toml", "mise.local.toml", ".mise.local.toml", ".config/mise.toml"];
/// Variables that hold another name; the lib's `CHOOSES_PYTHON` has them, too, and those that say where.
const RENAMED: [&str; 7] = [
    "ASDF_DEFAULT_TOOL_VERSIONS_FILENAME",
    "ASDF_TOOL_VERSIONS_FILENAME",
    "MISE_DEFAULT_TOOL_VERSIONS_FILENAME",
    "MISE_DEFAULT_CONFIG_FILENAME",
    "MISE_ENV_FILE",
    "MISE_OVERRIDE_CONFIG_FILENAMES",
    "MISE_OVERRIDE_TOOL_VERSIONS_FILENAMES",
];

/// The directories from `here` up to `/` that have such files, each with those.
pub fn above(here: &Path) -> impl Iterator<Item = (PathBuf, Vec<PathBuf>)> + '_ {
    here.ancestors().filter_map(|directory| {
        let files = in_directory(directory);
        (!files.is_empty()).then(|| (directory.to_path_buf(), files))
    })
}

/// Where version managers look for what they choose by in `here`, each with the names of files and
/// directories that count there; none where all do. What is not there is told, too.
pub fn looked_for(here: &Path) -> Vec<(PathBuf, Vec<Vec<u8>>)> {
    let home = variable("HOME").map(PathBuf::from);
    let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
    let set = |name: &str| variable(name).map(PathBuf::from);
    let environments = variable("MISE_ENV").unwrap_or_default();
    let environments = environments.to_string_lossy().into_owned();
    let environments = environments.split(',').filter(|name| !name.is_empty());
    let of_one = |name| {
        ["mise", ".mise"].into_iter().flat_map(move |start| {
            [format!("{start}.{name}.toml"), format!("{start}.{name}.local.toml")]
        })
    };
    let plain = [&NAMES[..], &PLAINEST, &["mise", ".mise", ".config"]].concat();
    let plain = plain.into_iter().map(PathBuf::from).chain(renamed());
    let named = plain.chain(environments.flat_map(of_one).map(PathBuf::from));
    let names: Vec<Vec<u8>> = named
        .filter(|name| name.components().count() == 1)
        .map(|name| name.into_os_string().into_encoded_bytes())
        .collect();
    let mut places = Vec::new();
    for above in here.ancestors().chain(home.as_deref()) {
        places.push((above.to_path_buf(), names.clone()));
        let config = above.join(".config");
        places.extend(config.is_dir().then(|| (config, names.clone())));
        let mises = DIRECTORIES.map(|place| above.join(place));
        places.extend(mises.into_iter().flat_map(whole));
    }
    let mises = [
        set("MISE_CONFIG_DIR"),
        set("XDG_CONFIG_HOME").map(|place| place.join("mise")),
        Some(PathBuf::from("/etc/mise")),
    ];
    for mise in mises.into_iter().flatten() {
        let above = mise.parent().filter(|above| above.is_dir()).map(Path::to_path_buf);
        places.extend(above.map(|above| (above, vec![name(&mise).to_vec()])));
        places.extend(whole(mise));
    }
    let global = set("MISE_GLOBAL_CONFIG_FILE").and_then(|file| {
        let above = file.parent().filter(|above| above.is_dir())?;
        Some((above.to_path_buf(), vec![name(&file).to_vec()]))
    });
    places.extend(global);
    let pyenv = set("PYENV_ROOT").or_else(|| below_home(".pyenv"));
    places.extend(pyenv.filter(|root| root.is_dir()).map(|root| (root, vec![b"version".to_vec()])));
    places
}

/// A directory of mise's and the one in it, where they are there: every file counts.
fn whole(mise: PathBuf) -> impl Iterator<Item = (PathBuf, Vec<Vec<u8>>)> {
    let inner = mise.join("conf.d");
    [mise, inner].into_iter().filter(|place| place.is_dir()).map(|place| (place, Vec::new()))
}

fn renamed() -> impl Iterator<Item = PathBuf> {
    let renamed = RENAMED.into_iter().filter_map(variable);
    renamed.flat_map(|names| std::env::split_paths(&names).collect::<Vec<_>>())
}

/// The files of a directory by which version managers choose.
pub fn in_directory(directory: &Path) -> Vec<PathBuf> {
    let named = [&NAMES[..], &DIRECTORIES, &PLAINEST].concat();
    let named = named.into_iter().map(PathBuf::from).chain(renamed());
    let named = named.map(|name| directory.join(name));
    let mut files: Vec<PathBuf> = named.filter(|file| file.symlink_metadata().is_ok()).collect();
    let is_config = |name: &[u8]| STARTS.iter().any(|s| name.starts_with(s)) && name.ends_with(END);
    for place in PLACES.map(|place| directory.join(place)) {
        files.extend(listed(&place).filter(|file| is_config(name(file))));
    }
    for place in DIRECTORIES.map(|place| directory.join(place)) {
        let all = listed(&place).chain(listed(&place.join("conf.d")));
        files.extend(all.filter(|file| name(file).ends_with(END)));
    }
    files
}

/// The files of a directory by its names that count, as [`looked_for`] tells them; of all, where all do.
pub fn meant(directory: &Path, names: &[Vec<u8>]) -> Vec<PathBuf> {
    if names.is_empty() {
        return listed(directory).collect();
    }
    names.iter().map(|name| directory.join(OsStr::from_bytes(name))).collect()
}

/// The files that a config of mise's may name for what it sets (`_.file`, `_.source`), there or not: each
/// text of one that has such a directive, as a path below every directory that may be meant.
pub fn named_by(config: &Path) -> Vec<PathBuf> {
    if config.extension().is_none_or(|end| end != "toml") {
        return Vec::new();
    }
    let text = read_if(config, CONFIG_MAX_BYTES, |_| true).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    if !["_.", "_=", "_ =", "_]"].iter().any(|directive| text.contains(directive)) {
        return Vec::new();
    }
    // `.config/mise/conf.d/NAME.toml` speaks of the directory that holds `.config`.
    let is_its = |directory: &&Path| {
        ["conf.d", "mise", ".mise", ".config"].iter().any(|name| directory.ends_with(name))
    };
    let own = config.ancestors().skip(1).take_while(is_its).count();
    let bases = || config.ancestors().skip(1).take(own + 1);
    let home = variable("HOME").unwrap_or_default();
    let below = |word: &str| -> Vec<PathBuf> {
        let starts = ["{{config_root}}/", "{{ config_root }}/"];
        let word = starts.iter().find_map(|start| word.strip_prefix(start)).unwrap_or(word);
        match word.strip_prefix("~/") {
            Some(rest) => vec![Path::new(&home).join(rest)],
            None => bases().map(|base| base.join(word)).collect(),
        }
    };
    let quoted = |line: &str| -> Vec<PathBuf> {
        let words = ['"', '\''].map(|quote| line.split(quote).skip(1).step_by(2));
        words.into_iter().flatten().filter(|word| !word.is_empty()).flat_map(below).collect()
    };
    text.lines().flat_map(quoted).collect()
}

fn listed(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn name(file: &Path) -> &[u8] {
    file.file_name().unwrap_or_default().as_bytes()
}

/// Whether somebody could choose by files of a directory that is not the user's: whatever looks like a
/// file of a version manager's, since their settings may rename and add others. One that cannot be
/// listed may hold anything.
pub fn may_hold(directory: &Path) -> bool {
    let Ok(entries) = fs::read_dir(directory) else { return true };
    let suspicious = |entry: fs::DirEntry| {
        let name = entry.file_name().to_ascii_lowercase();
        let name = name.as_bytes();
        let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
        match name.strip_prefix(b".") {
            Some(b"config") => {
                listed(&entry.path()).any(|file| self::name(&file).starts_with(b"mise"))
            }
            Some(_) => {
                [&b"version"[..], b"tool", b"mise", b"rtx", b".env"].iter().any(|part| has(part))
                    || [&b"rc"[..], b"rc.toml"].iter().any(|end| name.ends_with(end))
            }
            None => {
                matches!(name, b"pyproject.toml" | b"package.json" | b"go.mod" | b"gemfile")
                    || name == b"mise"
                    || [&b"mise."[..], b"miserc"].iter().any(|start| name.starts_with(start))
            }
        }
    };
    entries.flatten().any(suspicious)
}

/// Whether an interpreter is one by its name alone: a script of a version manager's, or a link to the
/// manager, which chooses by such files what is run.
pub fn is_shim(interpreter: &Path) -> bool {
    let mut head = [0; 4];
    let is_script = fs::File::open(interpreter)
        .and_then(|mut file| file.read_exact(&mut head))
        .is_ok_and(|()| head.starts_with(b"#!"));
    let real = interpreter.canonicalize().unwrap_or_else(|_| interpreter.to_path_buf());
    let is_python = [&b"python"[..], b"pypy"].iter().any(|start| name(&real).starts_with(start));
    is_script || !is_python
}
