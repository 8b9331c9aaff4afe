//! The description of a command line: a section of a store, read in place. Its bytes are drawn in
//! layout.rs.

use crate::click::kind::{Kind, Paths};
use crate::click::layout::{ENTRY_LEN_BYTES, Part, STRING_LEN_BYTES, command, header, param};
use crate::encoding::layout::{self, Field};
use crate::line::{Click, Form};
use crate::reason::Reason;

/// A description whose parts lie inside it.
#[derive(Clone, Copy, Debug)]
pub struct Description<'a> {
    flags: u32,
    own_number: u32,
    commands: &'a [u8],
    params: &'a [u8],
    strings: &'a [u8],
    text: &'a [u8],
    own_part: &'a [u8],
}

impl<'a> Description<'a> {
    /// Checks the parts of a section.
    pub fn open(bytes: &'a [u8]) -> Result<Self, Reason> {
        let part = |which: Part| {
            layout::part(bytes, header::TABLE.start(), which as usize).map(|(_, part)| part)
        };
        let number = |field: Field<4>| field.u32(bytes).ok_or(Reason::CacheMalformed);
        let description = Self {
            flags: number(header::FLAGS)?,
            own_number: number(header::OWN)?,
            commands: part(Part::Commands)?,
            params: part(Part::Params)?,
            strings: part(Part::Strings)?,
            text: part(Part::Text)?,
            own_part: part(Part::Own)?,
        };
        let has_root = description.commands.len() >= ENTRY_LEN_BYTES;
        if has_root { Ok(description) } else { Err(Reason::CacheMalformed) }
    }

    /// The release of click.
    pub fn click(&self) -> Click {
        if self.flags & header::CLICK_8_1 != 0 { Click::V81 } else { Click::V85 }
    }

    /// A number that is the application's own.
    pub fn own_number(&self) -> u32 {
        self.own_number
    }

    /// Entries that are the application's own; their strings lie in the same text.
    pub fn own_part(&self) -> &'a [u8] {
        self.own_part
    }

    /// The application itself.
    pub fn root(&self) -> Command<'a> {
        self.command(0)
    }

    fn command(&self, number: usize) -> Command<'a> {
        Command { description: *self, number, entry: entry(self.commands, number) }
    }

    /// The string whose place in the text stands in this field of `entry`.
    #[inline(never)]
    pub fn string(&self, entry: &[u8], field: Field<8>) -> &'a [u8] {
        field.string(self.text, entry).unwrap_or_default()
    }

    /// The strings of the list in this field of `entry`: the number of the first, and how many
    /// times `each`.
    pub fn list(
        &self,
        entry: &[u8],
        field: Field<8>,
        each: usize,
    ) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let this = *self;
        let all = self.strings.len() / STRING_LEN_BYTES;
        range(entry, field, each, all).map(move |number| {
            let place = this.strings.get(number * STRING_LEN_BYTES..).unwrap_or_default();
            this.string(place, Field::first())
        })
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

/// The numbers of the list in this field of `entry`, its first and its count of `each`, as far as
/// there are so many.
#[inline(never)]
fn range(entry: &[u8], field: Field<8>, each: usize, all: usize) -> core::ops::Range<usize> {
    let (first, count) = field.pair(entry).unwrap_or_default();
    first.min(all)..first.saturating_add(count.saturating_mul(each)).min(all)
}

/// A question for each flag of an entry.
macro_rules! flags {
    ($($(#[$doc:meta])* $name:ident: $flag:path;)*) => {$(
        $(#[$doc])*
        pub fn $name(&self) -> bool {
            self.has($flag)
        }
    )*};
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
        self.description.string(self.entry, command::NAME)
    }

    /// The release of click that runs it.
    pub fn click(&self) -> Click {
        self.description.click()
    }

    /// What a list of commands says of it; empty for nothing.
    pub fn short_help(&self) -> &'a [u8] {
        self.description.string(self.entry, command::HELP)
    }

    flags! {
        /// Whether only click can tell what becomes of its words.
        is_opaque: command::OPAQUE;
        /// Whether it has commands.
        is_group: command::GROUP;
        /// Whether several of its commands may follow one another.
        is_chain: command::CHAIN;
        /// Whether options may stand behind arguments.
        is_interspersed: command::INTERSPERSED;
        /// Whether a list of commands shows it.
        is_listed: command::LISTED;
    }

    /// Its parameters in the order of declaration, `--help` last.
    pub fn params(&self) -> impl DoubleEndedIterator<Item = Param<'a>> + Clone + use<'a> {
        let description = self.description;
        let all = description.params.len() / ENTRY_LEN_BYTES;
        range(self.entry, command::PARAMS, 1, all)
            .map(move |number| Param { description, entry: entry(description.params, number) })
    }

    /// Its commands, in the order of a list of them, those that it does not show last.
    pub fn commands(&self) -> impl Iterator<Item = Command<'a>> + use<'a> {
        let (description, own) = (self.description, self.number);
        let all = description.commands.len() / ENTRY_LEN_BYTES;
        // Always behind their group: no walk down comes round.
        range(self.entry, command::COMMANDS, 1, all)
            .filter(move |number| *number > own)
            .map(move |number| description.command(number))
    }

    fn has(&self, flag: u32) -> bool {
        command::FLAGS.u32(self.entry).unwrap_or_default() & flag != 0
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
        self.description.string(self.entry, param::HELP)
    }

    /// Its option strings.
    pub fn opts(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, param::OPTS, 1)
    }

    /// The option strings that turn a flag off.
    pub fn secondary_opts(&self) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        self.description.list(self.entry, param::SECONDARY, 1)
    }

    /// Whether this is one of its option strings, or of the secondary ones.
    #[inline(never)]
    pub fn is_called(&self, opt: &[u8]) -> bool {
        self.opts().chain(self.secondary_opts()).any(|own| own == opt)
    }

    /// Its choices: what the word is compared with, and what is printed.
    pub fn choices(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let mut strings = self.description.list(self.entry, param::CHOICES, 2);
        core::iter::from_fn(move || Some((strings.next()?, strings.next()?)))
    }

    /// How many words it takes; -1 for any number.
    pub fn nargs(&self) -> i32 {
        param::NARGS.u32(self.entry).unwrap_or_default().cast_signed()
    }

    /// The number of its name: those of one name count as one.
    pub fn name_number(&self) -> u32 {
        param::NAME_NUMBER.u32(self.entry).unwrap_or_default()
    }

    flags! {
        /// Whether it is no option.
        is_argument: param::ARGUMENT;
        /// Whether it may be given more than once.
        is_multiple: param::MULTIPLE;
        /// Whether no list shows it.
        is_hidden: param::HIDDEN;
        /// Whether its value may be left out.
        has_optional_value: param::OPTIONAL_VALUE;
        /// Whether its choices are compared without regard to case.
        is_insensitive: param::INSENSITIVE;
    }

    /// Whether it is an option that takes a value.
    pub fn takes_value(&self) -> bool {
        !self.has(param::ARGUMENT | param::FLAG | param::COUNT)
    }

    /// What its value is completed with in an answer of this form.
    pub fn kind(&self, form: Form) -> Kind {
        let field = match form {
            Form::Click => param::KIND,
            Form::Rich(_) => param::RICH_KIND,
        };
        Kind::numbered(field.u8(self.entry))
    }

    /// The paths that its value may be, for a rich answer.
    pub fn paths(&self) -> Paths {
        Paths::numbered(param::PATHS.u8(self.entry))
    }

    /// Whether this is the same parameter, of the same command.
    pub fn is_same(&self, other: &Param<'_>) -> bool {
        core::ptr::eq(self.entry, other.entry)
    }

    /// Whether it has any of these flags.
    fn has(&self, flags: u16) -> bool {
        param::FLAGS.u16(self.entry).is_some_and(|own| own & flags != 0)
    }
}
