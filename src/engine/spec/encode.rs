//! The description of Pivot's command line on its way to a file: the driver's JSON in, the section
//! of a store out.
//!
//! The layout is that of `pivot_complete::click::spec`, which reads it.

use std::collections::HashMap;

use pivot_complete::click::spec::{ENTRY_LEN_BYTES, HEADER_LEN_BYTES, KEY_LEN_BYTES};
use serde_json::Value;

/// The flags of a command, from the lowest bit on.
const COMMAND_FLAGS: [&str; 5] = ["opaque", "group", "chain", "interspersed", "listed"];
/// Those of a param.
const PARAM_FLAGS: [&str; 7] =
    ["argument", "multiple", "flag", "count", "hidden", "optional_value", "insensitive"];
/// The kinds of a param by their numbers.
const KINDS: [&str; 10] = [
    "none",
    "choice",
    "file",
    "dir",
    "stages",
    "targets",
    "config_keys",
    "opaque",
    "remotes",
    "config_value",
];
/// The paths beside them.
const PATHS: [&str; 4] = ["none", "file", "dir", "file_else"];

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
    let flags = flags(description.get("flags")?, &["click81"])?;
    let callbacks = u32::try_from(description.get("callbacks")?.as_u64()?).ok()?;
    let mut bytes = [flags.to_le_bytes(), callbacks.to_le_bytes()].concat();
    let parts = [commands, parts.params, parts.strings, parts.text, keys];
    let mut start = HEADER_LEN_BYTES;
    for part in &parts {
        bytes.extend(numbers([start, part.len()])?);
        start += part.len().next_multiple_of(4);
    }
    for part in parts {
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
    known: HashMap<String, [u8; 8]>,
}

impl Parts {
    fn command(&mut self, command: &Value, children: [usize; 2]) -> Option<[u8; ENTRY_LEN_BYTES]> {
        let mut entry = [0; ENTRY_LEN_BYTES];
        entry[..8].copy_from_slice(&self.text(command.get("name")?.as_str()?)?);
        entry[8..16].copy_from_slice(&self.text(command.get("help")?.as_str()?)?);
        let params = list(command, "params")?;
        let first = self.params.len() / ENTRY_LEN_BYTES;
        for param in params {
            let entry = self.param(param)?;
            self.params.extend(entry);
        }
        entry[16..24].copy_from_slice(&numbers([first, params.len()])?);
        entry[24..32].copy_from_slice(&numbers(children)?);
        entry[32..36].copy_from_slice(&flags(command, &COMMAND_FLAGS)?.to_le_bytes());
        Some(entry)
    }

    fn param(&mut self, param: &Value) -> Option<[u8; ENTRY_LEN_BYTES]> {
        let mut entry = [0; ENTRY_LEN_BYTES];
        entry[..8].copy_from_slice(&self.text(param.get("help")?.as_str()?)?);
        entry[8..16].copy_from_slice(&self.strings(list(param, "opts")?)?);
        entry[16..24].copy_from_slice(&self.strings(list(param, "secondary")?)?);
        let choices = list(param, "choices")?;
        let first = self.strings.len() / 8;
        for pair in choices {
            let pair = pair.as_array().filter(|pair| pair.len() == 2)?;
            self.strings(pair)?;
        }
        entry[24..32].copy_from_slice(&numbers([first, choices.len()])?);
        let nargs = i32::try_from(param.get("nargs")?.as_i64()?).ok()?;
        entry[32..36].copy_from_slice(&nargs.to_le_bytes());
        let dest = u32::try_from(param.get("dest")?.as_u64()?).ok()?;
        entry[36..40].copy_from_slice(&dest.to_le_bytes());
        let flags = u16::try_from(flags(param, &PARAM_FLAGS)?).ok()?;
        entry[40..42].copy_from_slice(&flags.to_le_bytes());
        entry[42] = number_of(param, "kind", &KINDS)?;
        entry[43] = number_of(param, "rich", &KINDS)?;
        entry[44] = number_of(param, "paths", &PATHS)?;
        Some(entry)
    }

    fn config_key(&mut self, key: &Value) -> Option<[u8; KEY_LEN_BYTES]> {
        let mut entry = [0; KEY_LEN_BYTES];
        entry[..8].copy_from_slice(&self.text(key.get("key")?.as_str()?)?);
        entry[8..16].copy_from_slice(&self.text(key.get("help")?.as_str()?)?);
        entry[16..24].copy_from_slice(&self.strings(list(key, "values")?)?);
        entry[24] = number_of(key, "kind", &KINDS)?;
        entry[25] = number_of(key, "paths", &PATHS)?;
        Some(entry)
    }

    /// Adds texts to the strings; gives the number of the first one and their count.
    fn strings(&mut self, texts: &[Value]) -> Option<[u8; 8]> {
        let first = self.strings.len() / 8;
        for text in texts {
            let place = self.text(text.as_str()?)?;
            self.strings.extend(place);
        }
        numbers([first, texts.len()])
    }

    /// Where a text lies; the same texts lie in the same place.
    fn text(&mut self, text: &str) -> Option<[u8; 8]> {
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

/// The place of a word among those that may stand there.
fn number_of(object: &Value, name: &str, known: &[&str]) -> Option<u8> {
    let word = object.get(name)?.as_str()?;
    u8::try_from(known.iter().position(|known| *known == word)?).ok()
}

/// The flags of these names, the first one in the lowest bit.
fn flags(object: &Value, names: &[&str]) -> Option<u32> {
    names
        .iter()
        .rev()
        .try_fold(0, |flags, name| Some(flags << 1 | u32::from(object.get(name)?.as_bool()?)))
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
    use super::*;
    use serde_json::json;

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
