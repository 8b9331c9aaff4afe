//! Keeps what one discovery found out: `stages.cache`, which Pivot reads too, then the store.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::key::{self, FILE_SUFFIX, is_named_in};
use pivot_complete::cache::stages_cache::{self, StagesCache};
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::{LIMIT_BYTES, Store};
use pivot_complete::encoding::lines;
use pivot_complete::files::{Disk as _, PathBuffer, Stamp};
use pivot_complete::project::{Config, Project};

use crate::cache::lock::Lead;
use crate::cache::record::{Findings, NewRecord, Recorded};
use crate::cache::revalidate;
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
    name: StoreName,
    complete: CacheDirectory,
    clock: (i64, u32),
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
        let name = store_name_here(context, project, config)?;
        Self::start_for(context, project, config, name, alone)
    }

    /// The same for a store whose name is known.
    pub fn start_for(
        context: &'a Context,
        project: &'a Project<'static>,
        config: &'a Config,
        name: StoreName,
        alone: bool,
    ) -> Result<Self, NotCached> {
        let complete = CacheDirectory::open(path(project.root), &["cache", "complete"])?;
        complete.sweep(alone);
        let clock = complete.clock()?;
        Ok(Self { context, project, config, name, complete, clock, alone })
    }

    /// Keeps what a discovery found, or why it failed, with these inputs; gives the record.
    pub fn keep(&self, findings: &Findings, inputs: &[Recorded]) -> Result<Vec<u8>, NotCached> {
        if inputs.first().map(|input| input.stamp) != Some(Stamp::of(&self.config.stat)) {
            return Err(NotCached::ConfigChanged);
        }
        if findings.failure.is_some() {
            // The last good names stand in the file still, if any do.
            return self.write_store(findings, inputs, self.stages_cache_stamp());
        }
        // stages.cache is ROOT's, and does not say where a relative path led.
        let is_elsewhere = findings.directory.as_deref().is_some_and(|d| d != self.project.root);
        if !self.project.is_roots_own(self.config) || is_elsewhere {
            return self.write_store(findings, inputs, None);
        }
        let relative = relative_config(self.project, self.config);
        let content = stages_cache_content(relative.as_bytes(), self.config, &findings.names)?;
        let cache = CacheDirectory::open(path(self.project.root), &["cache"])?;
        cache.sweep(self.alone);
        // The store first: without one, stages.cache is believed by the config's mtime alone.
        let prepared = cache.prepare(OsStr::new("stages.cache"), &content)?;
        let record = self.write_store(findings, inputs, prepared.stamp())?;
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
        written: Option<Stamp>,
    ) -> Result<Vec<u8>, NotCached> {
        let stages_cache = written.map(|written| match self.stages_cache_stamp() {
            Some(now) if !now.is_same_file(&written) => {
                self.replace_stages_cache(findings, inputs, &now).unwrap_or(now)
            }
            Some(_) | None => written,
        });
        self.write_store(findings, inputs, stages_cache)
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
        let wrote_it = |name: &OsString| {
            let name: Option<StoreName> = name.as_bytes().try_into().ok();
            let bytes = name
                .filter(|name| *name != self.name && name.ends_with(FILE_SUFFIX))
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
        stages_cache: Option<Stamp>,
    ) -> Result<Vec<u8>, NotCached> {
        let config = relative_config(self.project, self.config);
        let record = NewRecord {
            config: config.as_bytes(),
            findings,
            inputs,
            clock: self.clock,
            stages_cache,
        };
        let record = record.to_bytes();
        if !self.alone {
            self.context.stores.forget();
        }
        let before = self.own_store();
        let before = before.as_deref().and_then(|bytes| Store::open(bytes).ok());
        let bytes = store_file::with_record(&record, before);
        if bytes.len() > LIMIT_BYTES {
            return Err(NotCached::Unsuitable("the discovery read too many files"));
        }
        let prepared = self.complete.prepare(OsStr::from_bytes(&self.name), &bytes)?;
        if let Some(outdated) = revalidate::first_outdated(self.project.root, inputs) {
            return Err(NotCached::InputChanged(outdated));
        }
        prepared.publish(|| true)?;
        store_file::wrote(self.context, self.project, &self.name, bytes);
        store_file::keep_latest(&self.complete, &self.name, STORES_MAX);
        Ok(record)
    }

    /// The store as it is, which the new one takes earlier records and manifests from.
    pub fn own_store(&self) -> Option<Shared> {
        store_file::read(self.context, self.project, &self.name)
    }
}

/// The name of the store for `config` here.
pub fn store_name_here(
    context: &Context,
    project: &Project<'_>,
    config: &Config,
) -> Result<StoreName, NotCached> {
    let mut storage = path_storage();
    let mut buffer = PathBuffer::new(&mut storage);
    let environment = context.variables.environment();
    key::store_name(project, config, &environment, &context.program, &mut buffer)
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
    let entry = Entry::start_for(context, project, config, name, lead.is_alone()).ok()?;
    let bytes = store_file::read(context, project, &name)?;
    let record = Store::open(&bytes).ok()?.current().ok()?;
    if record.part(Part::Config) != relative_config(project, config).as_bytes() {
        return None;
    }
    let inputs = revalidate::again(project.root, &record)?;
    // Another mtime of the config wants a discovery.
    let same_config = inputs.first()?.stamp.mtime == record.inputs().next()??.stamp.mtime;
    if !same_config {
        return None;
    }
    entry.renew(&Findings::of(&record), &inputs, record.stages_cache()).ok().map(|_| ())
}
