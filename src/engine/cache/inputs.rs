//! The inputs of one discovery: what the driver saw Pivot read, looked at again after its end.
//!
//! A file that is not what it was when it was read keeps the answer from being cached: names
//! belong to the content that they were found in, and to no other.

use std::collections::HashSet;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use pivot_complete::cache::freshness::{DIGEST_LIMIT_BYTES, InputKind, ListingDigest, name_hash};
use pivot_complete::cache::store::record::Record;
use pivot_complete::files::PathBuffer;
use pivot_complete::files::Stamp;
use pivot_complete::files::{Disk as _, Kind, StatError};
use pivot_complete::project::{Config, ConfigKind, Project, input_path};
use xxhash_rust::xxh64::xxh64;

use crate::cache::record::Recorded;
use crate::context::scene::config_path;
use crate::environment::settings::variable;
use crate::files::disk::{Disk, path, path_storage};
use crate::files::publish::NotCached;
use crate::python::observed::{Content, Seen, SeenDirectory, SeenFile};

/// What of the installation counts as input, beside what the driver saw.
#[derive(Clone, Debug, Default)]
pub struct Installation {
    /// The `pivot` program.
    pub program: Option<PathBuf>,
    /// The directory of packages that Pivot is installed in.
    pub packages: Option<PathBuf>,
}

/// Looks at everything that `config`'s discovery depended on; the config comes first.
///
/// `since` is when the discovery began, by the clock of the project's file system.
pub fn collect(
    project: &Project<'_>,
    config: &Config,
    installation: &Installation,
    seen: &Seen,
    since: Option<(i64, u32)>,
) -> Result<Vec<Recorded>, NotCached> {
    collected(project, config, installation, seen, since).map(|inputs| inputs.list)
}

/// The same where nobody could tell what was read: what the `last` record knows of counts, too, as it
/// is now. None of it may have changed since the discovery began.
pub fn collect_unseen(
    project: &Project<'_>,
    config: &Config,
    installation: &Installation,
    last: Option<&Record<'_>>,
    since: Option<(i64, u32)>,
) -> Result<Vec<Recorded>, NotCached> {
    let mut inputs = collected(project, config, installation, &Seen::default(), since)?;
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    for input in last.into_iter().flat_map(Record::inputs).flatten() {
        if input_path(project.root, input.path, &mut buffer).is_err() {
            continue;
        }
        let file = buffer.as_bytes();
        match Disk.stat(buffer.as_c_path()) {
            Ok(stat) if stat.kind == Kind::File => {
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

fn collected<'p>(
    project: &Project<'p>,
    config: &Config,
    installation: &Installation,
    seen: &Seen,
    since: Option<(i64, u32)>,
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
    for file in &seen.files {
        inputs.file(file)?;
    }
    for directory in &seen.directories {
        inputs.listed(directory)?;
    }
    // Another config beside this one changes which Pivot reads what, or whether it refuses.
    let configs =
        [ConfigKind::Python, ConfigKind::Yaml, ConfigKind::Yml].map(ConfigKind::file_name);
    let mut looked_for = seen.looked_for.clone();
    for directory in [project.root, project.config_directory(config)] {
        match looked_for.iter_mut().find(|(known, _)| known == directory) {
            Some((_, names)) => names.extend(configs.map(<[u8]>::to_vec)),
            None => looked_for.push((directory.to_vec(), configs.map(<[u8]>::to_vec).into())),
        }
    }
    for (directory, names) in &looked_for {
        inputs.directory(directory, hashes(names))?;
        if let Some(since) = since {
            inputs.nothing_appeared(directory, &hashes(names), since)?;
        }
    }
    for file in &seen.stamped {
        inputs.stamped(file)?;
    }
    for packages in installation.packages.iter().map(|path| path.as_os_str().as_bytes()) {
        inputs.directory(packages, Vec::new())?;
    }
    for directory in &seen.listings {
        inputs.directory(directory, Vec::new())?;
    }
    if let Some(program) = &installation.program {
        inputs.file_now(program.as_os_str().as_bytes(), false)?;
    }
    Ok(inputs)
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
        inputs.choices(directory)?;
    }
    for program in programs {
        inputs.stamped(program.as_os_str().as_bytes())?;
    }
    for file in &seen.stamped {
        inputs.stamped(file)?;
    }
    for directory in &seen.listings {
        inputs.directory(directory, Vec::new())?;
        if stamp_of(directory, Kind::Directory).is_ok_and(|stamp| stamp.mtime >= since) {
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

/// The sorted hashes of names, as they stand in a record.
fn hashes(names: &[Vec<u8>]) -> Vec<u8> {
    let mut hashes: Vec<u32> = names.iter().map(|name| name_hash(name)).collect();
    hashes.sort_unstable();
    hashes.dedup();
    hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect()
}

struct Inputs<'a> {
    /// ROOT; empty where all paths stay absolute.
    root: &'a [u8],
    list: Vec<Recorded>,
    known: HashSet<(Vec<u8>, Vec<u8>)>,
    /// The absolute paths of all inputs, and of every directory above one.
    read: HashSet<Vec<u8>>,
}

impl<'a> Inputs<'a> {
    /// None yet; those below `root` are recorded relative to it.
    fn below(root: &'a [u8]) -> Self {
        Self { root, list: Vec::new(), known: HashSet::new(), read: HashSet::new() }
    }

    /// A file that the driver saw read.
    fn file(&mut self, seen: &SeenFile) -> Result<(), NotCached> {
        let Some(then) = &seen.then else { return self.absent(&seen.path) };
        self.add(&seen.path, unchanged(&seen.path, then)?);
        Ok(())
    }

    /// A file that is known to have been read, whenever that was.
    fn file_now(&mut self, file: &[u8], is_data: bool) -> Result<(), NotCached> {
        let (recorded, _) = look_at_file(file, is_data)?;
        self.add(file, recorded);
        Ok(())
    }

    /// The files by which version managers choose a Python in `here`.
    fn choices(&mut self, here: &Path) -> Result<(), NotCached> {
        const NAMES: [&str; 5] =
            [".python-version", ".tool-versions", "mise.toml", ".mise.toml", "mise.local.toml"];
        let home = variable("HOME").map(PathBuf::from);
        let below_home = |name: &str| home.as_ref().map(|home| home.join(name));
        let pyenv = variable("PYENV_ROOT").map(PathBuf::from).or_else(|| below_home(".pyenv"));
        let above = here.ancestors().chain(home.as_deref()).map(|above| (above, &NAMES[..]));
        let mise = below_home(".config/mise");
        let global = [(pyenv.as_deref(), &["version"][..]), (mise.as_deref(), &["config.toml"])];
        let global = global.into_iter().filter_map(|(place, names)| Some((place?, names)));
        for (directory, names) in above.chain(global) {
            let hashed: Vec<Vec<u8>> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
            self.directory(directory.as_os_str().as_bytes(), hashes(&hashed))?;
            for file in names.iter().map(|name| directory.join(name)).filter(|file| file.is_file())
            {
                self.file_now(file.as_os_str().as_bytes(), true)?;
            }
        }
        Ok(())
    }

    fn absent(&mut self, file: &[u8]) -> Result<(), NotCached> {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        buffer.set(file).map_err(|_| changed(file))?;
        if Disk.stat(buffer.as_c_path()) != Err(StatError::Absent) {
            return Err(changed(file));
        }
        self.add(file, recorded(InputKind::Absent, true, Stamp::default(), 0));
        Ok(())
    }

    /// A directory that the driver saw listed.
    fn listed(&mut self, seen: &SeenDirectory) -> Result<(), NotCached> {
        let Some(then) = &seen.then else { return self.absent(&seen.path) };
        let mut names: Vec<Vec<u8>> = Vec::new();
        let (stamp, digest) = look_at_directory(&seen.path, b"", |name| names.push(name.to_vec()))?;
        names.retain(|name| !pivot_complete::cache::freshness::is_ignored(name));
        names.sort_unstable();
        let crc32 = crc32fast::hash(&names.join(&0));
        if (names.len() as u64, crc32) != (then.count, then.crc32) {
            return Err(changed(&seen.path));
        }
        self.add(&seen.path, recorded(InputKind::Directory, true, stamp, digest));
        Ok(())
    }

    /// A directory in which some names were looked for, or all without `names`.
    fn directory(&mut self, directory: &[u8], names: Vec<u8>) -> Result<(), NotCached> {
        let (stamp, digest) = match look_at_directory(directory, &names, |_| {}) {
            Ok(found) => found,
            // A search path may name what is not there.
            Err(_) if !path(directory).exists() => return self.absent(directory),
            // Or an archive of modules.
            Err(_) if path(directory).is_file() => return self.file_now(directory, false),
            Err(error) => return Err(error),
        };
        let input = Recorded { names, ..recorded(InputKind::Directory, false, stamp, digest) };
        self.add(directory, input);
        Ok(())
    }

    /// Fails where an entry that counts appeared while the discovery ran: it may have looked for
    /// that name before, and found none. What was read is no such entry, nor what holds it.
    fn nothing_appeared(
        &self,
        directory: &[u8],
        names: &[u8],
        since: (i64, u32),
    ) -> Result<(), NotCached> {
        let mut counting = Vec::new();
        let (_, _) = match look_at_directory(directory, names, |name| {
            let mut listing = ListingDigest::of(names);
            if listing.add(name) {
                counting.push([directory, b"/", name].concat());
            }
        }) {
            Ok(found) => found,
            Err(_) => return Ok(()),
        };
        for entry in counting {
            let mut storage = path_storage();
            let mut buffer = PathBuffer::new(&mut storage);
            buffer.set(&entry).map_err(|_| changed(&entry))?;
            let appeared = Disk.stat(buffer.as_c_path()).is_ok_and(|stat| stat.ctime >= since);
            if appeared && !self.read.contains(&entry) {
                return Err(changed(&entry));
            }
        }
        Ok(())
    }

    fn stamped(&mut self, file: &[u8]) -> Result<(), NotCached> {
        let stamp = stamp_of(file, Kind::File)?;
        self.add(file, recorded(InputKind::StampOnly, false, stamp, 0));
        Ok(())
    }

    /// Adds an input, once for each path and set of names.
    fn add(&mut self, file: &[u8], input: Recorded) {
        let relative = match file.strip_prefix(self.root) {
            _ if self.root.is_empty() => file,
            Some([]) => &[],
            Some([b'/', rest @ ..]) if !rest.is_empty() => rest,
            _ => file,
        };
        if self.known.insert((relative.to_vec(), input.names.clone())) {
            self.list.push(Recorded { path: relative.to_vec(), ..input });
            let mut above = file;
            while !above.is_empty() && self.read.insert(above.to_vec()) {
                let parent_end = above.iter().rposition(|&byte| byte == b'/');
                above = &above[..parent_end.unwrap_or_default()];
            }
        }
    }
}

/// A file that the driver saw read, as long as it is what it was then.
pub fn as_seen(seen: &SeenFile) -> Result<Recorded, NotCached> {
    seen.then
        .as_ref()
        .ok_or_else(|| changed(&seen.path))
        .and_then(|then| unchanged(&seen.path, then))
}

fn unchanged(file: &[u8], then: &Content) -> Result<Recorded, NotCached> {
    let (now, crc32) = look_at_file(file, !file.ends_with(b".py"))?;
    let same = now.stamp == then.stamp && then.crc32.is_none_or(|then| crc32 == Some(then));
    if same { Ok(now) } else { Err(changed(file)) }
}

fn recorded(kind: InputKind, is_data: bool, stamp: Stamp, digest: u64) -> Recorded {
    Recorded { kind, is_data, path: Vec::new(), names: Vec::new(), stamp, digest }
}

/// A file as it is now, and the crc32 of its content where that was read.
pub fn look_at_file(file: &[u8], is_data: bool) -> Result<(Recorded, Option<u32>), NotCached> {
    let stamp = stamp_of(file, Kind::File)?;
    if stamp.len_bytes > DIGEST_LIMIT_BYTES {
        return Ok((recorded(InputKind::StampOnly, is_data, stamp, 0), None));
    }
    let content = std::fs::read(path(file)).map_err(|_| changed(file))?;
    // The content belongs to the stamp when that is the same afterwards.
    if content.len() as u64 != stamp.len_bytes || stamp_of(file, Kind::File)? != stamp {
        return Err(changed(file));
    }
    let digest = xxh64(&content, 0);
    Ok((recorded(InputKind::File, is_data, stamp, digest), Some(crc32fast::hash(&content))))
}

/// A directory as it is now: its stamp, and the digest of the names that count.
fn look_at_directory(
    directory: &[u8],
    names: &[u8],
    mut each: impl FnMut(&[u8]),
) -> Result<(Stamp, u64), NotCached> {
    let stamp = stamp_of(directory, Kind::Directory)?;
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(directory).map_err(|_| changed(directory))?;
    let mut listing = ListingDigest::of(names);
    let listed = Disk.list(buffer.as_c_path(), &mut |name| {
        listing.add(name);
        each(name);
    });
    listed.map_err(|_| changed(directory))?;
    Ok((stamp, listing.value()))
}

fn stamp_of(file: &[u8], kind: Kind) -> Result<Stamp, NotCached> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    buffer.set(file).map_err(|_| changed(file))?;
    match Disk.stat(buffer.as_c_path()) {
        Ok(stat) if stat.kind == kind => Ok(Stamp::of(&stat)),
        _ => Err(changed(file)),
    }
}

fn changed(file: &[u8]) -> NotCached {
    NotCached::InputChanged(Path::new(path(file)).to_path_buf())
}
