//! The six shells, and what each of them can do.

pub mod programs;
pub mod sandbox;
pub mod session;

use std::path::{Path, PathBuf};
use std::process::Command;

use super::prepared;

pub use sandbox::{Item, ShellSandbox, plain};
pub use session::Session;

/// Where the lines that a user copies stand.
pub const DOCUMENTS: [&str; 2] = [
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")),
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/GUIDE.md")),
];

/// What a shell's rc file begins with.
///
/// A prompt that tests wait for; nothing rings, nothing asks, candidates are listed at the first TAB.
/// Ctrl-G prints the line and the cursor's place in it between two control characters that nothing
/// else prints.
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
/// Closes a list of candidates before; elvish takes the first one, since it lists a single one, too,
/// when its quotes are others than those typed.
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
    Bash,
    Zsh,
    Fish,
    Elvish,
    Nushell,
    Xonsh,
}

use Shell::{Bash, Elvish, Fish, Nushell, Xonsh, Zsh};

impl Shell {
    /// The name that `init` and `complete` know it by.
    pub fn name(self) -> &'static str {
        match self {
            Bash => "bash",
            Zsh => "zsh",
            Fish => "fish",
            Elvish => "elvish",
            Nushell => "nushell",
            Xonsh => "xonsh",
        }
    }

    /// What its script says who reads the answer.
    pub fn reader(self) -> &'static str {
        if self == Zsh { "zsh-waiting" } else { self.name() }
    }

    /// The shell's program.
    pub fn program(self) -> PathBuf {
        let name = match self {
            Bash | Zsh | Fish | Elvish => return self.name().into(),
            Nushell => "PIVOT_COMPLETE_TEST_NUSHELL",
            Xonsh => "PIVOT_COMPLETE_TEST_XONSH",
        };
        let program = std::env::var_os(name)
            .unwrap_or_else(|| panic!("{name} names no {}; run scripts/test", self.name()));
        program.into()
    }

    /// The completion script.
    pub fn script(self) -> String {
        let ending = match self {
            Elvish => "elv",
            Nushell => "nu",
            Xonsh => "xsh",
            Bash | Zsh | Fish => self.name(),
        };
        format!("{}/completions/pivot.{ending}", env!("CARGO_MANIFEST_DIR"))
    }

    /// A line of an rc file that loads the completion script from its file.
    pub fn load(self) -> String {
        let script = self.script();
        match self {
            Bash | Zsh | Fish => format!(". {script}\n"),
            Elvish => format!("eval (slurp < '{script}')\n"),
            Nushell | Xonsh => format!("source '{script}'\n"),
        }
    }

    /// What must be loaded before the script, if anything.
    pub fn completion_system(self) -> String {
        if self != Zsh {
            return String::new();
        }
        format!("autoload -Uz compinit && compinit -C -d {}\n", prepared::zsh_dump().display())
    }

    /// An rc file with `settings`, and then the completion script from its file.
    pub fn rc(self, settings: &str) -> String {
        format!("{}{settings}\n{}", self.completion_system(), self.load())
    }

    /// An rc file with the one line that a user adds, as the README has it.
    pub fn rc_with_init(self) -> String {
        format!("{}{}\n", self.completion_system(), self.readme_line())
    }

    /// The README's line for the rc file.
    pub fn readme_line(self) -> &'static str {
        let init = format!("pivot-complete init {}", self.name());
        let mut lines =
            DOCUMENTS.iter().flat_map(|text| text.lines()).filter(|line| line.contains(&init));
        let line = lines.next().expect("the README has a line for each shell");
        assert_eq!(lines.next(), None, "the README has one line for each shell");
        line
    }

    /// The answer that `complete --rich` gives of `items` for a word that starts with `start`.
    pub fn wire(self, start: &str, items: &[Item]) -> String {
        let kind = items.iter().map(|item| item.kind).find(|kind| *kind != "plain");
        let mut lines = vec![format!("{}:{start}", kind.unwrap_or("none"))];
        let values = items.iter().filter(|item| item.kind == "plain");
        lines.extend(values.map(|Item { value, help, .. }| match help {
            help if self == Bash || help.is_empty() => value.to_string(),
            help => format!("{value}\t{help}"),
        }));
        lines.join("\n") + "\n"
    }

    /// Ends a table that a test has of other shells alone.
    #[track_caller]
    pub fn is_not_asked(self) -> ! {
        panic!("{self:?} has no such test")
    }

    /// The prompt, as it is printed: some editors send its blank by other means.
    fn prompt(self) -> &'static str {
        match self {
            Bash | Zsh | Fish => "READY> ",
            Elvish | Nushell | Xonsh => "READY>",
        }
    }

    /// The key that moves the cursor one place to the left.
    fn left(self) -> &'static str {
        match self {
            Bash | Zsh | Fish => "\x02",
            Elvish | Nushell | Xonsh => "\x1b[D",
        }
    }

    /// Whether the cursor's place that it prints counts bytes.
    fn counts_bytes(self) -> bool {
        self == Elvish
    }

    /// The shell with this rc file, as it is started.
    fn command(self, rc_file: &Path) -> Command {
        let mut command = Command::new(self.program());
        match self {
            Bash => command.args(["--noprofile", "--rcfile"]).arg(rc_file).arg("-i"),
            // From $ZDOTDIR.
            Zsh => command.args(["-o", "NO_GLOBAL_RCS", "-i"]),
            Fish => command
                .args(["--no-config", "-i", "--init-command"])
                .arg(format!("source '{}'", rc_file.display())),
            Elvish => command.arg("-rc").arg(rc_file),
            Nushell => command.arg("--config").arg(rc_file),
            Xonsh => command.arg("--interactive").arg("--rc").arg(rc_file),
        };
        command
    }

    /// What its rc file begins with.
    pub fn settings(self) -> &'static str {
        match self {
            Bash => BASH_RC,
            Zsh => ZSH_RC,
            Fish => FISH_RC,
            Elvish => ELVISH_RC,
            Nushell => NUSHELL_RC,
            Xonsh => XONSH_RC,
        }
    }
}
