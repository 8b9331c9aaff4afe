//! Python's `repr` of a file's mtime, digit for digit.
//!
//! CPython 3.13 makes `os.stat().st_mtime` as the double `sec + 1e-9 * nsec`
//! (`posixmodule.c`, `fill_time`) and prints a double by its shortest round-trip digits, with an
//! exponent below 1e-4 and from 1e16 on (`PyOS_double_to_string` with `'r'`).

/// The text of one mtime: at most 25 bytes of ASCII.
pub struct MtimeText {
    bytes: [u8; 32],
    len: usize,
}

impl MtimeText {
    /// Prints the mtime of `sec` seconds since the epoch and `nsec` nanoseconds after that.
    pub fn new((sec, nsec): (i64, u32)) -> Self {
        let value = sec as f64 + 1e-9 * f64::from(nsec);
        let mut text = Self { bytes: [0; 32], len: 0 };
        text.print(value);
        text
    }

    /// The text, as in the header line of `stages.cache`.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    fn print(&mut self, value: f64) {
        if value == 0.0 {
            return self.push(b"0.0");
        }
        if value < 0.0 {
            self.push(b"-");
        }
        let decimal = Decimal::of(value);
        let digits = decimal.digits.get(..decimal.len).unwrap_or_default();
        // Where the decimal point stands, counted from before the first digit.
        let point = decimal.point;
        if (-3..=16).contains(&point) {
            self.print_fixed(digits, point);
        } else {
            self.print_exponent(digits, point - 1);
        }
    }

    fn print_fixed(&mut self, digits: &[u8], point: i32) {
        if point <= 0 {
            self.push(b"0.");
            self.push_zeros(-point);
            return self.push(digits);
        }
        let split = digits.len().min(point as usize);
        let (whole, fraction) = digits.split_at(split);
        self.push(whole);
        self.push_zeros(point - split as i32);
        self.push(b".");
        self.push(if fraction.is_empty() { b"0" } else { fraction });
    }

    fn print_exponent(&mut self, digits: &[u8], exponent: i32) {
        let (first, rest) = digits.split_at(digits.len().min(1));
        self.push(first);
        if !rest.is_empty() {
            self.push(b".");
            self.push(rest);
        }
        self.push(if exponent < 0 { b"e-" } else { b"e+" });
        // An mtime lies between 1e-9 and 1e19: the exponent has at most two digits.
        let magnitude = exponent.unsigned_abs() as u8;
        self.push(&[b'0' + magnitude / 10 % 10, b'0' + magnitude % 10]);
    }

    fn push_zeros(&mut self, count: i32) {
        for _ in 0..count {
            self.push(b"0");
        }
    }

    fn push(&mut self, text: &[u8]) {
        for &byte in text {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = byte;
                self.len += 1;
            }
        }
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
    use super::*;
    use std::string::String;

    fn text(sec: i64, nsec: u32) -> String {
        String::from_utf8(MtimeText::new((sec, nsec)).as_bytes().to_vec()).unwrap()
    }

    /// Printed by CPython 3.13 for `sec + 1e-9 * nsec`; tests/mtime.rs asks CPython for more.
    #[test]
    fn prints_as_cpython_does() {
        for (sec, nsec, expected) in [
            (1795376406, 518714200, "1795376406.5187142"),
            (1700000000, 0, "1700000000.0"),
            (0, 0, "0.0"),
            (0, 1, "1e-09"),
            (0, 100_000, "0.0001"),
            (0, 99_999, "9.9999e-05"),
            (-1, 999_999_990, "-9.99999993922529e-09"),
            (-1, 999_999_999, "-9.999999717180685e-10"),
            (10_000_000_000_000_000, 0, "1e+16"),
            (9_999_999_999_999_998, 0, "9999999999999998.0"),
            (1_000_000_000_000_000, 0, "1000000000000000.0"),
            (123_456_789_012_345_680, 0, "1.2345678901234568e+17"),
            (100, 500_000_000, "100.5"),
            (i64::MAX, 0, "9.223372036854776e+18"),
            (-2, 0, "-2.0"),
        ] {
            assert_eq!(text(sec, nsec), expected);
        }
    }
}
