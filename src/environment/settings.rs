//! The variables that users set, and which of their values mean something.

use super::trace;

/// What the names of all of them begin with.
pub const PREFIX: &[u8] = b"PIVOT_COMPLETE_";

/// What stands behind that.
pub const NAMES: [&str; 7] = ["PYTHON", "TIMEOUT", "ON_MISS", "TRUST", "TRACE", "OFF", "INIT"];

/// Whether the value of the setting `name`, one of [`NAMES`], means something; an empty one counts as
/// unset.
pub fn has_meaning(name: &[u8], value: &[u8]) -> bool {
    value.is_empty()
        || match name {
            b"TIMEOUT" => is_seconds(value.trim_ascii()),
            b"ON_MISS" => matches!(value, b"wait" | b"stale" | b"never"),
            b"TRUST" => matches!(value, b"owner" | b"explicit"),
            b"TRACE" => trace::is_file(value),
            name => NAMES.iter().any(|known| known.as_bytes() == name),
        }
}

/// Whether what stands behind [`PREFIX`] in an environment, `NAME=VALUE`, means nothing.
pub fn is_misunderstood(setting: &[u8]) -> bool {
    let mut parts = setting.splitn(2, |&byte| byte == b'=');
    let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    !has_meaning(name, value)
}

/// A decimal number above zero, with or without a fraction: in no time nobody answers.
fn is_seconds(value: &[u8]) -> bool {
    value.iter().any(|byte| matches!(byte, b'1'..=b'9'))
        && value.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && value.iter().filter(|byte| **byte == b'.').count() < 2
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_nothing_is_known() {
        for understood in [
            "TIMEOUT=5",
            "TIMEOUT= 0.5 ",
            "TIMEOUT=",
            "ON_MISS=stale",
            "TRUST=owner",
            "TRACE=/tmp/x",
            "PYTHON=anything",
            "OFF=1",
        ] {
            assert!(!is_misunderstood(understood.as_bytes()), "{understood}");
        }
        for misunderstood in [
            "TIMOUT=5",
            "TIMEOUT=5s",
            "TIMEOUT=-1",
            "TIMEOUT=.",
            "TIMEOUT=1.2.3",
            "TIMEOUT=0",
            "TIMEOUT=0.0",
            "ON_MISS=Stale",
            "TRUST=all",
            "TRACE=relative",
            "=x",
        ] {
            assert!(is_misunderstood(misunderstood.as_bytes()), "{misunderstood}");
        }
    }
}
