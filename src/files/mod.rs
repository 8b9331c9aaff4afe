//! The questions put to a file system, and what is kept of the answers. Knows no project.

mod disk;
mod path;
mod stamp;

pub use disk::{Disk, FileType, MAY_EXECUTE, MAY_READ, MAY_WRITE, ReadError, Stat, StatError};
pub use path::{CPath, LONGEST_NAME_BYTES, PATH_MAX_BYTES, PathBuffer, parent};
pub use stamp::{RACY_S, STAMP_INODE, STAMP_LEN_BYTES, Stamp};
