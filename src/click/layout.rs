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

use crate::encoding::drawn::{fields, numbers};
use crate::encoding::layout::PART_LEN_BYTES;

/// Number of parts.
pub const PARTS: usize = 5;
/// Length of a string's place in the text, in bytes.
pub const STRING_LEN_BYTES: usize = 8;
/// Length of a command, and of a parameter, in bytes.
pub const ENTRY_LEN_BYTES: usize = command::ZERO.end();

numbers! {
    /// The parts of a description, by their numbers.
    Part:
    Commands = 0, Params = 1, Strings = 2, Text = 3, Own = 4
}

/// The fields before the parts.
pub mod header {
    use super::{PART_LEN_BYTES, PARTS, fields};

    fields! {
        FLAGS: 4, OWN: 4, TABLE: PARTS * PART_LEN_BYTES
    }

    /// click 8.1's ways: its formats, and which of several words is the option.
    pub const CLICK_8_1: u32 = 1;
}

/// The fields of a command.
pub mod command {
    use super::fields;

    fields! {
        NAME: 8, HELP: 8, PARAMS: 8, COMMANDS: 8, FLAGS: 4, ZERO: 12
    }

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
    use super::{ENTRY_LEN_BYTES, fields};

    fields! {
        HELP: 8, OPTS: 8, SECONDARY: 8, CHOICES: 8, NARGS: 4, NAME_NUMBER: 4, FLAGS: 2, KIND: 1,
        RICH_KIND: 1, PATHS: 1, ZERO: 3
    }

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
