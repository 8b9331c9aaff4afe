//! What a user's earlier TABs have left in the directory for caches: the driver's code, and the
//! description of the Pivot's command line; and what zsh's completion system has. Made once for each build of the engine by the engine
//! itself, so that a test in a home of its own need not wait for them; a test of first TABs begins
//! without ([`Sandbox::without_tabs`]).

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use nix::fcntl::{Flock, FlockArg};
use xxhash_rust::xxh64::xxh64;

use super::{Sandbox, binaries, bytes, engine};

/// Below a home.
const CACHES: &str = ".cache/pivot-complete";

/// What of it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// All.
    All,
    /// The driver's code, which serves all environments of one Python.
    Driver,
}

/// Puts into `home` what the TABs with the Pivot of this environment leave there.
pub fn put(what: What, venv: &Path, home: &Path) {
    let (from, to) = (made(venv), home.join(CACHES));
    for directory in [to.parent().unwrap(), &to] {
        let _ = fs::DirBuilder::new().mode(0o700).create(directory);
    }
    for entry in fs::read_dir(from).unwrap().flatten() {
        let is_code = entry.path().extension().is_some_and(|end| end == "code");
        if what == What::Driver && !is_code {
            continue;
        }
        let file = to.join(entry.file_name());
        fs::copy(entry.path(), &file).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

/// Takes it away again.
pub fn remove(home: &Path) {
    fs::remove_dir_all(home.join(".cache")).unwrap();
}

/// What zsh's compinit has found, and wrote down: a fifth of a second for each session that looks itself.
pub fn zsh_dump() -> PathBuf {
    // Where packages put functions, and zsh its own.
    let places = ["functions", "vendor-completions"].map(|name| {
        let directory = fs::metadata(Path::new("/usr/share/zsh").join(name));
        directory.map_or(0, |directory| directory.mtime())
    });
    let found = xxh64(&places[0].to_le_bytes(), places[1] as u64);
    once(&format!("zcompdump-{found:016x}"), |making| {
        let script = format!("autoload -Uz compinit && compinit -u -d '{}'", making.display());
        assert!(Command::new("zsh").args(["-fc", &script]).status().unwrap().success());
    })
}

/// Where that lies; whoever asks first makes it.
fn made(venv: &Path) -> PathBuf {
    let engine = engine().metadata().unwrap();
    let told = [bytes(&binaries()), bytes(venv)].concat();
    let built =
        xxh64(&told, engine.ino() ^ engine.mtime_nsec() as u64 ^ (engine.mtime() as u64) << 30);
    once(&format!("prepared-{built:016x}"), |making| {
        let mut sandbox = Sandbox::empty();
        sandbox.prepend_path(venv.join("bin"));
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pipeline.py", "from pivot import Pipeline\nPipeline('demo')\n");
        sandbox.describe_pivot();
        for command in ["stages", "manifest"] {
            // What it answers is no matter: the driver's code is kept.
            sandbox.run(&[command]);
        }
        let _ = fs::remove_dir_all(making);
        fs::create_dir(making).unwrap();
        for entry in fs::read_dir(sandbox.home().join(CACHES)).unwrap().flatten() {
            fs::copy(entry.path(), making.join(entry.file_name())).unwrap();
        }
    })
}

/// The path of what `make` puts at the path that it is given, once for all tests.
fn once(name: &str, make: impl Fn(&Path)) -> PathBuf {
    let top = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let lock = File::create(top.join(format!("{name}.lock"))).unwrap();
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error).unwrap();
    let place = top.join(name);
    if !place.exists() {
        let making = top.join(format!("{name}.new"));
        make(&making);
        fs::rename(&making, &place).unwrap();
    }
    place
}
