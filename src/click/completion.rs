//! What the word at the cursor may be: click's walk down the commands, and its rules for `=` and
//! `--`.

use crate::click::description::{Click, Command, Description, Kind, Param};
use crate::click::parser::{self, Given, Prefixes, Queue};
use crate::verdict::Reason;
use crate::words::Args;

/// What completes the word at the cursor, and that word without `--name=`.
pub struct Completion<'a, 'w> {
    /// What it may be.
    pub wanted: Wanted<'a, 'w>,
    /// The word so far.
    pub incomplete: &'w [u8],
}

impl Completion<'_, '_> {
    /// What the word is completed with, if it is a parameter's value; else nothing but what the
    /// listing has.
    pub fn kind(&self) -> Kind {
        match &self.wanted {
            Wanted::Value(param) => param.kind(),
            Wanted::Listing(_) => Kind::Nothing,
        }
    }
}

/// What a word may be.
#[expect(clippy::large_enum_variant, reason = "there is one of them, and no allocation")]
pub enum Wanted<'a, 'w> {
    /// Commands and options.
    Listing(Context<'a, 'w>),
    /// A value of this parameter.
    Value(Param<'a>),
}

/// Where an item comes from, for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemType {
    /// It is the word itself.
    Plain,
    /// The shell completes files.
    File,
    /// The shell completes directories.
    Directory,
}

impl ItemType {
    /// As click prints it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ItemType::Plain => "plain",
            ItemType::File => "file",
            ItemType::Directory => "dir",
        }
    }

    /// The same with the comma that bash and fish expect behind it.
    pub const fn before_comma(self) -> &'static [u8] {
        match self {
            ItemType::Plain => b"plain,",
            ItemType::File => b"file,",
            ItemType::Directory => b"dir,",
        }
    }
}

/// A command whose words are understood.
pub struct Context<'a, 'w> {
    command: Command<'a>,
    given: Given,
    /// What options start with, here and in the commands above.
    prefixes: Prefixes,
    rest: Queue<'w>,
    /// The chain that the command stands in, and the words of it.
    chain: Option<(Command<'a>, Queue<'w>)>,
}

impl<'a, 'w> Context<'a, 'w> {
    /// Fails where only click knows what becomes of `words`.
    #[inline(never)]
    fn enter(
        command: Command<'a>,
        is_interspersed: bool,
        above: Prefixes,
        words: Queue<'w>,
    ) -> Result<Self, Reason> {
        if command.is_opaque() {
            return Err(Reason::CommandOpaque);
        }
        let own = Prefixes::ALWAYS.with_options_of(&command)?;
        let click = command.click();
        let parsed = parser::parse(&command, is_interspersed, own, words, click)?;
        let (given, rest) = (parsed.given, parsed.rest);
        Ok(Self { command, given, prefixes: own.and(above), rest, chain: None })
    }

    /// Walks down from the application to the command that `args` end in.
    fn of(description: &Description<'a>, args: Args<'w>) -> Result<Self, Reason> {
        let root = description.root();
        let words = Queue::of(args);
        let mut here = Self::enter(root, root.is_interspersed(), Prefixes::ALWAYS, words)?;
        while here.command.is_group() {
            if here.command.is_chain() {
                return here.last_of_chain();
            }
            let mut words = here.rest;
            let Some(command) = words.pop().and_then(|name| here.find(name)) else { break };
            here = Self::enter(command, command.is_interspersed(), here.prefixes, words)?;
        }
        Ok(here)
    }

    /// Walks along the commands of a chain; where one is none, the chain itself is asked.
    fn last_of_chain(self) -> Result<Self, Reason> {
        let mut words = self.rest;
        let mut last = None;
        while let Some(name) = words.pop() {
            let Some(command) = self.find(name) else { return Ok(self) };
            if command.is_group() {
                return Err(Reason::CommandOpaque);
            }
            let context = Self::enter(command, false, self.prefixes, words)?;
            words = context.rest;
            last = Some(context);
        }
        let chain = Some((self.command, self.rest));
        Ok(match last {
            Some(last) => Self { chain, ..last },
            None => self,
        })
    }

    #[inline(never)]
    fn find(&self, name: &[u8]) -> Option<Command<'a>> {
        self.command.commands().find(|command| command.name() == name)
    }

    /// The parameter that the word is a value of, if it is one's. `name` is the option right before
    /// it, where an `=` stands between them.
    fn parameter(&self, args: Args<'w>, name: Option<&'w [u8]>, click: Click) -> Option<Param<'a>> {
        let before = |nargs: i32| {
            let words = name.into_iter().chain(args.iter().rev());
            words.take(usize::try_from(nargs).unwrap_or_default())
        };
        let mut options = self.command.params().filter(Param::takes_value);
        let option = options.find(|param| {
            let mut like_options = before(param.nargs()).filter(|word| self.prefixes.start(word));
            let word = match click {
                Click::V81 => like_options.last(),
                Click::V85 => like_options.next(),
            };
            word.is_some_and(|word| param.opts().any(|opt| opt == word))
        });
        let mut arguments = self.command.params().filter(Param::is_argument);
        option.or_else(|| arguments.find(|param| param.nargs() < 0 || !self.given.has(param)))
    }

    /// Gives the commands and options that start with `incomplete`, and their help.
    pub fn list(&self, incomplete: &[u8], put: &mut dyn FnMut(&'a [u8], &'a [u8])) {
        let visible = |group: &Command<'a>| {
            group
                .commands()
                .filter(Command::is_listed)
                .filter(move |command| command.name().starts_with(incomplete))
        };
        for command in visible(&self.command) {
            put(command.name(), command.short_help());
        }
        // No option starts with a letter, nor with anything but ASCII.
        let may_be_option = incomplete.first().is_some_and(|first| !first.is_ascii_alphanumeric());
        let options = self.command.params().filter(|param| {
            may_be_option
                && !param.is_argument()
                && !param.is_hidden()
                && (param.is_multiple() || !self.given.has(param))
        });
        for param in options {
            let opts = param.opts().chain(param.secondary_opts());
            for opt in opts.filter(|opt| opt.starts_with(incomplete)) {
                put(opt, param.help());
            }
        }
        let Some((chain, words)) = &self.chain else { return };
        for command in visible(chain) {
            let mut words = *words;
            if !core::iter::from_fn(|| words.pop()).any(|word| word == command.name()) {
                put(command.name(), command.short_help());
            }
        }
    }
}

/// Finds what `incomplete` may be behind `args`, the words between the program and it.
///
/// Fails where only click can tell.
pub fn complete<'a, 'w>(
    description: &Description<'a>,
    args: Args<'w>,
    incomplete: &'w [u8],
) -> Result<Completion<'a, 'w>, Reason> {
    let context = Context::of(description, args)?;
    let (name, incomplete) = match incomplete.iter().position(|&byte| byte == b'=') {
        Some(0) if incomplete.len() == 1 => (None, &b""[..]),
        Some(equals) if context.prefixes.start(incomplete) => {
            (incomplete.get(..equals), incomplete.get(equals + 1..).unwrap_or_default())
        }
        _ => (None, incomplete),
    };
    let is_option =
        context.prefixes.start(incomplete) && !args.iter().chain(name).any(|word| word == b"--");
    let wanted = match context.parameter(args, name, description.click()) {
        Some(param) if !is_option => Wanted::Value(param),
        _ => Wanted::Listing(context),
    };
    if let Wanted::Value(param) = &wanted {
        let folds = param.kind() == Kind::Choice && param.is_insensitive();
        // What the letters of other scripts are in lower case, Python knows.
        if param.kind() == Kind::Opaque || (folds && !incomplete.is_ascii()) {
            return Err(Reason::CommandOpaque);
        }
    }
    Ok(Completion { wanted, incomplete })
}
