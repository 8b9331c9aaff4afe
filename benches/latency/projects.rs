//! The projects that are asked about: written, discovered, and left alone until their stamps prove
//! something.

use std::fs::{self, File, FileTimes};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use pivot_complete::cache::store::Store;

/// Stages of each pipeline.
pub const STAGES: usize = 108;
/// Modules of the project of a few large files, and their size in bytes.
const LARGE_MODULES: usize = 30;
const LARGE_LEN_BYTES: usize = 9_000;
/// The one that is edited.
pub const EDITED: &str = "module_000.py";
/// Sources of the project of many small files, `pipeline.py` among them.
const SOURCES: usize = 300;
/// Stamps that are older prove something; see `src/files/stamp.rs`.
const AGE: Duration = Duration::from_millis(3_500);
/// So far away that stamps are never renewed: a run must not start an engine behind itself.
const FUTURE: Duration = Duration::from_secs(10 * 365 * 86_400);

/// All projects and what runs in them.
pub struct Projects {
    directory: PathBuf,
    venv: PathBuf,
    /// A program that only exits.
    pub floor: PathBuf,
    /// One file, behind pandas as real pipelines are.
    pub plain: PathBuf,
    /// `pipeline.py` and 30 modules of 9 KB.
    pub modules: PathBuf,
    /// The same, where no module's stamp proves anything.
    pub racy: PathBuf,
    /// 300 sources in all.
    pub many: PathBuf,
    /// Two versions of one pipeline.
    pub switch: PathBuf,
    /// The trace of the runs in `switch`.
    pub trace: PathBuf,
    /// The trace of those behind edits in `modules`.
    pub edits_trace: PathBuf,
}

impl Projects {
    /// Makes all of them.
    pub fn set_up() -> Self {
        let venv = PathBuf::from(
            std::env::var_os("PIVOT_COMPLETE_TEST_VENV_0511")
                .expect("PIVOT_COMPLETE_TEST_VENV_0511; run scripts/bench"),
        );
        let directory = std::env::temp_dir().join(format!("pivot-bench-{}", std::process::id()));
        let place = |name: &str| {
            let project = directory.join(name);
            fs::create_dir_all(project.join(".pivot")).expect("a project");
            project
        };
        let projects = Self {
            venv,
            floor: directory.join("floor"),
            plain: place("plain"),
            modules: place("modules"),
            racy: place("racy"),
            many: place("many"),
            switch: place("switch"),
            trace: directory.join("trace"),
            edits_trace: directory.join("edits"),
            directory,
        };
        build_floor(&projects.floor);
        write(&projects.plain, "pipeline.py", &pipeline("import pandas\n", |_| "{}".into()));
        write_modules(&projects.modules, LARGE_MODULES, LARGE_LEN_BYTES);
        write_modules(&projects.racy, LARGE_MODULES, LARGE_LEN_BYTES);
        write_modules(&projects.many, SOURCES - 1, 300);
        projects.edit_body(0);
        let all = [&projects.plain, &projects.modules, &projects.racy, &projects.many];
        // Once to have the bytecode written, which changes a directory's times.
        all.into_iter().for_each(|project| projects.refresh(project));
        for entry in fs::read_dir(&projects.racy).expect("a project") {
            let path = entry.expect("an entry").path();
            if path.extension().is_some_and(|extension| extension == "py") {
                let future = FileTimes::new().set_modified(SystemTime::now() + FUTURE);
                let file = File::options().write(true).open(path).expect("a module");
                file.set_times(future).expect("a time");
            }
        }
        std::thread::sleep(AGE);
        all.into_iter().for_each(|project| projects.refresh(project));
        assert_eq!(racy_inputs(&projects.plain).0, 0, "stamps prove something");
        assert_eq!(racy_inputs(&projects.modules).0, 0, "stamps prove something");
        assert_eq!(racy_inputs(&projects.many).0, 0, "stamps prove something");
        assert_eq!(racy_inputs(&projects.racy).0, LARGE_MODULES + 1, "stamps prove nothing");
        for version in [0, 1] {
            projects.write_version(version);
            projects.run(&projects.switch, projects.front(&["stages"]));
        }
        projects
    }

    /// How many inputs and sources the projects have, for the reader of the figures.
    pub fn describe(&self) {
        for project in [&self.plain, &self.modules, &self.racy, &self.many] {
            let (racy, inputs, sources, len_bytes) = racy_inputs(project);
            println!(
                "{:<8} {STAGES} stages, {inputs} inputs ({racy} racy), {sources} sources, \
                 store {len_bytes} bytes",
                project.file_name().expect("a name").display()
            );
        }
    }

    /// Writes version 0 or 1 of the pipeline of `switch`, as a switched branch does.
    pub fn write_version(&self, version: usize) {
        let text = pipeline("import helpers\n", |index| format!("helpers.call_0({index})"));
        let text = text.replace("stage_", &format!("version_{version}_stage_"));
        write(&self.switch, "pipeline.py", &text);
        write(&self.switch, "helpers.py", &module(LARGE_LEN_BYTES + version));
    }

    /// Edits the body of a function that no discovery runs, in one of `modules`; each `number` in
    /// another way.
    pub fn edit_body(&self, number: usize) {
        let body = format!("\n\ndef edited(value):\n    return value + {number}\n");
        write(&self.modules, EDITED, &(module(LARGE_LEN_BYTES) + &body));
    }

    /// The command `program` in an environment of its own, where the venv's Pivot is found.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        let path = format!("{}:/usr/bin:/bin", self.venv.join("bin").display());
        command.env_clear().env("PATH", path).env("HOME", &self.directory);
        command
    }

    /// The front with these arguments.
    pub fn front(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_pivot-complete"));
        command.args(arguments);
        command
    }

    /// The environment with Pivot.
    pub fn venv(&self) -> &Path {
        &self.venv
    }

    /// Pivot's own Python.
    pub fn python(&self) -> Command {
        self.command(self.venv.join("bin/python"))
    }

    /// Pivot's program.
    pub fn pivot(&self) -> PathBuf {
        self.venv.join("bin/pivot")
    }

    /// Discovers `project` and computes its manifests.
    pub fn refresh(&self, project: &Path) {
        self.run(project, self.front(&["refresh"]));
    }

    /// Runs a command once, in silence.
    pub fn run(&self, project: &Path, mut command: Command) {
        let done = command.current_dir(project).output().expect("a run");
        assert!(done.status.success(), "{command:?}: {done:?}");
    }
}

impl Drop for Projects {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

/// How many inputs of a project's only store are racy, how many there are, how many sources, and
/// the store's length in bytes.
fn racy_inputs(project: &Path) -> (usize, usize, usize, usize) {
    let stores = fs::read_dir(project.join(".pivot/cache/complete")).expect("a cache");
    let mut stores = stores
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "store"));
    let bytes = fs::read(stores.next().expect("a store")).expect("a store");
    assert_eq!(stores.next(), None, "one store");
    let store = Store::open(&bytes).expect("a store");
    let inputs: Vec<_> = store.current().expect("a record").inputs().flatten().collect();
    let racy = inputs.iter().filter(|input| input.is_racy).count();
    let sources = store.manifests().map_or(0, |manifests| manifests.source_count());
    (racy, inputs.len(), sources, bytes.len())
}

fn write(project: &Path, name: &str, text: &str) {
    fs::write(project.join(name), text).expect("a file");
}

/// A pipeline of stages that use `modules` modules between them, each about as long as told.
fn write_modules(project: &Path, modules: usize, len_bytes: usize) {
    for index in 0..modules {
        write(project, &format!("module_{index:03}.py"), &module(len_bytes));
    }
    let imports: String = (0..modules).map(|index| format!("import module_{index:03}\n")).collect();
    let each = modules.div_ceil(STAGES).max(3);
    let text = pipeline(&imports, |stage| {
        let uses = (0..each).map(|index| (stage * each + index) % modules);
        let calls: Vec<String> =
            uses.map(|module| format!("module_{module:03}.call_0({stage})")).collect();
        format!("{{'sum': {}}}", calls.join(" + "))
    });
    write(project, "pipeline.py", &text);
}

/// A pipeline whose stages give back what `body` says.
fn pipeline(imports: &str, body: impl Fn(usize) -> String) -> String {
    let mut text = format!("{imports}from pivot import Pipeline, stage\n");
    for index in 0..STAGES {
        let body = body(index);
        text += &format!("@stage\ndef stage_{index:03}() -> dict:\n    return {body}\n");
    }
    text += "pipeline = Pipeline('demo')\nwith pipeline:\n";
    for index in 0..STAGES {
        text += &format!("    stage_{index:03}()\n");
    }
    text
}

/// A module of at least `len_bytes`: one function after the other.
fn module(len_bytes: usize) -> String {
    let mut text = String::from("\"\"\"Helps stages.\"\"\"\n");
    for index in 0.. {
        text += &format!("\n\ndef call_{index}(number):\n    return number * {index} + 1\n");
        if text.len() >= len_bytes {
            break;
        }
    }
    text
}

fn build_floor(program: &Path) {
    let source = program.with_extension("s");
    let text = ".globl _start\n_start:\n mov $60, %eax\n xor %edi, %edi\n syscall\n";
    fs::write(&source, text).expect("a source");
    let built = Command::new("cc")
        .args(["-nostdlib", "-static", "-o"])
        .args([program, source.as_path()])
        .status()
        .expect("cc");
    assert!(built.success(), "cc: {built}");
}
