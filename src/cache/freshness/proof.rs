//! What is known once inputs were looked at.

use crate::reason::Reason;

/// What became of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputState {
    /// Its stamp proves that it is the same.
    Same,
    /// Its content is the same, though its stamp proves nothing, or no longer. A new stamp would
    /// prove something once the time given, in seconds, has aged.
    SameContent(Option<i64>),
    /// It is another one.
    Changed(Reason),
}

/// How it is known that all inputs are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proof {
    /// The earliest change, in seconds, whose stamp did not prove what the content had to: once
    /// that has aged, new stamps would.
    pub renewable_s: Option<i64>,
}

impl Proof {
    /// Of no input.
    pub const NONE: Self = Self { renewable_s: None };

    /// Counts one input in; fails where it is another one.
    pub fn add(&mut self, state: InputState) -> Result<(), Reason> {
        match state {
            InputState::Same => Ok(()),
            InputState::SameContent(changed_s) => {
                self.renewable_s = [self.renewable_s, changed_s].into_iter().flatten().min();
                Ok(())
            }
            InputState::Changed(reason) => Err(reason),
        }
    }
}
