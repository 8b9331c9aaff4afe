//! What the front is asked about a store that is damaged or crafted, thousands of times.
//!
//! The project is a sub-directory's pipeline, whose only cache is the store.

use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::Duration;

use nix::sys::resource::{Resource, setrlimit};

use crate::support::fake_pivot::{self, NOT_CACHED};
use crate::support::{Sandbox, ran};

/// What the front needs at most.
const MEMORY_BYTES: u64 = 16 << 20;

/// Where the pipeline lies.
pub const SUB: &str = "project/sub";

/// The pipeline, and what `stages` says of it.
pub const NAMES: &str = "train\nevaluate\n";

const TARGETS: &str = "train\nevaluate\ntrain:out\nevaluate:out\n";

const MANIFEST: &str = "{\"self:run\":\"0123456789abcdef\"}\n";

/// A sub-directory's project with a store that has names, targets and manifests.
pub fn project(pipeline: &str) -> Sandbox {
    let sandbox = fake_pivot::sandbox();
    sandbox.make_directory("project/.pivot");
    sandbox.write("project/sub/pipeline.py", pipeline);
    refresh_aged(&sandbox);
    sandbox
}

/// Discovers anew once all stamps are old: else a hit would have them renewed behind itself, in
/// place of the store that a test has just damaged.
#[track_caller]
pub fn refresh_aged(sandbox: &Sandbox) {
    std::thread::sleep(Duration::from_millis(2100));
    refresh(sandbox);
}

/// Discovers anew.
#[track_caller]
pub fn refresh(sandbox: &Sandbox) {
    let refreshed = ran(sandbox.front_in(SUB, &["refresh"]));
    assert_eq!((refreshed.code, refreshed.stderr.as_str()), (0, ""), "{refreshed:?}");
}

/// The front's questions to the store, in a form that is asked thousands of times.
pub struct Questions {
    /// Command and its whole answer.
    questions: Vec<(Command, &'static str)>,
}

/// A project, its store and what that says.
pub struct Known {
    /// Where it all lies.
    pub sandbox: Sandbox,
    /// What the store answers.
    pub questions: Questions,
    /// Where it is.
    pub store: PathBuf,
    /// Its bytes.
    pub whole: Vec<u8>,
}

impl Known {
    /// With the store of [`NAMES`].
    #[track_caller]
    pub fn new() -> Self {
        let sandbox = project(NAMES);
        let questions = Questions::of(&sandbox);
        let store = fake_pivot::store(&sandbox);
        let whole = std::fs::read(&store).unwrap();
        Self { sandbox, questions, store, whole }
    }
}

/// Which of [`Questions`].
pub const STAGES: usize = 0;

impl Questions {
    /// With the answers that the store of [`NAMES`] gives.
    #[track_caller]
    pub fn of(sandbox: &Sandbox) -> Self {
        let ask = |arguments: &[&str]| {
            let mut command = sandbox.front_in(SUB, arguments);
            limit_memory(&mut command);
            command
        };
        let questions = vec![
            (ask(&["stages", "--cached"]), NAMES),
            (ask(&["targets", "--cached"]), TARGETS),
            (ask(&["manifest", "evaluate", "--cached"]), MANIFEST),
        ];
        let mut all = Self { questions };
        for index in 0..all.questions.len() {
            assert_eq!(all.ask(index), Ok(true), "nothing is wrong yet");
        }
        all
    }

    /// Whether one of them is answered as it should be, or not at all; else what is wrong.
    pub fn ask(&mut self, index: usize) -> Result<bool, String> {
        let (command, answer) = &mut self.questions[index];
        let Output { status, stdout, stderr } = command.output().unwrap();
        match status.code() {
            Some(0) if stdout == answer.as_bytes() && stderr.is_empty() => Ok(true),
            Some(NOT_CACHED) if stdout.is_empty() && stderr.is_empty() => Ok(false),
            code => Err(format!(
                "exit {code:?}, signal {:?}, {:?}, {:?}",
                status.signal(),
                String::from_utf8_lossy(&stdout[..stdout.len().min(200)]),
                String::from_utf8_lossy(&stderr[..stderr.len().min(200)]),
            )),
        }
    }

    /// The same of all; whether any was answered.
    pub fn ask_all(&mut self) -> Result<bool, String> {
        (0..self.questions.len()).try_fold(false, |any, index| Ok(any | self.ask(index)?))
    }
}

fn limit_memory(command: &mut Command) {
    // SAFETY: between fork and exec only a system call is made.
    unsafe {
        command.pre_exec(|| Ok(setrlimit(Resource::RLIMIT_AS, MEMORY_BYTES, MEMORY_BYTES)?));
    }
}
