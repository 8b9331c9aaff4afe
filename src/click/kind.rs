//! What a value is completed with: click's own kinds, and an application's by their numbers.

/// What a parameter's value is completed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Nothing,
    /// The parameter's own choices.
    Choice,
    /// Files, by the shell.
    File,
    /// Directories, by the shell.
    Directory,
    /// Only click can tell.
    Opaque,
    /// What the application calls by this number, which is none of those above.
    Own(u8),
}

impl Kind {
    /// The kind of this number; where there is none, only click can tell.
    pub fn numbered(number: Option<u8>) -> Self {
        match number {
            Some(0) => Kind::Nothing,
            Some(1) => Kind::Choice,
            Some(2) => Kind::File,
            Some(3) => Kind::Directory,
            Some(7) | None => Kind::Opaque,
            Some(own) => Kind::Own(own),
        }
    }

    /// Its number.
    pub const fn number(self) -> u8 {
        match self {
            Kind::Nothing => 0,
            Kind::Choice => 1,
            Kind::File => 2,
            Kind::Directory => 3,
            Kind::Opaque => 7,
            Kind::Own(number) => number,
        }
    }
}

/// Paths that the shell completes beside the candidates of a rich answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// None.
    None = 0,
    /// Files, and the directories on the way to them.
    Files = 1,
    /// Directories.
    Directories = 2,
    /// Files, where there is no candidate.
    FilesElse = 3,
}

impl Paths {
    /// The paths of this number; none where there is none.
    pub fn numbered(number: Option<u8>) -> Self {
        match number {
            Some(1) => Paths::Files,
            Some(2) => Paths::Directories,
            Some(3) => Paths::FilesElse,
            _ => Paths::None,
        }
    }
}
