//! The shells, and the forms of an answer.

use super::Click;

/// The shells whose words and wire format are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// GNU bash.
    Bash,
    /// Z shell.
    Zsh,
    /// fish.
    Fish,
}

impl Shell {
    /// The shell of this name.
    pub fn named(name: &[u8]) -> Option<Self> {
        match name {
            b"bash" => Some(Shell::Bash),
            b"zsh" => Some(Shell::Zsh),
            b"fish" => Some(Shell::Fish),
            _ => None,
        }
    }

    /// The shell that click's variable asks for: `bash_complete`, `zsh_complete`, `fish_complete`.
    pub fn of_instruction(value: &[u8]) -> Option<Self> {
        Self::named(value.strip_suffix(b"_complete")?)
    }

    /// The shell's name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Shell::Bash => "bash",
            Shell::Zsh => "zsh",
            Shell::Fish => "fish",
        }
    }
}

/// The form of an answer to a TAB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// What click prints.
    Click,
    /// What our own scripts ask for (`complete --rich`): candidates as they are to be offered.
    Rich {
        /// Whether the shell can show a help beside a candidate.
        has_help: bool,
    },
}

impl Form {
    /// The click that takes the line apart, where `click` formats answers: our own scripts quote no
    /// word as 8.1's would.
    pub fn line_click(self, click: Click) -> Click {
        match self {
            Form::Click => click,
            Form::Rich { .. } => Click::V85,
        }
    }
}

/// The shell whose line it is, and the form of the answer, for an argument of `complete --rich`.
///
/// Shells that click does not know give their words as zsh does.
pub fn rich(name: &[u8]) -> Option<(Shell, Form)> {
    match name {
        b"bash" => Some((Shell::Bash, Form::Rich { has_help: false })),
        b"elvish" | b"nushell" | b"xonsh" => Some((Shell::Zsh, Form::Rich { has_help: true })),
        _ => Some((Shell::named(name)?, Form::Rich { has_help: true })),
    }
}
