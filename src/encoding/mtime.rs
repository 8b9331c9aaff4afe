//! Python's `repr` of a file's mtime, digit for digit.
//!
//! CPython 3.13 makes `os.stat().st_mtime` as the double `sec + 1e-9 * nsec`
//! (`posixmodule.c`, `fill_time`).

use crate::encoding::float;

/// The text of one mtime: at most 25 bytes of ASCII.
pub struct MtimeText {
    bytes: [u8; 32],
    len: usize,
}

impl MtimeText {
    /// Prints the mtime of `sec` seconds since the epoch and `nsec` nanoseconds after that.
    pub fn new((sec, nsec): (i64, u32)) -> Self {
        let mut text = Self { bytes: [0; 32], len: 0 };
        float::write(sec as f64 + 1e-9 * f64::from(nsec), |piece| text.push(piece));
        text
    }

    /// The text, as in the header line of `stages.cache`.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    #[inline(never)]
    fn push(&mut self, piece: &[u8]) {
        for &byte in piece {
            if let Some(place) = self.bytes.get_mut(self.len) {
                *place = byte;
                self.len += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::string::String;

    use super::*;

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
