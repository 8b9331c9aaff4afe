//! The file system as the engine reads and writes it. `content` and `lock_file` are name spaces:
//! `content::is_ours`, `lock_file::open`.

pub mod content;
mod directory;
mod disk;
pub mod lock_file;
mod not_cached;
mod ownership;
mod publish;
mod read_once;
mod runtime_directory;

pub use directory::CacheDirectory;
pub use disk::{Disk, open, path, path_storage, read_if, std_disk};
pub use not_cached::NotCached;
pub use ownership::{may_make, unwritable};
pub use publish::is_temporary_name;
pub use read_once::{ReadOnce, Shared};
pub use runtime_directory::{
    in_runtime_directory, leave_runtime_directory, runtime_name, runtime_path,
};
