//! The description of Pivot's command line on its way to a file: the driver's JSON in, the section
//! of a store out.
//!
//! The layouts are those of `pivot_complete::click::layout` and `pivot_complete::pivot::config`.

use std::collections::HashMap;
use std::ops::BitOr;

use serde_json::Value;

use pivot_complete::click::layout::{
    ENTRY_LEN_BYTES, Part, STRING_LEN_BYTES, command, header, param,
};
use pivot_complete::click::{Kind, Paths};
use pivot_complete::encoding::layout::part_line;
use pivot_complete::pivot::config::{self, KEY_LEN_BYTES};
use pivot_complete::pivot::{
    CONFIG_KEYS, CONFIG_VALUE, IMPORTS, REMOTES, REVISIONS, RUNS, STAGES, TARGETS,
};

/// What the driver calls the flags of a description,
const FLAGS: [(&str, u32); 1] = [("click81", header::CLICK_8_1)];
/// those of a command,
const COMMAND_FLAGS: [(&str, u32); 5] = [
    ("opaque", command::OPAQUE),
    ("group", command::GROUP),
    ("chain", command::CHAIN),
    ("interspersed", command::INTERSPERSED),
    ("listed", command::LISTED),
];
/// those of a parameter,
const PARAM_FLAGS: [(&str, u16); 7] = [
    ("argument", param::ARGUMENT),
    ("multiple", param::MULTIPLE),
    ("flag", param::FLAG),
    ("count", param::COUNT),
    ("hidden", param::HIDDEN),
    ("optional_value", param::OPTIONAL_VALUE),
    ("insensitive", param::INSENSITIVE),
];
/// the kinds of its value,
const KINDS: [(&str, u8); 13] = [
    ("none", Kind::Nothing.number()),
    ("choice", Kind::Choice.number()),
    ("file", Kind::File.number()),
    ("dir", Kind::Directory.number()),
    ("stages", STAGES.number()),
    ("targets", TARGETS.number()),
    ("config_keys", CONFIG_KEYS.number()),
    ("opaque", Kind::Opaque.number()),
    ("remotes", REMOTES.number()),
    ("config_value", CONFIG_VALUE.number()),
    ("revisions", REVISIONS.number()),
    ("runs", RUNS.number()),
    ("imports", IMPORTS.number()),
];
/// and the paths beside them.
const PATHS: [(&str, u8); 4] = [
    ("none", Paths::None as u8),
    ("file", Paths::Files as u8),
    ("dir", Paths::Directories as u8),
    ("file_else", Paths::FilesElse as u8),
];

/// The section for a description in JSON; `None` for what is none.
pub fn encode(json: &[u8]) -> Option<Vec<u8>> {
    let description: Value = serde_json::from_slice(json).ok()?;
    let mut parts = Parts::default();
    let mut commands = Vec::new();
    let mut known = vec![description.get("root")?];
    // Grows while it is gone through: each command's children come behind all that are known.
    let mut next = 0;
    while let Some(command) = known.get(next).copied() {
        let first_child = known.len();
        known.extend(list(command, "commands")?);
        let children = [first_child, known.len() - first_child];
        commands.extend(parts.command(command, children)?);
        next += 1;
    }
    let mut keys = Vec::new();
    for key in list(&description, "config_keys")? {
        keys.extend(parts.config_key(key)?);
    }
    let flags: u32 = flags(description.get("flags")?, &FLAGS)?;
    let callbacks = u32::try_from(description.get("callbacks")?.as_u64()?).ok()?;
    let mut bytes = vec![0; header::LEN_BYTES];
    header::FLAGS.set(&mut bytes, flags.to_le_bytes());
    header::OWN.set(&mut bytes, callbacks.to_le_bytes());
    let parts = [
        (Part::Commands, commands),
        (Part::Params, parts.params),
        (Part::Strings, parts.strings),
        (Part::Text, parts.text),
        (Part::Own, keys),
    ];
    for (which, part) in parts {
        let place = numbers([bytes.len(), part.len()])?;
        part_line(header::TABLE.start(), which as usize).set(&mut bytes, place);
        bytes.extend(part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    Some(bytes)
}

/// The parts that commands refer to.
#[derive(Default)]
struct Parts {
    params: Vec<u8>,
    strings: Vec<u8>,
    text: Vec<u8>,
    /// Where each text that is there already lies.
    known: HashMap<String, [u8; STRING_LEN_BYTES]>,
}

impl Parts {
    fn command(&mut self, command: &Value, children: [usize; 2]) -> Option<[u8; ENTRY_LEN_BYTES]> {
        let mut entry = [0; ENTRY_LEN_BYTES];
        command::NAME.set(&mut entry, self.text_of(command, "name")?);
        command::HELP.set(&mut entry, self.text_of(command, "help")?);
        let params = list(command, "params")?;
        let first = self.params.len() / ENTRY_LEN_BYTES;
        for param in params {
            let entry = self.param(param)?;
            self.params.extend(entry);
        }
        command::PARAMS.set(&mut entry, numbers([first, params.len()])?);
        command::COMMANDS.set(&mut entry, numbers(children)?);
        command::FLAGS.set(&mut entry, flags::<u32>(command, &COMMAND_FLAGS)?.to_le_bytes());
        Some(entry)
    }

    fn param(&mut self, param: &Value) -> Option<[u8; ENTRY_LEN_BYTES]> {
        let mut entry = [0; ENTRY_LEN_BYTES];
        param::HELP.set(&mut entry, self.text_of(param, "help")?);
        param::OPTS.set(&mut entry, self.strings(list(param, "opts")?)?);
        param::SECONDARY.set(&mut entry, self.strings(list(param, "secondary")?)?);
        let choices = list(param, "choices")?;
        let first = self.strings.len() / STRING_LEN_BYTES;
        for pair in choices {
            let pair = pair.as_array().filter(|pair| pair.len() == 2)?;
            self.strings(pair)?;
        }
        param::CHOICES.set(&mut entry, numbers([first, choices.len()])?);
        let nargs = i32::try_from(param.get("nargs")?.as_i64()?).ok()?;
        param::NARGS.set(&mut entry, nargs.to_le_bytes());
        let dest = u32::try_from(param.get("dest")?.as_u64()?).ok()?;
        param::NAME_NUMBER.set(&mut entry, dest.to_le_bytes());
        param::FLAGS.set(&mut entry, flags::<u16>(param, &PARAM_FLAGS)?.to_le_bytes());
        param::KIND.set(&mut entry, [number_of(param, "kind", &KINDS)?]);
        param::RICH_KIND.set(&mut entry, [number_of(param, "rich", &KINDS)?]);
        param::PATHS.set(&mut entry, [number_of(param, "paths", &PATHS)?]);
        Some(entry)
    }

    fn config_key(&mut self, key: &Value) -> Option<[u8; KEY_LEN_BYTES]> {
        let mut entry = [0; KEY_LEN_BYTES];
        config::NAME.set(&mut entry, self.text_of(key, "key")?);
        config::HELP.set(&mut entry, self.text_of(key, "help")?);
        config::VALUES.set(&mut entry, self.strings(list(key, "values")?)?);
        config::KIND.set(&mut entry, [number_of(key, "kind", &KINDS)?]);
        config::PATHS.set(&mut entry, [number_of(key, "paths", &PATHS)?]);
        Some(entry)
    }

    /// Adds texts to the strings; gives the number of the first one and their count.
    fn strings(&mut self, texts: &[Value]) -> Option<[u8; 8]> {
        let first = self.strings.len() / STRING_LEN_BYTES;
        for text in texts {
            let place = self.text(text.as_str()?)?;
            self.strings.extend(place);
        }
        numbers([first, texts.len()])
    }

    /// Where the text of this name of an object lies.
    fn text_of(&mut self, object: &Value, name: &str) -> Option<[u8; STRING_LEN_BYTES]> {
        self.text(object.get(name)?.as_str()?)
    }

    /// Where a text lies; the same texts lie in the same place.
    fn text(&mut self, text: &str) -> Option<[u8; STRING_LEN_BYTES]> {
        if let Some(place) = self.known.get(text) {
            return Some(*place);
        }
        let place = numbers([self.text.len(), text.len()])?;
        self.text.extend(text.as_bytes());
        self.known.insert(text.to_owned(), place);
        Some(place)
    }
}

fn list<'v>(object: &'v Value, name: &str) -> Option<&'v [Value]> {
    object.get(name)?.as_array().map(Vec::as_slice)
}

/// The number of a word among those that may stand there.
fn number_of(object: &Value, name: &str, known: &[(&str, u8)]) -> Option<u8> {
    let word = object.get(name)?.as_str()?;
    known.iter().find(|(known, _)| *known == word).map(|(_, number)| *number)
}

/// The flags that are set, of those of these names.
fn flags<N>(object: &Value, names: &[(&str, N)]) -> Option<N>
where
    N: Copy + Default + BitOr<Output = N>,
{
    names.iter().try_fold(N::default(), |flags, (name, flag)| {
        let is_set = object.get(name)?.as_bool()?;
        Some(if is_set { flags | *flag } else { flags })
    })
}

/// Two numbers of 4 bytes each.
fn numbers(values: [usize; 2]) -> Option<[u8; 8]> {
    let mut bytes = [0; 8];
    for (place, value) in bytes.chunks_exact_mut(4).zip(values) {
        place.copy_from_slice(&u32::try_from(value).ok()?.to_le_bytes());
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn command(name: &str, listed: bool, params: Value, commands: Value) -> Value {
        json!({
            "name": name, "help": format!("Help of {name}."), "listed": listed, "opaque": false,
            "group": commands != json!([]), "chain": false, "interspersed": true,
            "params": params, "commands": commands,
        })
    }

    fn description() -> Value {
        let param = json!({
            "argument": false, "dest": 3, "opts": ["--mode", "-m"], "secondary": ["--no-mode"],
            "nargs": -1, "multiple": true, "flag": false, "count": false, "hidden": true,
            "optional_value": false, "help": "Mode", "kind": "choice", "insensitive": true,
            "choices": [["a", "A"], ["b", "B"]], "rich": "remotes", "paths": "dir",
        });
        let leaf = |name| command(name, true, json!([]), json!([]));
        let sub = command("sub", false, json!([param]), json!([leaf("x"), leaf("y")]));
        let other = command("other", true, json!([]), json!([leaf("x")]));
        json!({
            "click": "8.5.1", "pivot": "0.5.11", "flags": {"click81": true}, "callbacks": 2,
            "config_keys": [{
                "key": "cache.dir", "help": "Where", "values": ["a", "b"], "kind": "choice",
                "paths": "file",
            }],
            "root": command("pivot", true, json!([]), json!([sub, other])),
        })
    }

    /// Reads a section naively.
    struct Section(Vec<u8>);

    impl Section {
        fn number(&self, place: usize) -> usize {
            u32::from_le_bytes(self.0[place..place + 4].try_into().unwrap()) as usize
        }

        fn part(&self, index: usize) -> usize {
            self.number(8 + 8 * index)
        }

        fn text(&self, place: usize) -> &str {
            let start = self.part(3) + self.number(place);
            std::str::from_utf8(&self.0[start..start + self.number(place + 4)]).unwrap()
        }

        /// The texts of a list of `each` strings an entry.
        fn list(&self, place: usize, each: usize) -> Vec<&str> {
            let (first, count) = (self.number(place), self.number(place + 4) * each);
            (first..first + count).map(|index| self.text(self.part(2) + 8 * index)).collect()
        }

        fn names(&self) -> Vec<&str> {
            let count = self.number(12) / ENTRY_LEN_BYTES;
            (0..count).map(|index| self.text(self.part(0) + ENTRY_LEN_BYTES * index)).collect()
        }
    }

    #[test]
    fn everything_comes_back() {
        let section = Section(encode(description().to_string().as_bytes()).unwrap());
        assert_eq!((section.number(0), section.number(4)), (1, 2));
        assert_eq!(section.names(), ["pivot", "sub", "other", "x", "y", "x"]);
        let at = |index| section.part(0) + ENTRY_LEN_BYTES * index;
        let children = |index| (section.number(at(index) + 24), section.number(at(index) + 28));
        assert_eq!((children(0), children(1), children(2)), ((1, 2), (3, 2), (5, 1)));
        assert_eq!(children(5).1, 0);
        assert_eq!(section.text(at(1) + 8), "Help of sub.");
        assert_eq!((section.number(at(1) + 32), section.number(at(5) + 32)), (2 | 8, 8 | 16));
        assert_eq!((section.number(at(1) + 16), section.number(at(1) + 20)), (0, 1));
        let param = section.part(1);
        assert_eq!(section.text(param), "Mode");
        assert_eq!(section.list(param + 8, 1), ["--mode", "-m"]);
        assert_eq!(section.list(param + 16, 1), ["--no-mode"]);
        assert_eq!(section.list(param + 24, 2), ["a", "A", "b", "B"]);
        assert_eq!((section.number(param + 32) as i32, section.number(param + 36)), (-1, 3));
        assert_eq!(section.0[param + 40..param + 48], [2 | 16 | 64, 0, 1, 8, 2, 0, 0, 0]);
        let keys = section.part(4);
        assert_eq!((section.text(keys), section.text(keys + 8)), ("cache.dir", "Where"));
        assert_eq!(section.list(keys + 16, 1), ["a", "b"]);
        assert_eq!(section.0[keys + 24..keys + 26], [1, 1]);
        assert_eq!(section.number(8 + 4 * 8 + 4), KEY_LEN_BYTES);
        assert!((0..5).all(|part| section.part(part).is_multiple_of(4)));
        // The same text is there once.
        let text = &section.0[section.part(3)..];
        assert_eq!(text.windows(6).filter(|window| window == b"of x.H").count(), 0);
        assert_eq!(text.windows(5).filter(|window| window == b"of x.").count(), 1);
    }

    #[test]
    fn what_is_no_description_is_refused() {
        assert!(encode(b"").is_none());
        assert!(encode(b"{}").is_none());
        let whole = description();
        for name in ["flags", "callbacks", "config_keys", "root"] {
            let mut part = whole.clone();
            part.as_object_mut().unwrap().remove(name);
            assert!(encode(part.to_string().as_bytes()).is_none(), "{name}");
        }
        let param = "/root/commands/0/params/0";
        for (place, wrong) in [
            ("kind", json!("fifo")),
            ("rich", json!(1)),
            ("paths", json!("stages")),
            ("nargs", json!(1_u64 << 31)),
            ("opts", json!([1])),
            ("choices", json!([["a"]])),
            ("dest", json!(-1)),
            ("flag", json!(0)),
        ] {
            let mut changed = whole.clone();
            changed.pointer_mut(param).unwrap()[place] = wrong;
            assert!(encode(changed.to_string().as_bytes()).is_none(), "{place}");
        }
    }
}
