//! Seconds since the epoch as a date of the Gregorian calendar, in UTC.

/// Length of the text of a time, in bytes.
pub const LEN_BYTES: usize = 20;

/// Prints a time as RFC 3339 has it: `2026-11-29T04:33:06Z`. One that no year of four digits has is
/// that of the nearest.
pub fn utc(seconds: i64) -> [u8; LEN_BYTES] {
    const DAY_S: i64 = 86_400;
    // The first second of the year 0, and the last of the year 9999.
    let seconds = seconds.clamp(-62_167_219_200, 253_402_300_799);
    let (days, second) = (seconds.div_euclid(DAY_S), seconds.rem_euclid(DAY_S));
    // Years that begin in March, so that a leap day is the last (H. Hinnant, "chrono-compatible
    // low-level date algorithms", `civil_from_days`).
    let days = days + 719_468;
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let mut text = *b"0000-00-00T00:00:00Z";
    let numbers = [
        (0, year / 100),
        (2, year % 100),
        (5, month),
        (8, day),
        (11, second / 3_600),
        (14, second / 60 % 60),
        (17, second % 60),
    ];
    for (place, number) in numbers {
        if let Some([tens, ones]) = text.get_mut(place..place + 2) {
            *tens += (number / 10) as u8;
            *ones += (number % 10) as u8;
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Printed by CPython's `datetime`.
    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (-1, "1969-12-31T23:59:59Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (1_795_926_786, "2026-11-29T04:33:06Z"),
            (i64::MIN, "0000-01-01T00:00:00Z"),
            (i64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(str::from_utf8(&utc(seconds)), Ok(expected));
        }
    }
}
