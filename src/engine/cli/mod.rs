//! pivot-complete's own command line, all of it: read here, said in the help, completed by what lies in
//! `completions/`; a test compares the three, and the front with them.

#[cfg(test)]
mod agreement;
mod command;
mod help;
mod read;
mod scripts;

use std::ffi::OsString;
use std::path::PathBuf;

use lexopt::Arg;

use pivot_complete::reason::Reason;

use crate::report::Failure;

pub use command::{Command, ManifestRequest, StagesRequest, TargetsRequest, Watch};
pub use help::{HELP, about};
use read::Arguments;

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

    /// The help and the version may stand anywhere, and behind anything that begins with a command.
    fn parse(
        mut parser: lexopt::Parser,
        instruction: Option<OsString>,
    ) -> Result<Self, lexopt::Error> {
        let (mut directories, mut words) = (Vec::new(), Arguments::default());
        let (mut help, mut version) = (false, false);
        while let Some(arg) = parser.next()? {
            match arg {
                Arg::Short('C') => directories.push(parser.value()?.into()),
                Arg::Long("help") | Arg::Short('h') => help = true,
                Arg::Long("version") | Arg::Short('V') => version = true,
                Arg::Value(value) => words.values.push(value),
                Arg::Short(letter) => words.options.push(format!("-{letter}")),
                Arg::Long(name) => words.options.push(format!("--{name}")),
            }
        }
        if help || version {
            words.is_of_a_command()?;
        }
        let command = match (help, version) {
            (true, _) => Command::Help(words.values.first().and_then(|name| read::named(name))),
            (false, true) => Command::Version,
            (false, false) => words.command(instruction)?,
        };
        Ok(Self { directories, command })
    }

    /// Goes to the directory of `-C`.
    pub fn enter(&self) -> Result<(), Failure> {
        self.directories.iter().try_for_each(|directory| {
            std::env::set_current_dir(directory).map_err(|error| {
                let message = format!("cannot enter {}: {error}", directory.display());
                Failure::new(Reason::DirectoryNotEntered, message)
            })
        })
    }
}
