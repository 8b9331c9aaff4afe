//! Keeps manifests, once the answer is given: in StateDB, then in the store.

use std::collections::HashSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::key::Audience;
use pivot_complete::cache::status::fresh_walk;
use pivot_complete::cache::store::manifests::Manifests;
use pivot_complete::cache::store::record::Record;
use pivot_complete::cache::store::{LIMIT_BYTES, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{Config, Project};

use super::encode::{self, All};
use super::{KnownManifests, durable};
use crate::cache::entry::{store_name_here, stores_here};
use crate::cache::{lock, record, states, store_file};
use crate::context::{Context, relative_config};
use crate::environment::PROCESS;
use crate::files::{CacheDirectory, Disk, Shared, path, path_storage};
use crate::trace::Trace;

/// Keeps what was computed or found in StateDB: all in one flush, then the store.
///
/// That it cannot be kept is no error; what StateDB did not take is written by the next run.
pub fn keep(context: &Context, manifests: &KnownManifests, trace: &Trace) -> Option<()> {
    if manifests.fresh.is_empty() {
        return None;
    }
    let around = Around::of(context)?;
    let root = path(around.project.root);
    let merged = |bytes: &[u8]| -> Option<(All, bool)> {
        let store = Store::open(bytes).ok()?;
        let before = encode::of_store(store);
        let was_flushed = encode::are_flushed(store) || before.is_empty();
        let mut all = before;
        all.extend(manifests.fresh.clone());
        let names: HashSet<&Vec<u8>> = manifests.names.iter().collect();
        all.retain(|name, _| names.contains(name));
        Some((all, was_flushed))
    };
    let bytes = around.store()?;
    let (all, was_flushed) = merged(&bytes)?;
    let is_new = |name: &Vec<u8>| !was_flushed || manifests.fresh.contains_key(name);
    let unflushed: All = all.into_iter().filter(|(name, _)| is_new(name)).collect();
    let record = Store::open(&bytes).and_then(Store::current).ok()?;
    let flushed = durable::flush(root, &around, &record, &unflushed);
    if let Err(error) = &flushed {
        trace.note_error("not-flushed", error);
    }
    // Another process may have published meanwhile, and must not do so now.
    let lead = lock::lead_soon_here(context)?;
    let published = (|| {
        let bytes = around.store()?;
        let store = Store::open(&bytes).ok()?;
        let (all, was_flushed) = merged(&bytes)?;
        let all_flushed = was_flushed || all.keys().all(|name| unflushed.contains_key(name));
        let (index, text) = encode::sections(&all, flushed.is_ok() && all_flushed);
        let complete = CacheDirectory::open(root, &["cache", "complete"]).ok()?;
        // What they are compared with is as it was before.
        let clock = complete.clock().ok()?;
        let (record, known) = (store.current().ok()?, Manifests::open(&index, &text).ok()?);
        let last_walk = store.walk().ok();
        let walk = manifests.walk.as_deref().or(last_walk.as_ref().map(Record::bytes));
        let walked = walk.and_then(record::opened);
        let record = states::renewed(around.project, &record, known, walked.as_ref(), clock);
        let both = (&index[..], &text[..]);
        let bytes = store_file::with_manifests(both, walk, &record, store);
        let fits = bytes.len() <= LIMIT_BYTES;
        let file = OsStr::from_bytes(&around.name);
        let prepared = fits.then(|| match around.audience {
            Audience::Everyone => complete.prepare(file, &bytes),
            Audience::User => complete.prepare_private(file, &bytes),
        });
        prepared?.ok()?.publish(|| true).ok()
    })();
    lead.withdraw();
    published
}

/// The store that an answer here comes from.
pub struct Around<'a> {
    context: &'a Context,
    pub project: &'a Project<'static>,
    config: &'a Config,
    audience: Audience,
    name: store_file::StoreName,
}

impl<'a> Around<'a> {
    pub fn of(context: &'a Context) -> Option<Self> {
        let project = context.project.as_ref()?;
        let config = project.config.as_ref()?;
        let stores = stores_here(context, project, config);
        let audience = stores.first().map_or(Audience::Everyone, |(audience, _)| *audience);
        let name = store_name_here(context, project, config, audience).ok()?;
        Some(Self { context, project, config, audience, name })
    }

    pub fn store(&self) -> Option<Shared> {
        store_file::read(self.context, self.project, &self.name)
    }

    /// All stores that an answer here could come from.
    pub fn stores(&self) -> impl Iterator<Item = Shared> {
        let stores = stores_here(self.context, self.project, self.config);
        stores.into_iter().map(|(_, bytes)| bytes)
    }

    /// The digest of the walk behind a store's manifests, where that is fresh.
    pub fn walk(&self, store: Store<'_>) -> u64 {
        let mut storage = path_storage();
        let mut buffer = PathBuffer::new(&mut storage);
        let here = (PROCESS, self.project.directory);
        fresh_walk(&Disk, store, self.project.root, here, &mut buffer)
    }

    /// Whether what is known here is the user's own: something of it came from the environment.
    pub fn is_private(&self) -> bool {
        self.audience == Audience::User
    }

    /// What goes before a stage's name in StateDB: two pipelines may have stages of one name.
    pub fn prefix(&self) -> Vec<u8> {
        if self.project.is_roots_own(self.config) {
            return Vec::new();
        }
        [relative_config(self.project, self.config).as_bytes(), b":"].concat()
    }
}
