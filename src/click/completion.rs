//! What the word at the cursor may be: click's walk down the commands, and its rules for `=` and
//! `--`.

use crate::click::kind::{Kind, Paths};
use crate::click::parser::{self, GivenParams};
use crate::click::prefixes::Prefixes;
use crate::click::queue::Queue;
use crate::click::spec::{Command, Description, Param};
use crate::line::{Args, Click, Form, GivenWords, Matching, WordSet};
use crate::reason::Reason;

/// What the word at the cursor may be.
pub struct Completion<'a, 'w> {
    context: Context<'a, 'w>,
    args: Args<'w>,
    /// The parameter that it is a value of; commands and options are listed, if it is none's.
    pub param: Option<Param<'a>>,
    /// What stands before the value in the same word: an option and its `=`.
    pub start: &'w [u8],
    /// The word so far, behind that.
    pub incomplete: &'w [u8],
}

impl<'a, 'w> Completion<'a, 'w> {
    /// What the word is completed with in an answer of this form; nothing, where it may be a command
    /// or an option.
    pub fn kind(&self, form: Form) -> Kind {
        let param = self.param.as_ref().filter(|_| !self.is_piece(form));
        param.map_or(Kind::Nothing, |param| param.kind(form))
    }

    /// The paths that the shell completes beside that.
    pub fn paths(&self, form: Form) -> Paths {
        match &self.param {
            Some(param) if form != Form::Click && !self.is_piece(form) => param.paths(),
            _ => Paths::None,
        }
    }

    /// Click takes a lone "=" for a piece of another word, which scripts of ours do not cut; and what
    /// stands behind the `=` of no option that takes a value for a word of its own. Of an option of one
    /// letter the `=` would be a part of the value.
    fn is_piece(&self, form: Form) -> bool {
        const LETTER: usize = b"-x=".len();
        let is_option = self.param.as_ref().is_some_and(|param| !param.is_argument());
        let is_value = self.start.is_empty() || is_option && self.start.len() > LETTER;
        form != Form::Click && !is_value
    }

    /// Gives what the description itself tells of a word of this `kind`, each with its help: commands
    /// and options, choices, or that the shell is to complete files.
    pub fn offer(&self, kind: Kind, form: Form, put: &mut TakeItem<'_>) {
        let Some(param) = &self.param else {
            if !self.is_piece(form) {
                self.context.list(self.incomplete, form.matching(), put);
            }
            return;
        };
        match kind {
            Kind::Choice => self.offer_choices(param, form, put),
            Kind::File => put(ItemType::File, self.incomplete, b""),
            Kind::Directory => put(ItemType::Directory, self.incomplete, b""),
            Kind::Nothing | Kind::Opaque | Kind::Own(_) => {}
        }
    }

    #[inline(never)]
    fn offer_choices(&self, param: &Param<'a>, form: Form, put: &mut TakeItem<'_>) {
        let matching = match form.matching() {
            Matching::Prefix if param.is_insensitive() => Matching::EitherCase,
            matching => matching,
        };
        for (matched, printed) in param.choices() {
            if matching.takes(matched, self.incomplete)
                && !(form != Form::Click && self.given().contains(printed))
            {
                put(ItemType::Plain, printed, b"");
            }
        }
    }

    /// The words that the line gives to the parameter already, where it takes several.
    pub fn given(&self) -> GivenWords<'w> {
        let is_list = |param: &Param<'_>| param.is_argument() && param.nargs() != 1;
        let own = self.param.filter(is_list).map(|param| self.position(&param));
        GivenWords::of(self.args, self.context.positional, own.unwrap_or(usize::MAX))
    }

    /// Whether the line gives the option that is called so.
    pub fn is_given(&self, opt: &[u8]) -> bool {
        // Most lines have no such word.
        self.args.iter().any(|word| word == opt)
            && (self.context.command.params())
                .any(|param| param.is_called(opt) && self.context.given.has(&param))
    }

    /// The word of the argument before the parameter.
    pub fn argument_before(&self) -> Option<&'w [u8]> {
        let position = self.position(self.param.as_ref()?).checked_sub(1)?;
        GivenWords::of(self.args, self.context.positional, position).iter().next()
    }

    /// How many words the arguments before `param` take.
    fn position(&self, param: &Param<'_>) -> usize {
        let arguments = self.context.command.params().filter(Param::is_argument);
        let before = arguments.take_while(|other| !other.is_same(param));
        before.map(|other| usize::try_from(other.nargs()).unwrap_or_default()).sum()
    }
}

/// Takes an item: where it comes from, itself, and its help.
pub type TakeItem<'t> = dyn FnMut(ItemType, &[u8], &[u8]) + 't;

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
struct Context<'a, 'w> {
    command: Command<'a>,
    given: GivenParams,
    /// The words that are arguments.
    positional: WordSet,
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
        let parser::Parsed { given, positional, rest } = parsed;
        Ok(Self { command, given, positional, prefixes: own.and(above), rest, chain: None })
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

    /// Gives the commands and options that `incomplete` may be, and their help.
    fn list(&self, incomplete: &[u8], matching: Matching, put: &mut TakeItem<'_>) {
        let mut put = |value: &[u8], help: &[u8]| put(ItemType::Plain, value, help);
        let visible = |group: &Command<'a>| {
            group
                .commands()
                .filter(Command::is_listed)
                .filter(move |command| matching.takes(command.name(), incomplete))
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
            for opt in opts.filter(|opt| matching.takes(opt, incomplete)) {
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
    let word = incomplete;
    let (name, incomplete) = match incomplete.iter().position(|&byte| byte == b'=') {
        Some(0) if incomplete.len() == 1 => (None, &b""[..]),
        Some(equals) if context.prefixes.start(incomplete) => {
            (incomplete.get(..equals), incomplete.get(equals + 1..).unwrap_or_default())
        }
        _ => (None, incomplete),
    };
    let is_option =
        context.prefixes.start(incomplete) && !args.iter().chain(name).any(|word| word == b"--");
    let param = context.parameter(args, name, description.click()).filter(|_| !is_option);
    if let Some(param) = &param {
        let folds = param.kind(Form::Click) == Kind::Choice && param.is_insensitive();
        // What the letters of other scripts are in lower case, Python knows.
        if param.kind(Form::Click) == Kind::Opaque || (folds && !incomplete.is_ascii()) {
            return Err(Reason::CommandOpaque);
        }
    }
    let (start, _) = word.split_at_checked(word.len() - incomplete.len()).unwrap_or_default();
    Ok(Completion { context, args, param, start, incomplete })
}
