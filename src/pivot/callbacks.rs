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
}

/// What stands before the first slash of every name that has one, where that is the same: Pivot offers
/// names without it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pipeline<'n> {
    name: &'n [u8],
    /// Whether there are names without a slash beside them.
    pub is_mixed: bool,
}

impl<'n> Pipeline<'n> {
    /// The pipeline of these `names`, which are lines, where `callbacks` offer names without it.
    ///
    /// Where it is not known which Pivot it is, fails with [`Reason::BareNamesUnclear`] if one would
    /// offer them and another not. Pivot 0.1 offers none, and has names with a slash only where a matrix
    /// value holds one or where including a pipeline caused a collision.
    pub fn of(names: &'n [u8], callbacks: Option<Callbacks>) -> Result<Option<Self>, Reason> {
        if callbacks == Some(Callbacks::Early) {
            return Ok(None);
        }
        match (Self::shared_by(names), callbacks) {
            (Some(pipeline), None) if !pipeline.is_clear(names) => Err(Reason::BareNamesUnclear),
            (pipeline, _) => Ok(pipeline),
        }
    }

    fn shared_by(names: &'n [u8]) -> Option<Self> {
        let mut shared: Option<Self> = None;
        let mut is_mixed = false;
        for name in lines::names(names) {
            // Most often it is that of the name before.
            if shared.is_some_and(|pipeline| pipeline.bare(name).is_some()) {
                continue;
            }
            match (name.iter().position(|&byte| byte == b'/'), shared) {
                (None, _) => is_mixed = true,
                (Some(slash), None) => {
                    shared = name.get(..slash).map(|name| Self { name, is_mixed: false });
                }
                (Some(_), Some(_)) => return None,
            }
        }
        shared.map(|pipeline| Self { is_mixed, ..pipeline })
    }

    /// Whether every Pivot would offer bare names: "train@a/b" has the shape of a matrix value, and a
    /// bare "demo/x" may be another one's full name.
    fn is_clear(&self, names: &[u8]) -> bool {
        let is_clear = |name: &[u8]| self.bare(name).is_some_and(|bare| self.bare(bare).is_none());
        !self.name.contains(&b'@') && lines::names(names).all(is_clear)
    }

    /// Whether targets have bare forms: no key stands behind a pipeline without a name.
    pub fn is_named(&self) -> bool {
        !self.name.is_empty()
    }

    /// The name without the pipeline, where it is of it.
    pub fn bare<'m>(&self, name: &'m [u8]) -> Option<&'m [u8]> {
        name.strip_prefix(self.name)?.strip_prefix(b"/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pivot_0_1_would_not_offer_is_unclear() {
        let pipeline = |name, is_mixed| Ok(Some(Pipeline { name, is_mixed }));
        assert_eq!(Pipeline::of(b"demo/a\ndemo/b\n", None), pipeline(b"demo", false));
        assert_eq!(Pipeline::of(b"a/x\nb/x\n", None), Ok(None));
        assert_eq!(Pipeline::of(b"fit@a_b\ntrain\n", None), Ok(None));
        for unclear in [&b"train\ndemo/x\n"[..], b"fit@a/b\n", b"d/x\nd/d/x\n"] {
            assert_eq!(Pipeline::of(unclear, None), Err(Reason::BareNamesUnclear));
        }
        let mixed = b"train\ndemo/x\n";
        assert_eq!(Pipeline::of(mixed, Some(Callbacks::Late)), pipeline(b"demo", true));
        assert_eq!(Pipeline::of(mixed, Some(Callbacks::Early)), Ok(None));
    }
}
