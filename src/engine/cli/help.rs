//! The help. A test compares it with what is read (`agreement.rs`).

/// What `--help` prints.
pub const HELP: &str = "\
Shell completion for Pivot pipelines.

Usage: pivot-complete [-C DIR] COMMAND

Commands:
  stages [PREFIX]      names of the stages that start with PREFIX
      --all            of every pipeline in the project
  targets [PREFIX]     the same, and stage:key for every named output
  manifest STAGE       the stage's code fingerprint, a JSON object on one line
      --json           without STAGE: of all stages
  status               of each stage: fresh, changed and which file, or unknown, by its manifest
  each of these:
      --cached         from a fresh cache alone; else prints nothing, exit 3 (not for status)
      --json, -0       as JSON; NUL-separated
  complete SHELL       what click prints for COMP_WORDS and COMP_CWORD (bash, zsh, fish)
      --rich           what the scripts of init read: more than click knows
  init SHELL           the script to evaluate in the shell's rc file
                       (bash, zsh, fish, elvish, nushell, xonsh)
      --prewarm        with a prompt hook: what is stale is found out before the next TAB
  prewarm              what that hook runs: prints nothing, discovers behind it
  refresh              discovers now, computes all manifests, and rewrites the caches
  doctor [--json]      what a TAB here would do, why, and what to do about it
  clear [--all]        removes what is cached about this project; --all: about any
  trust [--remove] [DIR]
                       lets TABs run discovery in a project of someone else, or no longer

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
