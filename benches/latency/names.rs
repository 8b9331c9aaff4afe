//! From a TAB to the completed word, in real shells on a terminal, where zsh and fish are given all
//! candidates: what all cost them beside the one that is meant, and what a TAB takes beside the shell
//! alone, which has the same names from a file.

use std::time::Instant;

use crate::projects::Projects;
use crate::support::set_mtime;
use crate::support::shell::{Session, Shell, ShellSandbox};
use crate::timing::{Row, microseconds};

const ROUNDS: usize = 60;
/// Until descriptions are written and stamps renewed, which happens behind the first TABs.
const WARM_UP: usize = 10;
const FEW: usize = 108;
const MANY: usize = 10_000;

/// How long one shell takes with so many names.
pub struct Completing {
    /// The shell's name.
    pub shell: &'static str,
    /// The number of names.
    pub count: usize,
    /// By our script.
    pub ours: Row,
    /// By our script, which is given all names by `cat`, whatever was typed.
    pub all: Row,
    /// The same with the one name.
    pub one: Row,
    /// By the shell alone.
    pub alone: Row,
}

impl Completing {
    /// How many times as long an answer takes that nobody filtered.
    pub fn of_filtered(&self) -> f64 {
        self.all.median() / self.one.median()
    }

    /// How many times as long as the shell alone.
    pub fn of_alone(&self) -> f64 {
        self.ours.median() / self.alone.median()
    }
}

/// Times a TAB for one of the names.
pub fn measure(projects: &Projects) -> Vec<Completing> {
    let shells = [Shell::Zsh, Shell::Fish];
    shells
        .into_iter()
        .flat_map(|shell| [FEW, MANY].map(|count| of(projects, shell, count)))
        .collect()
}

fn of(projects: &Projects, shell: Shell, count: usize) -> Completing {
    let sandbox = ShellSandbox::new();
    sandbox.install_real(projects.venv());
    sandbox.make_directory("work/.pivot/cache");
    // As Pivot writes it.
    let names: String = (0..count).map(|index| format!("stage_{index:05}_end\n")).collect();
    sandbox.write("work/pipeline.py", "");
    set_mtime(&sandbox.path("work/pipeline.py"), 1_700_000_000, 0);
    let cache = format!("v1\npipeline.py:1700000000.0\n{names}");
    sandbox.write("work/.pivot/cache/stages.cache", cache);
    let file = |name: &str| sandbox.path(name).display().to_string();
    let script = std::fs::read_to_string(shell.script()).expect("the script");
    let reader = if shell == Shell::Zsh { "$reader" } else { shell.name() };
    let asked = format!("complete --rich {reader}");
    let by_cat = |answer: &str| {
        let script = script.replacen(&asked, &file(answer), 1);
        let (before, behind) = script.split_once("`init` writes its path.\n").expect("the place");
        let behind = behind.replacen("''", "/bin/cat", 1);
        sandbox.write(&format!("{answer}.script"), format!("{before}\n{behind}"));
        format!("{}. {}", shell.completion_system(), file(&format!("{answer}.script")))
    };
    let head = if shell == Shell::Zsh { "none/stages:" } else { "none:" };
    sandbox.write("all", format!("{head}\n{names}"));
    sandbox.write("one", format!("{head}\nstage_{:05}_end\n", count / 2));
    sandbox.write("names", names);
    let system = shell.completion_system();
    let alone = match shell {
        Shell::Zsh => format!(
            "{system}_names() {{ local -a names=(${{(f)\"$(<{})\"}}); compadd -V names -a names }}\n\
             compdef _names pivot",
            file("names")
        ),
        _ => format!("complete -c pivot --no-files --keep-order -a '(cat {})'", file("names")),
    };
    let rcs = [shell.rc(""), by_cat("all"), by_cat("one"), alone];
    // Fish would complete what is typed by itself.
    let still = if shell == Shell::Fish { "set -g fish_autosuggestion_enabled 0\n" } else { "" };
    let mut sessions =
        rcs.map(|rc| Session::start_with(shell, &sandbox, &format!("{still}{rc}\n")));
    let mut times = [const { Vec::new() }; 4];
    for round in 0..WARM_UP + ROUNDS {
        for (session, times) in sessions.iter_mut().zip(&mut times) {
            session.type_line(&format!("pivot repro stage_{:05}", count / 2), "");
            let start = Instant::now();
            session.send("\t");
            session.pty().wait_for("_end");
            if round >= WARM_UP {
                times.push(microseconds(start.elapsed()));
            }
            session.clear();
        }
    }
    let [ours, all, one, alone] = times.map(|times| Row::new(shell.name(), times));
    Completing { shell: shell.name(), count, ours, all, one, alone }
}
