//! What goes through the pipes between the engine and the database's process.
//!
//! Both directions are messages: a kind byte, the length of the rest (4 bytes, little endian), the
//! rest. A request ends with its stream; a response with [`Message::END`] or [`Message::ERROR`].

use super::error::StateDbError;

/// A message's kind and what it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message<'a> {
    /// What it is.
    pub kind: u8,
    /// What it says.
    pub value: &'a [u8],
}

impl<'a> Message<'a> {
    /// In a request: a key.
    pub const KEY: u8 = b'k';
    /// The value of the key before it in a request; in a response, of the next key asked for.
    pub const VALUE: u8 = b'v';
    /// The next key asked for has no value.
    pub const ABSENT: u8 = b'-';
    /// From here on the database with this inode number (8 bytes) is worked with.
    pub const OPENING: u8 = b'o';
    /// All is done.
    pub const END: u8 = b'.';
    /// It failed: a letter for the reason, then words.
    pub const ERROR: u8 = b'e';

    /// Appends it.
    pub fn write(kind: u8, value: &[u8], out: &mut Vec<u8>) {
        out.push(kind);
        out.extend(u32::try_from(value.len()).unwrap_or(u32::MAX).to_le_bytes());
        out.extend(value);
    }

    /// Takes the first message off `bytes`, once it is there as a whole.
    pub fn take(bytes: &mut &'a [u8]) -> Option<Self> {
        let (&kind, rest) = bytes.split_first()?;
        let (len_bytes, rest) = rest.split_first_chunk()?;
        let (value, rest) = rest.split_at_checked(u32::from_le_bytes(*len_bytes) as usize)?;
        *bytes = rest;
        Some(Self { kind, value })
    }
}

/// Appends the message of `error`.
pub fn write_error(error: &StateDbError, out: &mut Vec<u8>) {
    let (letter, words) = match error {
        StateDbError::KeyTooLong => (b'k', ""),
        StateDbError::DatabaseFull => (b'f', ""),
        StateDbError::ReadOnly => (b'r', ""),
        StateDbError::Busy => (b'l', ""),
        StateDbError::Broken(why) => (b'b', why.as_str()),
        StateDbError::Unavailable(why) => (b'u', why.as_str()),
    };
    Message::write(Message::ERROR, &[&[letter], words.as_bytes()].concat(), out);
}

/// Reads the error that a message carries.
pub fn read_error(value: &[u8]) -> StateDbError {
    let (letter, words) = value.split_first().unwrap_or((&b'u', b""));
    let words = String::from_utf8_lossy(words).into_owned();
    match letter {
        b'k' => StateDbError::KeyTooLong,
        b'f' => StateDbError::DatabaseFull,
        b'r' => StateDbError::ReadOnly,
        b'l' => StateDbError::Busy,
        b'b' => StateDbError::Broken(words),
        _ => StateDbError::Unavailable(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_back_whole_or_not_yet() {
        let mut bytes = Vec::new();
        Message::write(Message::KEY, b"a\0b", &mut bytes);
        Message::write(Message::END, b"", &mut bytes);
        let mut rest = bytes.as_slice();
        assert_eq!(Message::take(&mut rest), Some(Message { kind: Message::KEY, value: b"a\0b" }));
        assert_eq!(Message::take(&mut rest), Some(Message { kind: Message::END, value: b"" }));
        assert_eq!(Message::take(&mut rest), None);
        for end in 0..8 {
            assert_eq!(Message::take(&mut &bytes[..end]), None, "cut at {end}");
        }
    }

    #[test]
    fn errors_come_back() {
        for error in [
            StateDbError::KeyTooLong,
            StateDbError::DatabaseFull,
            StateDbError::ReadOnly,
            StateDbError::Busy,
            StateDbError::Broken("a".into()),
            StateDbError::Unavailable("b".into()),
        ] {
            let mut bytes = Vec::new();
            write_error(&error, &mut bytes);
            let message = Message::take(&mut bytes.as_slice()).unwrap();
            assert_eq!((message.kind, read_error(message.value)), (Message::ERROR, error));
        }
    }
}
