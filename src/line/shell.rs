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
    Rich(Reader),
}

/// Which script of ours reads an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reader {
    /// bash's, which can show no help.
    Bash,
    /// bash's for a user whose readline ignores case.
    BashIgnoringCase,
    /// zsh's, which wants to know what the candidates are.
    Zsh,
    /// The same where it can show what a TAB waits for: told in a line before the answer.
    ZshWaiting,
    /// fish's.
    Fish,
    /// That of another shell.
    Other,
}

/// Which candidates are wanted of those there are for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Matching {
    /// Those that start with it.
    Prefix,
    /// Those that start with it in whatever case.
    EitherCase,
    /// Those that have its letters in their order, whatever is between: all that fish finds.
    Scattered,
    /// All: the shell has ways of its own to match them.
    All,
}

impl Matching {
    /// Whether this candidate is.
    #[inline(never)]
    pub fn takes(self, candidate: &[u8], word: &[u8]) -> bool {
        let start = candidate.get(..word.len());
        match self {
            Matching::All => true,
            Matching::Scattered => has_scattered(candidate, word),
            Matching::Prefix => start == Some(word),
            Matching::EitherCase => start.is_some_and(|start| start.eq_ignore_ascii_case(word)),
        }
    }
}

/// Whether fish may find `candidate` for `word`. Case does not count, nor which of `-` and `_` it is; of
/// what is not ASCII, and of a word with anything that means more to fish than itself, nobody here can
/// tell.
fn has_scattered(candidate: &[u8], word: &[u8]) -> bool {
    let is_itself = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_/@:.,=+".contains(byte);
    let fold = |byte: u8| if byte == b'_' { b'-' } else { byte.to_ascii_lowercase() };
    let mut rest = candidate.iter();
    !candidate.is_ascii()
        || !word.iter().all(is_itself)
        || word.iter().all(|&wanted| rest.any(|&byte| fold(byte) == fold(wanted)))
}

impl Reader {
    /// Whether it can show a help beside a candidate.
    pub fn has_help(self) -> bool {
        !matches!(self, Reader::Bash | Reader::BashIgnoringCase)
    }
}

impl Form {
    /// Whether zsh's script reads it.
    pub fn is_zsh(self) -> bool {
        matches!(self, Self::Rich(Reader::Zsh | Reader::ZshWaiting))
    }

    /// Whether what is said of a value is printed.
    pub fn shows_help(self) -> bool {
        matches!(self, Self::Rich(reader) if reader.has_help())
    }

    /// The click that takes the line apart, where `click` formats answers: our own scripts quote no
    /// word as 8.1's would.
    pub fn line_click(self, click: Click) -> Click {
        match self {
            Form::Click => click,
            Form::Rich(_) => Click::V85,
        }
    }

    /// Which candidates the reader wants.
    pub fn matching(self) -> Matching {
        match self {
            Form::Click | Form::Rich(Reader::Bash | Reader::Other) => Matching::Prefix,
            Form::Rich(Reader::BashIgnoringCase) => Matching::EitherCase,
            Form::Rich(Reader::Fish) => Matching::Scattered,
            Form::Rich(Reader::Zsh | Reader::ZshWaiting) => Matching::All,
        }
    }
}

/// The number that the scripts of `init` name as they ask. A shell keeps the script that it began with, whatever
/// program an upgrade puts in its place: a program whose answers a script of another number could
/// misread has another number, and answers those alone that it can.
pub const PROTOCOL: &[u8] = b"1";

/// What a script of ours asks for that speaks this protocol; `None` is for a script of a later version,
/// of another protocol or for a reader unknown here: it gets no answer.
pub fn by_script(reader: &[u8], protocol: &[u8]) -> Option<(Shell, Form)> {
    if protocol == PROTOCOL { rich(reader) } else { None }
}

/// The shell whose line it is, and the form of the answer, for an argument of `complete --rich`.
/// The scripts before [`PROTOCOL`] had a number say no more: they speak the first one.
///
/// Shells that click does not know give their words as zsh does.
pub fn rich(name: &[u8]) -> Option<(Shell, Form)> {
    let (shell, reader) = match name {
        b"bash" => (Shell::Bash, Reader::Bash),
        b"bash-ignoring-case" => (Shell::Bash, Reader::BashIgnoringCase),
        b"zsh" => (Shell::Zsh, Reader::Zsh),
        b"zsh-waiting" => (Shell::Zsh, Reader::ZshWaiting),
        b"fish" => (Shell::Fish, Reader::Fish),
        b"elvish" | b"nushell" | b"xonsh" => (Shell::Zsh, Reader::Other),
        _ => return None,
    };
    Some((shell, Form::Rich(reader)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fish_may_find_is_taken() {
        let takes =
            |word: &str| Matching::Scattered.takes(b"demo/train_all@boosted", word.as_bytes());
        for word in
            ["", "demo/tr", "boost", "DEMO", "dtb", "train-all@B", "*boost", "$x", "a\\", "é"]
        {
            assert!(takes(word), "{word}");
        }
        for word in ["x", "demo/tx", "boostedd", "bd/"] {
            assert!(!takes(word), "{word}");
        }
        assert!(Matching::Scattered.takes("démo".as_bytes(), b"x"));
    }
}
