//! The inputs of one discovery: what the driver saw Pivot read, looked at again after its end.
//!
//! A file that is not what it was when it was read keeps the answer from being cached: names
//! belong to the content that they were found in, and to no other.

mod asked;
mod list;
mod look;

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::freshness::InputKind;
use pivot_complete::cache::store::record::Record;
use pivot_complete::files::{Disk as _, FileType, PathBuffer};
use pivot_complete::project::{Config, ConfigKind, Project, input_path};

use crate::cache::record::Recorded;
use crate::context::config_path;
use crate::files::{Disk, NotCached, path, path_storage};
use crate::python::observed::{Seen, SeenFile};
pub use list::relative_to;
use list::{Inputs, hashes};
pub use look::{as_seen, look_at_file};
use look::{changed, stamp_of};

/// What a description's digests are salted with: they are about nothing private.
const NO_SALT: u64 = 0;

/// What of the installation counts as input, beside what the driver saw.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The `pivot` program.
    pub program: Option<PathBuf>,
    /// The directories of packages that Pivot is installed in, or would be.
    pub packages: Vec<PathBuf>,
    /// The Python that has none.
    pub without: Option<PathBuf>,
    /// The working directory, where a version manager chose by it.
    pub chosen_in: Option<PathBuf>,
}

/// When and how a record is made.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// When the discovery began, by the clock of the project's file system.
    pub since: Option<(i64, u32)>,
    /// What the environment's digest is salted with.
    pub salt: u64,
}

/// Looks at everything that `config`'s discovery depended on; the config comes first.
pub fn collect(
    project: &Project<'_>,
    config: &Config,
    installation: &Installation,
    seen: &Seen,
    moment: Moment,
) -> Result<Vec<Recorded>, NotCached> {
    collected(project, config, installation, seen, moment).map(|inputs| inputs.list)
}

/// The same where nobody could tell what was read: what the `last` record knows of counts, too, as it
/// is now. None of it may have changed since the discovery began.
pub fn collect_unseen(
    project: &Project<'_>,
    config: &Config,
    installation: &Installation,
    last: Option<&Record<'_>>,
    moment: Moment,
) -> Result<Vec<Recorded>, NotCached> {
    let Moment { since, salt } = moment;
    let mut inputs = collected(project, config, installation, &Seen::default(), moment)?;
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    for input in last.into_iter().flat_map(Record::inputs).flatten() {
        if input_path(project.root, input.path, &mut buffer).is_err() {
            continue;
        }
        let file = buffer.as_bytes();
        if !input.kind.has_stamp() && input.kind != InputKind::Absent
            || input.kind == InputKind::Listing && path(file).is_dir()
        {
            inputs.again(&input, file, salt)?;
            continue;
        }
        match Disk.stat(buffer.as_c_path()) {
            Ok(stat) if stat.kind == FileType::File => {
                if since.is_some_and(|since| stat.ctime >= since) {
                    return Err(changed(file));
                }
                inputs.file_now(file, input.is_data)?;
            }
            Ok(_) => inputs.directory(file, input.names.to_vec())?,
            Err(_) => inputs.absent(file)?,
        }
    }
    Ok(inputs.list)
}

/// Looks at everything that the discovery of every pipeline below `root` depended on. Paths stay absolute.
pub fn collect_every(
    root: &[u8],
    installation: &Installation,
    seen: &Seen,
    moment: Moment,
) -> Result<Vec<Recorded>, NotCached> {
    let mut inputs = Inputs::below(b"");
    all_seen(&mut inputs, &[root], installation, seen, moment)?;
    Ok(inputs.list)
}

fn collected<'p>(
    project: &Project<'p>,
    config: &Config,
    installation: &Installation,
    seen: &Seen,
    moment: Moment,
) -> Result<Inputs<'p>, NotCached> {
    let mut inputs = Inputs::below(project.root);
    let config_file = config_path(project, config);
    let config_file = config_file.as_os_str().as_bytes();
    let saw_config = |file: &&SeenFile| file.path == config_file;
    match seen.files.iter().find(saw_config) {
        Some(seen) => inputs.file(seen),
        None => inputs.file_now(config_file, false),
    }
    // Whoever waits for the answer asked about the config as it was.
    .map_err(|_| NotCached::ConfigChanged)?;
    let configs_in = [project.root, project.config_directory(config)];
    all_seen(&mut inputs, &configs_in, installation, seen, moment)?;
    Ok(inputs)
}

/// Adds all that the driver saw, and what Pivot's choice of the configs in these directories depended on.
fn all_seen(
    inputs: &mut Inputs<'_>,
    configs_in: &[&[u8]],
    installation: &Installation,
    seen: &Seen,
    Moment { since, salt }: Moment,
) -> Result<(), NotCached> {
    for file in &seen.files {
        inputs.file(file)?;
    }
    for file in &seen.made {
        inputs.made(file)?;
    }
    for directory in &seen.directories {
        inputs.listed(directory)?;
    }
    for (directory, has_changed) in &seen.opened_directories {
        inputs.opened_directory(directory, *has_changed)?;
    }
    for (target, link) in &seen.links {
        inputs.link(link, target)?;
    }
    seen.questions.iter().try_for_each(|question| inputs.asked(question))?;
    seen.accesses.iter().try_for_each(|access| inputs.allowed(access))?;
    inputs.variables(&seen.variables, salt);
    if let Some(directory) = &seen.working_directory {
        inputs.working_directory(directory);
    }
    if !seen.machine.is_empty() {
        inputs.machine(&seen.machine);
    }
    // Another config beside this one changes which Pivot reads what, or whether it refuses.
    let configs = ConfigKind::ALL.map(ConfigKind::file_name);
    let mut looked_for = seen.looked_for.clone();
    for directory in configs_in {
        match looked_for.iter_mut().find(|(known, _)| known == directory) {
            Some((_, names)) => names.extend(configs.map(<[u8]>::to_vec)),
            None => looked_for.push((directory.to_vec(), configs.map(<[u8]>::to_vec).into())),
        }
    }
    inputs.were_there(&seen.there);
    for (directory, names) in &looked_for {
        if configs_in.contains(&directory.as_slice()) {
            // Which Pivot opens by its name, whoever may list the directory.
            inputs.directory(directory, hashes(names))?;
        } else {
            inputs.searched(directory, hashes(names))?;
        }
        if let Some(since) = since {
            inputs.nothing_appeared(directory, &hashes(names), since)?;
        }
    }
    for file in &seen.stamped {
        inputs.stamped(file)?;
    }
    if let Some(python) = &installation.without {
        inputs.stamped(python.as_os_str().as_bytes())?;
    }
    for packages in installation.packages.iter().map(|path| path.as_os_str().as_bytes()) {
        inputs.directory(packages, Vec::new())?;
    }
    for directory in &seen.listings {
        inputs.directory(directory, Vec::new())?;
    }
    if let Some(directory) = &installation.chosen_in {
        inputs.choices(directory, salt, since)?;
    }
    if let Some(program) = &installation.program {
        inputs.file_now(program.as_os_str().as_bytes(), false)?;
    }
    Ok(())
}

/// Looks at everything that the description of Pivot's command line depended on, where `programs`
/// were asked for it. Paths stay absolute.
///
/// `since` is when it began to be made, by the clock of the file system: what changed later may not
/// be what was described. `chosen_in` is the working directory, where a version manager chose by it.
pub fn collect_installed(
    programs: &[PathBuf],
    seen: &Seen,
    since: (i64, u32),
    chosen_in: Option<&Path>,
) -> Result<Vec<Recorded>, NotCached> {
    let mut inputs = Inputs::below(b"");
    if let Some(directory) = chosen_in {
        inputs.choices(directory, NO_SALT, Some(since))?;
    } else if let Some(directory) = &seen.working_directory {
        inputs.working_directory(directory);
    }
    for program in programs {
        inputs.stamped(program.as_os_str().as_bytes())?;
    }
    for file in &seen.stamped {
        inputs.stamped(file)?;
    }
    for directory in &seen.listings {
        inputs.directory(directory, Vec::new())?;
        if stamp_of(directory, FileType::Directory).is_ok_and(|stamp| stamp.mtime >= since) {
            return Err(changed(directory));
        }
    }
    for file in &seen.files {
        inputs.file(file)?;
        if file.then.as_ref().is_some_and(|then| then.stamp.ctime >= since) {
            return Err(changed(&file.path));
        }
    }
    for (directory, names) in &seen.looked_for {
        inputs.directory(directory, hashes(names))?;
        inputs.nothing_appeared(directory, &hashes(names), since)?;
    }
    Ok(inputs.list)
}

/// Looks at files, each as it is now or as absent. Paths stay absolute.
pub fn collect_files(files: &[PathBuf]) -> Result<Vec<Recorded>, NotCached> {
    let mut inputs = Inputs::below(b"");
    for file in files {
        let file = file.as_os_str().as_bytes();
        match inputs.file_now(file, true) {
            Ok(()) => {}
            Err(_) => inputs.absent(file)?,
        }
    }
    Ok(inputs.list)
}
