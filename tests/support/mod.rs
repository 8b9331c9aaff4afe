//! One sandbox carries every end-to-end test: a directory of its own, an environment without the
//! developer's settings, real Pivots, and the built programs.

pub mod aftermath;
pub mod application;
pub mod behind;
pub mod fake_pivot;
pub mod installed;
pub mod oracle;
pub mod prepared;
mod process;
pub mod pty;
pub mod real_pivot;
pub mod rights;
mod sandbox;
pub mod shell;
pub mod soak;
pub mod sources;
pub mod store_bytes;
pub mod strace;
pub mod stub;
pub mod tally;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

pub use behind::settle;
pub use process::{
    HANGS_S, ONE_THREAD, Ran, TIMEOUTS_S, children, has_open, is_alive, listens, ran,
    several_at_a_time, start, wait_until, warden, worker,
};
pub use sandbox::Sandbox;

/// The Pivots that are installed for the tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pivot {
    /// 0.5.11, which reads `pipeline.py`.
    V0511,
    /// 0.1.0, which also reads `pivot.yaml`.
    V010,
}

impl Pivot {
    /// Both.
    pub const ALL: [Pivot; 2] = [Pivot::V0511, Pivot::V010];

    /// One of both in every run, another in each test; both in a soak.
    #[track_caller]
    pub fn in_turn() -> impl Iterator<Item = Pivot> {
        soak::in_turn(Self::ALL)
    }

    /// The same where one line of text is many tests, which `name` tells apart.
    pub fn in_turn_of(name: &str) -> impl Iterator<Item = Pivot> {
        soak::in_turn_of(name, 0, Self::ALL)
    }

    /// The virtual environment that `scripts/test` made.
    pub fn venv(self) -> PathBuf {
        installed::venv(match self {
            Pivot::V0511 => "0511",
            Pivot::V010 => "010",
        })
    }

    /// Its `bin` directory.
    pub fn bin(self) -> PathBuf {
        self.venv().join("bin")
    }
}

/// Two stages, one with two outputs and a docstring, for Pivot 0.2 and later.
pub const TWO_STAGES: &str = "\
from typing import TypedDict
from pivot import Pipeline, stage

class Two(TypedDict):
    model: dict
    log: dict

@stage
def train() -> Two:
    \"\"\"Trains the model.\"\"\"
    return {'model': {}, 'log': {}}

@stage
def test() -> dict:
    return {'a': 1}

pipeline = Pipeline('demo')
with pipeline:
    train(); test()
";

/// The directory of the built programs: the release artefacts, where `scripts/test` says so.
pub fn binaries() -> PathBuf {
    match std::env::var_os("PIVOT_COMPLETE_TEST_BINARIES") {
        Some(directory) => PathBuf::from(directory),
        None => {
            let front = PathBuf::from(env!("CARGO_BIN_EXE_pivot-complete"));
            front.parent().expect("a directory").to_path_buf()
        }
    }
}

/// The front.
pub fn front() -> PathBuf {
    binaries().join("pivot-complete")
}

/// The engine.
pub fn engine() -> PathBuf {
    binaries().join("pivot-complete-engine")
}

/// A `pipeline.py` for 0.5.11 that has the stages `demo/NAME`.
pub fn pipeline_0511(pipeline: &str, stages: &[&str]) -> String {
    let mut text = String::from("from pivot import Pipeline, stage\n");
    for name in stages {
        text += &format!("@stage\ndef {name}() -> dict:\n    return {{'a': 1}}\n");
    }
    text += &format!("pipeline = Pipeline({pipeline:?})\nwith pipeline:\n    pass\n");
    for name in stages {
        text += &format!("    {name}()\n");
    }
    text
}

/// A `pipeline.py` for 0.1.0 that has the stages `NAME`.
pub fn pipeline_010(stages: &[&str]) -> String {
    let mut text = String::from(
        "from typing import Annotated, TypedDict\n\
         from pathlib import Path\n\
         from pivot import Out, Pipeline, loaders\n\
         class Result(TypedDict):\n    out: Annotated[Path, Out('out.txt', loaders.PathOnly())]\n\
         def run() -> Result:\n    return {'out': Path('out.txt')}\n\
         pipeline = Pipeline('demo')\n",
    );
    for name in stages {
        text += &format!(
            "pipeline.register(run, name={name:?}, out_path_overrides={{'out': '{name}.txt'}})\n"
        );
    }
    text
}

/// Sets a file's mtime.
pub fn set_mtime(path: &Path, seconds: i64, nanoseconds: i64) {
    use nix::sys::stat::{UtimensatFlags, utimensat};
    use nix::sys::time::TimeSpec;
    let time = TimeSpec::new(seconds, nanoseconds);
    utimensat(nix::fcntl::AT_FDCWD, path, &time, &time, UtimensatFlags::FollowSymlink).unwrap();
}

/// The bytes of a path.
pub fn bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}
