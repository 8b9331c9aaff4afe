//! Manifests that need not be computed: those that are fresh in the store, or in StateDB.

use std::collections::{HashMap, HashSet};

use pivot_complete::cache::freshness::InputState;
use pivot_complete::cache::lookup::{Answer, FreshNames};
use pivot_complete::encoding::lines;
use pivot_complete::files::PathBuffer;

use super::keep::Around;
use super::{KnownManifests, durable};
use crate::cache::lookup;
use crate::context::Context;
use crate::files::{Disk, Shared, path, path_storage};

/// The manifests of `wanted`, or of all stages, when every one of them is fresh in the store or in
/// StateDB.
///
/// `Err` holds the stages that are not, or nothing where it is not even known which stages there
/// are.
pub fn stored(
    context: &Context,
    wanted: Option<&[u8]>,
) -> Result<KnownManifests, Option<Vec<Vec<u8>>>> {
    let fresh = fresh(context).ok_or(None)?;
    let (mut found, mut missing) = looked_up(context, &fresh, wanted).ok_or(None)?;
    let around = Around::of(context).ok_or(None)?;
    let store = fresh.store().ok_or(None)?;
    let record = store.current().map_err(|_| None)?;
    let root = path(around.project.root);
    found.fresh = durable::fresh(root, &around, (&record, around.walk(store)), &missing);
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
pub fn in_store(context: &Context, wanted: Option<&[u8]>) -> Option<KnownManifests> {
    let (found, missing) = looked_up(context, &fresh(context)?, wanted)?;
    let is_known = wanted.is_none_or(|name| found.names.iter().any(|known| known == name));
    (missing.is_empty() && is_known).then_some(found)
}

/// What was computed, with all that the store has fresh beside it.
pub fn with_stored(context: &Context, computed: &KnownManifests) -> KnownManifests {
    let mut all = KnownManifests {
        found: computed.found.clone(),
        refused: computed.refused.clone(),
        names: computed.names.clone(),
        ..KnownManifests::default()
    };
    let stored = fresh(context).and_then(|fresh| looked_up(context, &fresh, None));
    if let Some((stored, _)) = stored {
        let known: HashSet<&Vec<u8>> = computed.found.iter().map(|(name, _)| name).collect();
        all.found.extend(stored.found.into_iter().filter(|(name, _)| !known.contains(name)));
    }
    all.sort();
    all
}

/// A stage, its manifest's JSON, and what a lock file has beside it.
pub(super) type Whole = (Vec<u8>, Vec<u8>, Vec<u8>);

/// Each stage that has a manifest in a fresh store.
pub(super) fn whole(context: &Context, fresh: &FreshNames<Shared>) -> Option<Vec<Whole>> {
    let (found, _) = looked_up(context, fresh, None)?;
    let manifests = fresh.store()?.manifests().ok();
    let beyond = |name: &[u8]| Some(manifests?.find(name).ok()??.beyond().ok()?.to_vec());
    let whole = |(name, json): (Vec<u8>, Vec<u8>)| {
        let beyond = beyond(&name).unwrap_or_default();
        (name, json, beyond)
    };
    Some(found.found.into_iter().map(whole).collect())
}

/// The names here with the store that they come from, where it is fresh.
pub(super) fn fresh(context: &Context) -> Option<FreshNames<Shared>> {
    match lookup::look_up(context) {
        Answer::Names(names) if names.store().is_some() => Some(names),
        _ => None,
    }
}

/// The manifests of `wanted`, or of all stages, in a fresh store, and the stages that have none
/// there.
fn looked_up(
    context: &Context,
    fresh: &FreshNames<Shared>,
    wanted: Option<&[u8]>,
) -> Option<(KnownManifests, Vec<Vec<u8>>)> {
    let around = Around::of(context)?;
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
    let walk = around.walk(store);
    for name in wanted.into_iter().filter(|name| known.contains(name)) {
        let json = manifests.and_then(|manifests| {
            manifests.fresh_json(&record, walk, &name, |number| {
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
    Some((KnownManifests { found, names, ..KnownManifests::default() }, missing))
}
