//! From a TAB to the whole list, in real shells on a terminal: our script, Pivot's own, and the
//! same names from a list that the shell holds already, which is what the shell itself takes.

use std::time::{Duration, Instant};

use crate::projects::{Projects, STAGES};
use crate::support::shell::{Session, Shell, ShellSandbox};
use crate::timing::{Row, microseconds};

/// Pivot's own completion takes most of a second.
const ROUNDS: usize = 8;
const EACH_ROUND: usize = 40;
/// Until descriptions are written and stamps renewed, which happens behind the first TABs.
const WARM_UP: usize = 10;
const LINE: &str = "pivot repro ";

/// How long one shell takes.
pub struct Listing {
    /// The shell's name.
    pub shell: &'static str,
    /// By our script.
    pub ours: Row,
    /// By the script that Pivot prints.
    pub pivots: Row,
    /// By the shell alone.
    pub alone: Row,
}

impl Listing {
    /// How many times longer Pivot's own script takes.
    pub fn ratio(&self) -> f64 {
        self.pivots.median() / self.ours.median()
    }
}

/// Times the lists of all stages of `projects.plain`, everything fresh in either cache.
pub fn measure(projects: &Projects) -> Vec<Listing> {
    [Shell::Bash, Shell::Zsh, Shell::Fish].map(|shell| listing(projects, shell)).into()
}

fn listing(projects: &Projects, shell: Shell) -> Listing {
    let sandbox = ShellSandbox::new();
    sandbox.install_real(projects.venv());
    let start = |completion: &str| {
        // Fish lists no more than half of a screen at first.
        let rc = format!("{completion}\nstty rows 100\ncd '{}'\n", projects.plain.display());
        Lister::start(Session::start_with(shell, &sandbox, &rc))
    };
    let mut pivots = start(pivots_script(shell));
    let mut ours = start(&shell.rc_with_init());
    let mut alone = start(&names_alone(shell));
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for _ in 0..EACH_ROUND {
            times[0].push(microseconds(ours.tab()));
            times[1].push(microseconds(alone.tab()));
        }
        times[2].push(microseconds(pivots.tab()));
    }
    let [ours, alone, pivots] = times.map(|times| Row::new(shell.name(), times));
    Listing { shell: shell.name(), ours, pivots, alone }
}

/// Loads the completion that Pivot itself comes with.
fn pivots_script(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => "eval \"$(_PIVOT_COMPLETE=bash_source pivot)\"",
        Shell::Zsh => {
            "autoload -Uz compinit && compinit -D -u\neval \"$(_PIVOT_COMPLETE=zsh_source pivot)\""
        }
        Shell::Fish => "_PIVOT_COMPLETE=fish_source pivot | source",
        other => other.is_not_asked(),
    }
}

/// Completes the stages in the cheapest way that the shell has.
fn names_alone(shell: Shell) -> String {
    let names: Vec<String> = (0..STAGES).map(|index| format!("demo/{}", stage(index))).collect();
    let names = names.join(" ");
    match shell {
        Shell::Bash => format!("complete -o nosort -W '{names}' pivot"),
        Shell::Zsh => format!(
            "autoload -Uz compinit && compinit -D -u\nnames=({names})\n\
             _names() {{ compadd -V names -a names }}\ncompdef _names pivot"
        ),
        Shell::Fish => format!("complete -c pivot --no-files --keep-order -a '{names}'"),
        other => other.is_not_asked(),
    }
}

fn stage(index: usize) -> String {
    format!("stage_{index:03}")
}

/// A shell that lists the stages.
struct Lister<'a> {
    session: Session<'a>,
    /// The stage that comes last: the list goes by columns, what is printed goes by lines.
    last: String,
}

impl<'a> Lister<'a> {
    fn start(mut session: Session<'a>) -> Self {
        let last = last_stage(&mut session);
        let mut lister = Self { session, last };
        for _ in 0..WARM_UP {
            lister.tab();
        }
        lister
    }

    /// From the TAB until every stage has been printed.
    fn tab(&mut self) -> Duration {
        self.session.type_line(LINE, "");
        let pty = self.session.pty();
        let start = Instant::now();
        pty.send("\t");
        pty.wait_for(&self.last);
        let elapsed = start.elapsed();
        self.session.clear();
        elapsed
    }
}

/// Lists once and tells which stage is the last to be printed.
fn last_stage(session: &mut Session<'_>) -> String {
    const START: &str = "stage_";
    session.type_line(LINE, "");
    session.pty().send("\t");
    session.pty().wait_for(START);
    session.line();
    let shown = format!("{START}{}", session.shown());
    session.clear();
    let at = |name: &String| shown.find(name).unwrap_or_else(|| panic!("{name} in {shown}"));
    (0..STAGES).map(stage).max_by_key(at).expect("a stage")
}
