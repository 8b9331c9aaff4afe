//! One function a command: from the words behind its name to what it asks for.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;

use lexopt::Error;

use pivot_complete::line::{self, Form, Shell};
use pivot_complete::request::Format;

use super::command::{Command, Hook, ManifestRequest, StagesRequest, TargetsRequest, Watch};
use super::scripts::{self, Script};

/// A command's options, with blanks between, and what reads its words.
pub struct Syntax {
    pub options: &'static str,
    read: fn(&mut Arguments) -> Result<Command, Error>,
}

/// The commands for users; the others are what this program starts behind itself.
pub const COMMANDS: [&str; 13] = [
    "stages", "targets", "manifest", "status", "complete", "init", "prewarm", "watch", "refresh",
    "doctor", "clear", "trust", "help",
];
#[cfg(test)]
pub const OWN: [&str; 2] = ["renew", "describe"];

/// All commands: a match, since each pointer in a table costs every start of this program a relocation.
pub fn syntax(name: &str) -> Option<Syntax> {
    let of = |options, read| Some(Syntax { options, read });
    match name {
        "stages" => of("--all --cached --json -0", stages),
        "targets" => of("--cached --json -0", targets),
        "manifest" => of("--cached --json -0", manifest),
        "status" => of("--json -0", status),
        "complete" => of("--rich", complete),
        "init" => of("--prewarm --watch --own", init),
        "prewarm" => of("", prewarm),
        "watch" => of("", watch),
        "refresh" => of("", refresh),
        "doctor" => {
            of("--json", |words| words.none().and_then(|()| words.format()).map(Command::Doctor))
        }
        "clear" => of("--all", clear),
        "trust" => of("--remove", trust),
        "help" => of("", help),
        "renew" => of("", renew),
        "describe" => of("--json", describe),
        _ => None,
    }
}

/// The same for a word that has to be one.
fn known(name: &OsStr) -> Result<Syntax, Error> {
    let syntax = name.to_str().and_then(syntax);
    syntax.ok_or_else(|| format!("there is no command {}", name.display()).into())
}

/// The command for users that is called so.
pub fn named(name: &OsStr) -> Option<&'static str> {
    COMMANDS.into_iter().find(|known| name == OsStr::new(known))
}

/// How a list is printed.
const JSON: &str = "--json";
const NUL: &str = "-0";

/// What a TAB starts behind itself, with the word typed as its command, and what a hook does: no option
/// for users, as the two below.
const BEHIND: &str = "--behind";
const OF: &str = "--of";
const PLACES: &str = "--places";

/// The options of a command that are none for users.
fn hidden(name: &OsStr) -> &'static [&'static str] {
    match name.to_str() {
        Some("refresh") => &[BEHIND],
        Some("prewarm") => &[PLACES],
        Some("watch") => &[BEHIND, OF],
        _ => &[],
    }
}

/// The words of a command line, sorted but not yet understood.
#[derive(Default)]
pub struct Arguments {
    /// What is no option, a command's name first.
    pub values: Vec<OsString>,
    /// The options, with their dashes.
    pub options: Vec<String>,
}

impl Arguments {
    /// Understands them; without any, the instruction of click's protocol counts.
    pub fn command(mut self, instruction: Option<OsString>) -> Result<Command, Error> {
        if self.values.is_empty() {
            self.only("")?;
            let instruction = instruction.ok_or("a command is missing")?;
            // Whatever it asks for, it is a shell that asks.
            let shell = Shell::of_instruction(instruction.as_bytes());
            let by_click = |shell| Command::Complete(shell, Form::Click);
            return Ok(shell.map_or(Command::Nothing, by_click));
        }
        let name = self.values.remove(0);
        let syntax = known(&name)?;
        let hidden = hidden(&name).iter().find(|option| self.has(option));
        self.only(hidden.copied().unwrap_or(syntax.options))?;
        (syntax.read)(&mut self)
    }

    /// Fails where the first word is no command.
    pub fn is_of_a_command(&self) -> Result<(), Error> {
        self.values.first().map_or(Ok(()), |name| known(name).map(|_| ()))
    }

    /// Fails for an option that is none of these, with blanks between.
    fn only(&self, known: &str) -> Result<(), Error> {
        match self.options.iter().find(|option| !known.split(' ').any(|known| known == *option)) {
            Some(other) => Err(format!("there is no option {other} here").into()),
            None => Ok(()),
        }
    }

    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|given| given == option)
    }

    fn format(&self) -> Result<Format, Error> {
        match (self.has(JSON), self.has(NUL)) {
            (true, true) => Err("--json and -0 exclude each other".into()),
            (true, false) => Ok(Format::Json),
            (false, true) => Ok(Format::Nul),
            (false, false) => Ok(Format::Lines),
        }
    }

    fn at_most_one(&mut self) -> Result<Option<OsString>, Error> {
        match self.values.len() {
            0 | 1 => Ok(self.values.pop()),
            _ => Err(format!("one word too many: {}", self.values[1].display()).into()),
        }
    }

    fn none(&self) -> Result<(), Error> {
        match self.values.first() {
            Some(value) => Err(format!("one word too many: {}", value.display()).into()),
            None => Ok(()),
        }
    }

    fn prefix(&mut self) -> Result<Vec<u8>, Error> {
        Ok(self.at_most_one()?.map(OsString::into_vec).unwrap_or_default())
    }

    fn shell<T>(&mut self, named: impl Fn(&[u8]) -> Option<T>) -> Result<T, Error> {
        let known = || {
            let shells = scripts::ALL.iter().map(|script| script.shell);
            let known = shells.filter(|shell| named(shell.as_bytes()).is_some());
            known.collect::<Vec<&str>>().join(", ")
        };
        let which = || format!("which shell: {}?", known());
        let name = self.at_most_one()?.ok_or_else(which)?;
        let other = || format!("no such shell here: {}; there are {}", name.display(), known());
        named(name.as_bytes()).ok_or_else(|| other().into())
    }
}

fn stages(words: &mut Arguments) -> Result<Command, Error> {
    let (format, cached, all) = (words.format()?, words.has("--cached"), words.has("--all"));
    if cached && all {
        return Err("the stages of all pipelines are not cached".into());
    }
    Ok(Command::Stages(StagesRequest { prefix: words.prefix()?, format, cached, all }))
}

fn targets(words: &mut Arguments) -> Result<Command, Error> {
    let (format, cached) = (words.format()?, words.has("--cached"));
    Ok(Command::Targets(TargetsRequest { prefix: words.prefix()?, format, cached }))
}

fn manifest(words: &mut Arguments) -> Result<Command, Error> {
    let (format, cached) = (words.format()?, words.has("--cached"));
    let stage = words.at_most_one()?.map(OsString::into_vec);
    if stage.is_none() && format != Format::Json {
        return Err("which stage? (all of them: --json)".into());
    }
    Ok(Command::Manifest(ManifestRequest { stage, format, cached }))
}

fn status(words: &mut Arguments) -> Result<Command, Error> {
    let format = words.format()?;
    words.none().map(|()| Command::Status(format))
}

fn complete(words: &mut Arguments) -> Result<Command, Error> {
    let by_click = |name: &[u8]| Some((Shell::named(name)?, Form::Click));
    let is_rich = words.has("--rich");
    if let (true, [reader, protocol]) = (is_rich, words.values.as_slice()) {
        let asked = line::by_script(reader.as_bytes(), protocol.as_bytes());
        return Ok(asked.map_or(Command::Nothing, |(shell, form)| Command::Complete(shell, form)));
    }
    let (shell, form) = words.shell(if is_rich { line::rich } else { by_click })?;
    Ok(Command::Complete(shell, form))
}

fn init(words: &mut Arguments) -> Result<Command, Error> {
    let hook = match (words.has("--prewarm"), words.has("--watch")) {
        // A watcher does what the other would.
        (_, true) => Some(Hook::Watch),
        (true, false) => Some(Hook::Prewarm),
        (false, false) => None,
    };
    let own = words.has("--own");
    let script = words.shell(|name| Script::named(str::from_utf8(name).ok()?))?;
    if hook.is_some() && script.hook.is_none() {
        return Err(format!("no prompt hook for {} here", script.shell).into());
    }
    if own && script.own.is_none() {
        return Err(format!("pivot-complete itself is not completed in {}", script.shell).into());
    }
    if own && hook.is_some() {
        return Err("--own stands for itself alone".into());
    }
    Ok(Command::Init { script, hook, own })
}

fn prewarm(words: &mut Arguments) -> Result<Command, Error> {
    // What starts it behind itself gives an empty word.
    words.values.retain(|value| !value.is_empty());
    words.none().map(|()| Command::Prewarm { tells_places: words.has(PLACES) })
}

fn watch(words: &mut Arguments) -> Result<Command, Error> {
    let word = words.at_most_one()?;
    let id = || word.as_ref()?.to_str()?.parse().ok();
    Ok(Command::Watch(match (words.has(BEHIND), words.has(OF)) {
        (true, _) => Watch::Behind(id().ok_or("which shell?")?),
        (false, true) => Watch::Of(word.ok_or("which room?")?),
        (false, false) if word.is_some() => return Err("one word too many".into()),
        (false, false) => Watch::Here,
    }))
}

fn refresh(words: &mut Arguments) -> Result<Command, Error> {
    if !words.has(BEHIND) {
        return words.none().map(|()| Command::Refresh { behind: None });
    }
    let typed = words.at_most_one()?.unwrap_or_default();
    Ok(Command::Refresh { behind: Some(typed) })
}

fn clear(words: &mut Arguments) -> Result<Command, Error> {
    let all = words.has("--all");
    words.none().map(|()| Command::Clear { all })
}

fn trust(words: &mut Arguments) -> Result<Command, Error> {
    let directory = words.at_most_one()?.map(PathBuf::from);
    Ok(Command::Trust { directory, remove: words.has("--remove") })
}

fn help(words: &mut Arguments) -> Result<Command, Error> {
    let Some(name) = words.at_most_one()? else { return Ok(Command::Help(None)) };
    let known = named(&name).ok_or_else(|| format!("there is no command {}", name.display()))?;
    Ok(Command::Help(Some(known)))
}

fn renew(words: &mut Arguments) -> Result<Command, Error> {
    Ok(Command::Renew(words.at_most_one()?.ok_or("which store?")?))
}

fn describe(words: &mut Arguments) -> Result<Command, Error> {
    Ok(Command::Describe { json: words.has(JSON), behind: words.at_most_one()? })
}

#[cfg(test)]
mod tests {
    use super::super::CommandLine;
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
        for args in [&["stages", "--help"][..], &["--help", "stages"], &["stages", "x", "-h"]] {
            assert_eq!(read(args), Ok(Command::Help(Some("stages"))), "{args:?}");
        }
        assert_eq!(read(&["help"]), Ok(Command::Help(None)));
        assert_eq!(read(&["--help"]), Ok(Command::Help(None)));
        assert_eq!(read(&["help", "trust"]), Ok(Command::Help(Some("trust"))));
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
            &["init", "elvish", "--own"],
            &["init", "bash", "--own", "--prewarm"],
            &["doctor", "x"],
            &["watch", "x"],
            &["watch", "--behind"],
            &["watch", "--behind", "x"],
            &["help", "nonsense"],
            &["help", "stages", "x"],
            &["-C"],
            &["--help", "extra"],
            &["extra", "--help"],
            &["--version", "extra"],
        ] {
            assert!(read(args).is_err(), "{args:?}");
        }
    }
}
