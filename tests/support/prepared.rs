//! What a user's earlier TABs have left in the directory for caches: the driver's code, and the
//! description of the Pivot's command line. Made once for each build of the engine by the engine
//! itself, so that a test in a home of its own need not wait for them; a test of first TABs begins
//! without ([`Sandbox::without_tabs`]).

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

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

/// Where that lies; whoever asks first makes it.
fn made(venv: &Path) -> PathBuf {
    let top = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let engine = engine().metadata().unwrap();
    let told = [bytes(&binaries()), bytes(venv)].concat();
    let built =
        xxh64(&told, engine.ino() ^ engine.mtime_nsec() as u64 ^ (engine.mtime() as u64) << 30);
    let place = top.join(format!("prepared-{built:016x}"));
    let lock = File::create(top.join(format!("prepared-{built:016x}.lock"))).unwrap();
    let _lock = Flock::lock(lock, FlockArg::LockExclusive).map_err(|(_, error)| error).unwrap();
    if !place.exists() {
        let mut sandbox = Sandbox::empty();
        sandbox.prepend_path(venv.join("bin"));
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pipeline.py", "from pivot import Pipeline\nPipeline('demo')\n");
        sandbox.describe_pivot();
        for command in ["stages", "manifest"] {
            // What it answers is no matter: the driver's code is kept.
            sandbox.run(&[command]);
        }
        let making = top.join(format!("prepared-{built:016x}.new"));
        let _ = fs::remove_dir_all(&making);
        fs::create_dir(&making).unwrap();
        for entry in fs::read_dir(sandbox.home().join(CACHES)).unwrap().flatten() {
            fs::copy(entry.path(), making.join(entry.file_name())).unwrap();
        }
        fs::rename(&making, &place).unwrap();
    }
    place
}
