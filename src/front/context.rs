//! Where the front was started: the project there, and the names that are fresh in it.

use pivot_complete::cache::key::StoreName;
use pivot_complete::cache::lookup::{self, Answer, FreshNames, Query};
use pivot_complete::cache::renewal;
use pivot_complete::cache::status;
use pivot_complete::cache::store::Store;
use pivot_complete::environment::Process;
use pivot_complete::files::{PATH_MAX_BYTES, PathBuffer};
use pivot_complete::project::{self, Dialect, Environment, Program, Project};
use pivot_complete::reason::Reason;

use crate::system::{self, Disk, Stdout};

/// A working directory, and what belongs to it.
pub struct Context<'e> {
    /// The file system as it is seen from there.
    pub disk: Disk,
    /// The working directory; empty where it cannot be named.
    pub directory: &'static [u8],
    /// The project that it belongs to.
    pub project: Option<Project<'static>>,
    /// What decides which answer is meant.
    pub environment: Environment<'e>,
    /// The `pivot` that is meant, once it was looked for.
    pub program: Option<Program>,
    /// Where paths are put together.
    pub path: PathBuffer<'static>,
}

/// Names that are fresh, and where they were found.
pub struct FreshHere<'a> {
    /// The file system.
    pub disk: &'a Disk,
    /// ROOT; empty without a project.
    pub root: &'a [u8],
    /// The process, and its working directory.
    pub here: (Process, &'a [u8]),
    /// `None` where there can be no stages.
    pub names: Option<&'a Cached>,
    /// Where paths are put together.
    pub path: &'a mut PathBuffer<'static>,
    /// When the directory changed that the stages' states hold by, where it is another one by now.
    states_changed_s: &'a mut Option<i64>,
}

type Cached = FreshNames<<Disk as pivot_complete::files::Disk>::Bytes>;

impl<'a> FreshHere<'a> {
    /// The stages, as lines.
    pub fn text(&self) -> &'a [u8] {
        self.names.map_or(b"", FreshNames::text)
    }

    /// Pairs of lines: a stage, and what a list says of it.
    pub fn blurbs(&self) -> &'a [u8] {
        self.names.map_or(b"", FreshNames::blurbs)
    }

    /// What Pivot said when the discovery failed, if it did.
    pub fn failure(&self) -> &'a [u8] {
        self.names.map_or(b"", FreshNames::failure)
    }

    /// Pairs of lines: a stage, and what its lock file tells, as far as that is so.
    pub fn states(&mut self) -> &'a [u8] {
        let Some(states) = self.names.and_then(FreshNames::states) else { return b"" };
        let (pairs, changed_s) = states.true_pairs(self.disk, self.root, self.path);
        *self.states_changed_s = changed_s;
        pairs
    }

    /// The targets, as lines.
    pub fn targets(&self) -> Result<&'a [u8], Reason> {
        self.names.map_or(Some(&b""[..]), FreshNames::targets).ok_or(Reason::TargetsUnknown)
    }

    /// The digest of the walk behind `store`'s manifests, where that is fresh.
    pub fn walk(&mut self, store: Store<'_>) -> u64 {
        status::fresh_walk(self.disk, store, self.root, self.here, self.path)
    }

    /// The store that they come from.
    pub fn store(&self) -> Result<Store<'a>, Reason> {
        self.names.and_then(FreshNames::store).ok_or(Reason::ManifestMissing)
    }
}

impl<'e> Context<'e> {
    /// Looks around; `typed` is the first word of a TAB's line, else empty.
    pub fn here(typed: &'e [u8]) -> Result<Self, Reason> {
        let directory = system::working_directory().unwrap_or_default();
        let disk = Disk::new(directory);
        let mut path = PathBuffer::new(system::memory(PATH_MAX_BYTES));
        // Only the engine can tell whether the Pivot here reads YAML. Where it does not, a YAML
        // config has no cache, and the miss leads to the engine.
        let project = match directory {
            [] => None,
            _ => Project::locate(&disk, directory, Dialect::WithYaml, &mut path)?,
        };
        let value = |name: &str| system::variable(name.as_bytes()).unwrap_or_default();
        let environment =
            Environment::of(project::VARIABLE_NAMES.map(value), typed, system::PROCESS);
        Ok(Self { disk, directory, project, environment, program: None, path })
    }

    /// ROOT; empty without a project.
    pub fn root(&self) -> &'static [u8] {
        self.project.as_ref().map_or(&b""[..], |project| project.root)
    }

    /// Finds the names that are fresh here and prints them through `write`.
    ///
    /// `wants_manifests` says whether more than names is wanted of the store.
    pub fn with_names(
        mut self,
        wants_manifests: bool,
        write: &mut dyn FnMut(FreshHere<'_>, &mut Stdout) -> Result<(), Reason>,
    ) -> Result<Reason, Reason> {
        let is_tab = self.program.is_some();
        if self.directory.is_empty() && !is_tab {
            return Err(Reason::NoWorkingDirectory);
        }
        let root = self.root();
        let here = (self.environment.process, self.directory);
        let Self { disk, project, environment, program, path, .. } = &mut self;
        let query = Query { environment: *environment, is_tab, wants_manifests, program: *program };
        let answer = lookup::from_caches(&*disk, project.as_ref(), &query, path);
        let (names, reason) = match &answer {
            Answer::Names(names) => (Some(names), names.how),
            Answer::Nothing(reason) => (None, *reason),
            Answer::Miss(reason) => return Err(*reason),
        };
        let mut out = Stdout::new();
        let mut changed_s = None;
        let states_changed_s = &mut changed_s;
        write(FreshHere { disk, root, here, names, path, states_changed_s }, &mut out)?;
        self.finish(out)?;
        if let Some(names) = names {
            self.renew_behind(names, changed_s);
        }
        Ok(reason)
    }

    /// Prints an answer, if what it was read from is still that.
    pub fn finish(&self, out: Stdout) -> Result<(), Reason> {
        if !self.disk.still_holds() {
            return Err(Reason::CacheChanged);
        }
        out.finish()
    }

    /// Has the stamps taken anew that proved nothing, where that helps by now, and a `stages.cache`
    /// that somebody else wrote compared with the store; or a discovery that failed tried again; or the
    /// stages' states looked at anew.
    fn renew_behind(&mut self, names: &Cached, states_changed_s: Option<i64>) {
        let Some(project) = &self.project else { return };
        let has_aged = have_aged(names.proof.renewable_s) || have_aged(states_changed_s);
        if (names.other_stages_cache || has_aged)
            && let Some(store) = &names.store_name
            && project.store_path(b"", &mut self.path).is_ok()
        {
            renew_behind(&self.path, store);
        }
    }
}

/// Has the engine renew the store `name` behind the answer, where its `directory` can be written.
pub fn renew_behind(directory: &PathBuffer<'_>, name: &StoreName) {
    if system::is_writable(directory.as_c_path()) {
        system::start_engine(b"renew", name);
    }
}

/// Whether stamps would prove by now what contents had to. The clock is asked only where they did.
pub fn have_aged(renewable_s: Option<i64>) -> bool {
    let now_s = || (system::epoch_ms() / 1_000) as i64;
    renewable_s.is_some() && renewal::is_due(renewable_s, now_s())
}
