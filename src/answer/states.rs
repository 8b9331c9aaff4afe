//! How a command prints the state of each name: a line each, or a JSON object.

use crate::encoding::lines::{self, has_control};
use crate::encoding::write_json_escaped;
use crate::request::Format;

/// What a name's state is called, and the path of what has changed.
pub type StateWords<'a> = (&'static str, Option<&'a [u8]>);

/// Prints the state of each of `names`, which are lines, piece by piece into `put`.
#[inline(never)]
pub fn write_states<'a>(
    format: Format,
    names: &[u8],
    state: &mut dyn FnMut(&[u8]) -> StateWords<'a>,
    put: &mut dyn FnMut(&[u8]),
) {
    if format == Format::Json {
        put(b"{");
    }
    for (index, name) in lines::names(names).enumerate() {
        let (state, changed) = state(name);
        if format == Format::Json {
            put(if index == 0 { b"\"" } else { b",\"" });
            write_json_escaped(name, put);
            put(b"\":{\"state\":\"");
            put(state.as_bytes());
            if let Some(path) = changed {
                put(b"\",\"path\":\"");
                write_json_escaped(path, put);
            }
            put(b"\"}");
            continue;
        }
        put(name);
        put(b"\t");
        put(state.as_bytes());
        if let Some(path) = changed {
            put(b"\t");
            // One line for one name, whatever the path.
            let is_in_doubt = |byte: u8| byte.is_ascii_control() || byte == 0xc2;
            let has_control = has_control(path);
            path.split(|&byte| has_control && is_in_doubt(byte)).for_each(&mut *put);
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
        let written = |format, path: &'static str| {
            let mut out: Vec<u8> = Vec::new();
            let mut state = |name: &[u8]| match name {
                b"a" => ("changed", Some(path.as_bytes())),
                _ => ("fresh", None),
            };
            write_states(format, b"a\nb\n", &mut state, &mut |piece| out.extend(piece));
            String::from_utf8(out).unwrap()
        };
        assert_eq!(written(Format::Lines, "x.py"), "a\tchanged\tx.py\nb\tfresh\n");
        assert_eq!(written(Format::Nul, "x\n.py"), "a\tchanged\tx.py\0b\tfresh\0");
        let json =
            "{\"a\":{\"state\":\"changed\",\"path\":\"x.py\"},\"b\":{\"state\":\"fresh\"}}\n";
        assert_eq!(written(Format::Json, "x.py"), json);
    }
}
