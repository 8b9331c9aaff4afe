//! One sandbox carries every end-to-end test: a directory of its own, an environment without the
//! developer's settings, real Pivots, and the built programs.

/// Makes a test for each of the two Pivots of what takes one, named `name::of_0_5_11` and so on.
macro_rules! with_each_pivot {
    ($($name:ident: $run:expr;)*) => {
        $(mod $name {
            use super::*;

            #[test]
            fn of_0_5_11() {
                $run(Pivot::V0511);
            }

            #[test]
            fn of_0_1_0() {
                $run(Pivot::V010);
            }
        })*
    };
}

pub mod aftermath;
pub mod application;
pub mod behind;
pub mod fake_pivot;
pub mod oracle;
pub mod pty;
pub mod real_pivot;
pub mod rights;
pub mod shell;
pub mod soak;
pub mod store_bytes;
pub mod strace;
pub mod stub;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

pub use behind::settle;
use pty::no_fork_meanwhile;

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

    /// The virtual environment that `scripts/test` made.
    pub fn venv(self) -> PathBuf {
        let name = match self {
            Pivot::V0511 => "PIVOT_COMPLETE_TEST_VENV_0511",
            Pivot::V010 => "PIVOT_COMPLETE_TEST_VENV_010",
        };
        let venv = std::env::var_os(name)
            .unwrap_or_else(|| panic!("{name} names no virtual environment; run scripts/test"));
        PathBuf::from(venv)
    }

    /// Its `bin` directory.
    pub fn bin(self) -> PathBuf {
        self.venv().join("bin")
    }
}

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

/// What the engine notes when it was started behind a hit, and that helped.
const RENEWED: &str = "engine renewed renewed";

/// A directory of its own, with an environment of its own.
pub struct Sandbox {
    directory: tempfile::TempDir,
    path: Vec<PathBuf>,
    variables: Vec<(String, std::ffi::OsString)>,
}

impl Sandbox {
    /// Starts empty: a home, no Pivot on PATH.
    pub fn empty() -> Self {
        Self::named("pivot-complete-")
    }

    /// The same in a directory whose name starts with `prefix`.
    pub fn named(prefix: &str) -> Self {
        let directory = tempfile::Builder::new().prefix(prefix).tempdir().unwrap();
        let sandbox =
            Self { directory, path: vec!["/usr/bin".into(), "/bin".into()], variables: vec![] };
        fs::create_dir(sandbox.home()).unwrap();
        sandbox
    }

    /// With this Pivot first on PATH.
    pub fn with(pivot: Pivot) -> Self {
        let mut sandbox = Self::empty();
        sandbox.path.insert(0, pivot.bin());
        sandbox
    }

    /// The same for a `project/` with `.pivot/` that is traced.
    pub fn traced(pivot: Pivot) -> Self {
        let mut sandbox = Self::with(pivot);
        sandbox.start_trace();
        sandbox.make_directory("project/.pivot");
        sandbox
    }

    /// A project at `project/` with `.pivot/`, this `pipeline.py`, and Pivot 0.5.11 on PATH.
    pub fn project(pipeline: &str) -> Self {
        Self::project_of(Pivot::V0511, pipeline)
    }

    /// The same for another Pivot.
    pub fn project_of(pivot: Pivot, pipeline: &str) -> Self {
        let sandbox = Self::with(pivot);
        sandbox.make_directory("project/.pivot");
        sandbox.write("project/pipeline.py", pipeline);
        sandbox
    }

    /// Puts `directory` first on PATH.
    pub fn prepend_path(&mut self, directory: impl Into<PathBuf>) {
        self.path.insert(0, directory.into());
    }

    /// Puts `directory` last on PATH.
    pub fn append_path(&mut self, directory: impl Into<PathBuf>) {
        self.path.push(directory.into());
    }

    /// Sets a variable for every command.
    pub fn set(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.variables.push((name.to_owned(), value.as_ref().to_owned()));
    }

    /// The sandbox's directory, free of links.
    pub fn root(&self) -> PathBuf {
        self.directory.path().canonicalize().unwrap()
    }

    /// The user's home in there.
    pub fn home(&self) -> PathBuf {
        self.root().join("home")
    }

    /// A path in there.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// Writes a file and the directories above it.
    pub fn write(&self, relative: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
        path
    }

    /// Writes an executable file.
    pub fn write_program(&self, relative: &str, text: &str) -> PathBuf {
        let _guard = no_fork_meanwhile();
        let path = self.write(relative, text);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        path
    }

    /// Makes a directory and those above it.
    pub fn make_directory(&self, relative: &str) -> PathBuf {
        let path = self.path(relative);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// An environment at `relative` that has this Pivot installed, and room for modules beside it;
    /// gives back its site-packages.
    pub fn environment(&self, relative: &str, pivot: Pivot) -> PathBuf {
        use std::os::unix::fs::symlink;
        let packages = "lib/python3.13/site-packages";
        let own = self.make_directory(&format!("{relative}/{packages}"));
        for entry in fs::read_dir(pivot.venv().join(packages)).unwrap().flatten() {
            symlink(entry.path(), own.join(entry.file_name())).unwrap();
        }
        let settings = fs::read(pivot.venv().join("pyvenv.cfg")).unwrap();
        self.write(&format!("{relative}/pyvenv.cfg"), settings);
        let real = pivot.bin().join("python3").canonicalize().unwrap();
        self.make_directory(&format!("{relative}/bin"));
        let python = self.path(&format!("{relative}/bin/python3"));
        symlink(real, &python).unwrap();
        let script = fs::read_to_string(pivot.bin().join("pivot")).unwrap();
        let (_, rest) = script.split_once('\n').unwrap();
        let script = format!("#!{}\n{rest}", python.display());
        self.write_program(&format!("{relative}/bin/pivot"), &script);
        own
    }

    /// A command with the sandbox's environment in its directory `relative`.
    pub fn command(&self, program: impl AsRef<OsStr>, relative: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.path(relative)).env_clear();
        command.env("PATH", std::env::join_paths(&self.path).unwrap());
        command.env("HOME", self.home()).env("LC_ALL", "C.UTF-8").env("TERM", "dumb");
        // Discovery shares two cores with other tests.
        command.env("PIVOT_COMPLETE_TIMEOUT", "120");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// The front with `arguments` in the directory `relative`.
    pub fn front_in(&self, relative: &str, arguments: &[&str]) -> Command {
        let mut command = self.command(front(), relative);
        command.args(arguments);
        command
    }

    /// Runs the front in the project.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        ran(self.front_in("project", arguments))
    }

    /// Runs a TAB in bash's protocol after these words, the last of which is at the cursor.
    pub fn tab(&self, words: &[&str]) -> Ran {
        self.tab_in("project", words)
    }

    /// Has Pivot's command line described, as the first TAB with a new Pivot does.
    pub fn describe_pivot(&self) {
        assert_eq!(self.tab_in("", &["pivot", "repr"]).candidates(), ["repro"]);
    }

    /// The same in another directory.
    pub fn tab_in(&self, relative: &str, words: &[&str]) -> Ran {
        ran(self.tab_command(relative, words))
    }

    /// The command of such a TAB.
    pub fn tab_command(&self, relative: &str, words: &[&str]) -> Command {
        let mut command = self.front_in(relative, &["complete", "bash"]);
        command.env("COMP_WORDS", words.join("\n"));
        command.env("COMP_CWORD", (words.len() - 1).to_string());
        command
    }

    /// The trace so far, as `program outcome reason` lines, without what is renewed behind a hit:
    /// whether young stamps have aged meanwhile depends on how busy the machine is.
    pub fn trace(&self) -> Vec<String> {
        self.decisions().filter(|line| line != RENEWED).collect()
    }

    /// How often something was renewed behind a hit.
    pub fn renewals(&self) -> usize {
        self.decisions().filter(|line| line == RENEWED).count()
    }

    fn decisions(&self) -> impl Iterator<Item = String> {
        let text = fs::read_to_string(self.path("trace")).unwrap_or_default();
        let decision = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            format!("{} {} {}", words[2], words[4], words[5])
        };
        text.lines().map(decision).collect::<Vec<_>>().into_iter()
    }

    /// Makes every command write the trace.
    pub fn start_trace(&mut self) {
        let file = self.path("trace");
        self.set("PIVOT_COMPLETE_TRACE", file);
    }

    /// All that lies in a directory, sorted, relative to it.
    pub fn listing(&self, relative: &str) -> Vec<String> {
        let top = self.path(relative);
        let mut found = Vec::new();
        let mut left = vec![top.clone()];
        while let Some(directory) = left.pop() {
            for entry in fs::read_dir(&directory).into_iter().flatten().flatten() {
                let path = entry.path();
                if entry.file_type().unwrap().is_dir() {
                    left.push(path.clone());
                }
                found.push(path.strip_prefix(&top).unwrap().display().to_string());
            }
        }
        found.sort();
        found
    }
}

/// What a command did.
#[derive(Debug)]
pub struct Ran {
    /// Its exit code; -1 where a signal ended it.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

impl Ran {
    /// The lines of stdout, for a command that answered and did not complain.
    #[track_caller]
    pub fn lines(&self) -> Vec<&str> {
        assert_eq!((self.code, self.stderr.as_str()), (0, ""), "{self:?}");
        self.stdout.lines().collect()
    }

    /// The candidates of a TAB in bash's protocol.
    #[track_caller]
    pub fn candidates(&self) -> Vec<&str> {
        self.lines().into_iter().filter_map(|line| line.strip_prefix("plain,")).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// Runs `command` to its end, and a TAB to the end of what it does behind its answer.
#[track_caller]
pub fn ran(mut command: Command) -> Ran {
    let ran = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}")).into();
    let variable = |name| command.get_envs().find(|(key, _)| *key == name)?.1;
    if let (Some(home), Some(_)) = (variable("HOME"), variable("COMP_WORDS")) {
        settle(Path::new(home));
    }
    ran
}

/// The processes that a process has started and that are still its own.
pub fn children(pid: i32) -> Vec<i32> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"));
    let listed = listed.unwrap_or_default();
    listed.split_whitespace().map(|pid| pid.parse().unwrap()).collect()
}

/// The process that works for a command: its child, once there is one.
pub fn worker(command: &Child) -> Option<i32> {
    children(command.id() as i32).first().copied()
}

/// Timeouts, in seconds, for what must be under way when its time is over: the first will do on a
/// quiet machine, a later one on a busy one.
pub const TIMEOUTS_S: [u64; 5] = [2, 4, 8, 16, 32];

/// Starts `command`.
#[track_caller]
pub fn start(mut command: Command) -> Child {
    command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// Does `run` with each case, several at a time: for what waits more than it works.
///
/// All programs that the cases need must have been written before: a process that is forked while
/// one is written would hold it open, and nobody could execute it.
pub fn several_at_a_time<T: Send>(cases: Vec<T>, run: impl Fn(T) + Sync) {
    let cases = std::sync::Mutex::new(cases.into_iter());
    let next = || cases.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(case) = next() {
                    run(case);
                }
            });
        }
    });
}

/// What takes longer than this hangs, however busy the machine is; and still less than the
/// timeouts of what is tested, so that one which was waited out is seen.
pub const HANGS_S: u64 = 60;

/// Waits until `condition` holds, for `seconds` or as long as a busy machine may need.
#[track_caller]
pub fn wait_until(seconds: u64, what: &str, mut condition: impl FnMut() -> bool) {
    let seconds = seconds.max(HANGS_S);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !condition() {
        assert!(Instant::now() < deadline, "not within {seconds} s: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Whether a process with this number lives and is no zombie.
pub fn is_alive(pid: i32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit(')').next().unwrap_or_default().starts_with(" Z"))
}

/// Whether a command has begun to listen for Ctrl-C and its kin: before, they end it.
pub fn listens(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    let caught = caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    // The last that is asked for.
    caught & (1 << (nix::libc::SIGQUIT - 1)) != 0
}

/// Whether the worker of `child` has `file` open, as those do who wait for a lock.
pub fn has_open(child: &Child, file: &Path) -> bool {
    let descriptors = worker(child).map(|pid| fs::read_dir(format!("/proc/{pid}/fd")));
    descriptors
        .into_iter()
        .flatten()
        .flatten()
        .flatten()
        .any(|descriptor| fs::read_link(descriptor.path()).is_ok_and(|target| target == file))
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
