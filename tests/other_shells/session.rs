//! A real elvish, nushell or xonsh at its prompt, with the completion script loaded.

use std::path::PathBuf;
use std::process::Command;

use crate::pty::{Pty, without_escapes};
use crate::sandbox::{Item, Sandbox};

const PROMPT: &str = "READY>";

/// Marks the cursor's place in a line.
pub const CURSOR: char = '‸';

/// Ctrl-G prints the line and the cursor's place in it between two control characters that
/// nothing else prints. Before it closes a list of candidates; elvish takes the first one, since
/// it lists a single one, too, when its quotes are others than those typed.
const ELVISH_RC: &str = r#"
set edit:prompt = { put 'READY> ' }
set edit:rprompt = { }
fn print-line { print "\x1e"$edit:current-command"|"$edit:-dot"\x1f" > /dev/tty }
set edit:insert:binding[Ctrl-G] = $print-line~
set edit:completion:binding[Ctrl-G] = { edit:completion:accept; print-line }
"#;
const NUSHELL_RC: &str = r#"
$env.PROMPT_COMMAND = {|| 'READY> ' }
$env.PROMPT_COMMAND_RIGHT = {|| '' }
$env.PROMPT_INDICATOR = ''
$env.config.show_banner = false
$env.config.keybindings ++= [{
    name: print_line, modifier: control, keycode: char_g, mode: emacs
    event: {
        send: executehostcommand
        cmd: "print -n $'(char --integer 30)(commandline)|(commandline get-cursor)(char --integer 31)'"
    }
}]
"#;
/// Candidates come in the background: the line is printed when they have.
const XONSH_RC: &str = r#"
$PROMPT = 'READY> '
$RIGHT_PROMPT = ''
$XONSH_SHOW_TRACEBACK = True
$COMPLETIONS_DISPLAY = 'single'
@events.on_ptk_create
def _print_line(bindings, **_):
    @bindings.add('c-g')
    async def print_line(event):
        import asyncio
        tasks = [t for t in asyncio.all_tasks() if 'async_completer' in t.get_coro().__qualname__]
        if tasks:
            await asyncio.wait(tasks)
        event.current_buffer.complete_state = None
        with open('/dev/tty', 'w') as tty:
            tty.write(f'\x1e{event.current_buffer.text}|{event.current_buffer.cursor_position}\x1f')
"#;

/// Which shell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Shell {
    Elvish,
    Nushell,
    Xonsh,
}

impl Shell {
    /// The name that `init` and `complete` know it by.
    pub fn name(self) -> &'static str {
        match self {
            Shell::Elvish => "elvish",
            Shell::Nushell => "nushell",
            Shell::Xonsh => "xonsh",
        }
    }

    /// The completion script.
    pub fn script(self) -> String {
        let ending = match self {
            Shell::Elvish => "elv",
            Shell::Nushell => "nu",
            Shell::Xonsh => "xsh",
        };
        format!("{}/completions/pivot.{ending}", env!("CARGO_MANIFEST_DIR"))
    }

    /// A line of an rc file that loads the completion script from its file.
    pub fn load(self) -> String {
        let script = self.script();
        match self {
            Shell::Elvish => format!("eval (slurp < '{script}')\n"),
            Shell::Nushell => format!("source '{script}'\n"),
            Shell::Xonsh => format!("source '{script}'\n"),
        }
    }

    /// The shell's program.
    pub fn program(self) -> PathBuf {
        let name = match self {
            Shell::Elvish => return "elvish".into(),
            Shell::Nushell => "PIVOT_COMPLETE_TEST_NUSHELL",
            Shell::Xonsh => "PIVOT_COMPLETE_TEST_XONSH",
        };
        let program = std::env::var_os(name)
            .unwrap_or_else(|| panic!("{name} names no {}; run scripts/test", self.name()));
        program.into()
    }

    /// The answer that `complete --rich` gives of `items` for a word that starts with `start`.
    pub fn wire(self, start: &str, items: &[Item]) -> String {
        let kind = items.iter().map(|item| item.kind).find(|kind| *kind != "plain");
        let mut lines = vec![format!("{}:{start}", kind.unwrap_or("none"))];
        let values = items.iter().filter(|item| item.kind == "plain");
        lines.extend(values.map(|Item { value, help, .. }| match *help {
            "" => value.to_string(),
            help => format!("{value}\t{help}"),
        }));
        lines.join("\n") + "\n"
    }

    fn command(self, sandbox: &Sandbox, rc: &str) -> Command {
        let settings = match self {
            Shell::Elvish => ELVISH_RC,
            Shell::Nushell => NUSHELL_RC,
            Shell::Xonsh => XONSH_RC,
        };
        let rc_file = sandbox.path("home/rc");
        sandbox.write("home/rc", &format!("{settings}\n{rc}"));
        let mut command = Command::new(self.program());
        match self {
            Shell::Elvish => command.arg("-rc").arg(rc_file),
            Shell::Nushell => command.arg("--config").arg(rc_file),
            Shell::Xonsh => command.arg("--interactive").arg("--rc").arg(rc_file),
        };
        command
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()))
            .env("HOME", sandbox.path("home"))
            .env("TERM", "xterm")
            .env("LC_ALL", "C.UTF-8")
            // Xonsh's line editor would wait for the terminal's answer.
            .env("PROMPT_TOOLKIT_NO_CPR", "1")
            .current_dir(sandbox.path("work"));
        command
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
        Session::start_with(shell, sandbox, &shell.load())
    }

    /// Starts `shell` with `rc` for an rc file.
    pub fn start_with(shell: Shell, sandbox: &'a Sandbox, rc: &str) -> Session<'a> {
        let pty = Pty::spawn(shell.command(sandbox, rc));
        let mut session = Session { shell, pty, sandbox, shown: String::new() };
        session.shown = session.prompt();
        session
    }

    /// Waits for the prompt; returns what is printed before.
    fn prompt(&mut self) -> String {
        let before = without_escapes(&self.wait_for(PROMPT));
        self.pty.wait_for_keys_to_be_read();
        before
    }

    /// Waits for `sentinel` as a terminal does that knows where its cursor is: nushell asks.
    fn wait_for(&mut self, sentinel: &str) -> String {
        const WHERE_IS_THE_CURSOR: &str = "\x1b[6n";
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
        const LEFT: &str = "\x1b[D";
        let (left, right) = line.split_once(CURSOR).unwrap_or((line, ""));
        self.pty.send(&format!("{left}{right}{}", LEFT.repeat(right.chars().count())));
        assert_eq!(self.line(), line);
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
        self.type_line(line, "");
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
        let (left, right) = match self.shell {
            Shell::Elvish => line.split_at(cursor),
            Shell::Nushell | Shell::Xonsh => {
                let at = line.char_indices().nth(cursor).map_or(line.len(), |(at, _)| at);
                line.split_at(at)
            }
        };
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

    /// Empties the line.
    pub fn clear(&mut self) {
        const TO_END_AND_KILL: &str = "\x05\x15";
        self.pty.send(TO_END_AND_KILL);
        assert_eq!(self.line(), "");
    }
}
