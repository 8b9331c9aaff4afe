//! How click prints completions to each shell, byte for byte, for stage names.
//!
//! Source: click 8.5.1 `shell_completion.py`, `format_completion`; 8.1 prints items without help
//! alike. bash and fish take `type,value` lines, zsh three lines: type, value, help or `_`.

use crate::answer::starting_with;
use crate::query::Shell;
use crate::stages_cache;
use crate::verdict::Reason;

/// Whether names are also offered without their pipeline's prefix.
///
/// Pivot does so from 0.2 on, when all prefixed names share one prefix (`demo/train`, `train`).
/// Pivot 0.1 does not, and has such names only where a matrix value holds a slash or where
/// including a pipeline caused a collision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BareNames<'a> {
    /// They are not, whichever Pivot is asked.
    None,
    /// They are, without this prefix (its slash included).
    Without(&'a [u8]),
}

impl<'a> BareNames<'a> {
    /// Decides from the names alone.
    ///
    /// Fails with [`Reason::BareNamesUnclear`] where the two kinds of Pivot would differ, or
    /// where one name's bare form could be another name.
    pub fn of(text: &'a [u8]) -> Result<Self, Reason> {
        let mut shared: Option<&[u8]> = None;
        let mut unprefixed = false;
        for name in stages_cache::names(text) {
            let Some(slash) = name.iter().position(|&byte| byte == b'/') else {
                unprefixed = true;
                continue;
            };
            let (prefix, bare) = name.split_at_checked(slash + 1).unwrap_or_default();
            if bare.starts_with(prefix) {
                // "demo/demo/x": its bare name may be another one's full name.
                return Err(Reason::BareNamesUnclear);
            }
            match shared {
                None => shared = Some(prefix),
                Some(known) if known == prefix => {}
                Some(_) => return Ok(BareNames::None),
            }
        }
        match shared {
            None => Ok(BareNames::None),
            // "train@a/b" has the shape of a matrix value.
            Some(prefix) if unprefixed || prefix.contains(&b'@') => Err(Reason::BareNamesUnclear),
            Some(prefix) => Ok(BareNames::Without(prefix)),
        }
    }

    /// The bare names that start with `prefix`.
    fn starting_with(
        self,
        text: &'a [u8],
        prefix: &'a [u8],
    ) -> impl Iterator<Item = &'a [u8]> + Clone {
        let pipeline = match self {
            BareNames::None => None,
            BareNames::Without(pipeline) => Some(pipeline),
        };
        stages_cache::names(text).filter_map(move |name| {
            let bare = name.strip_prefix(pipeline?)?;
            bare.starts_with(prefix).then_some(bare)
        })
    }
}

/// Prints the names in `text` that start with `prefix` as click prints them to `shell`.
///
/// An empty answer is one newline, as `click.echo("")` makes it.
pub fn write_names(
    shell: Shell,
    text: &[u8],
    bare: BareNames<'_>,
    prefix: &[u8],
    mut put: impl FnMut(&[u8]),
) {
    let mut any = false;
    let bare_names = bare.starting_with(text, prefix);
    for name in starting_with(text, prefix).chain(bare_names) {
        any = true;
        match shell {
            Shell::Bash | Shell::Fish => {
                put(b"plain,");
                put(name);
                put(b"\n");
            }
            Shell::Zsh => {
                put(b"plain\n");
                put(name);
                put(b"\n_\n");
            }
        }
    }
    if !any {
        put(b"\n");
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    fn written(shell: Shell, text: &str, prefix: &str) -> String {
        let mut out = Vec::new();
        let bare = BareNames::of(text.as_bytes()).unwrap();
        write_names(shell, text.as_bytes(), bare, prefix.as_bytes(), |piece| out.extend(piece));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn one_pipeline_offers_bare_names_too() {
        let text = "demo/train\ndemo/eval\n";
        assert_eq!(written(Shell::Bash, text, "tr"), "plain,train\n");
        assert_eq!(written(Shell::Fish, text, "demo/t"), "plain,demo/train\n");
        assert_eq!(written(Shell::Zsh, text, "e"), "plain\neval\n_\n");
        assert_eq!(written(Shell::Bash, text, "x"), "\n");
        assert_eq!(written(Shell::Bash, "a/x\nb/x\n", "x"), "\n");
        assert_eq!(written(Shell::Bash, "\n", ""), "\n");
    }

    #[test]
    fn what_pivot_0_1_would_not_offer_is_unclear() {
        assert_eq!(BareNames::of(b"train\ndemo/x\n"), Err(Reason::BareNamesUnclear));
        assert_eq!(BareNames::of(b"fit@a/b\n"), Err(Reason::BareNamesUnclear));
        assert_eq!(BareNames::of(b"d/x\nd/d/x\n"), Err(Reason::BareNamesUnclear));
        assert_eq!(BareNames::of(b"fit@a_b\ntrain\n"), Ok(BareNames::None));
    }
}
