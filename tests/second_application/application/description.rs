//! The description of the second application, encoded by hand.

use pivot_complete::click::layout::{ENTRY_LEN_BYTES, Part, command, header, param};
use pivot_complete::click::{Kind, Paths};

use super::{ROOTSTOCKS, TREES, tree};

/// The bytes of it.
pub fn encoded() -> Vec<u8> {
    let mut parts = Parts::default();
    let plan = Param { kind: Kind::File, paths: Paths::Files, ..option(&["--plan"], "") };
    let verbose = Param { flags: param::FLAG, ..option(&["-v", "--verbose"], "Say more.") };
    let basket = Param {
        kind: Kind::Choice,
        choices: &["small", "large"],
        ..option(&["--basket"], "Where to put it.")
    };
    let argument = |kind, nargs| Param { kind, nargs, flags: param::ARGUMENT, ..option(&[], "") };
    let first = |number: u32| [number, 2];
    parts.command("orchard", "", command::GROUP, &[verbose, plan, HELP], first(1));
    // As a list of commands has them.
    let graft = [argument(TREES, 1), argument(ROOTSTOCKS, 1), HELP];
    parts.command("graft", "Graft a tree", 0, &graft, [0, 0]);
    let pick = [argument(TREES, -1), basket, HELP];
    parts.command("pick", "Pick fruit", 0, &pick, [0, 0]);
    parts.tree("apple", "red", &["M9", "M26", "MM106"]);
    parts.tree("apricot", "orange", &[]);
    parts.tree("pear", "", &["Quince A", "Pyrodwarf"]);
    parts.tree("quince", "yellow: sour", &[]);
    parts.assembled()
}

#[derive(Clone, Copy)]
struct Param {
    opts: &'static [&'static str],
    help: &'static str,
    kind: Kind,
    paths: Paths,
    choices: &'static [&'static str],
    nargs: i32,
    flags: u16,
}

const HELP: Param =
    Param { flags: param::FLAG, ..option(&["--help"], "Show this message and exit.") };

const fn option(opts: &'static [&'static str], help: &'static str) -> Param {
    let (kind, paths) = (Kind::Nothing, Paths::None);
    Param { opts, help, kind, paths, choices: &[], nargs: 1, flags: 0 }
}

#[derive(Default)]
struct Parts {
    commands: Vec<u8>,
    params: Vec<u8>,
    strings: Vec<u8>,
    text: Vec<u8>,
    trees: Vec<u8>,
}

impl Parts {
    fn command(
        &mut self,
        name: &str,
        help: &str,
        flags: u32,
        params: &[Param],
        commands: [u32; 2],
    ) {
        let mut entry = [0; ENTRY_LEN_BYTES];
        command::NAME.set(&mut entry, self.text(name));
        command::HELP.set(&mut entry, self.text(help));
        let first = self.params.len() / ENTRY_LEN_BYTES;
        command::PARAMS.set(&mut entry, pair(first, params.len()));
        command::COMMANDS.set(&mut entry, pair(commands[0] as usize, commands[1] as usize));
        let flags = flags | command::LISTED | if flags == 0 { command::INTERSPERSED } else { 0 };
        command::FLAGS.set(&mut entry, flags.to_le_bytes());
        self.commands.extend(entry);
        for (number, param) in (0_u32..).zip(params) {
            let entry = self.param(number, param);
            self.params.extend(entry);
        }
    }

    fn param(&mut self, number: u32, param: &Param) -> [u8; ENTRY_LEN_BYTES] {
        let mut entry = [0; ENTRY_LEN_BYTES];
        param::HELP.set(&mut entry, self.text(param.help));
        param::OPTS.set(&mut entry, self.list(param.opts));
        // What is matched is what is printed.
        let choices: Vec<&str> = param.choices.iter().flat_map(|choice| [*choice; 2]).collect();
        let first = self.strings.len() / 8;
        self.list(&choices);
        param::CHOICES.set(&mut entry, pair(first, param.choices.len()));
        param::NARGS.set(&mut entry, param.nargs.to_le_bytes());
        param::NAME_NUMBER.set(&mut entry, number.to_le_bytes());
        param::FLAGS.set(&mut entry, param.flags.to_le_bytes());
        param::KIND.set(&mut entry, [param.kind.number()]);
        // In rich answers the shell knows its files better.
        let is_file = param.kind == Kind::File;
        let rich = if is_file { Kind::Nothing } else { param.kind };
        param::RICH_KIND.set(&mut entry, [rich.number()]);
        param::PATHS.set(&mut entry, [param.paths as u8]);
        entry
    }

    fn tree(&mut self, name: &str, help: &str, rootstocks: &[&str]) {
        let mut entry = [0; tree::LEN_BYTES];
        tree::NAME.set(&mut entry, self.text(name));
        tree::HELP.set(&mut entry, self.text(help));
        tree::ROOTSTOCKS.set(&mut entry, self.list(rootstocks));
        self.trees.extend(entry);
    }

    fn text(&mut self, text: &str) -> [u8; 8] {
        let place = pair(self.text.len(), text.len());
        self.text.extend(text.as_bytes());
        place
    }

    fn list(&mut self, texts: &[&str]) -> [u8; 8] {
        let first = self.strings.len() / 8;
        for text in texts {
            let place = self.text(text);
            self.strings.extend(place);
        }
        pair(first, texts.len())
    }

    fn assembled(self) -> Vec<u8> {
        let mut bytes = vec![0; header::LEN_BYTES];
        let parts = [
            (Part::Commands, self.commands),
            (Part::Params, self.params),
            (Part::Strings, self.strings),
            (Part::Text, self.text),
            (Part::Own, self.trees),
        ];
        for (which, part) in parts {
            let place = pair(bytes.len(), part.len());
            let line = header::TABLE.start() + which as usize * place.len();
            bytes[line..][..place.len()].copy_from_slice(&place);
            bytes.extend(part);
        }
        bytes
    }
}

fn pair(first: usize, second: usize) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes[..4].copy_from_slice(&(first as u32).to_le_bytes());
    bytes[4..].copy_from_slice(&(second as u32).to_le_bytes());
    bytes
}
