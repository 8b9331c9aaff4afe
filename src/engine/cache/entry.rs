//! Keeps what one discovery found out: `stages.cache`, which Pivot reads too, then the store.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::freshness::{Input, InputKind, environment};
use pivot_complete::cache::key::{self, Audience, FILE_SUFFIX, is_named_in};
use pivot_complete::cache::renewal::RETRY_AFTER_S;
use pivot_complete::cache::stages_cache::{self, StagesCache};
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{LIMIT_BYTES, Store};
use pivot_complete::encoding::lines;
use pivot_complete::files::{Disk as _, PathBuffer, Stamp};
use pivot_complete::project::{Config, Project};

use crate::cache::inputs::Moment;
use crate::cache::lock::Lead;
use crate::cache::record::{self, Findings, NewRecord, Recorded, drawn_salt};
use crate::cache::revalidate;
use crate::cache::states::{self, Known};
use crate::cache::store_file::{self, StoreName};
use crate::context::{Context, config_now, relative_config};
use crate::files::{CacheDirectory, Disk, NotCached, Shared, path, path_storage};

/// Stores that are kept in one project: terminals with an environment each.
const STORES_MAX: usize = 8;

/// What there is to keep, and for whom.
pub struct Entry<'a> {
    context: &'a Context,
    project: &'a Project<'static>,
    config: &'a Config,
    /// What was kept before.
    pub stores: Vec<(Audience, Shared)>,
    complete: CacheDirectory,
    clock: (i64, u32),
    salt: u64,
    alone: bool,
}

impl<'a> Entry<'a> {
    /// Makes ready to keep an answer about `config`: before its inputs are looked at, so that the
    /// file system's clock is known.
    ///
    /// `alone` says that no other process writes now: then whatever temporary files lie there are
    /// those of killed writers, and are swept at once.
    pub fn start(
        context: &'a Context,
        project: &'a Project<'static>,
        config: &'a Config,
        alone: bool,
    ) -> Result<Self, NotCached> {
        let complete = CacheDirectory::open(path(project.root), &["cache", "complete"])?;
        complete.sweep(alone);
        let clock = complete.clock()?;
        let stores = stores_here(context, project, config);
        // The same as before, so that the same values have the same digest.
        let salts = stores
            .iter()
            .filter_map(|(_, bytes)| Some(Store::open(bytes).ok()?.current().ok()?.salt()));
        // Drawn in any case: what is drawn next, a file's name, is the same then.
        let drawn = drawn_salt();
        let salt = salts.into_iter().next().unwrap_or(drawn);
        Ok(Self { context, project, config, stores, complete, clock, salt, alone })
    }

    /// The same so that a failure which is kept in it is due for another try at once.
    pub fn due_again(self) -> Self {
        let (seconds, nanoseconds) = self.clock;
        Self { clock: (seconds - RETRY_AFTER_S, nanoseconds), ..self }
    }

    /// When the inputs of a discovery that began at `since` are looked at, and how.
    pub fn moment(&self, since: Option<(i64, u32)>) -> Moment {
        Moment { since, salt: self.salt }
    }

    /// Keeps what a discovery found, or why it failed, with these inputs; gives the record.
    pub fn keep(&self, findings: &Findings, inputs: &[Recorded]) -> Result<Vec<u8>, NotCached> {
        self.keep_with(findings, inputs, self.salt)
    }

    /// The same with the salt of an earlier record.
    pub fn keep_with(
        &self,
        findings: &Findings,
        inputs: &[Recorded],
        salt: u64,
    ) -> Result<Vec<u8>, NotCached> {
        if inputs.first().map(|input| input.stamp) != Some(Stamp::of(&self.config.stat)) {
            return Err(NotCached::ConfigChanged);
        }
        if findings.failure.is_some() {
            // The last good names stand in the file still, if any do.
            return self.write_store(findings, inputs, salt, self.stages_cache_stamp());
        }
        // stages.cache is ROOT's and everyone's: it says neither where a relative path led, nor what
        // environment, machine or user its names are for.
        let is_plain = |input: &Recorded| match input.kind {
            InputKind::WorkingDirectory => input.path.is_empty(),
            InputKind::Environment => !environment::is_private(&input.names),
            kind => !matches!(kind, InputKind::Machine | InputKind::Access),
        };
        if !self.project.is_roots_own(self.config) || !inputs.iter().all(is_plain) {
            return self.write_store(findings, inputs, salt, None);
        }
        let relative = relative_config(self.project, self.config);
        let content = stages_cache_content(relative.as_bytes(), self.config, &findings.names)?;
        let cache = CacheDirectory::open(path(self.project.root), &["cache"])?;
        cache.sweep(self.alone);
        // The store first: without one, stages.cache is believed by the config's mtime alone.
        let prepared = cache.prepare(OsStr::new("stages.cache"), &content)?;
        let record = self.write_store(findings, inputs, salt, prepared.stamp())?;
        prepared.publish(|| config_now(self.project, self.config) == Some(self.config.stat))?;
        Ok(record)
    }

    /// Keeps the same findings with new stamps, and lets `stages.cache` say them where it is not
    /// the file that was `written` along any more.
    ///
    /// The store takes note of whatever stays, so that nobody looks at it again before it is
    /// another one.
    pub fn renew(
        &self,
        findings: &Findings,
        inputs: &[Recorded],
        salt: u64,
        written: Option<Stamp>,
    ) -> Result<Vec<u8>, NotCached> {
        let stages_cache = written.map(|written| match self.stages_cache_stamp() {
            Some(now) if !now.is_same_file(&written) => {
                self.replace_stages_cache(findings, inputs, &now).unwrap_or(now)
            }
            Some(_) | None => written,
        });
        self.write_store(findings, inputs, salt, stages_cache)
    }

    /// Replaces a `stages.cache` of the stamp `now` that says anything else; gives the new one's
    /// stamp, or `None` where it has to stay.
    fn replace_stages_cache(
        &self,
        findings: &Findings,
        inputs: &[Recorded],
        now: &Stamp,
    ) -> Option<Stamp> {
        if findings.failure.is_some() {
            // A Pivot that could discover knows more than the last good names.
            return None;
        }
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        self.project.stages_cache_path(&mut buffer).ok()?;
        let found = Disk.read(buffer.as_c_path(), stages_cache::LIMIT_BYTES).ok()?;
        let relative = relative_config(self.project, self.config);
        let content =
            stages_cache_content(relative.as_bytes(), self.config, &findings.names).ok()?;
        if found == content || self.is_anothers(&found, now) {
            return None;
        }
        let cache = CacheDirectory::open(path(self.project.root), &["cache"]).ok()?;
        let prepared = cache.prepare(OsStr::new("stages.cache"), &content).ok()?;
        let stamp = prepared.stamp()?;
        let is_current = || {
            config_now(self.project, self.config) == Some(self.config.stat)
                && revalidate::first_outdated(self.project.root, inputs).is_none()
        };
        prepared.publish(is_current).ok().map(|()| stamp)
    }

    /// Whether a `stages.cache` was written along with another environment's store about the
    /// config as it is: two that took it from each other would do so behind every TAB.
    fn is_anothers(&self, found: &[u8], stamp: &Stamp) -> bool {
        let Config { kind, stat, .. } = self.config;
        let is_current = StagesCache::parse(found)
            .and_then(|cache| cache.check(kind.file_name(), stat.mtime))
            .is_ok();
        let own = [Audience::Everyone, Audience::User]
            .map(|audience| store_name_here(self.context, self.project, self.config, audience))
            .map(Result::unwrap_or_default);
        let wrote_it = |name: &OsString| {
            let name: Option<StoreName> = name.as_bytes().try_into().ok();
            let bytes = name
                .filter(|name| !own.contains(name) && name.ends_with(FILE_SUFFIX))
                .filter(|name| is_named_in(self.project.root, name))
                .and_then(|name| store_file::read(self.context, self.project, &name));
            let record = bytes.as_deref().and_then(|bytes| Store::open(bytes).ok()?.current().ok());
            record.is_some_and(|record| {
                let written = record.stages_cache().filter(|_| !record.has_failed());
                written.is_some_and(|written| written.is_same_file(stamp))
            })
        };
        is_current && self.complete.names().iter().any(wrote_it)
    }

    fn stages_cache_stamp(&self) -> Option<Stamp> {
        if !self.project.is_roots_own(self.config) {
            return None;
        }
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        self.project.stages_cache_path(&mut buffer).ok()?;
        Some(Stamp::of(&Disk.stat(buffer.as_c_path()).ok()?))
    }

    fn write_store(
        &self,
        findings: &Findings,
        inputs: &[Recorded],
        salt: u64,
        stages_cache: Option<Stamp>,
    ) -> Result<Vec<u8>, NotCached> {
        let config = relative_config(self.project, self.config);
        let Findings { states, names, .. } = findings;
        let stores = self.stores.iter().filter_map(|(_, bytes)| Store::open(bytes).ok());
        let (manifests, walk) = stores
            .filter_map(|store| Some((store.manifests().ok()?, store.walk().ok())))
            .next()
            .unzip();
        let as_inputs: Vec<Input<'_>> = inputs.iter().map(Recorded::as_input).collect();
        let under = (record::contents(inputs, &findings.versions), &as_inputs[..]);
        let known = Known::under(manifests, walk.flatten().as_ref(), under, self.project);
        let states = states::looked_at(self.project.root, states, names, &known, self.clock);
        let record = NewRecord {
            config: config.as_bytes(),
            findings: &Findings { states, ..findings.clone() },
            inputs,
            clock: self.clock,
            salt,
            stages_cache,
        };
        let record = record.to_bytes();
        if !self.alone {
            self.context.stores.forget();
        }
        let audience = audience_of(inputs);
        // What everyone may know the user may, and not the other way round. The one that is kept
        // on goes first.
        let mut before = stores_here(self.context, self.project, self.config);
        before.retain(|(of, _)| audience == Audience::User || *of == Audience::Everyone);
        before.sort_by_key(|(of, _)| *of != audience);
        let stores: Vec<Store<'_>> =
            before.iter().filter_map(|(_, bytes)| Store::open(bytes).ok()).collect();
        let bytes = store_file::with_record(&record, &stores);
        if bytes.len() > LIMIT_BYTES {
            return Err(NotCached::Unsuitable("what it found is more than a cache holds"));
        }
        let name = store_name_here(self.context, self.project, self.config, audience)?;
        let file = OsStr::from_bytes(&name);
        let prepared = match audience {
            Audience::Everyone => self.complete.prepare(file, &bytes)?,
            Audience::User => self.complete.prepare_private(file, &bytes)?,
        };
        if let Some(outdated) = revalidate::first_outdated(self.project.root, inputs) {
            return Err(NotCached::InputChanged(outdated));
        }
        prepared.publish(|| true)?;
        store_file::wrote(self.context, self.project, &name, bytes);
        store_file::keep_latest(&self.complete, &name, STORES_MAX);
        Ok(record)
    }
}

/// Whom a record with these inputs may be told.
fn audience_of(inputs: &[Recorded]) -> Audience {
    let is_private = |input: &Recorded| {
        input.kind == InputKind::Environment && environment::is_private(&input.names)
    };
    if inputs.iter().any(is_private) { Audience::User } else { Audience::Everyone }
}

/// The stores for `config` here that there are and that are whole, the one that was recorded last
/// first.
pub fn stores_here(
    context: &Context,
    project: &Project<'_>,
    config: &Config,
) -> Vec<(Audience, Shared)> {
    let read = |audience| {
        let name = store_name_here(context, project, config, audience).ok()?;
        let bytes = store_file::read(context, project, &name)?;
        let recorded_s = Store::open(&bytes).and_then(Store::current).ok()?.recorded_s();
        Some((recorded_s, (audience, bytes)))
    };
    let both = [Audience::User, Audience::Everyone];
    let mut found: Vec<_> = both.into_iter().filter_map(read).collect();
    found.sort_by_key(|(recorded_s, _)| std::cmp::Reverse(*recorded_s));
    found.into_iter().map(|(_, store)| store).collect()
}

/// The name of the store for `config` here.
pub fn store_name_here(
    context: &Context,
    project: &Project<'_>,
    config: &Config,
    audience: Audience,
) -> Result<StoreName, NotCached> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let environment = context.variables.environment();
    key::store_name(project, config, &environment, &context.program, audience, &mut buffer)
        .map_err(|_| NotCached::Unsuitable("a path is too long"))
}

/// The bytes of a `stages.cache`; `names` are lines.
fn stages_cache_content(
    relative: &[u8],
    config: &Config,
    names: &[u8],
) -> Result<Vec<u8>, NotCached> {
    if !stages_cache::is_storable_config(relative) {
        return Err(NotCached::Unsuitable("the config's path has control characters"));
    }
    let names: Option<Vec<&str>> = lines::names(names)
        .map(|name| std::str::from_utf8(name).ok().filter(|n| lines::is_storable_name(n)))
        .collect();
    let names =
        names.ok_or(NotCached::Unsuitable("a stage's name has control characters or is empty"))?;
    let mut content = Vec::new();
    stages_cache::write(relative, config.stat.mtime, names.into_iter(), |p| content.extend(p));
    Ok(content)
}

/// Takes the stamps of the store `name` anew, while nobody else writes: the [lead](Lead) is held.
pub fn renew_with(context: &Context, name: StoreName, lead: &Lead) -> Option<()> {
    let project = context.project.as_ref()?;
    let config = project.config.as_ref()?;
    let entry = Entry::start(context, project, config, lead.is_alone()).ok()?;
    let is_it =
        |audience| store_name_here(context, project, config, audience).is_ok_and(|it| it == name);
    let (_, bytes) = entry.stores.iter().find(|(audience, _)| is_it(*audience))?;
    let record = Store::open(bytes).ok()?.current().ok()?;
    if record.part(Part::Config) != relative_config(project, config).as_bytes() {
        return None;
    }
    let inputs = revalidate::again(project.root, &record, project.directory)?;
    // Another mtime of the config wants a discovery.
    let same_config = inputs.first()?.stamp.mtime == record.inputs().next()??.stamp.mtime;
    if !same_config {
        return None;
    }
    let (findings, written) = (Findings::of(&record), record.stages_cache());
    entry.renew(&findings, &inputs, record.salt(), written).ok().map(|_| ())
}
