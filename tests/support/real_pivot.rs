//! Real Pivot as an oracle of what a fresh discovery would say: one running Python for a sandbox,
//! which forks for each question (`oracle_pivot.py`).

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use super::oracle::{hex, listed, script, unhex};
use super::{Sandbox, start};

/// The running Python.
pub struct RealPivot {
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// What a command of Pivot did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Its exit code.
    pub code: i32,
    /// What it printed.
    pub stdout: String,
    /// What it complained.
    pub stderr: String,
}

impl RealPivot {
    /// Starts the Python of the sandbox's Pivot in the environment of the sandbox's commands.
    pub fn of(sandbox: &Sandbox) -> Self {
        let mut command = sandbox.command("python3", "");
        command.arg(script("oracle_pivot.py")).stdin(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = start(command);
        let questions = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        Self { child, questions, answers }
    }

    /// What `pivot list --json` does in the sandbox's directory `relative`.
    #[track_caller]
    pub fn list(&mut self, sandbox: &Sandbox, relative: &str, arguments: &[&str]) -> Said {
        self.ask("list", sandbox, relative, arguments)
    }

    /// The names that it lists, or Pivot's message where it fails.
    #[track_caller]
    pub fn names(&mut self, sandbox: &Sandbox, relative: &str) -> Result<Vec<String>, String> {
        let said = self.list(sandbox, relative, &[]);
        match said.code {
            0 => Ok(listed(&said.stdout)),
            _ => Err(said.message().to_owned()),
        }
    }

    /// Another question of `oracle_pivot.py`, of which Pivot's answer is what is printed.
    #[track_caller]
    pub fn tell(
        &mut self,
        what: &str,
        sandbox: &Sandbox,
        relative: &str,
        words: &[&str],
    ) -> String {
        let said = self.ask(what, sandbox, relative, words);
        assert_eq!(said.code, 0, "{what}: {said:?}");
        said.stdout.trim_end().to_owned()
    }

    #[track_caller]
    fn ask(&mut self, what: &str, sandbox: &Sandbox, relative: &str, words: &[&str]) -> Said {
        let mut question = format!("{what} {}", hex(sandbox.path(relative).as_os_str().as_bytes()));
        for word in words {
            question += &format!(" {}", hex(OsStr::new(word).as_bytes()));
        }
        writeln!(self.questions, "{question}").unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        let words: Vec<&str> = answer.split_whitespace().collect();
        let [code, stdout, stderr] = words[..] else { panic!("{question}: {answer:?}") };
        let text = |digits: &str| match digits {
            "-" => String::new(),
            digits => String::from_utf8(unhex(digits)).unwrap(),
        };
        Said { code: code.parse().unwrap(), stdout: text(stdout), stderr: text(stderr) }
    }
}

impl Said {
    /// The words of Pivot's error, without what click puts before them.
    #[track_caller]
    pub fn message(&self) -> &str {
        let (_, message) = self.stderr.split_once("Error: ").unwrap_or_else(|| panic!("{self:?}"));
        message.trim_end()
    }
}

impl Drop for RealPivot {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
