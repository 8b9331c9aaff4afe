//! A file system that is a table, discoveries in it, and questions to its caches.

use std::cell::RefCell;
use std::collections::BTreeMap;

use xxhash_rust::xxh64::xxh64;

use pivot_complete::cache::freshness::{InputKind, NamesDigest, name_hash};
use pivot_complete::cache::key::{self, Audience};
use pivot_complete::cache::lookup::{self, Answer, FreshNames, Query};
use pivot_complete::cache::store::SectionKind;
use pivot_complete::encoding::lines;
use pivot_complete::environment::Process;
use pivot_complete::files::{CPath, Disk, FileType, PathBuffer, ReadError, Stamp, Stat, StatError};
use pivot_complete::project::{Dialect, Environment, Project};
use pivot_complete::reason::{Group, Reason};

use crate::record::{Findings, NewRecord, Recorded, assemble};
use crate::text;

/// Where no variable is set.
pub const NOTHING_SET: Environment<'_> = Environment {
    path: b"",
    cache_home: b"",
    home: b"",
    virtual_env: b"",
    python_path: b"",
    python: b"",
    chosen: [b""; 3],
    typed: b"",
    process: Process::NONE,
};

/// When discoveries of these tests are recorded, in seconds: what changed at 998 or before is not
/// racy.
pub const CLOCK_S: i64 = 1_000;

/// A file system as a table of paths, which remembers what was asked of it.
#[derive(Default)]
pub struct Table {
    entries: BTreeMap<String, (Stat, Vec<u8>)>,
    failing: Vec<String>,
    unreadable: Vec<(String, ReadError)>,
    /// The paths whose content was digested or listed.
    pub compared: RefCell<Vec<String>>,
    /// The paths that were looked at.
    pub looked_at: RefCell<Vec<String>>,
    inodes: u64,
}

/// What the caches said, and what it took.
#[derive(Debug, PartialEq, Eq)]
pub struct Said {
    pub names: Vec<String>,
    pub how: Reason,
    pub renewable_s: Option<i64>,
    /// The paths whose content was digested or listed.
    pub compared: Vec<String>,
}

impl Table {
    /// Directories are paths that end in a slash, the others are files; all have mtime 5.
    pub fn of(paths: &[&str]) -> Self {
        let mut table = Table::default();
        for path in paths {
            match path.strip_suffix('/') {
                Some(directory) => table.enter(directory, FileType::Directory, 5, b""),
                None => table.put(path, 5, b""),
            }
        }
        table
    }

    /// Makes or replaces a file; a new name changes its directory.
    pub fn put(&mut self, path: &str, mtime_s: i64, content: &[u8]) {
        self.enter(path, FileType::File, mtime_s, content);
    }

    /// Makes a directory, or puts one in a file's place, with mtime 7.
    pub fn make_directory(&mut self, path: &str) {
        self.enter(path, FileType::Directory, 7, b"");
    }

    fn enter(&mut self, path: &str, kind: FileType, mtime_s: i64, content: &[u8]) {
        let times = (mtime_s, 0);
        let known = self.entries.get(path).map(|(stat, _)| stat.inode);
        if known.is_none() {
            self.change_directory_of(path, mtime_s);
            self.inodes += 1;
        }
        let stat = Stat {
            kind,
            mtime: times,
            ctime: times,
            len_bytes: content.len() as u64,
            inode: known.unwrap_or(self.inodes),
            uid: 0,
            gid: 0,
            mode: 0o755,
        };
        self.entries.insert(path.to_owned(), (stat, content.to_vec()));
    }

    /// Removes a file, which changes its directory.
    pub fn remove(&mut self, path: &str, at_s: i64) {
        self.entries.remove(path).unwrap();
        self.change_directory_of(path, at_s);
    }

    fn change_directory_of(&mut self, path: &str, at_s: i64) {
        let directory = path.rsplit_once('/').unwrap().0;
        if let Some((stat, _)) = self.entries.get_mut(directory) {
            (stat.mtime, stat.ctime) = ((at_s, 0), (at_s, 0));
        }
    }

    /// The stat of what is there, to be changed at will.
    pub fn stat_mut(&mut self, path: &str) -> &mut Stat {
        &mut self.entries.get_mut(path).unwrap().0
    }

    /// Puts other bytes of the same length in place, and changes nothing that `stat` tells.
    pub fn put_unseen(&mut self, path: &str, content: &[u8]) {
        let (stat, old) = self.entries.get_mut(path).unwrap();
        assert_eq!(stat.len_bytes, content.len() as u64);
        *old = content.to_vec();
    }

    /// Lets every look at `path` fail.
    pub fn fail(&mut self, path: &str) {
        self.failing.push(path.to_owned());
    }

    /// Lets whoever reads `path` have this error.
    pub fn cannot_read(&mut self, path: &str, error: ReadError) {
        self.unreadable.push((path.to_owned(), error));
    }

    pub fn locate<'d>(&self, directory: &'d str, dialect: Dialect) -> Option<Project<'d>> {
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        Project::locate(self, directory.as_bytes(), dialect, &mut path).unwrap()
    }

    /// What the caches say to an explicit command in `directory`: names, or the reason.
    pub fn answer(&self, directory: &str) -> Result<Vec<String>, Reason> {
        self.ask(directory, Environment::default(), false).map(|said| said.names)
    }

    /// The same with all that is said, in an environment, perhaps to a TAB.
    pub fn ask(
        &self,
        directory: &str,
        environment: Environment<'_>,
        is_tab: bool,
    ) -> Result<Said, Reason> {
        self.compared.borrow_mut().clear();
        self.looked_at.borrow_mut().clear();
        let said = match self.look_up(directory, environment, is_tab) {
            Answer::Names(names) => {
                assert_eq!(names.how.group(), Group::Hit);
                let lines = lines::names(names.text()).map(|name| text(name).to_owned());
                let (names, how, renewable_s) =
                    (lines.collect(), names.how, names.proof.renewable_s);
                Said { names, how, renewable_s, compared: self.compared.borrow().clone() }
            }
            Answer::Nothing(how) => {
                assert!(matches!(how, Reason::NoProject | Reason::NoConfig));
                Said { names: vec![], how, renewable_s: None, compared: vec![] }
            }
            Answer::Miss(reason) => {
                assert_eq!(reason.group(), Group::Miss, "{reason:?}");
                return Err(reason);
            }
        };
        Ok(said)
    }

    /// The names with their targets and their store, where there are names.
    pub fn names(&self, directory: &str) -> FreshNames<Vec<u8>> {
        match self.look_up(directory, Environment::default(), false) {
            Answer::Names(names) => names,
            Answer::Nothing(reason) | Answer::Miss(reason) => panic!("{reason:?}"),
        }
    }

    fn look_up(
        &self,
        directory: &str,
        environment: Environment<'_>,
        is_tab: bool,
    ) -> Answer<Vec<u8>> {
        let project = self.locate(directory, Dialect::WithYaml);
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        let query = Query { environment, is_tab, wants_manifests: false, program: None };
        lookup::from_caches(self, project.as_ref(), &query, &mut path)
    }

    /// The path of the store for the config of `directory` in an environment.
    pub fn store_path(&self, directory: &str, environment: Environment<'_>) -> String {
        let project = self.locate(directory, Dialect::WithYaml).unwrap();
        let mut storage = [0; 256];
        let mut path = PathBuffer::new(&mut storage);
        let config = project.config.unwrap();
        let program = key::find_program(self, &project, &environment, &mut path);
        let everyone = Audience::Everyone;
        let name = key::store_name(&project, &config, &environment, &program, everyone, &mut path);
        let name = name.unwrap();
        project.store_path(&name, &mut path).unwrap();
        text(path.as_bytes()).to_owned()
    }

    /// An input as it is now; `names` are those that count in a directory.
    pub fn input(&self, kind: InputKind, path: &str, names: &[&str]) -> Recorded {
        let mut hashes: Vec<u32> = names.iter().map(|name| name_hash(name.as_bytes())).collect();
        hashes.sort_unstable();
        let names: Vec<u8> = hashes.iter().flat_map(|hash| hash.to_le_bytes()).collect();
        let entry = self.entries.get(path);
        let digest = match (kind, entry) {
            (InputKind::File, Some((_, content))) => xxh64(content, 0),
            (InputKind::Directory, _) => {
                let mut listing = NamesDigest::of(&names);
                self.children(path).for_each(|name| {
                    listing.add(name.as_bytes());
                });
                listing.value()
            }
            _ => 0,
        };
        let stamp = entry.map_or_else(Stamp::default, |(stat, _)| Stamp::of(stat));
        let path = path.strip_prefix("/r/").unwrap_or(path).into();
        Recorded { kind, is_data: false, path, names, aspects: 0, stamp, digest }
    }

    /// The names in a directory.
    fn children<'t>(&'t self, directory: &str) -> impl Iterator<Item = &'t str> {
        let inside = format!("{directory}/");
        self.entries.keys().filter_map(move |path| {
            let name = path.strip_prefix(&inside)?;
            (!name.contains('/')).then_some(name)
        })
    }

    /// Writes the store of a discovery that found `names` in `inputs` at [`CLOCK_S`].
    pub fn record(&mut self, directory: &str, names: &str, inputs: &[Recorded]) {
        let findings = Findings { names: names.into(), ..Findings::default() };
        self.record_all(directory, Environment::default(), &findings, inputs);
    }

    /// The same with all that can be found, in an environment. The `stages.cache` that is there
    /// was written along.
    pub fn record_all(
        &mut self,
        directory: &str,
        environment: Environment<'_>,
        findings: &Findings,
        inputs: &[Recorded],
    ) {
        let stages_cache = self.entries.get(crate::CACHE).map(|(stat, _)| Stamp::of(stat));
        let clock = (CLOCK_S, 0);
        let config = &inputs[0].path;
        let record = NewRecord { config, findings, inputs, clock, salt: 0, stages_cache };
        let store = assemble(&[(SectionKind::Current, &record.to_bytes())]);
        self.put(&self.store_path(directory, environment), CLOCK_S, &store);
    }
}

fn str(path: CPath<'_>) -> &str {
    std::str::from_utf8(path.to_bytes()).expect("a test's path")
}

impl Disk for Table {
    type Bytes = Vec<u8>;

    fn stat(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        let path = str(path);
        self.looked_at.borrow_mut().push(path.to_owned());
        if self.failing.iter().any(|failing| failing == path) {
            return Err(StatError::Unsure);
        }
        self.entries.get(path).map(|(stat, _)| *stat).ok_or(StatError::Absent)
    }

    fn read(&self, path: CPath<'_>, limit_bytes: usize) -> Result<Vec<u8>, ReadError> {
        let path = str(path);
        if let Some((_, error)) = self.unreadable.iter().find(|(known, _)| known == path) {
            return Err(*error);
        }
        match self.entries.get(path) {
            Some((stat, _)) if stat.kind != FileType::File => Err(ReadError::NotRegular),
            Some((_, content)) if content.len() > limit_bytes => Err(ReadError::TooLarge),
            Some((_, content)) => Ok(content.clone()),
            None => Err(ReadError::Missing),
        }
    }

    fn digest(&self, path: CPath<'_>, len_bytes: u64) -> Result<u64, ReadError> {
        self.compared.borrow_mut().push(str(path).to_owned());
        let content = self.read(path, usize::MAX)?;
        assert_eq!(content.len() as u64, len_bytes);
        Ok(xxh64(&content, 0))
    }

    fn stat_link(&self, path: CPath<'_>) -> Result<Stat, StatError> {
        self.stat(path)
    }

    /// By the owner's bits.
    fn may(&self, path: CPath<'_>, mode: u8) -> Result<bool, StatError> {
        let found = self.stat(path)?;
        Ok(found.mode >> 6 & u32::from(mode) == u32::from(mode))
    }

    fn read_link(&self, path: CPath<'_>, put: &mut dyn FnMut(&[u8])) -> Result<(), ReadError> {
        put(&self.read(path, usize::MAX)?);
        Ok(())
    }

    fn list(
        &self,
        path: CPath<'_>,
        put: &mut dyn FnMut(&[u8], Option<FileType>),
    ) -> Result<(), ReadError> {
        let path = str(path);
        self.compared.borrow_mut().push(path.to_owned());
        if let Some((_, error)) = self.unreadable.iter().find(|(known, _)| known == path) {
            return Err(*error);
        }
        let mut is_there = self.entries.contains_key(path);
        for name in self.children(path) {
            is_there = true;
            let stat = self.entries.get(&format!("{path}/{name}"));
            put(name.as_bytes(), stat.map(|(stat, _)| stat.kind));
        }
        if is_there { Ok(()) } else { Err(ReadError::Missing) }
    }
}
