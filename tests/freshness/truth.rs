//! What a fresh discovery by real Pivot says: a warmed Python that forks for each question, or one that
//! is started for it (`truth.py`).

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde_json::{Value, json};

use crate::support::{ONE_THREAD, installed, ran, start};

/// The names, or why there are none.
pub type Names = Result<Vec<String>, String>;

/// The virtual environment with Pivot and the libraries that pipelines read with.
pub fn venv() -> PathBuf {
    installed::venv("FRESH")
}

fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/freshness/truth.py")
}

/// The warmed Python; asked by one thread at a time.
pub struct Truth {
    running: Mutex<Running>,
    libraries: Vec<String>,
}

struct Running {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Truth {
    /// Starts it with these libraries imported.
    pub fn warmed(libraries: &[String]) -> Self {
        let mut command = Command::new(venv().join("bin/python3"));
        command.env_clear().env("LC_ALL", "C.UTF-8").env("PATH", "/usr/bin:/bin");
        command.envs([ONE_THREAD]).arg(script()).arg("many").args(libraries);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = start(command);
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut running = Running { child, questions, answers };
        assert_eq!(running.line(), "ready\n", "{libraries:?}");
        Self { running: Mutex::new(running), libraries: libraries.to_vec() }
    }

    /// The names that Pivot finds where and as `command` would run.
    pub fn names(&self, command: &Command) -> Names {
        names(self.ask(command, None))
    }

    /// Has a Python started for the answer, which `command` begins to do.
    pub fn once(&self, mut command: Command) -> Names {
        command.arg(script()).arg("once").args(&self.libraries);
        let said = ran(command);
        names(serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said:?}")))
    }

    /// Runs this Python where and as `command` would run.
    #[track_caller]
    pub fn run(&self, command: &Command, code: &str) {
        assert_eq!(self.ask(command, Some(code)), Value::Null, "{code}");
    }

    fn ask(&self, command: &Command, code: Option<&str>) -> Value {
        let text = |word: &std::ffi::OsStr| word.to_str().expect("UTF-8").to_owned();
        let environment: serde_json::Map<String, Value> = command
            .get_envs()
            .filter_map(|(name, value)| Some((text(name), text(value?).into())))
            .collect();
        let directory = command.get_current_dir().expect("a directory of its own");
        let question = json!({"directory": directory, "environment": environment, "code": code});
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        writeln!(running.questions, "{question}").unwrap();
        serde_json::from_str(&running.line()).unwrap()
    }
}

impl Running {
    fn line(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line
    }
}

impl Drop for Truth {
    fn drop(&mut self) {
        let running = self.running.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ = running.child.kill();
        let _ = running.child.wait();
    }
}

/// What such a Python printed.
fn names(answer: Value) -> Names {
    match answer {
        Value::Array(names) => Ok(names.iter().map(|n| n.as_str().unwrap().to_owned()).collect()),
        failed => Err(failed.to_string()),
    }
}
