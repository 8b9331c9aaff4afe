//! How a command prints the state of each name: a line each, or a JSON object.

use crate::encoding::lines::{self, has_control};
use crate::encoding::{time, write_json_escaped};
use crate::request::Format;

/// How a name stands against the manifest that was computed last, at a time in seconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State<'a> {
    /// A manifest would be the same.
    Unchanged(i64),
    /// These members of it are not, or are in one of them alone; as lines.
    Changed(i64, &'a [u8]),
    /// There is none to compare with.
    Unknown,
}

impl<'a> State<'a> {
    const fn parts(self) -> (&'static str, &'a [u8], Option<i64>) {
        match self {
            State::Unchanged(computed_s) => ("unchanged", b"", Some(computed_s)),
            State::Changed(computed_s, members) => ("changed", members, Some(computed_s)),
            State::Unknown => ("unknown", b"", None),
        }
    }
}

/// What is compared with, before the time; and what is said where there is nothing.
const AGAINST: &[u8] = b"manifest of ";
const NOTHING: &[u8] = b"no manifest was computed";

/// Prints the state of each of `names`, which are lines, piece by piece into `put`.
///
/// A line has four columns behind tabs: the name, its state, what changed, what it was compared with.
#[inline(never)]
pub fn write_states<'a>(
    format: Format,
    names: &[u8],
    state: &mut dyn FnMut(&[u8]) -> State<'a>,
    put: &mut dyn FnMut(&[u8]),
) {
    if format == Format::Json {
        put(b"{");
    }
    for (index, name) in lines::names(names).enumerate() {
        let (state, changed, computed_s) = state(name).parts();
        let time = computed_s.map(time::utc);
        if format == Format::Json {
            put(if index == 0 { b"\"" } else { b",\"" });
            write_json_escaped(name, put);
            put(b"\":{\"state\":\"");
            put(state.as_bytes());
            put(b"\"");
            for (index, member) in lines::names(changed).enumerate() {
                put(if index == 0 { b",\"changed\":[\"" } else { b"\",\"" });
                write_json_escaped(member, put);
            }
            put(if changed.is_empty() { b"" } else { b"\"]" });
            if let Some(time) = &time {
                put(b",\"against\":\"");
                put(AGAINST);
                put(time);
                put(b"\"");
            }
            put(b"}");
            continue;
        }
        put(name);
        put(b"\t");
        put(state.as_bytes());
        for (index, member) in lines::names(changed).enumerate() {
            put(if index == 0 { b"\t" } else { b", " });
            // One line for one name, whatever the member.
            let is_in_doubt = |byte: u8| byte.is_ascii_control() || byte == 0xc2;
            let has_control = has_control(member);
            member.split(|&byte| has_control && is_in_doubt(byte)).for_each(&mut *put);
        }
        put(if changed.is_empty() { b"\t\t" } else { b"\t" });
        match &time {
            Some(time) => {
                put(AGAINST);
                put(time);
            }
            None => put(NOTHING),
        }
        put(if format == Format::Nul { b"\0" } else { b"\n" });
    }
    if format == Format::Json {
        put(b"}\n");
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    #[test]
    fn formats() {
        let written = |format, members: &'static [u8]| {
            let mut out: Vec<u8> = Vec::new();
            let mut state = |name: &[u8]| match name {
                b"a" => State::Changed(0, members),
                b"b" => State::Unchanged(1),
                _ => State::Unknown,
            };
            write_states(format, b"a\nb\nc\n", &mut state, &mut |piece| out.extend(piece));
            String::from_utf8(out).unwrap()
        };
        let rest = "b\tunchanged\t\tmanifest of 1970-01-01T00:00:01Z\n\
                    c\tunknown\t\tno manifest was computed\n";
        let first = "a\tchanged\tfunc:f, self:a\tmanifest of 1970-01-01T00:00:00Z\n";
        assert_eq!(written(Format::Lines, b"func:f\nself:a\n"), [first, rest].concat());
        let nul = "a\tchanged\tx.py\tmanifest of 1970-01-01T00:00:00Z\0";
        let rest = rest.replace('\n', "\0");
        assert_eq!(written(Format::Nul, b"x\x1b.py\n"), [nul, &rest].concat());
        let json = "{\"a\":{\"state\":\"changed\",\"changed\":[\"x\",\"y\"],\
                    \"against\":\"manifest of 1970-01-01T00:00:00Z\"},\
                    \"b\":{\"state\":\"unchanged\",\
                    \"against\":\"manifest of 1970-01-01T00:00:01Z\"},\
                    \"c\":{\"state\":\"unknown\"}}\n";
        assert_eq!(written(Format::Json, b"x\ny\n"), json);
    }
}
