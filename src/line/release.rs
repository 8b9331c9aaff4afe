//! The releases of click, as far as they differ in what is read or printed.

/// Which release of click formats the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Click {
    /// 8.1.
    V81,
    /// 8.2 to 8.5.
    V85,
}
