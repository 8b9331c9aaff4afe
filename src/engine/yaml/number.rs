//! Recognizes and computes YAML 1.1 numbers and dates as PyYAML does.
//!
//! Sources: PyYAML 6.0.3 `Resolver` (its regular expressions) and `SafeConstructor`.

use pivot_complete::encoding::float;

use super::Unsure;

/// Tells whether the resolver takes a plain scalar for a float.
///
/// A float has a point; an exponent needs its sign (`1e-3` and `1.5e3` are strings).
pub(super) fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let unsigned = unsigned(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, fraction)) = unsigned.split_once('.') else {
        return false;
    };
    if let Some((first, sixties)) = whole.split_once(':') {
        return starts_with_digit(first)
            && all_digits_or_underscores(first)
            && sixties.split(':').all(is_sixtieth)
            && all_digits_or_underscores(fraction);
    }
    let mantissa_end = fraction.find(['e', 'E']).unwrap_or(fraction.len());
    let (mantissa, exponent) = fraction.split_at(mantissa_end);
    let has_whole = starts_with_digit(whole) && all_digits_or_underscores(whole);
    let is_bare_fraction = whole.is_empty() && unsigned == text && starts_with_digit(mantissa);
    (has_whole || is_bare_fraction)
        && all_digits_or_underscores(mantissa)
        && (exponent.is_empty() || is_signed_decimal(&exponent[1..]))
}

/// Tells whether the resolver takes a plain scalar for an integer.
pub(super) fn is_int(text: &str) -> bool {
    let unsigned = unsigned(text);
    let all_of = |digits: &str, is_digit: fn(&u8) -> bool| {
        !digits.is_empty() && digits.bytes().all(|byte| byte == b'_' || is_digit(&byte))
    };
    if let Some(digits) = unsigned.strip_prefix("0b") {
        return all_of(digits, |byte| matches!(byte, b'0' | b'1'));
    }
    if let Some(digits) = unsigned.strip_prefix("0x") {
        return all_of(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = unsigned.strip_prefix('0') {
        return digits.is_empty() || all_of(digits, |byte| matches!(byte, b'0'..=b'7'));
    }
    let mut parts = unsigned.split(':');
    let first = parts.next().unwrap_or_default();
    starts_with_digit(first) && all_digits_or_underscores(first) && parts.all(is_sixtieth)
}

/// Computes an integer that [`is_int`] accepts. Python fails on a prefix without a digit (`0b_`).
pub(super) fn int_of(text: &str) -> Result<i128, Unsure> {
    const TOO_BIG: Unsure = "big-integer";
    let digits = unsigned(text).replace('_', "");
    let (digits, radix) = match digits.as_bytes() {
        [b'0', b'b', ..] => (&digits[2..], 2),
        [b'0', b'x', ..] => (&digits[2..], 16),
        [b'0', ..] => (&digits[..], 8),
        _ => (&digits[..], 10),
    };
    if digits.is_empty() {
        return Err("integer-without-digits");
    }
    let mut magnitude: i128 = 0;
    for part in digits.split(':') {
        let part = i128::from_str_radix(part, radix).map_err(|_| TOO_BIG)?;
        magnitude = magnitude
            .checked_mul(60)
            .and_then(|sixties| sixties.checked_add(part))
            .ok_or(TOO_BIG)?;
    }
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Computes a float that [`is_float`] or [`is_decimal`] accepts.
pub(super) fn float_of(text: &str) -> Result<f64, Unsure> {
    let digits = unsigned(text).replace('_', "").to_ascii_lowercase();
    let magnitude = match digits.as_str() {
        ".inf" => f64::INFINITY,
        ".nan" => f64::NAN,
        _ if digits.contains(':') => sexagesimal(&digits)?,
        _ => digits.parse().map_err(|_| "float")?,
    };
    Ok(if text.starts_with('-') { -magnitude } else { magnitude })
}

/// Adds up `h:m:s.fraction` in Python's order, the last part first, so that it rounds alike.
fn sexagesimal(digits: &str) -> Result<f64, Unsure> {
    let mut value = 0.0;
    let mut base = 1.0;
    for (place, part) in digits.rsplit(':').enumerate() {
        // Up to here powers of sixty are exact in a double, as they are in Python's integers.
        if place > 10 {
            return Err("float");
        }
        let part: f64 = part.parse().map_err(|_| "float")?;
        value += part * base;
        base *= 60.0;
    }
    Ok(value)
}

/// What a scalar looks like that is neither float nor integer.
pub(super) enum DateShape {
    None,
    /// `YYYY-MM-DD`.
    Date,
    /// Begins as a date with a time of day does; not looked at further.
    MaybeTime,
}

pub(super) fn date_shape(text: &str) -> DateShape {
    let bytes = text.as_bytes();
    let digit_at = |place: usize| bytes.get(place).is_some_and(u8::is_ascii_digit);
    let begins = (0..4).all(digit_at) && bytes.get(4) == Some(&b'-') && digit_at(5);
    if !begins {
        DateShape::None
    } else if bytes.len() == 10 && digit_at(6) && bytes[7] == b'-' && digit_at(8) && digit_at(9) {
        DateShape::Date
    } else if bytes.contains(&b':') {
        DateShape::MaybeTime
    } else {
        DateShape::None
    }
}

/// Tells whether Python's `date` takes a text of the shape `YYYY-MM-DD`.
pub(super) fn is_valid_date(text: &str) -> bool {
    let number = |range: std::ops::Range<usize>| text[range].parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(0..4), number(5..7), number(8..10));
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let last_day = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    year >= 1 && (1..=last_day).contains(&day)
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['+', '-']).unwrap_or(text)
}

fn starts_with_digit(text: &str) -> bool {
    text.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

fn all_digits_or_underscores(text: &str) -> bool {
    text.bytes().all(|byte| byte == b'_' || byte.is_ascii_digit())
}

/// Tells whether a part behind a colon is `[0-5]?[0-9]`.
fn is_sixtieth(part: &str) -> bool {
    match part.as_bytes() {
        [ones] => ones.is_ascii_digit(),
        [b'0'..=b'5', ones] => ones.is_ascii_digit(),
        _ => false,
    }
}

pub(super) fn is_decimal(text: &str) -> bool {
    let digits = unsigned(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_signed_decimal(text: &str) -> bool {
    text.starts_with(['+', '-']) && is_decimal(text)
}

/// Prints a float as Python's `repr`.
pub(super) fn float_repr(value: f64) -> String {
    let mut text = String::new();
    float::write(value, |piece| text.push_str(&String::from_utf8_lossy(piece)));
    text
}
