//! A path in one borrowed buffer, so that looking at twenty files allocates nothing.

use core::ffi::CStr;

use crate::reason::Reason;

/// Longest path the kernel takes, in bytes, its final NUL included (Linux `PATH_MAX`).
pub const PATH_MAX_BYTES: usize = 4096;

/// The most bytes that any path here has beyond its directory's, its final NUL included:
/// `/.pivot/cache/complete/0123456789abcdef.names`.
pub const LONGEST_NAME_BYTES: usize = 64;

/// A path as the kernel takes it: it ends at its first NUL, and there is one.
///
/// A `CStr` has been searched for that NUL whenever one is made, which a path that is asked about
/// once does not pay for.
#[derive(Clone, Copy)]
pub struct CPath<'p>(&'p [u8]);

impl<'p> CPath<'p> {
    /// The path in `bytes`, if a NUL ends them.
    pub fn new(bytes: &'p [u8]) -> Option<Self> {
        (bytes.last() == Some(&0)).then_some(Self(bytes))
    }

    /// The path with the NUL at its end.
    pub const fn to_bytes_with_nul(self) -> &'p [u8] {
        self.0
    }

    /// The path without the NUL at its end.
    pub fn to_bytes(self) -> &'p [u8] {
        self.0.split_last().map_or(&[], |(_, path)| path)
    }
}

impl<'p> From<&'p CStr> for CPath<'p> {
    fn from(path: &'p CStr) -> Self {
        Self(path.to_bytes_with_nul())
    }
}

/// A NUL-terminated path that grows and shrinks by whole components.
pub struct PathBuffer<'b> {
    bytes: &'b mut [u8],
    len: usize,
}

impl<'b> PathBuffer<'b> {
    /// Holds no path yet. `storage` must have a zero byte where a path may end, as fresh memory.
    pub const fn new(storage: &'b mut [u8]) -> Self {
        Self { bytes: storage, len: 0 }
    }

    /// Starts over from `directory`, an absolute path without NUL bytes.
    ///
    /// Fails with [`Reason::PathTooLong`] when the path does not fit, and with
    /// [`Reason::NoWorkingDirectory`] when it is not absolute.
    pub fn set(&mut self, directory: &[u8]) -> Result<(), Reason> {
        self.truncate(0);
        if directory.first() != Some(&b'/') {
            return Err(Reason::NoWorkingDirectory);
        }
        self.append(directory)
    }

    /// The path's bytes, without the final NUL.
    pub fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// The path as the kernel takes it.
    pub fn as_c_path(&self) -> CPath<'_> {
        self.bytes.get(..=self.len).and_then(CPath::new).unwrap_or(CPath(b"\0"))
    }

    /// The path's length in bytes, to come back to with [`truncate`](Self::truncate).
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether the path is empty, which an absolute path never is.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Shortens the path to `len` bytes; a longer `len` changes nothing.
    pub fn truncate(&mut self, len: usize) {
        if len < self.len {
            self.len = len;
            if let Some(end) = self.bytes.get_mut(len) {
                *end = 0;
            }
        }
    }

    /// Appends `name`, with a slash before it where one is missing.
    ///
    /// Fails with [`Reason::PathTooLong`] and leaves the path as it was.
    pub fn push(&mut self, name: &[u8]) -> Result<(), Reason> {
        let before = self.len;
        if self.as_bytes().last() != Some(&b'/') {
            self.append(b"/")?;
        }
        self.append(name).inspect_err(|_| self.truncate(before))
    }

    fn append(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        let end = self.len + bytes.len();
        // The byte after the end stays for the NUL.
        if end >= self.bytes.len().min(PATH_MAX_BYTES) {
            return Err(Reason::PathTooLong);
        }
        let place = self.bytes.get_mut(self.len..end).ok_or(Reason::PathTooLong)?;
        place.copy_from_slice(bytes);
        self.len = end;
        if let Some(last) = self.bytes.get_mut(end) {
            *last = 0;
        }
        Ok(())
    }
}

/// The directory above `directory`, or `None` above `/`.
pub fn parent(directory: &[u8]) -> Option<&[u8]> {
    match directory.iter().rposition(|&byte| byte == b'/') {
        Some(0) if directory.len() > 1 => directory.get(..1),
        Some(0) | None => None,
        Some(slash) => directory.get(..slash),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_end_at_the_root() {
        assert_eq!(parent(b"/a/b"), Some(&b"/a"[..]));
        assert_eq!(parent(b"/a"), Some(&b"/"[..]));
        assert_eq!(parent(b"/"), None);
    }

    #[test]
    fn a_path_that_does_not_fit_changes_nothing() {
        let mut storage = [0; PATH_MAX_BYTES + 1];
        let mut path = PathBuffer::new(&mut storage);
        path.set(&[b'/'; 4090]).unwrap();
        assert_eq!(path.push(b"123456"), Err(Reason::PathTooLong));
        assert_eq!(path.len(), 4090);
        assert!(path.push(b"12345").is_ok());
        assert_eq!(path.as_c_path().to_bytes().len(), 4095);
        path.set(b"/a").unwrap();
        assert_eq!(path.as_c_path().to_bytes_with_nul(), b"/a\0");
    }

    #[test]
    fn the_file_system_root_gets_no_second_slash() {
        let mut storage = [0; LONGEST_NAME_BYTES];
        let mut path = PathBuffer::new(&mut storage);
        path.set(b"/").unwrap();
        path.push(b".pivot").unwrap();
        assert_eq!(path.as_bytes(), b"/.pivot");
    }
}
