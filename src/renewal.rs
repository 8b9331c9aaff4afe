//! When new stamps are worth taking: a TAB that had to compare contents asks for them behind
//! itself, once they have aged enough to prove something. (A `stages.cache` that somebody else wrote
//! is looked at by the same renewal, at once.)

use crate::stamp::RACY_S;

/// Seconds beyond [`RACY_S`] that stamps age before they are renewed: clocks of file systems may
/// lag behind ours by a tick, or by a whole second.
const MARGIN_S: i64 = 1;

/// Whether a renewal at `now_s` helps, where the earliest change whose stamp did not prove what
/// the content had to was at `renewable_s`, both in seconds since the epoch.
pub fn is_due(renewable_s: Option<i64>, now_s: i64) -> bool {
    renewable_s.is_some_and(|changed_s| now_s - changed_s > RACY_S + MARGIN_S)
}
