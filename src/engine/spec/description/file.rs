//! Where the description for an environment lies.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::key::description_path;
use pivot_complete::cache::lookup::unread;
use pivot_complete::cache::store::LIMIT_BYTES;
use pivot_complete::files::{Disk as _, PathBuffer};
use pivot_complete::project::Environment;
use pivot_complete::reason::Reason;

use crate::cache::store_file::StoreName;
use crate::context::Context;
use crate::files::{self, CacheDirectory, Disk, NotCached, path, path_storage};

/// Where the description for an environment lies.
pub struct DescriptionFile {
    /// The file's name.
    pub name: StoreName,
    /// The file.
    pub file: PathBuf,
    /// The program that the name was made of, which need not be the Pivot that answers.
    pub program: Option<PathBuf>,
}

impl DescriptionFile {
    /// Finds it; nothing where no directory is the user's.
    pub fn of(context: &Context) -> Option<Self> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        let environment = context.variables.environment();
        let program = context.program_path.as_ref()?;
        let key = program.as_os_str().as_bytes();
        buffer.set(key).ok()?;
        let of_user = description_path(&environment, &mut buffer).ok();
        let of_user = of_user.map(|()| path(buffer.as_bytes()).to_path_buf());
        // The name is the same anywhere.
        buffer.set(key).ok()?;
        let anywhere = Environment { cache_home: b"/", ..environment };
        description_path(&anywhere, &mut buffer).ok()?;
        let name = path(buffer.as_bytes()).file_name()?;
        let spare = || Some(files::runtime_directory()?.join(name));
        let file = of_user.or_else(spare)?;
        let name = name.as_bytes().try_into().ok()?;
        Some(Self { name, file, program: Some(program.clone()) })
    }

    /// Opens its directory, or makes it.
    pub fn directory(&self) -> Result<CacheDirectory, NotCached> {
        CacheDirectory::open_own(self.file.parent().unwrap_or(Path::new("/")))
    }

    /// Reads it.
    pub fn read(&self) -> Result<Vec<u8>, Reason> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        buffer.set(self.file.as_os_str().as_bytes())?;
        Disk.read(buffer.as_c_path(), LIMIT_BYTES).map_err(unread)
    }
}
