//! Where the description for an environment lies.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::key::description_path;
use pivot_complete::files::PathBuffer;
use pivot_complete::project::Environment;

use super::DESCRIPTIONS_MAX;
use crate::cache::own_store::OwnStore;
use crate::context::Context;
use crate::files::{may_make, path_storage, runtime_name, runtime_path, unwritable};

/// Finds it; nothing where no directory is the user's. Its name is made of the program's, which need not
/// be the Pivot that answers.
pub fn place(context: &Context) -> Option<OwnStore> {
    let of_user = users_place(context);
    // A home that is read-only may have been shipped with one, and another user's has his.
    let serves = |kept: &OwnStore| {
        let is_ours = kept.file.parent().is_some_and(may_make);
        is_ours && unwritable(&kept.file, Path::new("/")).is_none() || kept.file.exists()
    };
    if of_user.as_ref().is_some_and(serves) {
        return of_user;
    }
    // The name is the same anywhere.
    let anywhere = Environment { cache_home: b"/", ..context.variables.environment() };
    let named = named(context, &anywhere)?;
    let at = |directory: PathBuf| {
        let file = directory.join(named.file.file_name()?);
        OwnStore::at(file.as_os_str().as_bytes(), DESCRIPTIONS_MAX)
    };
    match runtime_path() {
        Some(directory) => at(directory),
        // Only who keeps something makes it: nobody else would take it away. What appears there
        // meanwhile need not be the user's.
        None => Some(at(runtime_name()?)?.not_yet()),
    }
}

/// Where it would lie in the user's directory for caches, be that writable or not.
pub fn users_place(context: &Context) -> Option<OwnStore> {
    named(context, &context.variables.environment())
}

fn named(context: &Context, environment: &Environment<'_>) -> Option<OwnStore> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    match &context.program_path {
        Some(program) => buffer.set(program.as_os_str().as_bytes()).ok()?,
        // Of the Python that the user named; the buffer stays empty, as the front's.
        None => drop(context.settings.python.as_ref()?),
    }
    description_path(environment, &mut buffer).ok()?;
    OwnStore::at(buffer.as_bytes(), DESCRIPTIONS_MAX)
}
