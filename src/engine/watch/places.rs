//! What is watched: the directories where it shows that an input of the last discovery is another one,
//! each with the names in it that tell.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use pivot_complete::cache::freshness::{Input, InputKind};
use pivot_complete::cache::store::Store;
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{ConfigKind, input_path};

use super::searched::searched;
use crate::cache::entry::stores_here;
use crate::context::Context;
use crate::files::{path, path_storage};

/// Links that lead to links are followed so often.
const LINKS_MOST: usize = 16;

/// Stands for all that is listed: no name has a slash.
const LISTED: &[u8] = b"/";
/// Comes before the names of what lies on ways.
const WAYS: &[u8] = b"//";

/// What in a directory tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Whether whatever appears there or goes does.
    pub listed: bool,
    /// Whatever happens to these does.
    pub these: BTreeSet<OsString>,
    /// That these, which lie on ways, go or appear does.
    pub ways: BTreeSet<OsString>,
}

/// Directories, with the names in them that tell.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Places(pub BTreeMap<PathBuf, Names>);

impl Names {
    /// Whether something that happened to `name` tells, `of_list` where it appeared or went.
    pub fn tell(&self, name: &OsStr, of_list: bool) -> bool {
        of_list && (self.listed || self.ways.contains(name)) || self.these.contains(name)
    }

    /// Whether all that would tell by those tells by these.
    pub fn cover(&self, others: &Self) -> bool {
        (self.listed || !others.listed)
            && others.these.is_subset(&self.these)
            && others.ways.iter().all(|name| self.tell(name, true))
    }

    /// These and those.
    pub fn join(&mut self, others: &Self) {
        self.listed |= others.listed;
        self.these.extend(others.these.iter().cloned());
        self.ways.extend(others.ways.iter().cloned());
    }
}

impl Places {
    /// Those for the answer that is kept here; where none is, those where a config would appear.
    pub fn here(context: &Context) -> Self {
        let mut walk = Walk::default();
        walk.above(&context.directory);
        let Some(project) = &context.project else {
            // What would make a project of one of these.
            for (above, marker) in context.directory.ancestors().flat_map(markers) {
                walk.way(above, marker.as_ref());
            }
            return walk.places;
        };
        walk.root = path(project.root).to_path_buf();
        walk.above(path(project.root));
        for directory in [path(project.root), &context.directory] {
            for kind in ConfigKind::ALL {
                walk.add(&directory.join(OsStr::from_bytes(kind.file_name())));
            }
        }
        let Some(config) = &project.config else { return walk.places };
        for place in searched(context) {
            walk.above(&place);
        }
        let stores = stores_here(context, project, config);
        let store = stores.first().map(|(_, store)| Store::open(store).and_then(Store::current));
        let Some(Ok(record)) = store else { return walk.places };
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        for input in record.inputs().flatten() {
            if has_path(&input) && input_path(project.root, input.path, &mut buffer).is_ok() {
                let place = path(buffer.as_bytes());
                if matches!(input.kind, InputKind::Directory | InputKind::Listing) {
                    walk.above(place);
                    walk.places.0.entry(place.to_path_buf()).or_default().listed = true;
                } else {
                    walk.add(place);
                }
            }
        }
        walk.places
    }

    /// The one where the way to a directory that is gone would begin again.
    pub fn way_to(directory: &Path) -> Self {
        let mut walk = Walk::default();
        walk.above(directory);
        walk.places
    }

    /// As another process reads it: of each place its path, its names ([`LISTED`] among them), [`WAYS`] and
    /// those, and an empty one, NUL behind each.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut put = |text: &[u8]| bytes.extend([text, b"\0"].concat());
        for (place, names) in &self.0 {
            put(place.as_os_str().as_bytes());
            let listed = names.listed.then_some(LISTED);
            let bytes_of = |name: &'_ OsString| name.as_bytes().to_vec();
            let these = names.these.iter().map(bytes_of);
            let ways = names.ways.iter().map(bytes_of);
            let listed = listed.into_iter().map(<[u8]>::to_vec);
            let all = listed.chain(these).chain([WAYS.to_vec()]).chain(ways);
            all.for_each(|name| put(&name));
            put(b"");
        }
        bytes
    }

    /// Reads that.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut places = Self::default();
        let mut fields = bytes.split(|&byte| byte == 0);
        loop {
            let place = fields.next()?;
            if place.is_empty() {
                return fields.next().is_none().then_some(places);
            }
            let (mut names, mut are_ways) = (Names::default(), false);
            loop {
                let name = fields.next()?;
                match name {
                    b"" => break,
                    LISTED => names.listed = true,
                    WAYS => are_ways = true,
                    _ => {
                        let into = if are_ways { &mut names.ways } else { &mut names.these };
                        into.insert(OsStr::from_bytes(name).to_owned());
                    }
                }
            }
            places.0.insert(PathBuf::from(OsStr::from_bytes(place)), names);
        }
    }
}

fn markers(directory: &Path) -> impl Iterator<Item = (&Path, &'static str)> {
    [".pivot", ".git"].into_iter().map(move |marker| (directory, marker))
}

fn has_path(input: &Input<'_>) -> bool {
    !matches!(input.kind, InputKind::Environment | InputKind::WorkingDirectory | InputKind::Machine)
}

/// Gathers places on the ways to paths.
#[derive(Default)]
struct Walk {
    places: Places,
    root: PathBuf,
    /// Directories on whose ways there is no link.
    plain: HashSet<PathBuf>,
}

impl Walk {
    /// Where it shows that there is another file at `path`: in its directory, at links on the way and
    /// where those lead, and, of what lies in ROOT, in all directories down to it; where something on
    /// the way is not there, in the last that is.
    fn add(&mut self, path: &Path) {
        self.follow(path, LINKS_MOST);
    }

    /// Where it shows that a directory is gone, or that it is there again.
    fn above(&mut self, directory: &Path) {
        let there = directory.ancestors().find(|above| above.is_dir());
        let name = there.and_then(|there| directory.strip_prefix(there).ok()?.iter().next());
        match (there, name) {
            (Some(there), Some(name)) => self.way(there, name),
            _ => {
                if let (Some(parent), Some(name)) = (directory.parent(), directory.file_name())
                    && self.pass(parent, LINKS_MOST)
                {
                    self.way(parent, name);
                }
            }
        }
    }

    fn way(&mut self, directory: &Path, name: &OsStr) {
        let names = self.places.0.entry(directory.to_path_buf()).or_default();
        names.ways.insert(name.to_owned());
    }

    fn put(&mut self, directory: &Path, name: &OsStr) {
        let names = self.places.0.entry(directory.to_path_buf()).or_default();
        names.these.insert(name.to_owned());
    }

    fn follow(&mut self, path: &Path, links_left: usize) {
        let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else { return };
        if !self.plain.contains(parent) && !self.pass(parent, links_left) {
            return;
        }
        self.put(parent, name);
        if let (Ok(target), Some(left)) = (path.read_link(), links_left.checked_sub(1)) {
            self.follow(&joined(parent, &target), left);
        }
    }

    /// Goes down to a directory; `false` where something on the way is not there.
    fn pass(&mut self, directory: &Path, links_left: usize) -> bool {
        let mut at = PathBuf::new();
        for step in directory.components() {
            let parent = at.clone();
            at.push(step);
            let Component::Normal(name) = step else { continue };
            if self.plain.contains(&at) {
                continue;
            }
            let Ok(found) = at.symlink_metadata() else {
                self.way(&parent, name);
                return false;
            };
            if found.is_symlink() {
                self.way(&parent, name);
                if let (Ok(target), Some(left)) = (at.read_link(), links_left.checked_sub(1)) {
                    self.follow(&joined(&parent, &target), left);
                }
            } else {
                if self.root.parent().is_some() && at.starts_with(&self.root) {
                    self.way(&parent, name);
                }
                self.plain.insert(at.clone());
            }
        }
        true
    }
}

/// Where a link in `parent` leads.
fn joined(parent: &Path, target: &Path) -> PathBuf {
    let mut whole = PathBuf::new();
    for step in parent.join(target).components() {
        match step {
            Component::ParentDir => drop(whole.pop()),
            step => whole.push(step),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    fn names<const N: usize>(names: [&str; N]) -> Names {
        let these = names.into_iter().map(OsString::from).collect();
        Names { these, ..Names::default() }
    }

    fn ways<const N: usize>(ways: [&str; N]) -> Names {
        Names { ways: names(ways).these, ..Names::default() }
    }

    #[test]
    fn places_come_back_from_bytes() {
        let listed = Names { listed: true, ways: names(["y"]).these, ..names(["x"]) };
        let places = [("/a", names(["b", "c"])), ("/d", listed), ("/e", names([]))];
        let places = Places(places.map(|(place, names)| (place.into(), names)).into());
        assert_eq!(Places::from_bytes(&places.to_bytes()), Some(places));
        assert_eq!(Places::from_bytes(b""), Some(Places::default()));
        for torn in ["/a", "/a\0b", "/a\0b\0", "/a\0b\0\0/c"] {
            assert_eq!(Places::from_bytes(torn.as_bytes()), None, "{torn:?}");
        }
    }

    #[test]
    fn links_and_gaps_on_the_way_are_watched() {
        let top = tempfile::tempdir().unwrap();
        let top = top.path().canonicalize().unwrap();
        fs::create_dir_all(top.join("root/conf")).unwrap();
        fs::create_dir(top.join("data")).unwrap();
        symlink("../data", top.join("root/current")).unwrap();
        let mut walk = Walk { root: top.join("root"), ..Walk::default() };
        walk.add(&top.join("root/conf/a.yaml"));
        walk.add(&top.join("root/current/b.csv"));
        walk.add(&top.join("root/gone/deep/c.csv"));
        let at = |place: &str| walk.places.0.get(&top.join(place)).cloned();
        assert_eq!(at("root/conf"), Some(names(["a.yaml"])));
        assert_eq!(at("root"), Some(ways(["conf", "current", "gone"])));
        assert_eq!(at("root/current"), Some(names(["b.csv"])));
        let top_names = at("").unwrap();
        assert_eq!(
            (top_names.these, top_names.ways),
            (names(["data"]).these, names(["root"]).these)
        );
        assert_eq!(at("root/gone"), None);
        let mut walk = Walk::default();
        walk.above(&top.join("root/gone/deep"));
        assert_eq!(walk.places.0.get(&top.join("root")), Some(&ways(["gone"])));
    }
}
