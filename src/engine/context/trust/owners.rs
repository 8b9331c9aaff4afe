//! Whose a file or directory is: the user's or root's, and who else may write to it.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use pivot_complete::reason::Reason;

use super::Refused;
use super::list::Lists;
use crate::context::pivot::Pivot;
use crate::environment::owner::{
    self, STICKY, WRITABLE_BY_EVERYONE, WRITABLE_BY_OTHERS, is_of_system, is_users,
};
use crate::environment::settings::TrustPolicy;

/// Links that a path may lead through, as for the kernel.
const LINKS_MAX: usize = 40;

/// What is judged by.
pub struct Judge<'a> {
    policy: TrustPolicy,
    lists: &'a Lists,
}

impl<'a> Judge<'a> {
    pub fn of(policy: TrustPolicy, lists: &'a Lists) -> Self {
        Self { policy, lists }
    }

    /// Whether code may be read from `path`, links followed: it is the user's and not writable by
    /// everyone, or root's and writable by nobody else, or trusted; so is each link to it.
    ///
    /// A group may write to what is the user's.
    pub fn is_place(&self, path: &Path) -> Result<(), Refused> {
        if self.lists.hold(path) {
            return Ok(());
        }
        if self.policy == TrustPolicy::Explicit {
            return Err(refused(Reason::NotTrusted, path));
        }
        let mut link = path.to_path_buf();
        for _ in 0..LINKS_MAX {
            let found = fs::symlink_metadata(&link).map_err(|_| unseen(&link))?;
            if !found.is_symlink() {
                break;
            }
            self.is_ours_to_read(&found, &link)?;
            let target = fs::read_link(&link).map_err(|_| unseen(&link))?;
            link = link.parent().unwrap_or(Path::new("/")).join(target);
        }
        let found = fs::metadata(path).map_err(|_| unseen(path))?;
        self.is_ours_to_read(&found, path)?;
        // As root everything of root's is the user's own.
        let others = match is_users(found.uid()) {
            true => WRITABLE_BY_EVERYONE,
            false => WRITABLE_BY_OTHERS,
        };
        if found.mode() & others != 0 {
            return Err(refused(Reason::WorldWritable, path));
        }
        Ok(())
    }

    /// Whether the program at `path`, which a place chose, is nobody else's, nor any directory or
    /// link on the way to it.
    pub fn is_program(&self, path: &Path) -> Result<(), Refused> {
        if self.is_trusted(path)? {
            return Ok(());
        }
        self.walk(path).map(drop)
    }

    /// The same for an interpreter, which the place chose by `found`, and all that it reads before
    /// it runs anything: `pyvenv.cfg`, and the directories that it takes modules from.
    pub fn is_python(&self, path: &Path, found: &Path) -> Result<(), Refused> {
        if self.is_trusted(found)? {
            return Ok(());
        }
        let real = self.walk(path)?;
        let bin = |program: &Path| program.parent().unwrap_or(Path::new("/")).to_path_buf();
        let mut prefixes = vec![bin(&real).join("..")];
        for directory in [bin(path), bin(path).join("..")] {
            let settings = directory.join("pyvenv.cfg");
            if settings.symlink_metadata().is_err() {
                continue;
            }
            self.walk(&settings)?;
            prefixes.push(directory);
            let text = fs::read(&settings).map_err(|_| unseen(&settings))?;
            prefixes.extend(home(&String::from_utf8_lossy(&text)).map(|home| home.join("..")));
        }
        prefixes.iter().try_for_each(|prefix| self.is_prefix(prefix))
    }

    /// Whether modules may be taken from the libraries of an environment or an installation.
    fn is_prefix(&self, prefix: &Path) -> Result<(), Refused> {
        for library in ["lib", "lib64"].map(|name| prefix.join(name)) {
            let Ok(entries) = fs::read_dir(&library) else { continue };
            for entry in entries.flatten() {
                if !entry.file_name().as_encoded_bytes().starts_with(b"python3") {
                    continue;
                }
                let packages = entry.path().join("site-packages");
                self.is_searched(&entry.path())?;
                if packages.symlink_metadata().is_ok() {
                    self.is_searched(&packages)?;
                    self.are_hooks(&packages)?;
                }
            }
        }
        Ok(())
    }

    /// Whether what Python runs of `packages` at its start is nobody else's.
    fn are_hooks(&self, packages: &Path) -> Result<(), Refused> {
        for entry in fs::read_dir(packages).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let is_hook = name.ends_with(b".pth")
                || name.starts_with(b"sitecustomize")
                || name.starts_with(b"usercustomize");
            if is_hook {
                self.walk(&entry.path())?;
            }
        }
        Ok(())
    }

    /// Whether a directory that is searched for modules or programs is nobody else's: then not even
    /// a sticky one may be open to everyone.
    pub fn is_searched(&self, directory: &Path) -> Result<(), Refused> {
        if self.is_trusted(directory)? {
            return Ok(());
        }
        let real = self.walk(directory)?;
        let found = fs::metadata(&real).map_err(|_| unseen(&real))?;
        if found.is_dir() && found.mode() & WRITABLE_BY_EVERYONE != 0 {
            return Err(refused(Reason::WorldWritable, &real));
        }
        Ok(())
    }

    /// Whether `path` lies in a trusted directory. Where nothing else counts, it must.
    fn is_trusted(&self, path: &Path) -> Result<bool, Refused> {
        match (self.lists.hold(path), self.policy) {
            (true, _) => Ok(true),
            (false, TrustPolicy::Explicit) => Err(refused(Reason::NotTrusted, path)),
            (false, TrustPolicy::Owner) => Ok(false),
        }
    }

    /// Walks from `/` to what `path` leads to, and gives where that lies: every directory and link on
    /// the way, and the end of it, is the user's or root's and not writable by everyone. Of a sticky
    /// directory that everyone may write to the entry counts.
    fn walk(&self, path: &Path) -> Result<PathBuf, Refused> {
        walk(path, &|whole| self.lists.hold(whole), &mut |found, at| {
            self.is_ours(found, at)?;
            if owner::is_open(found) {
                return Err(refused(Reason::WorldWritable, at));
            }
            Ok(())
        })
    }

    /// The same of what code is read from: no project lies where a system has its own.
    fn is_ours_to_read(&self, found: &Metadata, path: &Path) -> Result<(), Refused> {
        match found.uid() != 0 && is_of_system(path) {
            true if !is_users(found.uid()) => Err(refused(Reason::OtherOwner, path)),
            _ => self.is_ours(found, path),
        }
    }

    fn is_ours(&self, found: &Metadata, path: &Path) -> Result<(), Refused> {
        match owner::is_ours(found, path) {
            true => Ok(()),
            false => Err(refused(Reason::OtherOwner, path)),
        }
    }
}

/// Whether everyone may put something of his own into `directory`, as into `/tmp`, and it is not the
/// user's, or what makes it a project is not.
pub fn is_for_all(directory: &Path) -> bool {
    let is_own = |path: &Path| fs::symlink_metadata(path).map(|found| is_users(found.uid()));
    let open = STICKY | WRITABLE_BY_EVERYONE;
    let is_open = fs::metadata(directory).is_ok_and(|found| found.mode() & open == open);
    let is_ours = is_own(directory).unwrap_or(false)
        && [".pivot", ".git"].iter().all(|name| is_own(&directory.join(name)).unwrap_or(true));
    is_open && !is_ours
}

/// Whether everyone may put modules beside the script that `pivot` is.
pub fn is_open_beside(pivot: &Pivot) -> bool {
    let real = pivot.program.as_ref().and_then(|program| program.canonicalize().ok());
    let beside = real.as_deref().and_then(Path::parent).map(fs::metadata);
    beside.is_some_and(|found| found.is_ok_and(|f| f.mode() & WRITABLE_BY_EVERYONE != 0))
}

/// Whether `path` is a regular file of `user`'s that nobody else can write, and so is every directory
/// and link on the way (those of root's too): what it says is the word of `user`.
pub fn is_word_of(user: u32, path: &Path) -> bool {
    let judge = |found: &Metadata, at: &Path| {
        let is_anyones = !owner::is_of(user, found.uid()) && !owner::is_roots(found.uid(), at);
        let open = if found.is_dir() { WRITABLE_BY_EVERYONE } else { WRITABLE_BY_OTHERS };
        let sticky = found.is_dir() && found.mode() & STICKY != 0;
        if is_anyones || !found.is_symlink() && !sticky && found.mode() & open != 0 {
            return Err(refused(Reason::OtherOwner, at));
        }
        Ok(())
    };
    walk(path, &|_| false, &mut { judge })
        .and_then(|real| fs::symlink_metadata(&real).map_err(|_| unseen(&real)))
        .is_ok_and(|found| found.is_file() && owner::is_of(user, found.uid()))
}

/// Walks from `/` to what `path`, which is absolute, leads to, and gives where that lies.
///
/// `judge` is asked about every directory and link on the way, and about the end; not where the path,
/// or what a link names, lies in a directory that one `trusts`.
fn walk(
    path: &Path,
    trusts: &dyn Fn(&Path) -> bool,
    judge: &mut dyn FnMut(&Metadata, &Path) -> Result<(), Refused>,
) -> Result<PathBuf, Refused> {
    let parts = |path: &Path| -> Vec<OsString> {
        path.components().rev().map(|part| part.as_os_str().to_owned()).collect()
    };
    let (mut at, mut left, mut links) = (PathBuf::from("/"), parts(path), 0);
    let mut is_trusted = trusts(path);
    while let Some(part) = left.pop() {
        match part.as_bytes() {
            b"." => continue,
            b".." => {
                at.pop();
                continue;
            }
            // From `/` again, where that is it.
            _ => at.push(&part),
        }
        let found = fs::symlink_metadata(&at).map_err(|_| unseen(&at))?;
        if !is_trusted {
            judge(&found, &at)?;
        }
        if found.is_symlink() {
            links += 1;
            let target = fs::read_link(&at).ok().filter(|_| links <= LINKS_MAX);
            let target = target.ok_or_else(|| unseen(&at))?;
            at.pop();
            is_trusted = trusts(&at.join(&target));
            left.extend(parts(&target));
        }
    }
    Ok(at)
}

/// All that `path`, which is absolute, leads through: directories, links, and the end.
pub fn steps(path: &Path) -> Vec<PathBuf> {
    let mut steps = Vec::new();
    let _ = walk(path, &|_| false, &mut |_, at| {
        steps.push(at.to_path_buf());
        Ok(())
    });
    steps
}

/// The `home` of a `pyvenv.cfg`: where the Python lies that the environment was made with.
fn home(settings: &str) -> Option<PathBuf> {
    let value = |line: &str| {
        let (key, value) = line.split_once('=')?;
        key.trim().eq_ignore_ascii_case("home").then(|| PathBuf::from(value.trim()))
    };
    settings.lines().find_map(value).filter(|home| home.is_absolute())
}

fn refused(reason: Reason, path: &Path) -> Refused {
    Refused { reason, path: path.to_path_buf() }
}

fn unseen(path: &Path) -> Refused {
    refused(Reason::FileSystemFails, path)
}
