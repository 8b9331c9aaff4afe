//! Why an explicit command could not answer: a reason for the trace, words for the user.

use pivot_complete::reason::Reason;

/// A command's failure.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The reason, as `doctor` and the trace print it.
    pub reason: Reason,
    /// What to tell the user: the operation, the path, the remedy; no final newline.
    pub message: String,
}

impl Failure {
    /// A failure for `reason`, said as `message`.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}
