//! Whether the shell that doctor was called from has loaded our script: `init` has it leave a mark.

use std::fs;
use std::path::PathBuf;

use pivot_complete::line::PROTOCOL;

use crate::environment::settings::{caller, variable, xdg_home};

/// What a script leaves in the shell's environment: SHELL VERSION/PROTOCOL PROCESS.
pub const MARK: &str = "PIVOT_COMPLETE_INIT";
/// Shells that `init` knows, as their processes are called.
const SHELLS: [&str; 6] = ["bash", "zsh", "fish", "elvish", "nu", "xonsh"];
/// Others that people sit before, for which there is no script. (`sh` is rather somebody's script.)
const OTHERS: [&str; 5] = ["tcsh", "csh", "ksh", "mksh", "pwsh"];

/// Whether the shell asks us at a TAB.
#[derive(Debug, PartialEq, Eq)]
pub enum Loaded {
    /// It does, or nobody can tell.
    Yes,
    /// By another version's script; what to do about that.
    ByOther(String),
    /// By a script that would misread our answers, and gets none.
    Misreading,
    /// It has loaded Pivot's own script behind ours, and asks that; what to do about it.
    Overruled(String),
    /// It has not loaded our script; what to do about that.
    No(String),
}

/// What is said of the shell, and whether it asks us.
pub fn integration() -> (String, Loaded) {
    let name = process_name(caller());
    let shell = name.as_deref().filter(|name| SHELLS.contains(name) || OTHERS.contains(name));
    let mark = variable(MARK).and_then(|mark| mark.into_string().ok()).unwrap_or_default();
    let above = mark.rsplit(' ').next().and_then(|process| process.parse().ok());
    let began_with = began_with(caller(), &mark);
    let asker = above.filter(|_| began_with == Some(false)).unwrap_or_else(caller);
    let (said, loaded) = of(shell, asker, &mark, began_with == Some(true));
    let overruled = shell.filter(|_| loaded == Loaded::Yes).and_then(overruled);
    (said, overruled.unwrap_or(loaded))
}

/// What to do where fish has Pivot's own completion, too, by a file or a line: it asks both.
pub fn beside_fishs() -> Option<String> {
    let file = xdg_home("CONFIG", ".config")?.join("fish/completions/pivot.fish");
    let is_ours = |text: &[u8]| text.windows(14).any(|part| part == b"pivot-complete");
    let what = if fs::read(&file).is_ok_and(|text| !is_ours(&text)) {
        format!("Remove {}", file.display())
    } else {
        let (file, text) = rc_text("fish")?;
        take_out(text.lines().find(|line| is_pivots_line("fish", line))?, &file)
    };
    Some(format!("{what}: with it fish asks Pivot's own completion at each TAB, too."))
}

/// Where the rc file loads Pivot's own completion behind ours: a shell asks the last one, but fish.
fn overruled(shell: &str) -> Option<Loaded> {
    let (file, text) = rc_text(shell).filter(|_| shell != "fish")?;
    let line = pivots_line_behind_ours(shell, &text)?;
    Some(Loaded::Overruled(format!("{}, and start a new shell.", take_out(line, &file))))
}

fn pivots_line_behind_ours<'a>(shell: &str, text: &'a str) -> Option<&'a str> {
    let behind = text.lines().rev().take_while(|line| !is_line_of(shell, line));
    let found = behind.filter(|line| is_pivots_line(shell, line)).last()?;
    text.lines().any(|line| is_line_of(shell, line)).then_some(found)
}

fn take_out(line: &str, file: &str) -> String {
    format!("Take `{}` out of {file}", line.trim())
}

/// Whether the process `id` began with the `mark`, as a program that was started does by its environment:
/// a fork has it from the shell, and a shell from our script. Nothing, where the system does not tell.
fn began_with(id: u32, mark: &str) -> Option<bool> {
    let mark = format!("{MARK}={mark}");
    let start = fs::read(format!("/proc/{id}/environ")).ok()?;
    Some(start.split(|&byte| byte == 0).any(|entry| entry == mark.as_bytes()))
}

/// The same for a `shell` with the process id `id`, and the `mark` that was found, by a shell before it in
/// this process (`exec`) where it is `handed_on`.
fn of(shell: Option<&str>, id: u32, mark: &str, handed_on: bool) -> (String, Loaded) {
    let own = env!("CARGO_PKG_VERSION");
    let parts: Vec<&str> = mark.split(' ').collect();
    match (parts.as_slice(), shell) {
        ([loaded, version, process], _) if process.parse() == Ok(id) && !handed_on => {
            // Scripts from before the protocol stood there speak the first one.
            let (version, protocol) = version.split_once('/').unwrap_or((version, "1"));
            let said = format!("{loaded}, loaded by version {version} (process {id})");
            if protocol.as_bytes() != PROTOCOL {
                return (format!("{said}, whose protocol is {protocol}"), Loaded::Misreading);
            }
            let other = || {
                format!(
                    "This shell was started with pivot-complete {version}; this is {own}: start a new shell."
                )
            };
            (said, if version == own { Loaded::Yes } else { Loaded::ByOther(other()) })
        }
        (_, Some(shell)) => {
            (format!("{shell} (process {id}) has not loaded it"), Loaded::No(rc_line(shell)))
        }
        ([loaded, version, process], None) => {
            let version = version.split('/').next().unwrap_or_default();
            let said = format!("{loaded}, loaded by version {version} in process {process}");
            (format!("{said}, not here"), Loaded::Yes)
        }
        _ => ("called by no shell that is known here".into(), Loaded::Yes),
    }
}

/// What to do for a shell that has not loaded our script.
fn rc_line(shell: &str) -> String {
    if OTHERS.contains(&shell) {
        return format!(
            "There is no script for {shell}: bash, zsh, fish, elvish, nushell and xonsh have one."
        );
    }
    let Some((file, _)) = rc_file(shell) else {
        return "Put this shell's line, which GUIDE.md has, into its rc file.".into();
    };
    let text = rc_text(shell).map(|(_, text)| text).unwrap_or_default();
    match text.lines().any(|line| is_line_of(shell, line)) {
        true => format!(
            "{file} has the line that loads it: start a new shell. Where that has not loaded it either, \
             pivot-complete was not found yet as the line was read: move it behind what sets PATH there."
        ),
        false => put_line(shell, &file),
    }
}

/// What to do where the rc `file` has no line for us.
fn put_line(shell: &str, file: &str) -> String {
    let line = match shell {
        "fish" => "if command -q pivot-complete; pivot-complete init fish | source; end".into(),
        _ => format!(
            r#"if command -v pivot-complete >/dev/null; then eval "$(pivot-complete init {shell})"; fi"#
        ),
    };
    let autoloaded = match shell {
        "zsh" => {
            " (One that is the file `_pivot` in a directory of $fpath is loaded by the first TAB.)"
        }
        _ => "",
    };
    format!("Put `{line}` into {file}, and start a new shell.{autoloaded}")
}

/// The rc file of a shell, as users write it and where it is; nothing for shells that have none here.
fn rc_file(shell: &str) -> Option<(String, Option<PathBuf>)> {
    let (directory, below_home, name) = match shell {
        "bash" => (None, "", ".bashrc"),
        "zsh" => (variable("ZDOTDIR").map(PathBuf::from), "", ".zshrc"),
        "fish" => (
            variable("XDG_CONFIG_HOME").and_then(|_| xdg_home("CONFIG", ".config")),
            ".config/",
            "fish/config.fish",
        ),
        _ => return None,
    };
    Some(match directory.map(|directory| directory.join(name)) {
        Some(place) => (place.display().to_string(), Some(place)),
        None => {
            let name = format!("{below_home}{name}");
            let place = variable("HOME").map(|home| PathBuf::from(home).join(&name));
            (format!("~/{name}"), place)
        }
    })
}

/// The same, with what is in it; nothing where it cannot be read.
fn rc_text(shell: &str) -> Option<(String, String)> {
    let (file, place) = rc_file(shell)?;
    Some((file, fs::read_to_string(place?).ok()?))
}

/// Whether a line of an rc file is meant to load our script.
fn is_line_of(shell: &str, line: &str) -> bool {
    has(line, &format!("pivot-complete init {shell}"))
}

/// Whether it is meant to load Pivot's own, as `pivot completion --help` says, or as click does.
fn is_pivots_line(shell: &str, line: &str) -> bool {
    has(line, &format!("pivot completion {shell}"))
        || has(line, &format!("_PIVOT_COMPLETE={shell}_source"))
}

/// Whether the line of a script has these words, and not in a comment.
fn has(line: &str, words: &str) -> bool {
    !line.trim_start().starts_with('#') && line.contains(words)
}

/// What the process with this id is called; nothing where the system does not tell.
fn process_name(id: u32) -> Option<String> {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(name.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_counts_for_the_shell_that_left_it() {
        let own = format!("bash {}/1 7", env!("CARGO_PKG_VERSION"));
        let said = |shell, id, mark: &str| of(shell, id, mark, false);
        assert_eq!(said(Some("bash"), 7, &own).1, Loaded::Yes);
        assert!(matches!(of(Some("bash"), 7, &own, true).1, Loaded::No(_)));
        let (_, by_other) = said(Some("bash"), 7, "bash 0.0.1 7");
        assert!(
            matches!(by_other, Loaded::ByOther(remedy) if remedy.contains("start a new shell"))
        );
        let later = format!("bash {}/2 7", env!("CARGO_PKG_VERSION"));
        assert_eq!(said(Some("bash"), 7, &later).1, Loaded::Misreading);
        let without = format!("bash {} 7", env!("CARGO_PKG_VERSION"));
        assert_eq!(said(Some("bash"), 7, &without).1, Loaded::Yes);
        for mark in [&own[..], "", "nonsense", "a b c d"] {
            let (fact, loaded) = said(Some("zsh"), 8, mark);
            assert!(fact.contains("has not loaded"), "{mark}: {fact}");
            assert!(matches!(loaded, Loaded::No(remedy) if remedy.contains("init zsh")), "{mark}");
        }
        assert!(said(None, 8, &own).0.ends_with("in process 7, not here"));
        let (_, without) = said(Some("tcsh"), 8, "");
        assert!(
            matches!(without, Loaded::No(remedy) if remedy.starts_with("There is no script for tcsh"))
        );
    }

    #[test]
    fn a_line_that_is_there_is_seen() {
        for (line, is_one) in [
            ("eval \"$(pivot-complete init bash)\"", true),
            ("  eval \"$(~/.local/bin/pivot-complete init bash --prewarm)\"", true),
            ("# eval \"$(pivot-complete init bash)\"", false),
            ("eval \"$(pivot-complete init zsh)\"", false),
            ("", false),
        ] {
            assert_eq!(is_line_of("bash", line), is_one, "{line}");
        }
    }

    #[test]
    fn pivots_own_line_counts_behind_ours() {
        let (ours, other) = ("eval \"$(pivot-complete init zsh)\"", "eval \"$(x init zsh)\"");
        for theirs in
            ["eval \"$(pivot completion zsh)\"", "eval \"$(_PIVOT_COMPLETE=zsh_source pivot)\""]
        {
            for (lines, is_behind) in [
                ([ours, other, theirs], true),
                ([theirs, ours, theirs], true),
                ([theirs, ours, other], false),
                ([ours, theirs, ours], false),
                ([other, theirs, other], false),
            ] {
                let text = lines.join("\n");
                let found = pivots_line_behind_ours("zsh", &text);
                assert_eq!(found, is_behind.then_some(theirs), "{lines:?}");
            }
            let comment = format!("{ours}\n  # {theirs}\n");
            assert_eq!(pivots_line_behind_ours("zsh", &comment), None);
            assert_eq!(pivots_line_behind_ours("bash", &format!("{ours}\n{theirs}\n")), None);
        }
    }

    /// What is to be put into an rc file is the line of the README, word for word.
    #[test]
    fn the_line_is_that_of_the_readme() {
        const README: &str = include_str!("../../../../README.md");
        for shell in ["bash", "zsh", "fish"] {
            let remedy = put_line(shell, "its file");
            let line = remedy.split('`').nth(1).unwrap();
            assert!(README.lines().any(|of_it| of_it.starts_with(line)), "{remedy}");
        }
    }
}
