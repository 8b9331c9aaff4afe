//! Finds manifests that the mapped store does not have: from StateDB, else by Pivot itself; and
//! keeps them, once the answer is given.

use crate::cache::lookup;
use pivot_complete::encoding::lines;
use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;

use pivot_complete::cache::freshness::InputState;
use pivot_complete::cache::lookup::{Answer, Names};
use pivot_complete::cache::store::{LIMIT_BYTES, Store};
use pivot_complete::files::PathBuffer;
use pivot_complete::project::{Config, Project};
use pivot_complete::reason::Reason;

use crate::cache::entry::store_name;
use crate::cache::lock;
use crate::cache::store_file;
use crate::context::scene::{Scene, relative_config};
use crate::discovery::ask;
use crate::discovery::ask::{Named, Wanted};
use crate::files::{CacheDirectory, Disk, NotCached, Shared, path, path_storage};
use crate::manifests::durable;
use crate::manifests::encode;
use crate::manifests::encode::All;
use crate::python::question::{Question, Wish};
use crate::report::Failure;
use crate::trace::Trace;

/// A stage, and its manifest's JSON or Pivot's words for why it has none.
pub type Told = (Vec<u8>, Vec<u8>);

/// Manifests by stage, in Pivot's order, and what remains to be done for the next time.
#[derive(Default)]
pub struct Manifests {
    /// Each stage that was wanted and has one: its JSON.
    pub found: Vec<Told>,
    /// Each stage that Pivot refuses, and its words.
    pub refused: Vec<Told>,
    /// All stages, in Pivot's order.
    pub names: Vec<Vec<u8>>,
    /// Why names or manifests were not cached, where they should have been.
    pub not_cached: Option<NotCached>,
    fresh: All,
}

impl Manifests {
    /// Puts what was found into Pivot's order.
    fn sort(&mut self) {
        let places: HashMap<&Vec<u8>, usize> = self.names.iter().zip(0..).collect();
        self.found.sort_by_key(|(name, _)| places.get(name));
    }

    /// Whether a stage has neither a manifest nor a refusal: the pipeline changed meanwhile.
    pub fn is_torn(&self) -> bool {
        let told: HashSet<&Vec<u8>> =
            self.found.iter().chain(&self.refused).map(|(name, _)| name).collect();
        self.names.iter().any(|name| !told.contains(name))
    }

    /// Those of all stages, or why one has none.
    pub fn all(&self) -> Result<&[Told], Failure> {
        let found: HashSet<&Vec<u8>> = self.found.iter().map(|(name, _)| name).collect();
        let lacking = self.names.iter().filter(|name| !found.contains(name));
        let whys: Vec<Failure> = lacking.filter_map(|name| self.json(name).err()).collect();
        let Some(first) = whys.first() else { return Ok(&self.found) };
        let words: Vec<&str> = whys.iter().map(|why| why.message.as_str()).collect();
        Err(Failure::new(first.reason, words.join("\n")))
    }

    /// The JSON of the stage `name`, or why there is none.
    pub fn json(&self, name: &[u8]) -> Result<&[u8], Failure> {
        if let Some((_, json)) = self.found.iter().find(|(found, _)| found == name) {
            return Ok(json);
        }
        let refused = self.refused.iter().find(|(refused, _)| refused == name);
        let shown = String::from_utf8_lossy(name);
        Err(match refused {
            Some((_, words)) => Failure::new(Reason::Refused, String::from_utf8_lossy(words)),
            None if self.names.iter().any(|known| known == name) => Failure::new(
                Reason::ManifestMissing,
                format!("cannot compute the manifest of {shown}: Pivot tells none; ask again"),
            ),
            None => Failure::new(Reason::NoSuchStage, format!("there is no stage {shown} here")),
        })
    }
}

/// The manifests of `wanted`, or of all stages, when every one of them is fresh in the store or in
/// StateDB.
///
/// `Err` holds the stages that are not, or nothing where it is not even known which stages there
/// are.
pub fn stored(scene: &Scene, wanted: Option<&[u8]>) -> Result<Manifests, Option<Vec<Vec<u8>>>> {
    let fresh = fresh(scene).ok_or(None)?;
    let (mut found, mut missing) = looked_up(scene, &fresh, wanted).ok_or(None)?;
    let around = Around::of(scene).ok_or(None)?;
    let record = fresh.store().and_then(|store| store.current().ok()).ok_or(None)?;
    let root = path(around.project.root);
    found.fresh = durable::fresh(root, &around.prefix(), &record, &missing);
    missing.retain(|name| !found.fresh.contains_key(name));
    if !missing.is_empty() {
        return Err(Some(missing));
    }
    let durable = found.fresh.iter().map(|(name, kept)| (name.clone(), kept.json.clone()));
    found.found.extend(durable);
    found.sort();
    Ok(found)
}

/// The manifests of `wanted`, or of all stages, when every one of them is fresh in the store.
pub fn in_store(scene: &Scene, wanted: Option<&[u8]>) -> Option<Manifests> {
    let (found, missing) = looked_up(scene, &fresh(scene)?, wanted)?;
    let is_known = wanted.is_none_or(|name| found.names.iter().any(|known| known == name));
    (missing.is_empty() && is_known).then_some(found)
}

/// What was computed, with all that the store has fresh beside it.
pub fn with_stored(scene: &Scene, computed: &Manifests) -> Manifests {
    let mut all = Manifests {
        found: computed.found.clone(),
        refused: computed.refused.clone(),
        names: computed.names.clone(),
        not_cached: None,
        fresh: All::new(),
    };
    let stored = fresh(scene).and_then(|fresh| looked_up(scene, &fresh, None));
    if let Some((stored, _)) = stored {
        let known: HashSet<&Vec<u8>> = computed.found.iter().map(|(name, _)| name).collect();
        all.found.extend(stored.found.into_iter().filter(|(name, _)| !known.contains(name)));
    }
    all.sort();
    all
}

/// The names here with the store that they come from, where it is fresh.
fn fresh(scene: &Scene) -> Option<Names<Shared>> {
    match lookup::look_up(scene) {
        Answer::Names(names) if names.store().is_some() => Some(names),
        _ => None,
    }
}

/// The manifests of `wanted`, or of all stages, in a fresh store, and the stages that have none
/// there.
fn looked_up(
    scene: &Scene,
    fresh: &Names<Shared>,
    wanted: Option<&[u8]>,
) -> Option<(Manifests, Vec<Vec<u8>>)> {
    let around = Around::of(scene)?;
    let names: Vec<Vec<u8>> = lines::names(fresh.text()).map(<[u8]>::to_vec).collect();
    let wanted: Vec<Vec<u8>> = wanted.map_or_else(|| names.clone(), |name| vec![name.to_vec()]);
    let store = fresh.store()?;
    let record = store.current().ok()?;
    let manifests = store.manifests();
    let (mut found, mut missing) = (Vec::new(), Vec::new());
    let mut storage = path_storage();
    let (mut buffer, mut near) = (PathBuffer::new(&mut storage), 0);
    // Each source is looked at once, whatever stages share it.
    let mut states: HashMap<usize, InputState> = HashMap::new();
    let known: HashSet<&Vec<u8>> = names.iter().collect();
    for name in wanted.into_iter().filter(|name| known.contains(name)) {
        let json = manifests.and_then(|manifests| {
            manifests.fresh_json(&record, &name, |number| {
                let (root, path) = (around.project.root, &mut buffer);
                let look = || manifests.compare(&Disk, &record, number, &mut near, root, path);
                *states.entry(number).or_insert_with(look)
            })
        });
        match json {
            Ok(json) => found.push((name, json.to_vec())),
            Err(_) => missing.push(name),
        }
    }
    let (refused, not_cached) = (Vec::new(), None);
    Some((Manifests { found, refused, names, not_cached, fresh: All::new() }, missing))
}

/// Has Pivot compute the manifests of `stages`, or of all; its names are cached with it.
pub fn by_pivot(
    scene: &Scene,
    stages: Option<Vec<Vec<u8>>>,
    question: &Question<'_>,
) -> Result<Manifests, Failure> {
    let wish = Wish::Manifests(stages);
    let named: Named = ask::ask_and_keep(scene, Wanted::New, &wish, question)?;
    let mut all = All::new();
    if !named.names.is_empty() && named.frame.versions.is_none() {
        return Err(Failure::new(
            Reason::NoPivot,
            "cannot compute manifests: the pivot found does not tell which Python runs it; \
             name that in PIVOT_COMPLETE_PYTHON",
        ));
    }
    if let Some(words) = named.frame.why_untold("manifests") {
        let message = format!("cannot compute manifests: {words}");
        return Err(Failure::new(Reason::Refused, message));
    }
    // Only under the very record that this discovery made: another may be there by now.
    if named.contents.is_some()
        && let Some(around) = Around::of(scene)
        && let Some(bytes) = around.store()
        && let Ok(record) = Store::open(&bytes).and_then(Store::current)
        && named.contents == Some(record.contents())
    {
        let (computed, seen) = (&named.frame.manifests, &named.frame.seen.sources);
        all = encode::keep(computed, seen, &record, around.project.root);
    }
    let found = named.frame.manifests.into_iter().map(|found| (found.stage, found.json)).collect();
    let (refused, names, not_cached) = (named.frame.refused, named.names, named.not_cached);
    Ok(Manifests { found, refused, names, not_cached, fresh: all })
}

/// Keeps what was computed or found in StateDB: all in one flush, then the store.
///
/// That it cannot be kept is no error; what StateDB did not take is written by the next run.
pub fn keep(scene: &Scene, manifests: &Manifests, trace: &Trace) -> Option<()> {
    if manifests.fresh.is_empty() {
        return None;
    }
    let around = Around::of(scene)?;
    let root = path(around.project.root);
    let merged = |bytes: &[u8]| -> Option<(All, bool)> {
        let store = Store::open(bytes).ok()?;
        let before = encode::of_store(store);
        let was_flushed = encode::are_flushed(store) || before.is_empty();
        let mut all = before;
        all.extend(manifests.fresh.clone());
        let names: HashSet<&Vec<u8>> = manifests.names.iter().collect();
        all.retain(|name, _| names.contains(name));
        encode::note_others(&mut all, &store.current().ok()?);
        Some((all, was_flushed))
    };
    let bytes = around.store()?;
    let (all, was_flushed) = merged(&bytes)?;
    let is_new = |name: &Vec<u8>| !was_flushed || manifests.fresh.contains_key(name);
    let unflushed: All = all.into_iter().filter(|(name, _)| is_new(name)).collect();
    let record = Store::open(&bytes).and_then(Store::current).ok()?;
    let flushed = durable::flush(root, &around.prefix(), &record, &unflushed);
    if let Err(error) = &flushed {
        trace.note_error("not-flushed", error);
    }
    // Another process may have published meanwhile, and must not do so now.
    let lead = lock::lead_soon_here(scene)?;
    let published = (|| {
        let bytes = around.store()?;
        let store = Store::open(&bytes).ok()?;
        let (all, was_flushed) = merged(&bytes)?;
        let all_flushed = was_flushed || all.keys().all(|name| unflushed.contains_key(name));
        let (index, text) = encode::sections(&all, flushed.is_ok() && all_flushed);
        let bytes = store_file::with_manifests(&index, &text, store);
        let complete = CacheDirectory::open(root, &["cache", "complete"]).ok()?;
        let fits = bytes.len() <= LIMIT_BYTES;
        fits.then(|| complete.write(OsStr::from_bytes(&around.name), &bytes, || true).ok())?
    })();
    lead.withdraw();
    published
}

/// The store that an answer here comes from.
struct Around<'a> {
    scene: &'a Scene,
    project: &'a Project<'static>,
    config: &'a Config,
    name: store_file::StoreName,
}

impl<'a> Around<'a> {
    fn of(scene: &'a Scene) -> Option<Self> {
        let project = scene.project.as_ref()?;
        let config = project.config.as_ref()?;
        let name = store_name(scene, project, config).ok()?;
        Some(Self { scene, project, config, name })
    }

    fn store(&self) -> Option<Shared> {
        store_file::read(self.scene, self.project, &self.name)
    }

    /// What goes before a stage's name in StateDB: two pipelines may have stages of one name.
    fn prefix(&self) -> Vec<u8> {
        if self.project.is_roots_own(self.config) {
            return Vec::new();
        }
        [relative_config(self.project, self.config).as_bytes(), b":"].concat()
    }
}
