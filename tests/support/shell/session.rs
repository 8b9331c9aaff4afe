//! A real shell at its prompt, with the completion script loaded.

use std::path::PathBuf;
use std::process::Command;

use super::{Shell, ShellSandbox};
use crate::support::ONE_THREAD;
use crate::support::pty::{Pty, without_escapes};

/// Marks the cursor's place in a line.
pub const CURSOR: char = '‸';

/// The shell at its prompt.
pub struct Session<'a> {
    shell: Shell,
    pty: Pty,
    sandbox: &'a ShellSandbox,
    /// What was printed between the last two looks at the line.
    shown: String,
}

impl<'a> Session<'a> {
    /// Starts `shell` with the script of `completions/` loaded, in the sandbox's `work`.
    pub fn start(shell: Shell, sandbox: &'a ShellSandbox) -> Session<'a> {
        Session::start_with(shell, sandbox, &shell.rc(""))
    }

    /// Starts `shell` with `rc` for an rc file.
    pub fn start_with(shell: Shell, sandbox: &'a ShellSandbox, rc: &str) -> Session<'a> {
        let rc_file = sandbox.path("home/.zshrc");
        sandbox.write("home/.zshrc", format!("{}\n{rc}", shell.settings()));
        let mut command = shell.command(&rc_file);
        command.env_clear().env("ZDOTDIR", sandbox.path("home"));
        let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
        Session::begin(shell, sandbox, command, &path)
    }

    /// Starts `shell` as a terminal does, with this PATH: it looks for its own rc file, also by the variable
    /// that tells where that is, if one is given.
    pub fn start_as_user(
        shell: Shell,
        sandbox: &'a ShellSandbox,
        path: &str,
        variable: Option<(&str, PathBuf)>,
    ) -> Session<'a> {
        let mut command = Command::new(shell.program());
        if shell == Shell::Zsh {
            command.args(["-o", "NO_GLOBAL_RCS"]);
        }
        command.arg("-i").env_clear().envs(variable);
        Session::begin(shell, sandbox, command, path)
    }

    fn begin(
        shell: Shell,
        sandbox: &'a ShellSandbox,
        mut command: Command,
        path: &str,
    ) -> Session<'a> {
        command
            .env("PATH", path)
            .env("HOME", sandbox.path("home"))
            .env("INPUTRC", "/dev/null")
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .envs([ONE_THREAD])
            // Xonsh's line editor would wait for the terminal's answer.
            .env("PROMPT_TOOLKIT_NO_CPR", "1")
            .current_dir(sandbox.path("work"));
        let pty = Pty::spawn(command);
        let mut session = Session { shell, pty, sandbox, shown: String::new() };
        session.shown = session.prompt();
        session
    }

    /// Waits for the prompt; returns what is printed before.
    fn prompt(&mut self) -> String {
        let before = without_escapes(&self.wait_for(self.shell.prompt()));
        self.pty.wait_for_keys_to_be_read();
        before
    }

    /// Waits for `sentinel` as a terminal does that knows where its cursor is: nushell asks.
    fn wait_for(&mut self, sentinel: &str) -> String {
        const WHERE_IS_THE_CURSOR: &str = "\x1b[6n";
        if self.shell != Shell::Nushell {
            return self.pty.wait_for(sentinel);
        }
        let mut before = String::new();
        loop {
            let (which, text) = self.pty.wait_for_either([sentinel, WHERE_IS_THE_CURSOR]);
            before += &text;
            if which == 0 {
                return before;
            }
            self.pty.send("\x1b[1;1R");
        }
    }

    /// Types `line`, its cursor where `‸` stands if it has one, and then `keys`; returns the
    /// line as it is then, the cursor again as `‸` unless it is at the end.
    pub fn type_line(&mut self, line: &str, keys: &str) -> String {
        let (left, right) = line.split_once(CURSOR).unwrap_or((line, ""));
        let back = self.shell.left().repeat(right.chars().count());
        self.pty.send(&format!("{left}{right}{back}"));
        self.line();
        self.pty.send(keys);
        self.line()
    }

    /// What the keys of the last [`Session::type_line`] made the shell print; before one, what it
    /// printed when it started.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Types `line` and a TAB, and waits until `last` is listed; returns what was printed before.
    pub fn list(&mut self, line: &str, last: &str) -> String {
        self.pty.send(line);
        self.line();
        self.pty.send("\t");
        let listed = without_escapes(&self.wait_for(last));
        self.line();
        listed
    }

    /// The line now, the cursor as `‸` unless it is at the end.
    pub fn line(&mut self) -> String {
        const PRINT_LINE: &str = "\x07";
        self.pty.send(PRINT_LINE);
        self.shown = without_escapes(&self.wait_for("\x1e"));
        let report = self.wait_for("\x1f");
        if self.shell == Shell::Nushell {
            // It prints as a command does.
            self.prompt();
        }
        let (line, cursor) = report.rsplit_once('|').expect("line and cursor");
        let cursor: usize = cursor.parse().expect("a number");
        let at = match self.shell.counts_bytes() {
            true => cursor,
            false => line.char_indices().nth(cursor).map_or(line.len(), |(at, _)| at),
        };
        let (left, right) = line.split_at(at);
        if right.is_empty() { left.into() } else { format!("{left}{CURSOR}{right}") }
    }

    /// Presses `keys`.
    pub fn send(&mut self, keys: &str) {
        self.pty.send(keys);
    }

    /// Presses Enter, waits until `pivot` has run and the prompt is back; returns its arguments.
    pub fn run(&mut self) -> Vec<String> {
        self.pty.send("\r");
        self.wait_for("PIVOT-RAN");
        self.prompt();
        self.sandbox.argv()
    }

    /// Runs `line` as a command, and waits until it has ended.
    pub fn command(&mut self, line: &str) {
        // Line editors reprint prompts and what is typed: only this tells that it ran.
        self.type_line(&format!("{line}; printf 'RAN-%s\\n' HERE"), "");
        self.pty.send("\r");
        self.pty.wait_for("RAN-HERE");
        self.prompt();
    }

    /// Presses Ctrl-C and waits until keys are read again; then the line is empty.
    pub fn interrupt(&mut self) {
        self.pty.send("\x03");
        if self.shell == Shell::Bash {
            // Keys that come before its new prompt go lost.
            self.pty.wait_for("^C");
            self.prompt();
        }
        self.clear();
    }

    /// Empties the line.
    pub fn clear(&mut self) {
        const TO_END_AND_KILL: &str = "\x05\x15";
        self.pty.send(TO_END_AND_KILL);
        assert_eq!(self.line(), "");
    }

    /// The terminal, for keys that no method has.
    pub fn pty(&mut self) -> &mut Pty {
        &mut self.pty
    }
}
