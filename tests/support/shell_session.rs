//! A real bash, zsh or fish at its prompt, with the completion script loaded.

use std::process::Command;

use crate::pty::{Pty, without_escapes};
use crate::sandbox::{Item, Sandbox};

const PROMPT: &str = "READY> ";

/// Marks the cursor's place in a line.
pub const CURSOR: char = '‸';

/// Rings nothing, asks nothing, lists at the first TAB. Ctrl-G prints the line and the cursor's
/// place in it between two control characters that nothing else prints.
const BASH_RC: &str = r#"
PS1='READY> '
bind 'set bell-style none'
bind 'set show-all-if-ambiguous on'
bind 'set enable-bracketed-paste off'
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind -x '"\C-g": printf "\036%s|%d\037" "$READLINE_LINE" "$READLINE_POINT"'
"#;
const ZSH_RC: &str = r#"
PROMPT='READY> '
unset zle_bracketed_paste
setopt no_beep no_prompt_sp no_list_ambiguous
LISTMAX=1000
print-line() { print -rn -- $'\036'"$BUFFER|$CURSOR"$'\037' }
zle -N print-line
bindkey -e
bindkey '^G' print-line
"#;
const FISH_RC: &str = r#"
set -g fish_greeting
function fish_prompt; printf 'READY> '; end
bind \cg 'printf "\036%s|%d\037" (commandline | string collect) (commandline -C)'
"#;

/// Which shell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shell {
    Bash,
    Zsh,
    Fish,
}

impl Shell {
    /// The name that `init` and `complete` know it by, also its program's.
    pub fn name(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }

    /// The completion script.
    pub fn script(self) -> String {
        format!("{}/completions/pivot.{}", env!("CARGO_MANIFEST_DIR"), self.name())
    }

    /// An rc file with `settings`, and then the completion script from its file.
    pub fn rc(self, settings: &str) -> String {
        format!("{}{settings}\n. {}\n", self.completion_system(), self.script())
    }

    /// An rc file with the one line that a user adds, as the README has it.
    pub fn rc_with_init(self) -> String {
        format!("{}{}\n", self.completion_system(), self.readme_line())
    }

    /// The README's line for the rc file.
    pub fn readme_line(self) -> &'static str {
        let readme = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"));
        let init = format!("pivot-complete init {}", self.name());
        let mut lines = readme.lines().filter(|line| line.contains(&init));
        let line = lines.next().expect("the README has a line for each shell");
        assert_eq!(lines.next(), None, "the README has one line for each shell");
        line
    }

    /// What must be loaded before the script, if anything.
    pub fn completion_system(self) -> &'static str {
        match self {
            Shell::Zsh => "autoload -Uz compinit && compinit -D -u\n",
            Shell::Bash | Shell::Fish => "",
        }
    }

    /// The answer that `complete --rich` gives of `items` for a word that starts with `start`.
    pub fn wire(self, start: &str, items: &[Item]) -> String {
        let kind = items.iter().map(|item| item.kind).find(|kind| *kind != "plain");
        let mut lines = vec![format!("{}:{start}", kind.unwrap_or("none"))];
        let values = items.iter().filter(|item| item.kind == "plain");
        lines.extend(values.map(|Item { value, help, .. }| match help {
            help if self == Shell::Bash || help.is_empty() => value.to_string(),
            help => format!("{value}\t{help}"),
        }));
        lines.join("\n") + "\n"
    }
}

/// The shell at its prompt.
pub struct Session<'a> {
    shell: Shell,
    pty: Pty,
    sandbox: &'a Sandbox,
    /// What was printed between the last two looks at the line.
    shown: String,
}

impl<'a> Session<'a> {
    /// Starts `shell` with the script of `completions/` loaded, in the sandbox's `work`.
    pub fn start(shell: Shell, sandbox: &'a Sandbox) -> Session<'a> {
        Session::start_with(shell, sandbox, &shell.rc(""))
    }

    /// Starts `shell` with `rc` for an rc file.
    pub fn start_with(shell: Shell, sandbox: &'a Sandbox, rc: &str) -> Session<'a> {
        let rc_file = sandbox.path("home/.zshrc");
        let settings = match shell {
            Shell::Bash => BASH_RC,
            Shell::Zsh => ZSH_RC,
            Shell::Fish => FISH_RC,
        };
        sandbox.write("home/.zshrc", &format!("{settings}\n{rc}"));
        let mut command = Command::new(shell.name());
        match shell {
            Shell::Bash => command.args(["--noprofile", "--rcfile"]).arg(&rc_file).arg("-i"),
            Shell::Zsh => command.args(["-o", "NO_GLOBAL_RCS", "-i"]),
            Shell::Fish => command
                .args(["--no-config", "-i", "--init-command"])
                .arg(format!("source '{}'", rc_file.display())),
        };
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()))
            .env("HOME", sandbox.path("home"))
            .env("ZDOTDIR", sandbox.path("home"))
            .env("INPUTRC", "/dev/null")
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            .current_dir(sandbox.path("work"));
        let mut session =
            Session { shell, pty: Pty::spawn(command), sandbox, shown: String::new() };
        session.shown = session.prompt();
        session
    }

    /// Waits for the prompt; returns what is printed before.
    fn prompt(&mut self) -> String {
        let before = without_escapes(&self.pty.wait_for(PROMPT));
        self.pty.wait_for_keys_to_be_read();
        before
    }

    /// Types `line`, its cursor where `‸` stands if it has one, and then `keys`; returns the
    /// line as it is then, the cursor again as `‸` unless it is at the end.
    pub fn type_line(&mut self, line: &str, keys: &str) -> String {
        const BACKWARD: &str = "\x02";
        let (left, right) = line.split_once(CURSOR).unwrap_or((line, ""));
        self.pty.send(&format!("{left}{right}{}", BACKWARD.repeat(right.chars().count())));
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
        let listed = without_escapes(&self.pty.wait_for(last));
        self.line();
        listed
    }

    /// The line now, the cursor as `‸` unless it is at the end.
    pub fn line(&mut self) -> String {
        const PRINT_LINE: &str = "\x07";
        self.pty.send(PRINT_LINE);
        self.shown = without_escapes(&self.pty.wait_for("\x1e"));
        let report = self.pty.wait_for("\x1f");
        let (line, cursor) = report.rsplit_once('|').expect("line and cursor");
        let cursor: usize = cursor.parse().expect("a number");
        match line.char_indices().nth(cursor) {
            Some((at, _)) => format!("{}{CURSOR}{}", &line[..at], &line[at..]),
            None => line.into(),
        }
    }

    /// Presses Enter, waits until `pivot` has run and the prompt is back; returns its arguments.
    pub fn run(&mut self) -> Vec<String> {
        self.pty.send("\r");
        self.pty.wait_for("PIVOT-RAN");
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
