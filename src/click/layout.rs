//! The bytes of a description of a command line, for its reader ([`spec`](crate::click::spec)) and
//! for who writes one.
//!
//! ```text
//! offset  bytes
//!      0      4  flags: 1 click 8.1's ways
//!      4      4  the application's own number
//!      8    5*8  parts: offset in the section (4), length (4)
//!     48         the parts
//! ```
//!
//! Parts: 0 commands, 1 parameters, 2 strings, 3 text, 4 the application's own. A string is its place
//! in the text: offset (4), length (4).
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
//!     42      1  kind: 0 none, 1 choice, 2 file, 3 directory, 7 opaque; any other is the
//!                application's own
//!     43      1  kind in a rich answer, which knows more than click
//!     44      1  paths beside that in a rich answer: 0 none, 1 files, 2 directories, 3 files where
//!                there is no candidate
//!     45      3  zero
//! ```
//!
//! "Opaque" is what only click can answer: its own code runs there. Every place is checked where it
//! is used; what lies outside reads as empty.

use crate::encoding::layout::{Field, PART_LEN_BYTES};

/// Number of parts.
pub const PARTS: usize = 5;
/// Length of a string's place in the text, in bytes.
pub const STRING_LEN_BYTES: usize = 8;
/// Length of a command, and of a parameter, in bytes.
pub const ENTRY_LEN_BYTES: usize = command::ZERO.end();

/// The parts of a description, by their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// Commands and groups.
    Commands = 0,
    /// Their parameters.
    Params = 1,
    /// Lists of strings.
    Strings = 2,
    /// The text that strings lie in.
    Text = 3,
    /// What else the application has: entries of its own.
    Own = 4,
}

/// The fields before the parts.
pub mod header {
    use super::{Field, PART_LEN_BYTES, PARTS};

    /// What follows from the release of click.
    pub const FLAGS: Field<4> = Field::first();
    /// The application's own number.
    pub const OWN: Field<4> = FLAGS.then();
    /// The table of parts.
    pub const TABLE: Field<{ PARTS * PART_LEN_BYTES }> = OWN.then();
    /// Length of all of them, in bytes.
    pub const LEN_BYTES: usize = TABLE.end();

    /// click 8.1's ways: its formats, and which of several words is the option.
    pub const CLICK_8_1: u32 = 1;
}

/// The fields of a command.
pub mod command {
    use super::Field;

    /// Its name.
    pub const NAME: Field<8> = Field::first();
    /// What a list of commands says of it.
    pub const HELP: Field<8> = NAME.then();
    /// Its parameters.
    pub const PARAMS: Field<8> = HELP.then();
    /// Its commands.
    pub const COMMANDS: Field<8> = PARAMS.then();
    /// Flags.
    pub const FLAGS: Field<4> = COMMANDS.then();
    /// Zero.
    pub const ZERO: Field<12> = FLAGS.then();

    /// Only click can tell what becomes of its words.
    pub const OPAQUE: u32 = 1;
    /// It has commands.
    pub const GROUP: u32 = 2;
    /// Several of its commands may follow one another.
    pub const CHAIN: u32 = 4;
    /// Options may stand behind arguments.
    pub const INTERSPERSED: u32 = 8;
    /// A list of commands shows it.
    pub const LISTED: u32 = 16;
}

/// The fields of a parameter.
pub mod param {
    use super::{ENTRY_LEN_BYTES, Field};

    /// What a list of options says of it.
    pub const HELP: Field<8> = Field::first();
    /// Its option strings.
    pub const OPTS: Field<8> = HELP.then();
    /// Those that turn a flag off.
    pub const SECONDARY: Field<8> = OPTS.then();
    /// Its choices.
    pub const CHOICES: Field<8> = SECONDARY.then();
    /// How many words it takes.
    pub const NARGS: Field<4> = CHOICES.then();
    /// The number of its name.
    pub const NAME_NUMBER: Field<4> = NARGS.then();
    /// Flags.
    pub const FLAGS: Field<2> = NAME_NUMBER.then();
    /// What its value is completed with.
    pub const KIND: Field<1> = FLAGS.then();
    /// The same in a rich answer.
    pub const RICH_KIND: Field<1> = KIND.then();
    /// The paths beside that.
    pub const PATHS: Field<1> = RICH_KIND.then();
    const ZERO: Field<3> = PATHS.then();
    // Parameters and commands have one length.
    const _: () = assert!(ZERO.end() == ENTRY_LEN_BYTES);

    /// It is no option.
    pub const ARGUMENT: u16 = 1;
    /// It may be given more than once.
    pub const MULTIPLE: u16 = 2;
    /// It is an option without a value.
    pub const FLAG: u16 = 4;
    /// It is an option that is counted.
    pub const COUNT: u16 = 8;
    /// No list shows it.
    pub const HIDDEN: u16 = 16;
    /// Its value may be left out.
    pub const OPTIONAL_VALUE: u16 = 32;
    /// Its choices are compared without regard to case.
    pub const INSENSITIVE: u16 = 64;
}
