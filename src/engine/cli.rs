//! pivot-complete's own command line, all of it.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use lexopt::Arg;
use pivot_complete::line::{self, Form, Shell};
use pivot_complete::reason::Reason;
use pivot_complete::request::Format;

use crate::report::Failure;
use crate::scripts::{self, Script};

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
  doctor               what a TAB here would do, and why
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
";

/// What `stages` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct StagesRequest {
    /// Only names that start with this.
    pub prefix: Vec<u8>,
    /// How they are printed.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
    /// Of every pipeline.
    pub all: bool,
}

/// What `targets` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct TargetsRequest {
    /// Only targets that start with this.
    pub prefix: Vec<u8>,
    /// How they are printed.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
}

/// What `manifest` is asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct ManifestRequest {
    /// The stage; without one, all of them as one object.
    pub stage: Option<Vec<u8>>,
    /// How it ends.
    pub format: Format,
    /// Only from a fresh cache.
    pub cached: bool,
}

/// One command.
#[derive(Debug, PartialEq, Eq)]
pub enum Command {
    /// `stages`.
    Stages(StagesRequest),
    /// `targets`.
    Targets(TargetsRequest),
    /// `manifest`.
    Manifest(ManifestRequest),
    /// `status`.
    Status(Format),
    /// `complete`, or click's protocol.
    Complete(Shell, Form),
    /// An instruction of click's protocol that is unknown here.
    Nothing,
    /// `init`.
    Init {
        /// The script.
        script: &'static Script,
        /// With the prompt hook.
        prewarm: bool,
    },
    /// `prewarm`.
    Prewarm,
    /// `refresh`.
    Refresh {
        /// The first word of the line of the TAB that started it behind itself.
        behind: Option<OsString>,
    },
    /// What a TAB starts behind itself: new stamps for the store of this name.
    Renew(OsString),
    /// Not for users: sees to it that Pivot's command line is described.
    Describe {
        /// Describes it anew, and prints that.
        json: bool,
        /// The first word of the line of the TAB that started it behind itself.
        behind: Option<OsString>,
    },
    /// `doctor`.
    Doctor,
    /// `clear`.
    Clear {
        /// The user's cache directory too.
        all: bool,
    },
    /// `trust`.
    Trust {
        /// The project's directory, else the working directory.
        directory: Option<PathBuf>,
        /// Takes it out of the list.
        remove: bool,
    },
    /// `--help`.
    Help,
    /// `--version`.
    Version,
}

/// A whole command line.
#[derive(Debug, PartialEq, Eq)]
pub struct CommandLine {
    /// The directories of `-C`, each relative to the one before.
    pub directories: Vec<PathBuf>,
    /// What to do.
    pub command: Command,
}

impl CommandLine {
    /// Reads this process's arguments.
    pub fn read() -> Result<Self, lexopt::Error> {
        let instruction = std::env::var_os("_PIVOT_COMPLETE");
        Self::parse(lexopt::Parser::from_env(), instruction)
    }

    fn parse(
        mut parser: lexopt::Parser,
        instruction: Option<OsString>,
    ) -> Result<Self, lexopt::Error> {
        let mut words = Words::default();
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('C') => words.directories.push(parser.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => words.help = true,
                Arg::Long("version") | Arg::Short('V') => words.version = true,
                Arg::Value(value) => words.values.push(value),
                Arg::Short(letter) => words.flags.push(format!("-{letter}")),
                Arg::Long(name) => words.flags.push(format!("--{name}")),
            }
        }
        words.into_command_line(instruction)
    }

    /// Goes to the directory of `-C`.
    pub fn enter(&self) -> Result<(), Failure> {
        self.directories.iter().try_for_each(|directory| {
            std::env::set_current_dir(directory).map_err(|error| {
                let message = format!("cannot enter {}: {error}", directory.display());
                Failure::new(Reason::NoWorkingDirectory, message)
            })
        })
    }
}

/// The words of a command line, sorted but not yet understood.
#[derive(Default)]
struct Words {
    directories: Vec<PathBuf>,
    values: Vec<OsString>,
    flags: Vec<String>,
    help: bool,
    version: bool,
}

impl Words {
    fn into_command_line(
        mut self,
        instruction: Option<OsString>,
    ) -> Result<CommandLine, lexopt::Error> {
        let directories = std::mem::take(&mut self.directories);
        let command = if self.help {
            Command::Help
        } else if self.version {
            Command::Version
        } else {
            self.command(instruction)?
        };
        Ok(CommandLine { directories, command })
    }

    fn command(&mut self, instruction: Option<OsString>) -> Result<Command, lexopt::Error> {
        if self.values.is_empty() {
            self.only_flags(&[])?;
            let instruction = instruction.ok_or("a command is missing")?;
            // Whatever it asks for, it is a shell that asks.
            let shell = Shell::of_instruction(instruction.as_bytes());
            let by_click = |shell| Command::Complete(shell, Form::Click);
            return Ok(shell.map_or(Command::Nothing, by_click));
        }
        let name = self.values.remove(0);
        match name.to_str() {
            Some("stages") => self.stages().map(Command::Stages),
            Some("complete") => {
                let [rich] = self.only_flags(&["--rich"])?[..] else { unreachable!() };
                let by_click = |name: &[u8]| Some((Shell::named(name)?, Form::Click));
                let (shell, form) = self.shell(if rich { line::rich } else { by_click })?;
                Ok(Command::Complete(shell, form))
            }
            Some("targets") => {
                let (format, [cached]) = self.format_and(["--cached"])?;
                let prefix = self.at_most_one()?.map(OsString::into_vec).unwrap_or_default();
                Ok(Command::Targets(TargetsRequest { prefix, format, cached }))
            }
            Some("manifest") => {
                let (format, [cached]) = self.format_and(["--cached"])?;
                let stage = self.at_most_one()?.map(OsString::into_vec);
                if stage.is_none() && format != Format::Json {
                    return Err("which stage? (all of them: --json)".into());
                }
                Ok(Command::Manifest(ManifestRequest { stage, format, cached }))
            }
            Some("status") => {
                let (format, []) = self.format_and([])?;
                self.no_values(Command::Status(format))
            }
            Some("init") => {
                let [prewarm] = self.only_flags(&["--prewarm"])?[..] else { unreachable!() };
                let script = self.shell(|name| Script::named(str::from_utf8(name).ok()?))?;
                if prewarm && script.prewarm.is_none() {
                    return Err(format!("no prompt hook for {} here", script.shell).into());
                }
                Ok(Command::Init { script, prewarm })
            }
            Some("prewarm") => {
                self.only_flags(&[])?;
                // What starts it behind itself gives an empty word.
                self.values.retain(|value| !value.is_empty());
                self.no_values(Command::Prewarm)
            }
            Some("refresh") => {
                // Not for users: what a TAB starts, with the word typed as its command.
                let [behind] = self.only_flags(&["--behind"])?[..] else { unreachable!() };
                if !behind {
                    return self.no_values(Command::Refresh { behind: None });
                }
                let typed = self.at_most_one()?.unwrap_or_default();
                Ok(Command::Refresh { behind: Some(typed) })
            }
            Some("renew") => {
                self.only_flags(&[])?;
                let name = self.at_most_one()?.ok_or("which store?")?;
                Ok(Command::Renew(name))
            }
            Some("describe") => {
                let [json] = self.only_flags(&["--json"])?[..] else { unreachable!() };
                let behind = self.at_most_one()?;
                Ok(Command::Describe { json, behind })
            }
            Some("doctor") => {
                self.only_flags(&[])?;
                self.no_values(Command::Doctor)
            }
            Some("clear") => {
                let [all] = self.only_flags(&["--all"])?[..] else { unreachable!() };
                self.no_values(Command::Clear { all })
            }
            Some("trust") => {
                let [remove] = self.only_flags(&["--remove"])?[..] else { unreachable!() };
                let directory = self.at_most_one()?.map(PathBuf::from);
                Ok(Command::Trust { directory, remove })
            }
            _ => Err(format!("there is no command {}", name.display()).into()),
        }
    }

    fn stages(&mut self) -> Result<StagesRequest, lexopt::Error> {
        let (format, [cached, all]) = self.format_and(["--cached", "--all"])?;
        if cached && all {
            return Err("the stages of all pipelines are not cached".into());
        }
        let prefix = self.at_most_one()?.map(OsString::into_vec).unwrap_or_default();
        Ok(StagesRequest { prefix, format, cached, all })
    }

    /// How a list is printed, and which of `known` were given too.
    fn format_and<const N: usize>(
        &self,
        known: [&str; N],
    ) -> Result<(Format, [bool; N]), lexopt::Error> {
        let given = self.only_flags(&[&known[..], &["--json", "-0"]].concat())?;
        let format = match given[N..] {
            [true, true] => return Err("--json and -0 exclude each other".into()),
            [true, false] => Format::Json,
            [false, true] => Format::Nul,
            _ => Format::Lines,
        };
        Ok((format, std::array::from_fn(|index| given[index])))
    }

    fn shell<T>(&mut self, named: impl Fn(&[u8]) -> Option<T>) -> Result<T, lexopt::Error> {
        let which = || {
            let shells: Vec<&str> = scripts::ALL.iter().map(|script| script.shell).collect();
            format!("which shell: {}?", shells.join(", "))
        };
        let name = self.at_most_one()?.ok_or_else(which)?;
        named(name.as_bytes())
            .ok_or_else(|| format!("no such shell here: {}", name.display()).into())
    }

    /// Which of `known` were given; any other is an error.
    fn only_flags(&self, known: &[&str]) -> Result<Vec<bool>, lexopt::Error> {
        match self.flags.iter().find(|flag| !known.contains(&flag.as_str())) {
            Some(other) => Err(format!("there is no option {other} here").into()),
            None => Ok(known.iter().map(|flag| self.flags.iter().any(|f| f == flag)).collect()),
        }
    }

    fn at_most_one(&mut self) -> Result<Option<OsString>, lexopt::Error> {
        match self.values.len() {
            0 | 1 => Ok(self.values.pop()),
            _ => Err(format!("one word too many: {}", self.values[1].display()).into()),
        }
    }

    fn no_values(&self, command: Command) -> Result<Command, lexopt::Error> {
        match self.values.first() {
            Some(value) => Err(format!("one word too many: {}", value.display()).into()),
            None => Ok(command),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(args: &[&str]) -> Result<Command, String> {
        CommandLine::parse(lexopt::Parser::from_args(args), None)
            .map(|line| line.command)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn commands_and_their_options() {
        assert_eq!(
            read(&["stages", "--cached", "-0", "tr"]),
            Ok(Command::Stages(StagesRequest {
                prefix: b"tr".to_vec(),
                format: Format::Nul,
                cached: true,
                all: false
            }))
        );
        assert_eq!(read(&["clear", "--all"]), Ok(Command::Clear { all: true }));
        assert_eq!(
            read(&["trust", "--remove", "/x"]),
            Ok(Command::Trust { directory: Some("/x".into()), remove: true })
        );
        assert_eq!(read(&["complete", "fish"]), Ok(Command::Complete(Shell::Fish, Form::Click)));
        assert_eq!(read(&["stages", "--help"]), Ok(Command::Help));
    }

    #[test]
    fn wrong_lines_are_said_so() {
        for args in [
            &[][..],
            &["nonsense"],
            &["stages", "--all", "--cached"],
            &["stages", "--json", "-0"],
            &["manifest"],
            &["manifest", "--all", "x"],
            &["status", "x"],
            &["status", "--cached"],
            &["targets", "--all"],
            &["stages", "a", "b"],
            &["stages", "--remove"],
            &["init"],
            &["init", "tcsh"],
            &["doctor", "x"],
            &["-C"],
        ] {
            assert!(read(args).is_err(), "{args:?}");
        }
    }
}
