//! Whether the shell that doctor was called from has loaded our script: `init` has it leave a mark.

use std::fs;

use crate::environment::settings::{caller, variable};

/// What a script leaves in the shell's environment: SHELL VERSION PROCESS.
pub const MARK: &str = "PIVOT_COMPLETE_INIT";
/// Shells that `init` knows, as their processes are called.
const SHELLS: [&str; 6] = ["bash", "zsh", "fish", "elvish", "nu", "xonsh"];

/// What is said of the shell, and what to do, if anything.
pub fn integration() -> (String, Option<String>) {
    let name = process_name(caller());
    let shell = name.as_deref().filter(|name| SHELLS.contains(name));
    let mark = variable(MARK).and_then(|mark| mark.into_string().ok()).unwrap_or_default();
    of(shell, caller(), &mark)
}

/// The same for a `shell` with the process id `id`, and the `mark` that was found.
fn of(shell: Option<&str>, id: u32, mark: &str) -> (String, Option<String>) {
    let own = env!("CARGO_PKG_VERSION");
    let parts: Vec<&str> = mark.split(' ').collect();
    match (parts.as_slice(), shell) {
        ([loaded, version, process], _) if process.parse() == Ok(id) => {
            let said = format!("{loaded}, loaded by version {version} (process {id})");
            let is_other = *version != own;
            let remedy = is_other.then(|| format!("This shell was started with pivot-complete {version}; this is {own}: start a new shell."));
            (said, remedy)
        }
        (_, Some(shell)) => {
            let line = rc_line(shell);
            (format!("{shell} (process {id}) has not loaded it"), Some(line))
        }
        ([loaded, version, process], None) => {
            (format!("{loaded}, loaded by version {version} in process {process}, not here"), None)
        }
        _ => ("called by no shell that is known here".into(), None),
    }
}

/// What to do for a shell that has not loaded our script.
fn rc_line(shell: &str) -> String {
    let (line, file) = match shell {
        "bash" => (r#"eval "$(pivot-complete init bash)""#, "~/.bashrc"),
        "zsh" => (r#"eval "$(pivot-complete init zsh)""#, "~/.zshrc"),
        "fish" => ("pivot-complete init fish | source", "~/.config/fish/config.fish"),
        _ => return "This shell has not loaded the completion: the README has its line.".into(),
    };
    format!(
        "This shell has not loaded the completion: put `{line}` into {file}, and start a new shell."
    )
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
        let own = format!("bash {} 7", env!("CARGO_PKG_VERSION"));
        let said = |shell, id, mark: &str| of(shell, id, mark);
        assert_eq!(said(Some("bash"), 7, &own).1, None);
        assert!(said(Some("bash"), 7, "bash 0.0.1 7").1.unwrap().contains("start a new shell"));
        for mark in [&own[..], "", "nonsense", "a b c d"] {
            let (fact, remedy) = said(Some("zsh"), 8, mark);
            assert!(fact.contains("has not loaded"), "{mark}: {fact}");
            assert!(remedy.unwrap().contains("init zsh"), "{mark}");
        }
        assert!(said(None, 8, &own).0.ends_with("in process 7, not here"));
    }
}
