//! Why something is not started: which file or directory is to blame, and what would allow it.

use std::fmt;
use std::path::{Path, PathBuf};

use pivot_complete::reason::Reason;

use super::list::SYSTEM_LIST;
use super::owners;
use crate::environment::settings::is_own_home;
use crate::report::Failure;

/// Why something is not started, or not read: which file or directory is to blame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Whose word it would have been.
    pub reason: Reason,
    /// What belongs to somebody else, or can be written by everyone.
    pub path: PathBuf,
    /// The variable that leads there, where it is an entry of one.
    pub through: Option<&'static str>,
    /// The directory to be trusted, to allow it all the same.
    pub remedy: PathBuf,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        if let Some(variable) = self.through {
            write!(out, "{variable} has an entry that begins here: ")?;
        }
        match self.reason {
            Reason::OtherOwner => write!(out, "{path} belongs to another user")?,
            Reason::WorldWritable => {
                write!(out, "everyone can write to {path} (`chmod o-w` ends that)")?;
            }
            Reason::NotTrusted => {
                write!(out, "PIVOT_COMPLETE_TRUST=explicit, and {path} is not trusted")?;
            }
            // No trust makes it.
            Reason::NoPivot => {
                return write!(out, "{path}, which is to run Pivot, is not there");
            }
            _ => write!(out, "{path} cannot be looked at")?,
        }
        let remedy = quoted(&self.remedy);
        if owners::is_for_all(&self.remedy) {
            write!(out, "; what everyone may put something into cannot be trusted")
        } else if is_own_home() {
            write!(out, "; `pivot-complete trust {remedy}` allows it")
        } else {
            // The list in there is another user's.
            write!(out, "; a line `{remedy}` in {SYSTEM_LIST} allows it")
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure::new(refusal.reason, refusal.to_string())
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |char: char| char.is_alphanumeric() || "/._-+@%:,".contains(char);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

/// A refusal as the judge of owners says it.
pub struct Refused {
    pub reason: Reason,
    pub path: PathBuf,
}

impl Refused {
    pub fn remedied(self, remedy: &Path) -> Refusal {
        let remedy = remedy.to_path_buf();
        Refusal { reason: self.reason, path: self.path, through: None, remedy }
    }
}
