//! Python's `repr` of a float, digit for digit.
//!
//! CPython 3.13 prints a double by its shortest round-trip digits, with an exponent below 1e-4
//! and from 1e16 on (`PyOS_double_to_string` with `'r'`). std would round ties up where Python
//! rounds them to even (190987567979465.125), hence zmij.

/// Writes `repr(value)` piece by piece into `put`.
pub fn write(value: f64, mut put: impl FnMut(&[u8])) {
    if value.is_nan() {
        return put(b"nan");
    }
    if value.is_sign_negative() {
        put(b"-");
    }
    if value.is_infinite() {
        return put(b"inf");
    }
    if value == 0.0 {
        return put(b"0.0");
    }
    let decimal = Decimal::of(value);
    let digits = decimal.digits.get(..decimal.len).unwrap_or_default();
    // Where the decimal point stands, counted from before the first digit.
    let point = decimal.point;
    if (-3..=16).contains(&point) {
        write_fixed(digits, point, put);
    } else {
        write_exponent(digits, point - 1, put);
    }
}

fn write_fixed(digits: &[u8], point: i32, mut put: impl FnMut(&[u8])) {
    if point <= 0 {
        put(b"0.");
        write_zeros(-point, &mut put);
        return put(digits);
    }
    let split = digits.len().min(point as usize);
    let (whole, fraction) = digits.split_at(split);
    put(whole);
    write_zeros(point - split as i32, &mut put);
    put(b".");
    put(if fraction.is_empty() { b"0" } else { fraction });
}

fn write_exponent(digits: &[u8], exponent: i32, mut put: impl FnMut(&[u8])) {
    let (first, rest) = digits.split_at(digits.len().min(1));
    put(first);
    if !rest.is_empty() {
        put(b".");
        put(rest);
    }
    put(if exponent < 0 { b"e-" } else { b"e+" });
    let magnitude = exponent.unsigned_abs();
    let digit = |place: u32| b'0' + (magnitude / place % 10) as u8;
    if magnitude >= 100 {
        put(&[digit(100)]);
    }
    put(&[digit(10), digit(1)]);
}

fn write_zeros(count: i32, mut put: impl FnMut(&[u8])) {
    for _ in 0..count {
        put(b"0");
    }
}

/// The shortest decimal digits of a double, and where its point stands.
struct Decimal {
    /// ASCII digits without leading or trailing zeros.
    digits: [u8; 17],
    len: usize,
    /// The value is `0.DIGITS * 10^point`.
    point: i32,
}

impl Decimal {
    /// Takes apart what zmij printed for a finite double other than zero: `1234.5`, `1e-9`,
    /// `1.5e16`; its own choice between them does not matter here.
    fn of(value: f64) -> Self {
        let mut buffer = zmij::Buffer::new();
        let text = buffer.format_finite(value);
        let mut decimal = Self { digits: [0; 17], len: 0, point: 0 };
        let mut exponent = 0;
        let mut exponent_sign = 1;
        let (mut seen_point, mut seen_exponent) = (false, false);
        for byte in text.bytes() {
            match byte {
                b'.' => seen_point = true,
                b'e' => seen_exponent = true,
                b'-' if seen_exponent => exponent_sign = -1,
                b'0'..=b'9' if seen_exponent => exponent = exponent * 10 + i32::from(byte - b'0'),
                b'0' if decimal.len == 0 => decimal.point -= i32::from(seen_point),
                b'0'..=b'9' => {
                    decimal.point += i32::from(!seen_point);
                    if let Some(place) = decimal.digits.get_mut(decimal.len) {
                        *place = byte;
                        decimal.len += 1;
                    }
                }
                _ => {}
            }
        }
        decimal.point += exponent_sign * exponent;
        while decimal.len > 1 && decimal.digits.get(decimal.len - 1) == Some(&b'0') {
            decimal.len -= 1;
        }
        decimal
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// Printed by CPython 3.13.
    #[test]
    fn prints_as_cpython_does() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.5, "1.5"),
            (-2.0, "-2.0"),
            (1e-9, "1e-09"),
            (0.0001, "0.0001"),
            (9.9999e-5, "9.9999e-05"),
            (1e15, "1000000000000000.0"),
            (9_999_999_999_999_998.0, "9999999999999998.0"),
            (1e16, "1e+16"),
            (123_456_789_012_345_680.0, "1.2345678901234568e+17"),
            (f64::from_bits(0x42E5_B678_44AB_7924), "190987567979465.12"),
            (1.7976931348623157e308, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (f64::NAN, "nan"),
        ] {
            let mut text: Vec<u8> = Vec::new();
            write(value, |piece| text.extend(piece));
            assert_eq!(String::from_utf8(text).unwrap(), expected);
        }
    }
}
