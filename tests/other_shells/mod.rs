//! The completion scripts in real elvish, nushell and xonsh on a pty: what a TAB makes of the
//! line, and what the accepted line then runs as.

mod each;
mod everywhere;
mod hostile;
mod program;
mod readme;
mod real;
mod surroundings;
mod xonsh;

use std::fs;

use crate::support::shell::{Item, Session, Shell, ShellSandbox as Sandbox, plain};

const TAB: &str = "\t";

/// What the values for `word` do not repeat of it: an option and its `=`.
fn start_of(word: &str) -> &str {
    let equals = word.starts_with('-').then(|| word.find('=')).flatten();
    &word[..equals.map_or(0, |equals| equals + 1)]
}

/// The words that the program was asked, the last of them the one at the cursor.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let question = sandbox.question();
    let words = shlex(&question.words);
    assert_eq!(question.cword, (words.len() - 1).to_string(), "{question:?}");
    words
}

/// Splits `words` by the part of POSIX's shlex that the scripts make use of.
fn shlex(words: &str) -> Vec<String> {
    let mut split = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = words.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '\'' | '"') => (quote, word) = (Some(char), Some(word.unwrap_or_default())),
            (Some(open), _) if open == char => quote = None,
            (None, '\n') => split.extend(word.take()),
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some('"'), '\\') => panic!("not what the scripts do: {words:?}"),
            _ => word.get_or_insert_default().push(char),
        }
    }
    split.extend(word);
    split
}

/// Nothing but the line itself was printed, and what the shell says of no candidates.
fn assert_silent(session: &Session) {
    let shown = session.shown().replace("error: no candidates", "");
    for noise in ["NOISE", "pivot-complete", "_pivot", "not found", "xception", "rror", "arning"] {
        assert!(!shown.contains(noise), "{shown:?}");
    }
}

/// Installs the program `name`, a file with this text.
fn install(sandbox: &Sandbox, name: &str, text: &str) {
    sandbox.write_program(&format!("bin/{name}"), text);
}
