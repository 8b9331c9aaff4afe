//! A directory of a test's own: a home, a working directory, and stand-ins for `pivot` and
//! `pivot-complete` that note how they were called.

use std::fs;
use std::ops::Deref;
use std::os::unix::fs::symlink;
use std::path::Path;

use super::Shell;
use crate::support::{Sandbox, front};

/// One candidate of a canned answer.
#[derive(Clone, Copy)]
pub struct Item {
    /// `plain`; or `file`, `dir`: the shell completes those itself.
    pub kind: &'static str,
    pub value: &'static str,
    pub help: &'static str,
}

/// A candidate that is a name, without help.
pub const fn plain(value: &'static str) -> Item {
    Item { kind: "plain", value, help: "" }
}

/// What a `pivot-complete` was asked: the environment of its last call.
#[derive(Debug, PartialEq)]
pub struct Question {
    pub words: String,
    pub cword: String,
}

/// A sandbox with the directories `bin`, `home` and `work`.
pub struct ShellSandbox {
    sandbox: Sandbox,
}

impl Deref for ShellSandbox {
    type Target = Sandbox;

    fn deref(&self) -> &Sandbox {
        &self.sandbox
    }
}

impl ShellSandbox {
    /// Makes the directories, and a `pivot` that prints its arguments.
    pub fn new() -> ShellSandbox {
        // What a shell says is searched for our own name: it must not be in a path.
        let sandbox = ShellSandbox { sandbox: Sandbox::named("shells-") };
        for directory in ["bin", "work"] {
            sandbox.make_directory(directory);
        }
        sandbox.install_pivot("bin/pivot");
        sandbox
    }

    /// With a `pivot-complete` that prints `text`.
    pub fn answering(text: &str) -> ShellSandbox {
        let sandbox = Self::new();
        sandbox.answer_bytes(text);
        sandbox
    }

    /// With a `pivot-complete` that offers `items`.
    pub fn offering(shell: Shell, items: &[Item]) -> ShellSandbox {
        let sandbox = Self::new();
        sandbox.answer(shell, items);
        sandbox
    }

    /// The text of the file `name`, empty when there is none.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_default()
    }

    /// Installs a `pivot` that notes its arguments, one a line in brackets, and says so.
    pub fn install_pivot(&self, name: &str) {
        let argv = self.path("argv").display().to_string();
        self.program(name, &format!("printf '[%s]\\n' \"$@\" > '{argv}'\necho PIVOT-RAN\n"));
    }

    /// Installs a `pivot-complete` that notes the call and gives `items` for an answer.
    pub fn answer(&self, shell: Shell, items: &[Item]) {
        self.answer_behind(shell, "", items);
    }

    /// The same for a word of which the values do not repeat `start`.
    pub fn answer_behind(&self, shell: Shell, start: &str, items: &[Item]) {
        self.answer_bytes(&shell.wire(start, items));
    }

    /// Installs a `pivot-complete` that notes the call and prints `text`.
    pub fn answer_bytes(&self, text: &str) {
        self.write("answer", text);
        if self.path("bin/pivot-complete").exists() {
            return;
        }
        let root = self.root();
        let root = root.display();
        self.program(
            "bin/pivot-complete",
            &format!(
                "printf '%s\\n' \"$*\" >> '{root}/calls'\n\
                 printf %s \"$COMP_WORDS\" > '{root}/words'\n\
                 printf %s \"$COMP_CWORD\" > '{root}/cword'\n\
                 while IFS= read -r line; do printf '%s\\n' \"$line\"; done < '{root}/answer'\n"
            ),
        );
    }

    /// Installs the real `pivot-complete`, and the real `pivot` of the environment at `venv`.
    pub fn install_real(&self, venv: &Path) {
        fs::remove_file(self.path("bin/pivot")).expect("the stand-in goes");
        for program in [front(), venv.join("bin/pivot")] {
            let name = program.file_name().expect("a program has a name");
            symlink(&program, self.path("bin").join(name)).expect("a link to the program");
        }
    }

    /// How often the `pivot-complete` of [`ShellSandbox::answer`] was called, a line a call.
    pub fn calls(&self) -> Vec<String> {
        self.read("calls").lines().map(String::from).collect()
    }

    /// What the `pivot-complete` of [`ShellSandbox::answer`] was asked last.
    pub fn question(&self) -> Question {
        Question { words: self.read("words"), cword: self.read("cword") }
    }

    /// The arguments of the last run of `pivot`, each in brackets.
    pub fn argv(&self) -> Vec<String> {
        self.read("argv").lines().map(String::from).collect()
    }

    /// Installs the program `name`, a shell script of `body`.
    pub fn program(&self, name: &str, body: &str) {
        self.write_program(name, &format!("#!/bin/sh\n{body}"));
    }
}
