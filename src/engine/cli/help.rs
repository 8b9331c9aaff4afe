//! The help, of all and of one command. A test compares it with what is read (`agreement.rs`).

use super::read::syntax;

/// What `--help` prints.
pub const HELP: &str = "\
Shell completion for Pivot pipelines.

Usage: pivot-complete [-C DIR] COMMAND

Commands:
  stages [PREFIX]      names of the stages that start with PREFIX
      --all            of every pipeline in the project
  targets [PREFIX]     names of the stages, and stage:key for every named output
  manifest STAGE       the stage's code fingerprint, a JSON object on one line
      --json           without STAGE: of all stages
  status               of each stage's code: unchanged since its last run, changed and what, never run
  each of these:
      --cached         from a fresh cache alone; else prints nothing, exit 3 (all but status)
      --json, -0       as JSON; NUL-separated
  complete SHELL       what click prints for COMP_WORDS and COMP_CWORD (bash, zsh, fish)
      --rich           what the scripts of init read: more than click knows
  init SHELL           the script to evaluate in the shell's rc file
                       (bash, zsh, fish, elvish, nushell, xonsh)
      --prewarm        with a prompt hook: what is stale is found out before the next TAB
      --watch          the same, and a watcher that finds it out behind each save
      --own            only what completes pivot-complete itself, which the script fetches
                       when it is first wanted (bash, zsh, fish)
  prewarm              what that hook runs: prints nothing, discovers behind it
  watch                discovers behind each save, in the foreground, until Ctrl-C
  refresh              discovers now, computes all manifests, and rewrites the caches
  doctor [--json]      what a TAB here would do, why, and what to do about it
  clear [--all]        removes what is cached about this project; --all: and in your
                       directory for caches, about any
  trust [--remove] [DIR]
                       lets TABs run discovery in a project of someone else, or no longer
  help [COMMAND]       this, or of one command with an example

Options:
  -C DIR               works as if started in DIR
      --help
      --version

Environment:
  PIVOT_COMPLETE_PYTHON    interpreter for discovery
  PIVOT_COMPLETE_TIMEOUT   seconds that discovery may take (30)
  PIVOT_COMPLETE_ON_MISS   at a TAB without a fresh cache: wait (the default), stale, never
  PIVOT_COMPLETE_TRUST     whose projects a TAB may run: owner (the default), explicit
  PIVOT_COMPLETE_TRACE     a file that gets one line for each decision
  PIVOT_COMPLETE_OFF       if it is set: a TAB is not answered, and nothing is run
";

/// A line that shows what a command is for, and what it does.
pub const EXAMPLES: [(&str, &str, &str); 13] = [
    ("stages", "stages demo/", "the stages whose names start with demo/"),
    ("targets", "targets --json", "all stages and their named outputs, as a JSON array"),
    ("manifest", "manifest --json", "what Pivot fingerprints of each stage's code"),
    ("status", "status", "a line for each stage: what of its code changed"),
    (
        "complete",
        "complete --rich fish",
        "an answer as fish's script reads it; the line is in COMP_WORDS, the word in COMP_CWORD",
    ),
    ("init", "init bash --prewarm", "bash's script, with the prompt hook"),
    ("prewarm", "prewarm", "has what is stale found out behind a prompt"),
    ("watch", "watch", "no TAB waits while you edit here"),
    ("refresh", "refresh", "discovers now; a TAB is a hit after that"),
    ("doctor", "doctor --json", "the same for a bug report"),
    ("clear", "clear --all", "forgets all that is cached here, and in your directory for caches"),
    ("trust", "trust /srv/lab/project", "a TAB may run that project's code"),
    ("help", "help stages", "how stages is used"),
];

/// How the command `name` is used: its lines of the help, its options that are said once for several, and an
/// example.
pub fn about(name: &str) -> String {
    let line = EXAMPLES.iter().find(|(of, ..)| *of == name);
    let example =
        line.map(|(_, line, what)| format!("\nExample:\n  pivot-complete {line}\n      {what}\n"));
    let lines = block(name);
    let head = lines.trim_start().split("  ").next().unwrap_or_default();
    let head = head.lines().next().unwrap_or_default();
    let shared = shared_options(syntax(name).map_or("", |syntax| syntax.options));
    let usage = format!("Usage: pivot-complete [-C DIR] {head}");
    format!("{usage}\n\n{lines}{shared}{}", example.unwrap_or_default())
}

/// The lines about those of the `options`, with blanks between, that are said once for several commands.
fn shared_options(options: &str) -> String {
    let lines = block("each of these:").split_inclusive('\n').skip(1);
    let of_it = lines.filter(|line| {
        let (said, _) = line.trim_start().split_once("  ").unwrap_or_default();
        said.split(", ").all(|said| options.split(' ').any(|option| option == said))
    });
    of_it.map(|line| line.replace(" (all but status)", "")).collect()
}

/// The lines that begin with `name`, to the next ones that are not further in.
pub fn block(name: &str) -> &'static str {
    let start = HELP.find(&format!("\n  {name}")).map_or(HELP.len(), |at| at + 1);
    let rest = HELP.get(start..).unwrap_or_default();
    let is_deeper = |at: usize| rest.get(at..).is_some_and(|line| line.starts_with("      "));
    let mut ends = rest.match_indices('\n').map(|(at, _)| at + 1);
    let end = ends.find(|at| !is_deeper(*at)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}
