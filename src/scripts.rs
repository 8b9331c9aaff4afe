//! The scripts that `init SHELL` prints, and in which every TAB begins.

use crate::query::Shell;

/// The script for `shell`.
pub const fn of(shell: Shell) -> &'static str {
    match shell {
        Shell::Bash => include_str!("../completions/pivot.bash"),
        Shell::Zsh => include_str!("../completions/pivot.zsh"),
        Shell::Fish => include_str!("../completions/pivot.fish"),
    }
}
