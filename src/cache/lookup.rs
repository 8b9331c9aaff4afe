//! Fourth stop of a TAB: from a project to the names that are still true, or to the reason why
//! nobody knows without asking Pivot. Writes nothing.
//!
//! A store that is about the config as it is now decides alone: every input of its discovery is
//! looked at. Where there is none, `stages.cache` decides by the config's mtime, as for Pivot,
//! unless it was written for another environment, or in another ROOT.

use core::ops::Range;

use crate::cache::freshness::{Here, Input, Proof};
use crate::cache::key::{Audience, StoreName, find_program, store_name};
use crate::cache::stages_cache::{LIMIT_BYTES, StagesCache};
use crate::cache::store::record::{Part, Record};
use crate::cache::store::states::States;
use crate::cache::store::{self, Store, start_len_bytes};
use crate::cache::{provenance, renewal};
use crate::encoding::{MtimeText, lines};
use crate::environment::Process;
use crate::files::{Disk, PathBuffer, ReadError, Stamp, Stat, StatError};
use crate::project::{Config, Environment, Marker, Program, Project, input_path};
use crate::reason::Reason;

/// What a fresh cache says, inside the bytes that it was read from.
pub struct FreshNames<B> {
    bytes: B,
    ranges: Ranges,
    /// Why this is the answer: [`Reason::Fresh`], or [`Reason::FailedBefore`].
    pub how: Reason,
    /// How it is known that it is still true; after a failure it is due again as
    /// [`renewal::of_failure`] says.
    pub proof: Proof,
    /// Whether `stages.cache` is another file than was written along with the store.
    pub other_stages_cache: bool,
    /// The name of the store that the answer comes from.
    pub store_name: Option<StoreName>,
}

/// Where the answer lies in the bytes of a cache.
struct Ranges {
    names: Range<usize>,
    targets: Option<Range<usize>>,
    blurbs: Range<usize>,
    states: Range<usize>,
    failure: Range<usize>,
}

impl<B: AsRef<[u8]>> FreshNames<B> {
    /// The names as text: one a line, blank lines are none.
    pub fn text(&self) -> &[u8] {
        self.bytes.as_ref().get(self.ranges.names.clone()).unwrap_or_default()
    }

    /// The names, in Pivot's order.
    pub fn names(&self) -> impl Iterator<Item = &[u8]> {
        lines::names(self.text())
    }

    /// The `stage:key` targets as text, where they are known.
    pub fn targets(&self) -> Option<&[u8]> {
        self.bytes.as_ref().get(self.ranges.targets.clone()?)
    }

    /// Pairs of lines, a name and what a list says of it, as far as they are known.
    pub fn blurbs(&self) -> &[u8] {
        self.bytes.as_ref().get(self.ranges.blurbs.clone()).unwrap_or_default()
    }

    /// What the stages' lock files tell, where the names are those of now and each stamp proves it:
    /// what a manifest depends on beyond the inputs' contents lies where their stamps tell of it.
    pub fn states(&self) -> Option<States<'_>> {
        let is_sure = self.how == Reason::Fresh && self.proof.renewable_s.is_none();
        let part = self.bytes.as_ref().get(self.ranges.states.clone()).filter(|_| is_sure)?;
        States::read(part)
    }

    /// What Pivot said when the discovery failed after which these are the last good names.
    pub fn failure(&self) -> &[u8] {
        self.bytes.as_ref().get(self.ranges.failure.clone()).unwrap_or_default()
    }

    /// The store that the answer comes from, where [manifests](Query::wants_manifests) are wanted.
    pub fn store(&self) -> Option<Store<'_>> {
        self.store_name.and(Store::opened_before(self.bytes.as_ref()))
    }
}

/// What can be said without discovery.
pub enum Answer<B> {
    /// The names, fresh.
    Names(FreshNames<B>),
    /// There are no stages, for a reason that needs no cache.
    Nothing(Reason),
    /// Only discovery knows.
    Miss(Reason),
}

/// What is asked for, and from where.
#[derive(Clone, Copy)]
pub struct Query<'e> {
    /// What decides which answer is meant.
    pub environment: Environment<'e>,
    /// Whether a TAB asks, which takes the last good names while a discovery would fail.
    pub is_tab: bool,
    /// Whether more than names and targets is wanted of the store.
    pub wants_manifests: bool,
    /// The `pivot` that is meant, where it was looked for already.
    pub program: Option<Program>,
}

/// Answers for `project` from its caches.
///
/// `path` is where paths are put together.
pub fn from_caches<D: Disk>(
    disk: &D,
    project: Option<&Project<'_>>,
    query: &Query<'_>,
    path: &mut PathBuffer<'_>,
) -> Answer<D::Bytes> {
    let Some(project) = project else {
        return Answer::Nothing(Reason::NoProject);
    };
    if project.marker == Marker::Git {
        return Answer::Miss(Reason::NoPivotDirectory);
    }
    let Some(config) = &project.config else {
        return Answer::Nothing(Reason::NoConfig);
    };
    let around = Around { disk, project, config, query };
    match around.fresh_names(path) {
        Ok(names) => Answer::Names(names),
        Err(reason) => Answer::Miss(reason),
    }
}

/// One question with all that it is about.
struct Around<'a, D> {
    disk: &'a D,
    project: &'a Project<'a>,
    config: &'a Config,
    query: &'a Query<'a>,
}

/// Looks at everything that `record` depends on, `here` and now; relative paths begin at `root`.
///
/// `known` gives the stat of an input, by its number, where that was asked for already.
pub fn compare_inputs<'s, D: Disk>(
    disk: &D,
    record: &Record<'_>,
    root: &[u8],
    here: (Process, &[u8]),
    known: impl Fn(usize, &Input<'_>) -> Option<&'s Stat>,
    path: &mut PathBuffer<'_>,
) -> Result<Proof, Reason> {
    let here = Here { process: here.0, directory: here.1, salt: record.salt() };
    let mut proof = Proof::NONE;
    for (index, input) in record.inputs().enumerate() {
        let input = input.ok_or(Reason::CacheMalformed)?;
        input_path(root, input.path, path)?;
        proof.add(input.compare(disk, &here, path, known(index, &input)))?;
    }
    Ok(proof)
}

/// Looks at everything that a store of the user's own depends on, whose whole is `bytes`: the description
/// of a command line, or the names of remotes. Paths in it are absolute.
pub fn compare_own<'s, D: Disk>(
    disk: &D,
    bytes: &[u8],
    here: (Process, &[u8]),
    known: impl Fn(usize, &Input<'_>) -> Option<&'s Stat>,
    path: &mut PathBuffer<'_>,
) -> Result<Proof, Reason> {
    let record = Store::open(bytes)?.current()?;
    compare_inputs(disk, &record, b"", here, known, path)
}

impl<D: Disk> Around<'_, D> {
    /// Answers from a store that is about the config as it is now, or else as Pivot would.
    fn fresh_names(&self, path: &mut PathBuffer<'_>) -> Result<FreshNames<D::Bytes>, Reason> {
        let Self { disk, project, query, .. } = self;
        let program = match query.program {
            Some(program) => program,
            None => find_program(*disk, project, &query.environment, path),
        };
        let everyones = match self.by_store(&program, Audience::Everyone, path) {
            Ok(names) => return Ok(names),
            Err(reason) => reason,
        };
        let own = match self.by_store(&program, Audience::User, path) {
            Ok(names) => return Ok(names),
            Err(reason) => reason,
        };
        let decides =
            |reason: &&Reason| !matches!(reason, Reason::CacheMissing | Reason::ConfigChanged);
        match [own, everyones].iter().flatten().find(decides) {
            Some(reason) => Err(*reason),
            None => {
                // A `stages.cache` that was written along with either decides.
                let is_known = own.or(everyones) == Some(Reason::ConfigChanged)
                    && everyones != Some(Reason::CacheMissing);
                let without = if is_known { Reason::ConfigChanged } else { Reason::CacheMissing };
                match self.by_stages_cache(path, without) {
                    // Nobody removed what was never written.
                    Err(Reason::CacheMissing) => Err(without),
                    answer => answer,
                }
            }
        }
    }

    /// What the store for this audience says; fails without a reason where there is none.
    fn by_store(
        &self,
        program: &Program,
        audience: Audience,
        path: &mut PathBuffer<'_>,
    ) -> Result<FreshNames<D::Bytes>, Option<Reason>> {
        let Self { disk, project, config, query } = self;
        let name = store_name(project, config, &query.environment, program, audience, path)?;
        project.store_path(&name, path)?;
        let found = if query.wants_manifests {
            disk.read(path.as_c_path(), store::LIMIT_BYTES).map(|bytes| {
                let len_bytes = bytes.as_ref().len();
                (bytes, len_bytes)
            })
        } else {
            // The rest may be much longer: the manifests of all stages.
            disk.read_start(path.as_c_path(), store::LIMIT_BYTES, start_len_bytes)
        };
        let (bytes, len_bytes) = found.map_err(|error| match error {
            ReadError::Missing => None,
            error => Some(unread(error)),
        })?;
        let record = Store::open_start(bytes.as_ref(), len_bytes)?.current()?;
        if !self.is_about_config(&record) {
            // Whoever removed a `stages.cache` that was written along wants a discovery.
            return Err(Some(match self.written_along(&record) {
                None => Reason::ConfigChanged,
                Some(_) => Reason::CacheMissing,
            }));
        }
        let other_stages_cache = self.is_other_stages_cache(&record, path)?;
        let known = |index: usize, input: &Input<'_>| match index {
            0 => Some(&config.stat),
            _ => program.stat_of(input.path),
        };
        let here = (query.environment.process, project.directory);
        let mut proof = compare_inputs(*disk, &record, project.root, here, known, path)?;
        let how = self.how(&record)?;
        if how == Reason::FailedBefore {
            let due_s = renewal::of_failure(record.recorded_s(), proof.renewable_s);
            proof.renewable_s = due_s;
        }
        let ranges = Ranges {
            names: record.place(Part::Names),
            targets: record.knows_targets().then(|| record.place(Part::Targets)),
            blurbs: record.place(Part::Blurbs),
            states: record.place(Part::States),
            failure: record.place(Part::Message),
        };
        let store_name = Some(name);
        Ok(FreshNames { bytes, ranges, how, proof, other_stages_cache, store_name })
    }

    /// Whether a record is about the config as it is now: mtimes are compared as Python
    /// prints them (ARCHITECTURE.md, "What `stages.cache` decides").
    fn is_about_config(&self, record: &Record<'_>) -> bool {
        let Some(Some(config)) = record.inputs().next() else { return false };
        let (then, now) = (config.stamp.mtime, self.config.stat.mtime);
        then == now || MtimeText::new(then).as_bytes() == MtimeText::new(now).as_bytes()
    }

    /// The `stages.cache` that was written along with `record`, if one was.
    fn written_along(&self, record: &Record<'_>) -> Option<Stamp> {
        record.stages_cache().filter(|_| self.project.is_roots_own(self.config))
    }

    /// Whether `stages.cache` is another file than was written along with `record`.
    ///
    /// Removing it forces a discovery, and so does breaking it; but what it says counts less than
    /// the store.
    fn is_other_stages_cache(
        &self,
        record: &Record<'_>,
        path: &mut PathBuffer<'_>,
    ) -> Result<bool, Reason> {
        let Some(written) = self.written_along(record) else {
            // Where it could not be written there is none to remove.
            return Ok(false);
        };
        self.project.stages_cache_path(path)?;
        match self.disk.stat(path.as_c_path()) {
            Ok(stat) if Stamp::of(&stat).is_same_file(&written) => Ok(false),
            Ok(_) => {
                let bytes = read(self.disk, path, LIMIT_BYTES)?;
                StagesCache::parse(bytes.as_ref()).map(|_| true)
            }
            Err(StatError::Absent) => Err(Reason::CacheMissing),
            Err(StatError::Unsure) => Err(Reason::CacheUnreadable),
        }
    }

    /// Whether names may be given for a record that is fresh.
    fn how(&self, record: &Record<'_>) -> Result<Reason, Reason> {
        match (record.has_failed(), self.query.is_tab) {
            (false, _) => Ok(Reason::Fresh),
            (true, true) => Ok(Reason::FailedBefore),
            (true, false) => Err(Reason::FailureRecorded),
        }
    }

    /// Answers from the file that Pivot wrote, where no store is about the config as it is now.
    fn by_stages_cache(
        &self,
        path: &mut PathBuffer<'_>,
        without: Reason,
    ) -> Result<FreshNames<D::Bytes>, Reason> {
        if !self.project.is_roots_own(self.config) {
            return Err(without);
        }
        let elsewhere = provenance::check(self.disk, self.project, path);
        self.project.stages_cache_path(path)?;
        let bytes = read(self.disk, path, LIMIT_BYTES)?;
        let cache = StagesCache::parse(bytes.as_ref())?;
        cache.check(self.config.kind.file_name(), self.config.stat.mtime)?;
        elsewhere?;
        let names = cache.names_start..bytes.as_ref().len();
        let ranges = Ranges { names, targets: None, blurbs: 0..0, states: 0..0, failure: 0..0 };
        let proof = Proof::NONE;
        let (how, other_stages_cache, store_name) = (Reason::Fresh, false, None);
        Ok(FreshNames { bytes, ranges, how, proof, other_stages_cache, store_name })
    }
}

pub(crate) fn read<D: Disk>(
    disk: &D,
    path: &PathBuffer<'_>,
    limit_bytes: usize,
) -> Result<D::Bytes, Reason> {
    disk.read(path.as_c_path(), limit_bytes).map_err(unread)
}

/// Why a file of ours could not be read.
pub fn unread(error: ReadError) -> Reason {
    match error {
        ReadError::Missing => Reason::CacheMissing,
        ReadError::NotRegular => Reason::CacheNotRegular,
        ReadError::TooLarge => Reason::CacheTooLarge,
        ReadError::Unreadable => Reason::CacheUnreadable,
    }
}
