//! The one sandbox: a directory and an environment of a test's own.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::pty::no_fork_meanwhile;
use super::{ONE_THREAD, Pivot, Ran, front, prepared, ran};

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

    /// With this Pivot first on PATH, and what earlier TABs of the user have left in his home.
    pub fn with(pivot: Pivot) -> Self {
        Self::installed(&pivot.venv())
    }

    /// The same with the Pivot of this environment.
    pub fn installed(venv: &Path) -> Self {
        let mut sandbox = Self::empty();
        sandbox.path.insert(0, venv.join("bin"));
        prepared::put(prepared::What::All, venv, &sandbox.home());
        sandbox
    }

    /// The same of a user who has not had a TAB yet.
    pub fn without_tabs(self) -> Self {
        prepared::remove(&self.home());
        self
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

    /// Writes empty files below a directory; blanks part their names.
    pub fn touch(&self, below: &str, names: &str) {
        for name in names.split(' ') {
            self.write(&format!("{below}/{name}"), "");
        }
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
        prepared::put(prepared::What::Driver, &pivot.venv(), &self.home());
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
        command.env("PIVOT_COMPLETE_TIMEOUT", "120").envs([ONE_THREAD]);
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
    /// whether young stamps have aged meanwhile depends on how busy the machine is; and without why a
    /// pipeline has no shapes, which decides about later edits alone.
    pub fn trace(&self) -> Vec<String> {
        let counts = |line: &String| line != RENEWED && !line.starts_with("engine none ");
        self.decisions().filter(counts).collect()
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
