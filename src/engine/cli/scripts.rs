//! The scripts that `init SHELL` prints, and in which every TAB begins.
//!
//! They call the program by its absolute path: a shell that looks for its name on PATH would find
//! what somebody put into the working directory, where PATH has an empty or relative entry.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use pivot_complete::line::PROTOCOL;

use super::command::Hook;
use crate::environment;

/// Ends the comment before the line of a script whose empty literal the path takes the place of.
const HERE: &str = "# Here `init` writes its path.\n";
const EMPTY: &str = "''";

/// Behind this a script that is a function's file leaves its mark, since the end of it is not reached.
const MARKED: &str = "    # Here `init` leaves its mark.\n";

/// A shell's script, and its prompt hook where there is one.
#[derive(Debug, PartialEq, Eq)]
pub struct Script {
    /// The shell's name.
    pub shell: &'static str,
    /// What completes.
    pub completion: &'static str,
    /// What `--prewarm` adds.
    pub hook: Option<&'static str>,
    /// What `--watch` adds to that: before a line that begins so, more lines.
    watch: (&'static str, &'static str),
    /// What completes pivot-complete itself: `completion` fetches it at the first TAB that wants it.
    pub own: Option<&'static str>,
    /// Leaves the mark that doctor looks for, in the shell's environment: `{}` stands for shell and version.
    mark: &'static str,
    quoting: Quoting,
}

/// How a shell writes a text that it takes as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Quoting {
    /// Single quotes, within which nothing has a meaning: bash, zsh.
    Posix,
    /// Single quotes with backslashes.
    Fish,
    /// Single quotes, doubled within; UTF-8 alone.
    Elvish,
    /// Double quotes with escapes; UTF-8 alone.
    Nushell,
    /// Double quotes with escapes, also for what is no UTF-8 (PEP 383).
    Python,
}

/// The text of a file of the shells' scripts.
macro_rules! shipped {
    ($file:literal) => {
        include_str!(concat!("../../../completions/", $file))
    };
}

/// A script that has no prompt hook, and nothing for pivot-complete's own line.
const COMPLETION_ALONE: Script = Script {
    shell: "",
    completion: "",
    hook: None,
    watch: ("", ""),
    own: None,
    mark: "",
    quoting: Quoting::Posix,
};

/// All there are.
pub const ALL: [Script; 6] = [
    Script {
        shell: "bash",
        completion: shipped!("pivot.bash"),
        hook: Some(shipped!("prewarm.bash")),
        watch: (
            "        _pivot_complete_exec prewarm\n",
            "        (_pivot_complete_exec watch --behind \"$$\" >/dev/null)\n",
        ),
        own: Some(shipped!("pivot-complete.bash")),
        mark: "export PIVOT_COMPLETE_INIT=\"{} $$\"",
        quoting: Quoting::Posix,
    },
    Script {
        shell: "zsh",
        completion: shipped!("pivot.zsh"),
        hook: Some(shipped!("prewarm.zsh")),
        watch: (
            "    local line=$(_pivot_exec prewarm",
            "    : $(_pivot_exec watch --behind $$ </dev/null >/dev/null 2>&1)\n",
        ),
        own: Some(shipped!("_pivot-complete")),
        mark: "export PIVOT_COMPLETE_INIT=\"{} $$\"",
        quoting: Quoting::Posix,
    },
    Script {
        shell: "fish",
        completion: shipped!("pivot.fish"),
        hook: Some(shipped!("prewarm.fish")),
        watch: (
            "    set -l _pivot_line (command $_pivot_program prewarm",
            "    command $_pivot_program watch --behind $fish_pid </dev/null >/dev/null 2>/dev/null\n",
        ),
        own: Some(shipped!("pivot-complete.fish")),
        mark: "set -gx PIVOT_COMPLETE_INIT \"{} $fish_pid\"",
        quoting: Quoting::Fish,
    },
    Script {
        shell: "elvish",
        completion: shipped!("pivot.elv"),
        mark: "set-env PIVOT_COMPLETE_INIT '{} '$pid",
        quoting: Quoting::Elvish,
        ..COMPLETION_ALONE
    },
    Script {
        shell: "nushell",
        completion: shipped!("pivot.nu"),
        mark: "$env.PIVOT_COMPLETE_INIT = $\"{} ($nu.pid)\"",
        quoting: Quoting::Nushell,
        ..COMPLETION_ALONE
    },
    Script {
        shell: "xonsh",
        completion: shipped!("pivot.xsh"),
        mark: "$PIVOT_COMPLETE_INIT = f\"{} {__import__('os').getpid()}\"",
        quoting: Quoting::Python,
        ..COMPLETION_ALONE
    },
];

impl Script {
    /// The script of the shell of this name.
    pub fn named(shell: &str) -> Option<&'static Self> {
        ALL.iter().find(|script| script.shell == shell)
    }

    /// What `init` prints.
    pub fn text(&self, hook: Option<Hook>) -> Vec<u8> {
        let program = program().and_then(|path| self.quoting.literal(path.as_os_str()));
        let protocol = String::from_utf8_lossy(PROTOCOL);
        let loaded = format!("{} {}/{protocol}", self.shell, env!("CARGO_PKG_VERSION"));
        let mark = self.mark.replacen("{}", &loaded, 1);
        let early = format!("{MARKED}    {mark} 2>/dev/null\n");
        let completion = self.completion.replacen(MARKED, &early, 1);
        let mut text = with_program(&completion, program.as_deref().unwrap_or(EMPTY.as_bytes()));
        // Behind it, so that it says that all of it was read.
        text.extend_from_slice(format!("\n{mark}\n").as_bytes());
        if let (Some(script), Some(hook)) = (self.hook, hook) {
            text.push(b'\n');
            text.extend_from_slice(self.hook_doing(script, hook).as_bytes());
        }
        text
    }

    /// The hook's `script` so that it does what `hook` says.
    fn hook_doing(&self, script: &str, hook: Hook) -> String {
        let (line, more) = self.watch;
        match hook {
            Hook::Prewarm => script.to_owned(),
            Hook::Watch => script.replacen(line, &[more, line].concat(), 1),
        }
    }
}

/// The `completion`, with `literal` in its place.
fn with_program(completion: &str, literal: &[u8]) -> Vec<u8> {
    let comment = completion.find(HERE).unwrap_or(completion.len());
    let (before, line) = completion.split_at(comment);
    match line.split_once(EMPTY) {
        Some((line, behind)) => {
            [before.as_bytes(), line.as_bytes(), literal, behind.as_bytes()].concat()
        }
        None => completion.into(),
    }
}

/// The path by which the scripts call the front, which lies beside this program: where PATH has a
/// link to it, that one, for an upgrade may move what it leads to.
fn program() -> Option<PathBuf> {
    const NAME: &str = "pivot-complete";
    let front = environment::program()?.with_file_name(NAME);
    let file = fs::metadata(&front).ok().filter(Metadata::is_file)?;
    let is_it = |path: &Path| {
        fs::metadata(path).is_ok_and(|other| (other.dev(), other.ino()) == (file.dev(), file.ino()))
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    let entries = std::env::split_paths(&path).filter(|entry| entry.is_absolute());
    Some(entries.map(|entry| entry.join(NAME)).find(|path| is_it(path)).unwrap_or(front))
}

impl Quoting {
    /// The literal of `text`, where the shell has one: else it looks for the program itself.
    fn literal(self, text: &OsStr) -> Option<Vec<u8>> {
        let replaced = |from: &[(u8, &str)]| {
            let mut literal = vec![b'\''];
            for byte in text.as_bytes() {
                match from.iter().find(|(special, _)| special == byte) {
                    Some((_, to)) => literal.extend_from_slice(to.as_bytes()),
                    None => literal.push(*byte),
                }
            }
            literal.push(b'\'');
            literal
        };
        match self {
            Self::Posix => Some(replaced(&[(b'\'', r"'\''")])),
            Self::Fish => Some(replaced(&[(b'\'', r"\'"), (b'\\', r"\\")])),
            Self::Elvish => text.to_str().map(|_| replaced(&[(b'\'', "''")])),
            Self::Nushell => {
                text.to_str().map(|_| escaped(text, |code| format!("\\u{{{code:x}}}")))
            }
            Self::Python => Some(escaped(text, |code| format!("\\u{code:04x}"))),
        }
    }
}

/// `text` in double quotes, its control characters and what is no UTF-8 as by `escape`.
fn escaped(text: &OsStr, escape: impl Fn(u32) -> String) -> Vec<u8> {
    /// What stands for a byte that is no UTF-8: a surrogate.
    const SURROGATES: u32 = 0xdc00;
    let mut literal = String::from("\"");
    for chunk in text.as_bytes().utf8_chunks() {
        for char in chunk.valid().chars() {
            match char {
                '"' | '\\' => literal.extend(['\\', char]),
                char if char.is_control() => literal += &escape(char.into()),
                char => literal.push(char),
            }
        }
        for byte in chunk.invalid() {
            literal += &escape(SURROGATES + u32::from(*byte));
        }
    }
    literal.push('"');
    literal.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_script_has_one_place_for_the_path() {
        for script in &ALL {
            assert_eq!(script.completion.matches(HERE).count(), 1, "{}", script.shell);
            let (_, rest) = script.completion.split_once(HERE).expect("one");
            let line = rest.lines().next().expect("a line behind it");
            assert!(line.ends_with(EMPTY), "{line:?}");
            let with =
                String::from_utf8(with_program(script.completion, b"'PATH'")).expect("a script");
            let lines = script.completion.lines().zip(with.lines());
            let changed: Vec<_> = lines.filter(|(before, after)| before != after).collect();
            assert_eq!(changed, [(line, line.replace(EMPTY, "'PATH'").as_str())]);
        }
    }

    #[test]
    fn every_hook_has_one_place_to_watch_from() {
        for script in &ALL {
            let Some(hook) = script.hook else { continue };
            assert_eq!(hook.matches(script.watch.0).count(), 1, "{}", script.shell);
            let watching = script.hook_doing(hook, Hook::Watch);
            assert_eq!(watching.replace(script.watch.1, ""), hook);
            assert!(watching.contains("watch --behind"), "{}", script.shell);
        }
    }

    #[test]
    fn every_script_names_the_protocol() {
        for script in &ALL {
            let (_, behind) =
                script.completion.split_once("complete --rich").unwrap_or_else(|| {
                    let (_, behind) = script.completion.split_once("\"--rich\"").expect("it asks");
                    ("", behind)
                });
            let mut words = behind.split(|char: char| !char.is_ascii_alphanumeric());
            let number = words.find(|word| word.starts_with(|char: char| char.is_ascii_digit()));
            assert_eq!(number.map(str::as_bytes), Some(PROTOCOL), "{}", script.shell);
        }
    }

    #[test]
    fn literals_are_as_each_shell_has_them() {
        let literal = |quoting: Quoting, text: &[u8]| {
            let literal = quoting.literal(OsStr::from_bytes(text))?;
            Some(literal.escape_ascii().to_string().replace(r"\'", "'").replace(r#"\""#, "\""))
        };
        let hostile = br#"/a b/it's/$HOME/"q"/b\s"#;
        for (quoting, expected) in [
            (Quoting::Posix, r#"'/a b/it'\\''s/$HOME/"q"/b\\s'"#),
            (Quoting::Fish, r#"'/a b/it\\'s/$HOME/"q"/b\\\\s'"#),
            (Quoting::Elvish, r#"'/a b/it''s/$HOME/"q"/b\\s'"#),
            (Quoting::Nushell, r#""/a b/it's/$HOME/\\"q\\"/b\\\\s""#),
            (Quoting::Python, r#""/a b/it's/$HOME/\\"q\\"/b\\\\s""#),
        ] {
            assert_eq!(literal(quoting, hostile).as_deref(), Some(expected), "{quoting:?}");
        }
        for (quoting, expected) in [
            (Quoting::Posix, Some(r"'/a\xff\n'")),
            (Quoting::Fish, Some(r"'/a\xff\n'")),
            (Quoting::Elvish, None),
            (Quoting::Nushell, None),
            (Quoting::Python, Some(r#""/a\\udcff\\u000a""#)),
        ] {
            assert_eq!(literal(quoting, b"/a\xff\n").as_deref(), expected, "{quoting:?}");
        }
        assert_eq!(literal(Quoting::Nushell, b"/a\n").as_deref(), Some(r#""/a\\u{a}""#));
    }
}
