//! What of an environment would let the directory that a program is started in decide which code
//! the program loads, before a line of its own runs.
//!
//! `LD_LIBRARY_PATH=$LD_LIBRARY_PATH:/opt/lib` begins with an empty entry where nothing was set
//! before, and the system's loader takes that for the working directory (`ld.so(8)`). Python takes
//! its library from PYTHONHOME and bytecode from PYTHONPYCACHEPREFIX. And what would have the loader print
//! in the program's place.

/// The variables from which relative paths are taken out, and the bytes between their paths.
const VARIABLES: [(&str, &[u8]); 15] = [
    ("LD_LIBRARY_PATH", b":;"),
    ("LD_PRELOAD", b": "),
    ("LD_AUDIT", b":"),
    ("LD_DEBUG_OUTPUT", b""),
    ("LD_PROFILE_OUTPUT", b""),
    ("GCONV_PATH", b":"),
    ("LOCPATH", b":"),
    ("OPENSSL_CONF", b""),
    ("OPENSSL_ENGINES", b""),
    ("OPENSSL_MODULES", b""),
    ("PYTHONHOME", b":"),
    ("PYTHONUSERBASE", b""),
    ("PYTHONPYCACHEPREFIX", b""),
    ("LD_SHOW_AUXV", b""),
    ("LD_TRACE_LOADED_OBJECTS", b""),
];

/// Of them those that take names of libraries, too, which are looked for where libraries lie.
const NAMED: core::ops::Range<usize> = 1..3;

/// Of them those that are no paths: whatever their value, the loader prints.
const PRINTING: core::ops::RangeFrom<usize> = 13..;

/// Whether `path` means the same wherever a process is: `/proc/self/cwd` does not.
pub fn is_absolute(path: &[u8]) -> bool {
    path.first() == Some(&b'/') && !path.starts_with(b"/proc/")
}

/// Their names.
pub fn names() -> impl Iterator<Item = &'static str> {
    VARIABLES.iter().map(|(name, _)| *name)
}

/// What is left of an entry of an environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaned {
    /// All of it.
    Whole,
    /// What stands in the room up to the first zero byte, the name among it.
    Shortened,
    /// Nothing.
    Gone,
}

/// Takes the empty and relative paths out of `entry`, which is `NAME=value`.
///
/// What is left of one that had any is put into `room`, which is longer than `entry`, and a NUL behind it.
#[cold]
#[inline(never)]
pub fn clean(entry: &[u8], room: &mut [u8]) -> Cleaned {
    // A loop, and no code for each of them: the front is to stay small.
    let found = core::hint::black_box(&VARIABLES[..]).iter().enumerate().find_map(
        |(index, (name, separators))| {
            let value = entry.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            Some((index, *separators, value))
        },
    );
    let Some((index, separators, value)) = found else { return Cleaned::Whole };
    if PRINTING.contains(&index) {
        return Cleaned::Gone;
    }
    let is_named = NAMED.contains(&index);
    let head_len = entry.len() - value.len();
    // Where the path that is being copied begins, and where it ends so far.
    let (mut start, mut end, mut is_whole) = (0, 0, true);
    for (index, &byte) in entry.iter().chain(b"\0").enumerate() {
        if index == head_len {
            start = end;
        }
        if index == entry.len() || index >= head_len && has(separators, byte) {
            let path = room.get(start..end).unwrap_or_default();
            let is_name = is_named && !has(path, b'/');
            // Neither the loader nor Python takes an empty value for a path.
            if is_absolute(path) || is_name || value.is_empty() {
                start = end + 1;
            } else {
                (end, is_whole) = (start, false);
                continue;
            }
        }
        if let Some(place) = room.get_mut(end) {
            *place = byte;
        }
        end += 1;
    }
    // In the place of the last separator.
    if let Some(place) = start.checked_sub(1).and_then(|end| room.get_mut(end)) {
        *place = 0;
    }
    match (is_whole, start > head_len) {
        (true, _) => Cleaned::Whole,
        (false, true) => Cleaned::Shortened,
        (false, false) => Cleaned::Gone,
    }
}

/// Whether `byte` is one of `bytes`, in few instructions rather than fast.
#[inline(never)]
#[expect(clippy::manual_contains, reason = "that takes many times the room in the front")]
fn has(bytes: &[u8], byte: u8) -> bool {
    bytes.iter().any(|other| *other == byte)
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec;

    use super::*;

    fn cleaned(entry: &str) -> Option<String> {
        let mut room = vec![b'x'; entry.len() + 1];
        match clean(entry.as_bytes(), &mut room) {
            Cleaned::Whole => Some(entry.into()),
            Cleaned::Shortened => {
                let left = room.split(|&byte| byte == 0).next().unwrap();
                Some(String::from_utf8(left.to_vec()).unwrap())
            }
            Cleaned::Gone => None,
        }
    }

    #[test]
    fn only_absolute_paths_are_left() {
        for (entry, expected) in [
            (
                "LD_LIBRARY_PATH=:/usr/local/cuda/lib64",
                Some("LD_LIBRARY_PATH=/usr/local/cuda/lib64"),
            ),
            ("LD_LIBRARY_PATH=/a:/b;/c", Some("LD_LIBRARY_PATH=/a:/b;/c")),
            ("LD_LIBRARY_PATH=/a;", Some("LD_LIBRARY_PATH=/a")),
            ("LD_LIBRARY_PATH=/a;lib:/b::./c", Some("LD_LIBRARY_PATH=/a;/b")),
            ("LD_LIBRARY_PATH=:", None),
            ("LD_LIBRARY_PATH=.", None),
            ("LD_LIBRARY_PATH=", Some("LD_LIBRARY_PATH=")),
            ("LD_PRELOAD=libx.so ./evil.so:/lib/y.so", Some("LD_PRELOAD=libx.so /lib/y.so")),
            ("LD_PRELOAD=libx.so", Some("LD_PRELOAD=libx.so")),
            ("LD_PRELOAD=lib/x.so", None),
            ("LD_AUDIT=../a.so", None),
            ("LD_LIBRARY_PATH=/proc/self/cwd:/a", Some("LD_LIBRARY_PATH=/a")),
            ("OPENSSL_CONF=openssl.cnf", None),
            ("PYTHONHOME=python", None),
            ("PYTHONHOME=/python", Some("PYTHONHOME=/python")),
            ("PYTHONUSERBASE=a:b", None),
            ("PYTHONPYCACHEPREFIX=/a:b", Some("PYTHONPYCACHEPREFIX=/a:b")),
            ("LD_SHOW_AUXV=1", None),
            ("LD_SHOW_AUXV=", None),
            ("LD_TRACE_LOADED_OBJECTS=/a", None),
            ("LD_TRACE_LOADED_OBJECTS", Some("LD_TRACE_LOADED_OBJECTS")),
            ("LD_LIBRARY_PATHS=:", Some("LD_LIBRARY_PATHS=:")),
            ("PYTHONPATH=:", Some("PYTHONPATH=:")),
            ("PATH=:/bin", Some("PATH=:/bin")),
            ("LD_LIBRARY_PATH", Some("LD_LIBRARY_PATH")),
        ] {
            assert_eq!(cleaned(entry).as_deref(), expected, "{entry}");
        }
    }
}
