//! What Pivot's callbacks mean: that changed from one release to another, under the same names.

use crate::encoding::lines;
use crate::reason::Reason;

/// What Pivot's own callbacks complete with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Callbacks {
    /// As in Pivot 0.1.0: no bare names, and targets are stages.
    Early = 1,
    /// As from Pivot 0.2.4 on.
    Late = 2,
}

impl Callbacks {
    /// The meaning of this number in a description; `None` for one that is not known.
    pub fn numbered(number: u32) -> Option<Self> {
        match number {
            1 => Some(Callbacks::Early),
            2 => Some(Callbacks::Late),
            _ => None,
        }
    }

    /// What Pivot's callbacks mean for these names, where every Pivot agrees.
    ///
    /// Fails with [`Reason::BareNamesUnclear`] where bare names would be offered by one Pivot and not by
    /// another. Pivot 0.1 offers none, and has names with a slash only where a matrix value holds one or
    /// where including a pipeline caused a collision.
    pub fn of_names(text: &[u8]) -> Result<Self, Reason> {
        let Some((pipeline, _)) = shared_pipeline(text, Callbacks::Late) else {
            return Ok(Callbacks::Early);
        };
        // "train@a/b" has the shape of a matrix value; a bare "demo/x" may be another one's full name.
        let is_clear = |name: &[u8]| {
            without(name, pipeline).is_some_and(|bare| without(bare, pipeline).is_none())
        };
        match !pipeline.contains(&b'@') && lines::names(text).all(is_clear) {
            true => Ok(Callbacks::Late),
            false => Err(Reason::BareNamesUnclear),
        }
    }
}

/// What stands before the first slash of every name that has one, where that is the same: then
/// Pivot offers names without it too. Whether there are names without one beside them.
pub(super) fn shared_pipeline(text: &[u8], callbacks: Callbacks) -> Option<(&[u8], bool)> {
    if callbacks == Callbacks::Early {
        return None;
    }
    let mut shared: Option<&[u8]> = None;
    let mut is_mixed = false;
    for name in lines::names(text) {
        // Most often it is that of the name before.
        if shared.is_some_and(|pipeline| without(name, pipeline).is_some()) {
            continue;
        }
        match (name.iter().position(|&byte| byte == b'/'), shared) {
            (None, _) => is_mixed = true,
            (Some(slash), None) => shared = name.get(..slash),
            (Some(_), Some(_)) => return None,
        }
    }
    Some((shared?, is_mixed))
}

/// The name without its pipeline, where it has this one.
pub(super) fn without<'n>(name: &'n [u8], pipeline: &[u8]) -> Option<&'n [u8]> {
    name.strip_prefix(pipeline)?.strip_prefix(b"/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pivot_0_1_would_not_offer_is_unclear() {
        assert_eq!(Callbacks::of_names(b"demo/a\ndemo/b\n"), Ok(Callbacks::Late));
        assert_eq!(Callbacks::of_names(b"a/x\nb/x\n"), Ok(Callbacks::Early));
        assert_eq!(Callbacks::of_names(b"fit@a_b\ntrain\n"), Ok(Callbacks::Early));
        for unclear in [&b"train\ndemo/x\n"[..], b"fit@a/b\n", b"d/x\nd/d/x\n"] {
            assert_eq!(Callbacks::of_names(unclear), Err(Reason::BareNamesUnclear));
        }
    }
}
