//! The description of a command line: a section of a store, read in place.
//!
//! ```text
//! offset  bytes
//!      0      4  flags: 1 click 8.1's ways
//!      4      4  what Pivot's callbacks mean: 0 unknown, 1 as in 0.1.0, 2 as from 0.2.4 on
//!      8    5*8  parts: offset in the section (4), length (4)
//!     48         the parts
//! ```
//!
//! Parts: 0 commands, 1 parameters, 2 strings, 3 text, 4 config keys. A string is its place in the
//! text: offset (4), length (4). A config key, 32 bytes, is two strings, the key and its help; the
//! values that it may have: first string (4), count (4); and a kind and paths as a parameter's.
//!
//! A command; the root comes first, and the commands of a group stand together, behind it:
//!
//! ```text
//!      0      8  name             16    4+4  parameters: number of the first, count
//!      8      8  short help       24    4+4  commands: number of the first, count
//!     32      4  flags: 1 opaque, 2 group, 4 chain, 8 interspersed, 16 listed
//!     36     12  zero
//! ```
//!
//! A parameter:
//!
//! ```text
//!      0      8  help             24    4+4  choices: first string, count of pairs: what is
//!      8    4+4  option strings: the first, count          matched, what is printed
//!     16    4+4  secondary ones   32      4  nargs, signed
//!     36      4  number of its name, in its command
//!     40      2  flags: 1 argument, 2 multiple, 4 flag, 8 count, 16 hidden, 32 its value may be left
//!                out, 64 choices in any case
//!     42      1  kind: 0 none, 1 choice, 2 file, 3 directory, 4 stages, 5 targets, 6 config keys,
//!                7 opaque, 8 remotes, 9 the value of the config key before it
//!     43      1  kind in a rich answer, which knows more than click
//!     44      1  paths beside that in a rich answer: 0 none, 1 files, 2 directories, 3 files where
//!                there is no candidate
//!     45      3  zero
//! ```
//!
//! "Opaque" is what only click can answer: its own code runs there. Every place is checked where it
//! is used; what lies outside reads as empty.

use crate::encoding::layout;
use crate::encoding::layout::string_at;
use crate::encoding::layout::u32_at;
use crate::line::Click;
use crate::line::Form;
use crate::reason::Reason;

/// Length of the header, in bytes.
pub const HEADER_LEN_BYTES: usize = 48;
/// Length of a command, and of a parameter.
pub const ENTRY_LEN_BYTES: usize = 48;

/// Length of a config key.
pub const KEY_LEN_BYTES: usize = 32;

const STRING_LEN_BYTES: usize = 8;

/// click 8.1's ways: its formats, and which of several words is the option.
const FLAG_CLICK_8_1: u32 = 1;

/// What Pivot's own callbacks complete with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callbacks {
    /// As in Pivot 0.1.0: no bare names, and targets are stages.
    Early,
    /// As from Pivot 0.2.4 on.
    Late,
}

/// A description whose parts lie inside it.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    flags: u32,
    callbacks: u32,
    commands: &'a [u8],
    params: &'a [u8],
    strings: &'a [u8],
    text: &'a [u8],
    config_keys: &'a [u8],
}

impl<'a> Description<'a> {
    /// Checks the parts of a section.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Reason> {
        let part = |number| layout::part(bytes, 8, number).map(|(_, part)| part);
        let number = |place| u32_at(bytes, place).ok_or(Reason::CacheMalformed);
        let description = Self {
            flags: number(0)?,
            callbacks: number(4)?,
            commands: part(0)?,
            params: part(1)?,
            strings: part(2)?,
            text: part(3)?,
            config_keys: part(4)?,
        };
        let has_root = description.commands.len() >= ENTRY_LEN_BYTES;
        if has_root { Ok(description) } else { Err(Reason::CacheMalformed) }
    }

    /// The release of click.
    pub fn click(&self) -> Click {
        if self.flags & FLAG_CLICK_8_1 != 0 { Click::V81 } else { Click::V85 }
    }

    /// What Pivot's callbacks mean, where that is known.
    pub fn callbacks(&self) -> Option<Callbacks> {
        match self.callbacks {
            1 => Some(Callbacks::Early),
            2 => Some(Callbacks::Late),
            _ => None,
        }
    }

    /// The application itself.
    pub fn root(&self) -> Command<'a> {
        self.command(0)
    }

    /// The config keys that Pivot always offers.
    pub fn config_keys(&self) -> impl Iterator<Item = ConfigKey<'a>> + use<'a> {
        let description = *self;
        let keys = self.config_keys.chunks_exact(KEY_LEN_BYTES);
        keys.map(move |entry| ConfigKey { description, entry })
    }

    fn command(&self, number: usize) -> Command<'a> {
        Command { description: *self, number, entry: entry(self.commands, number) }
    }

    /// The string whose place in the text is at `place` of `bytes`.
    #[inline(never)]
    fn string(&self, bytes: &[u8], place: usize) -> &'a [u8] {
        string_at(self.text, bytes, place).unwrap_or_default()
    }

    /// The strings of this list: the number of the first, and their count, at `place` of `bytes`.
    fn list(
        &self,
        bytes: &[u8],
        place: usize,
        each: usize,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let strings = self.strings;
        let all = strings.len() / STRING_LEN_BYTES;
        range(bytes, place, each, all)
            .map(move |number| this.string(strings, number * STRING_LEN_BYTES))
    }
}

/// The entry of this number; empty where there is none.
#[inline(never)]
fn entry(part: &[u8], number: usize) -> &[u8] {
    let read = || {
        let start = number.checked_mul(ENTRY_LEN_BYTES)?;
        part.get(start..start.checked_add(ENTRY_LEN_BYTES)?)
    };
    read().unwrap_or_default()
}

/// The numbers of a list, whose first and whose count of `each` stand at `place`, as far as there
/// are so many.
#[inline(never)]
fn range(bytes: &[u8], place: usize, each: usize, all: usize) -> core::ops::Range<usize> {
    let first = u32_at(bytes, place).unwrap_or_default() as usize;
    let count = u32_at(bytes, place + 4).unwrap_or_default() as usize;
    first.min(all)..first.saturating_add(count.saturating_mul(each)).min(all)
}

/// A config key that Pivot always offers.
#[derive(Clone, Copy, Debug)]
pub struct ConfigKey<'a> {
    description: Description<'a>,
    entry: &'a [u8],
}

impl<'a> ConfigKey<'a> {
    /// The key.
    pub fn name(&self) -> &'a [u8] {
        self.description.string(self.entry, 0)
    }

    /// What a list of keys says of it.
    pub fn help(&self) -> &'a [u8] {
        self.description.string(self.entry, 8)
    }

    /// The values that it may have, where those are few.
    pub fn values(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, 16, 1)
    }

    /// What its value is completed with.
    pub fn kind(&self) -> Kind {
        Kind::numbered(self.entry.get(24))
    }

    /// The paths that its value may be.
    pub fn paths(&self) -> Paths {
        Paths::numbered(self.entry.get(25))
    }
}

/// A command or a group of commands.
#[derive(Clone, Copy, Debug)]
pub struct Command<'a> {
    description: Description<'a>,
    number: usize,
    entry: &'a [u8],
}

impl<'a> Command<'a> {
    /// Its name.
    pub fn name(&self) -> &'a [u8] {
        self.description.string(self.entry, 0)
    }

    /// The release of click that runs it.
    pub fn click(&self) -> Click {
        self.description.click()
    }

    /// What a list of commands says of it; empty for nothing.
    pub fn short_help(&self) -> &'a [u8] {
        self.description.string(self.entry, 8)
    }

    /// Whether only click can tell what becomes of its words.
    pub fn is_opaque(&self) -> bool {
        self.has(1)
    }

    /// Whether it has commands.
    pub fn is_group(&self) -> bool {
        self.has(2)
    }

    /// Whether several of its commands may follow one another.
    pub fn is_chain(&self) -> bool {
        self.has(4)
    }

    /// Whether options may stand behind arguments.
    pub fn is_interspersed(&self) -> bool {
        self.has(8)
    }

    /// Whether a list of commands shows it.
    pub fn is_listed(&self) -> bool {
        self.has(16)
    }

    /// Its parameters in the order of declaration, `--help` last.
    pub fn params(&self) -> impl DoubleEndedIterator<Item = Param<'a>> + Clone + use<'a> {
        let description = self.description;
        let all = description.params.len() / ENTRY_LEN_BYTES;
        range(self.entry, 16, 1, all)
            .map(move |number| Param { description, entry: entry(description.params, number) })
    }

    /// Its commands, in the order of a list of them, those that it does not show last.
    pub fn commands(&self) -> impl Iterator<Item = Command<'a>> + use<'a> {
        let (description, own) = (self.description, self.number);
        let all = description.commands.len() / ENTRY_LEN_BYTES;
        // Always behind their group: no walk down comes round.
        range(self.entry, 24, 1, all)
            .filter(move |number| *number > own)
            .map(move |number| description.command(number))
    }

    fn has(&self, flag: u32) -> bool {
        u32_at(self.entry, 32).unwrap_or_default() & flag != 0
    }
}

/// What a parameter's value is completed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Nothing,
    /// The parameter's own choices.
    Choice,
    /// Files, by the shell.
    File,
    /// Directories, by the shell.
    Directory,
    /// Pivot's stages.
    Stages,
    /// Pivot's stages and their named outputs.
    Targets,
    /// Pivot's config keys.
    ConfigKeys,
    /// Only click can tell.
    Opaque,
    /// The names of remotes.
    Remotes,
    /// What the config key before it may be set to.
    ConfigValue,
}

impl Kind {
    fn numbered(number: Option<&u8>) -> Self {
        match number {
            Some(0) => Kind::Nothing,
            Some(1) => Kind::Choice,
            Some(2) => Kind::File,
            Some(3) => Kind::Directory,
            Some(4) => Kind::Stages,
            Some(5) => Kind::Targets,
            Some(6) => Kind::ConfigKeys,
            Some(8) => Kind::Remotes,
            Some(9) => Kind::ConfigValue,
            _ => Kind::Opaque,
        }
    }
}

/// Paths that the shell completes beside the candidates of a rich answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// None.
    None,
    /// Files, and the directories on the way to them.
    Files,
    /// Directories.
    Directories,
    /// Files, where there is no candidate.
    FilesElse,
}

impl Paths {
    fn numbered(number: Option<&u8>) -> Self {
        match number {
            Some(1) => Paths::Files,
            Some(2) => Paths::Directories,
            Some(3) => Paths::FilesElse,
            _ => Paths::None,
        }
    }
}

/// An option or an argument.
#[derive(Clone, Copy, Debug)]
pub struct Param<'a> {
    description: Description<'a>,
    entry: &'a [u8],
}

impl<'a> Param<'a> {
    /// What a list of options says of it; empty for nothing.
    pub fn help(&self) -> &'a [u8] {
        self.description.string(self.entry, 0)
    }

    /// Its option strings.
    pub fn opts(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, 8, 1)
    }

    /// The option strings that turn a flag off.
    pub fn secondary_opts(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, 16, 1)
    }

    /// Whether this is one of its option strings, or of the secondary ones.
    #[inline(never)]
    pub fn is_called(&self, opt: &[u8]) -> bool {
        self.opts().chain(self.secondary_opts()).any(|own| own == opt)
    }

    /// Its choices: what the word is compared with, and what is printed.
    pub fn choices(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut strings = self.description.list(self.entry, 24, 2);
        core::iter::from_fn(move || Some((strings.next()?, strings.next()?)))
    }

    /// How many words it takes; -1 for any number.
    pub fn nargs(&self) -> i32 {
        u32_at(self.entry, 32).unwrap_or_default().cast_signed()
    }

    /// The number of its name: those of one name count as one.
    pub fn name_number(&self) -> u32 {
        u32_at(self.entry, 36).unwrap_or_default()
    }

    /// Whether it is no option.
    pub fn is_argument(&self) -> bool {
        self.has(1)
    }

    /// Whether it may be given more than once.
    pub fn is_multiple(&self) -> bool {
        self.has(2)
    }

    /// Whether it is an option that takes a value.
    pub fn takes_value(&self) -> bool {
        !self.has(1) && !self.has(4) && !self.has(8)
    }

    /// Whether no list shows it.
    pub fn is_hidden(&self) -> bool {
        self.has(16)
    }

    /// Whether its value may be left out.
    pub fn has_optional_value(&self) -> bool {
        self.has(32)
    }

    /// Whether its choices are compared without regard to case.
    pub fn is_insensitive(&self) -> bool {
        self.has(64)
    }

    /// What its value is completed with in an answer of this form.
    pub fn kind(&self, form: Form) -> Kind {
        Kind::numbered(self.entry.get(match form {
            Form::Click => 42,
            Form::Rich { .. } => 43,
        }))
    }

    /// The paths that its value may be, for a rich answer.
    pub fn paths(&self) -> Paths {
        Paths::numbered(self.entry.get(44))
    }

    /// Whether this is the same parameter, of the same command.
    pub fn is_same(&self, other: &Param<'_>) -> bool {
        core::ptr::eq(self.entry, other.entry)
    }

    fn has(&self, flag: u8) -> bool {
        self.entry.get(40).is_some_and(|flags| flags & flag != 0)
    }
}
