//! The rich answer beside click's: what it leaves out, and that it adds nothing where click has
//! something to offer.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::process::Command;

use crate::support::{Ran, front, ran};

/// A rich answer to the question of another command.
pub struct Rich {
    shell: String,
    words: String,
    /// The word at the cursor, where that is given apart.
    word: String,
    said: Ran,
    /// Where nothing is offered behind an `=`: what click prints there behind a name that is no option's.
    behind_no_option: Option<String>,
}

/// Asks what `plain` asks for `shell`, in the rich form.
pub fn of(plain: &Command, directory: &OsStr, shell: &str) -> Rich {
    let mut command = Command::new(front());
    // Elvish's words are those of zsh, which has all candidates.
    let reader = if shell == "zsh" { "elvish" } else { shell };
    command.env_clear().args(["complete", "--rich", reader]).current_dir(directory);
    let (mut words, mut word) = (String::new(), String::new());
    for (name, value) in plain.get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
        let value = value.map(|value| value.to_string_lossy().into_owned());
        match (name.to_str(), value) {
            (Some("COMP_WORDS"), Some(value)) => words = value,
            (Some("COMP_CWORD"), Some(value)) => word = value,
            _ => {}
        }
    }
    let said = ran(command);
    let start = said.stdout.strip_prefix("none:").and_then(|start| start.strip_suffix("=\n"));
    let behind_no_option = start.and_then(|option| {
        let other = |text: &str| {
            let at = text.rfind(&format!("{option}="))?;
            Some(format!("{}--no-such{}", &text[..at], &text[at + option.len()..]))
        };
        let mut command = Command::new(front());
        command.env_clear().args(["complete", shell]).current_dir(directory);
        command.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.env_remove("PIVOT_COMPLETE_TRACE").env("COMP_WORDS", other(&words)?);
        if shell == "fish" {
            command.env("COMP_CWORD", other(&word)?);
        }
        // Its bytes are compared with click's own everywhere else here.
        Some(ran(command).stdout)
    });
    Rich { shell: shell.into(), words, word, said, behind_no_option }
}

impl Rich {
    /// What is wrong with it, where click printed `plain`.
    pub fn contradicts(&self, plain: &str) -> Option<String> {
        let Rich { shell, words, word, said, behind_no_option } = self;
        let fail = |what: &str| Some(format!("{what}: {said:?}"));
        if (said.code, said.stderr.as_str()) != (0, "") {
            return fail("no silent answer");
        }
        let mut lines = said.stdout.lines();
        let Some((paths, _)) = lines.next().and_then(|head| head.split_once(':')) else {
            // Where click fails, and prints nothing, there is no answer.
            let is_silent = plain.trim().is_empty() && said.stdout.trim().is_empty();
            return if is_silent { None } else { fail("no head") };
        };
        // click 8.1 takes quotes that fish has left open for a part of the word: it says so beside a path.
        let is_quoted = shell == "fish" && word.contains(['\'', '"', '\\']);
        let is_word = |item: &str| item.split_once(',').is_some_and(|(_, value)| value == word);
        if is_quoted && plain.lines().any(is_word) {
            return None;
        }
        let (values, kinds) = values(shell, plain);
        // A lone "=" is a word of its own to our scripts; what stands behind the `=` of no option, or of one of
        // a letter, is none.
        let start = said.stdout.strip_prefix("none:").and_then(|start| start.strip_suffix("=\n"));
        let is_piece = said.stdout.starts_with("none:=\n")
            || start.is_some_and(|option| option.len() == 2)
            || behind_no_option.as_deref() == Some(plain);
        // Files are directories, too.
        let wanted = ["file", "dir"].into_iter().find(|kind| kinds.contains(kind));
        if wanted.is_some_and(|kind| kind != paths) && !is_piece {
            return fail("other paths");
        }
        let mut offered: Vec<&str> = lines.map(|line| line.split('\t').next().unwrap()).collect();
        if shell == "fish" {
            // It has all candidates, and chooses itself.
            let start = said.stdout.lines().next().and_then(|head| head.split_once(':'));
            let typed = word.strip_prefix(start.map_or("", |(_, start)| start)).unwrap_or(word);
            offered.retain(|value| value.starts_with(typed) || values.contains(value));
        }
        let set: BTreeSet<&str> = offered.iter().copied().collect();
        let is_twice = values.iter().collect::<BTreeSet<_>>().len() < values.len();
        if !values.is_empty() && set.len() != offered.len() && !is_twice {
            return fail("one twice");
        }
        // Where click is silent there may be more.
        if !values.is_empty() && offered.iter().any(|value| !values.contains(value)) {
            return fail("one that click has not");
        }
        let mut order = values.iter().filter(|value| set.contains(*value));
        if !values.is_empty() && !offered.iter().all(|value| order.any(|other| other == value)) {
            return fail("another order");
        }
        let bare = |value: &str| value.split_once('/').map(|(_, bare)| bare.to_owned());
        let is_left_out = |value: &&str| {
            let twin = values.iter().any(|other| bare(other).as_deref() == Some(value));
            let given = words.contains(bare(value).as_deref().unwrap_or(value));
            twin || given || value.chars().any(char::is_control)
        };
        match values.iter().find(|value| !set.contains(*value) && !is_left_out(value)) {
            Some(value) if !is_piece => fail(&format!("{value:?} is missing")),
            _ => None,
        }
    }
}

/// The values that click printed, and the kinds of items.
fn values<'p>(shell: &str, plain: &'p str) -> (Vec<&'p str>, BTreeSet<&'p str>) {
    let lines: Vec<&str> = plain.lines().filter(|line| !line.is_empty()).collect();
    // Helps of several lines break what it prints for zsh, and escapes are no values.
    if shell == "zsh" && (plain.contains('\\') || !lines.len().is_multiple_of(3)) {
        return Default::default();
    }
    let items: Vec<(&str, &str)> = match shell {
        "zsh" => lines.chunks_exact(3).map(|item| (item[0], item[1])).collect(),
        _ => lines
            .iter()
            .filter_map(|line| line.split_once(','))
            .map(|(kind, rest)| (kind, rest.split('\t').next().unwrap()))
            .collect(),
    };
    if items.iter().any(|(kind, _)| !["plain", "file", "dir"].contains(kind)) {
        return Default::default();
    }
    let plain = items.iter().filter(|(kind, _)| *kind == "plain").map(|(_, value)| *value);
    (plain.collect(), items.iter().map(|(kind, _)| *kind).collect())
}
