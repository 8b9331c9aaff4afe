//! What the driver in Python sends back: one frame, complete or worthless.
//!
//! ```text
//! pivot-complete 1 0000002a\n       magic, version, length of the rest: 8 hex digits
//! n 0000000a demo/train             fields (without the blanks): kind, length, value
//! ```
//!
//! Kinds: `n` a stage's name, `r` ROOT, `c` the config, `o` what click printed, `e` the message
//! that Pivot fails with, `m` the same where Pivot is not installed; those of what discovery saw
//! are drawn in seen.rs. A length says where the frame ends, since a process that the pipeline
//! forked may hold the pipe open for ever.

use crate::seen::Seen;

/// Longest frame that is taken, in bytes.
pub const LIMIT_BYTES: usize = 64 << 20;

const MAGIC: &[u8] = b"pivot-complete 1 ";
const HEAD_LEN_BYTES: usize = MAGIC.len() + 8 + 1;

/// The fields of one frame.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Stage names in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// ROOT as Pivot sees it.
    pub root: Option<Vec<u8>>,
    /// The config's absolute path as Pivot sees it.
    pub config: Option<Vec<u8>>,
    /// What click printed, without its final newline.
    pub output: Option<Vec<u8>>,
    /// Pivot's message, where it failed.
    pub error: Option<Vec<u8>>,
    /// Whether it failed because there is no Pivot.
    pub pivot_is_missing: bool,
    /// What the answer depends on, and what else there is to say of the stages.
    pub seen: Box<Seen>,
}

/// What the bytes so far amount to.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// More must come.
    Incomplete,
    /// The whole frame.
    Complete(Frame),
    /// Not a frame.
    Broken,
}

/// Reads a frame from the start of `bytes`.
pub fn read(bytes: &[u8]) -> Progress {
    let known = bytes.len().min(MAGIC.len());
    if bytes[..known] != MAGIC[..known] {
        return Progress::Broken;
    }
    let Some(head) = bytes.get(..HEAD_LEN_BYTES) else { return Progress::Incomplete };
    let len = match (hex(&head[MAGIC.len()..HEAD_LEN_BYTES - 1]), head.last()) {
        (Some(len), Some(b'\n')) if len <= LIMIT_BYTES => len,
        _ => return Progress::Broken,
    };
    match bytes.get(HEAD_LEN_BYTES..HEAD_LEN_BYTES + len) {
        Some(payload) => fields(payload).map_or(Progress::Broken, Progress::Complete),
        None => Progress::Incomplete,
    }
}

fn fields(payload: &[u8]) -> Option<Frame> {
    let mut frame = Frame::default();
    let mut rest = payload;
    while let [kind, after @ ..] = rest {
        let (len, after) = after.split_at_checked(8)?;
        let (value, after) = after.split_at_checked(hex(len)?)?;
        let value = value.to_vec();
        match kind {
            b'n' => frame.names.push(value),
            b'r' => frame.root = Some(value),
            b'c' => frame.config = Some(value),
            b'o' => frame.output = Some(value),
            b'e' => frame.error = Some(value),
            b'm' => {
                frame.error = Some(value);
                frame.pivot_is_missing = true;
            }
            &kind => frame.seen.take(kind, &value)?,
        }
        rest = after;
    }
    Some(frame)
}

fn hex(digits: &[u8]) -> Option<usize> {
    digits.iter().try_fold(0, |value, &digit| {
        let digit = char::from(digit).to_digit(16)?;
        Some(value << 4 | digit as usize)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &[u8] = b"pivot-complete 1 0000001c\nn00000005trainn00000005a b\nc";

    #[test]
    fn a_frame_is_complete_or_not() {
        let Progress::Complete(frame) = read(GOOD) else { panic!("not complete") };
        assert_eq!(frame.names, [&b"train"[..], b"a b\nc"]);
        for end in 0..GOOD.len() {
            assert_eq!(read(&GOOD[..end]), Progress::Incomplete, "cut at {end}");
        }
    }

    #[test]
    fn nonsense_is_broken() {
        for bytes in [
            &b"hello"[..],
            b"pivot-complete 2 00000000\n",
            b"pivot-complete 1 0000000g\n",
            b"pivot-complete 1 ffffffff\n",
            b"pivot-complete 1 0000000a\nn00000005tr",
            b"pivot-complete 1 00000009\nz00000000",
            b"pivot-complete 1 0000000b\nf00000002- ",
        ] {
            assert!(matches!(read(bytes), Progress::Broken), "{bytes:?}");
        }
    }
}
