//! Which Python a script names in its first lines.
//!
//! `#!/path/python3 -flags`, `#!/usr/bin/env [-S] python3`, and the trampolines that pip and uv
//! write where the interpreter's path is too long for a kernel or has blanks: a `/bin/sh` script
//! whose second line is a string to Python and a command to the shell.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use pivot_complete::line::Words;

/// What a script is launched by.
#[derive(Debug, PartialEq, Eq)]
pub enum Launcher {
    /// The interpreter at this path, with these options.
    Interpreter(PathBuf, Vec<OsString>),
    /// The interpreter of this name on PATH, with these options.
    ByName(OsString, Vec<OsString>),
}

/// Reads the first lines of `program`; `None` where they name no Python.
pub fn read(head: &[u8], program: &Path) -> Option<Launcher> {
    let mut lines = head.split(|&byte| byte == b'\n');
    let first = lines.next()?.strip_prefix(b"#!")?;
    let words = split(first)?;
    let (interpreter, options) = words.split_first()?;
    match file_name(interpreter) {
        b"env" => by_env(options),
        b"sh" | b"bash" | b"dash" => trampoline(lines.next()?, program),
        _ => launcher(interpreter.clone(), options.to_vec()),
    }
}

/// `env [-S] [NAME=VALUE...] python3 [options]`; other options of env are not understood.
fn by_env(arguments: &[OsString]) -> Option<Launcher> {
    let mut rest = arguments.iter().skip_while(|word| word.as_bytes() == b"-S").peekable();
    if rest.peek()?.as_bytes().contains(&b'=') {
        // A variable could change what Python does.
        return None;
    }
    launcher(rest.next()?.clone(), rest.cloned().collect())
}

/// `'''exec' "/path/python3" "$0" "$@"`, the interpreter perhaps given beside the script.
fn trampoline(line: &[u8], program: &Path) -> Option<Launcher> {
    let command = line.strip_prefix(b"'''exec' ")?;
    const BESIDE: &[u8] = br#""$(dirname -- "$(realpath -- "$0")")"/"#;
    if let Some(rest) = command.strip_prefix(BESIDE) {
        let words = split(rest)?;
        let directory = program.canonicalize().ok()?.parent()?.to_path_buf();
        return launcher(directory.join(words.first()?).into_os_string(), Vec::new());
    }
    let words = split(command)?;
    let (interpreter, arguments) = words.split_first()?;
    let options = arguments.iter().take_while(|word| word.as_bytes() != b"$0").cloned();
    launcher(interpreter.clone(), options.collect())
}

fn launcher(interpreter: OsString, options: Vec<OsString>) -> Option<Launcher> {
    let name = file_name(&interpreter);
    if !(name.starts_with(b"python") || name.starts_with(b"pypy")) {
        return None;
    }
    Some(if interpreter.as_bytes().contains(&b'/') {
        Launcher::Interpreter(PathBuf::from(interpreter), options)
    } else {
        Launcher::ByName(interpreter, options)
    })
}

fn split(line: &[u8]) -> Option<Vec<OsString>> {
    let mut storage = vec![0; line.len()];
    let words = Words::split(line, &mut storage).ok()?;
    let word = |index| words.get(index).map(|word| OsString::from_vec(word.to_vec()));
    (0..words.len()).map(word).collect()
}

fn file_name(path: &OsStr) -> &[u8] {
    path.as_bytes().rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreter(path: &str, options: &[&str]) -> Option<Launcher> {
        Some(Launcher::Interpreter(path.into(), options.iter().map(OsString::from).collect()))
    }

    fn by_name(name: &str, options: &[&str]) -> Option<Launcher> {
        Some(Launcher::ByName(name.into(), options.iter().map(OsString::from).collect()))
    }

    #[test]
    fn every_way_to_name_a_python() {
        for (head, expected) in [
            ("#!/v/bin/python3.13\n# -*-\n", interpreter("/v/bin/python3.13", &[])),
            ("#! /v/bin/python -sE\n", interpreter("/v/bin/python", &["-sE"])),
            ("#!/usr/bin/env python3\n", by_name("python3", &[])),
            ("#!/usr/bin/env -S python3 -I\n", by_name("python3", &["-I"])),
            (
                "#!/bin/sh\n'''exec' \"/a b/python3.13\" \"$0\" \"$@\"\n' '''\n",
                interpreter("/a b/python3.13", &[]),
            ),
            (
                "#!/bin/sh\n'''exec' /a/python3 -s \"$0\" \"$@\"\n' '''\n",
                interpreter("/a/python3", &["-s"]),
            ),
            (
                "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python3' \"$0\" \"$@\"\n",
                interpreter("/bin/python3", &[]),
            ),
            ("#!/usr/bin/env bash\nexec pyenv exec \"$program\"\n", None),
            ("#!/bin/sh\nexec /opt/pivot \"$@\"\n", None),
            ("\x7fELF", None),
            ("", None),
        ] {
            // A program beside which nothing lies, in a directory without links.
            assert_eq!(read(head.as_bytes(), Path::new("/bin/sh")).map(real), expected, "{head:?}");
        }
    }

    /// Maps the directory of the test's own program to `/bin`, wherever that really lies.
    fn real(launcher: Launcher) -> Launcher {
        let bin = Path::new("/bin/sh").canonicalize().unwrap().parent().unwrap().to_path_buf();
        match launcher {
            Launcher::Interpreter(path, options) => match path.strip_prefix(bin) {
                Ok(name) => Launcher::Interpreter(Path::new("/bin").join(name), options),
                Err(_) => Launcher::Interpreter(path, options),
            },
            other => other,
        }
    }
}
