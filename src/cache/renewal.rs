//! When new stamps are worth taking: a TAB that had to compare contents asks for them behind
//! itself, once they have aged enough to prove something. (A `stages.cache` that somebody else wrote
//! is looked at by the same renewal, at once.) And when a discovery that failed is worth another try.

use crate::files::RACY_S;

/// Seconds beyond [`RACY_S`] that stamps age before they are renewed: clocks of file systems may
/// lag behind ours by a tick, or by a whole second.
const MARGIN_S: i64 = 1;

/// Whether a renewal at `now_s` helps, where the earliest change whose stamp did not prove what
/// the content had to was at `renewable_s`, both in seconds since the epoch.
pub fn is_due(renewable_s: Option<i64>, now_s: i64) -> bool {
    renewable_s.is_some_and(|changed_s| now_s - changed_s > RACY_S + MARGIN_S)
}

/// Seconds after which a discovery that failed is tried again behind a TAB: nobody can tell a failure
/// that passes (a limit, the network) from one that stays until an input changes.
pub const RETRY_AFTER_S: i64 = 60;

/// Seconds by which the clock of a file system may be ahead of ours; a failure of a later time was
/// recorded before a clock was set back.
const AHEAD_MAX_S: i64 = 86_400;

/// Whether a discovery that failed at `failed_s` is due for another try at `now_s`.
pub fn is_retry_due(failed_s: i64, now_s: i64) -> bool {
    !(-AHEAD_MAX_S..RETRY_AFTER_S).contains(&now_s.saturating_sub(failed_s))
}

/// What a failure at `failed_s` makes of `renewable_s`: a renewal is due once another try is, too.
pub fn of_failure(failed_s: i64, renewable_s: Option<i64>) -> Option<i64> {
    let retried_s = failed_s.saturating_add(RETRY_AFTER_S - RACY_S - MARGIN_S - 1);
    Some(renewable_s.map_or(retried_s, |renewable_s| renewable_s.min(retried_s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_after_a_minute() {
        for (age_s, is_due) in [
            (0, false),
            (59, false),
            (60, true),
            (i64::MAX, true),
            (-3_600, false),
            (-90_000, true),
        ] {
            assert_eq!(is_retry_due(0, age_s), is_due, "{age_s}");
        }
        for age_s in [0, 59, 60, 61, 1_000] {
            assert_eq!(
                is_due(of_failure(7, None), 7 + age_s),
                is_retry_due(7, 7 + age_s),
                "{age_s}"
            );
        }
        assert!(is_due(of_failure(7, Some(1)), 8));
        assert!(is_retry_due(i64::MIN, 5) && is_retry_due(i64::MAX, -5));
    }
}
