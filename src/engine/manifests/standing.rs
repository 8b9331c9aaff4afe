//! How stages stand against the manifests that were computed last: by the caches, or by computing
//! anew what these leave in doubt.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use pivot_complete::cache::lookup::{Answer, FreshNames};
use pivot_complete::cache::status::{Comparison, StageState};
use pivot_complete::cache::store::Store;
use pivot_complete::encoding::lines;
use pivot_complete::files::PathBuffer;
use pivot_complete::reason::Reason;

use super::encode::{self, All, Kept};
use super::keep::Around;
use super::{KnownManifests, by_pivot, durable, keep};
use crate::cache::lookup;
use crate::context::Context;
use crate::discovery::Names;
use crate::files::{Disk, Shared, path, path_storage};
use crate::python::Inquiry;
use crate::report::Failure;
use crate::trace::Trace;

/// What is known of the stages that had a manifest.
#[derive(Default)]
pub struct Standing {
    /// The names, where they are fresh.
    pub names: Option<Names>,
    stages: BTreeMap<Vec<u8>, Stands>,
    /// What was computed of those that only Pivot can tell.
    in_doubt: All,
    renewed: KnownManifests,
}

/// When its last manifest was computed, in seconds, and the members that changed since, as lines.
type Stands = (i64, Vec<u8>);

/// What the caches tell.
pub fn standing(context: &Context) -> Standing {
    let mut standing = Standing::default();
    let answer = lookup::look_up(context);
    let fresh = match &answer {
        Answer::Nothing(reason) => {
            standing.names = Some(Names::of(Vec::new(), *reason));
            return standing;
        }
        Answer::Names(names) => {
            standing.names = Some(Names::of(names.text().to_vec(), names.how));
            Some(names)
        }
        Answer::Miss(_) => None,
    };
    if let Some(around) = Around::of(context) {
        // A pipeline that failed may have been recorded for others than its stages before.
        for bytes in around.stores() {
            let Ok(store) = Store::open(&bytes) else { continue };
            for (name, kept) in encode::of_store(store) {
                let last = standing.in_doubt.get(&name).map(|last| last.computed_s);
                if last.is_none_or(|last| last < kept.computed_s) {
                    standing.in_doubt.insert(name, kept);
                }
            }
        }
        if let Some(fresh) = fresh {
            standing.settle(&around, fresh);
        }
    }
    standing
}

impl Standing {
    /// Whether Pivot has to compute something.
    pub fn is_in_doubt(&self) -> bool {
        !self.in_doubt.is_empty()
    }

    /// When the last manifest of the stage `name` was computed, and the members that changed since.
    pub fn of(&self, name: &[u8]) -> Option<(i64, &[u8])> {
        self.stages.get(name).map(|(computed_s, members)| (*computed_s, &members[..]))
    }

    /// Takes out of doubt what is as it was: by the store, and where that has nothing by StateDB.
    fn settle(&mut self, around: &Around<'_>, fresh: &FreshNames<Shared>) {
        let names: Vec<Vec<u8>> = lines::names(fresh.text()).map(<[u8]>::to_vec).collect();
        self.in_doubt.retain(|name, _| names.contains(name));
        let Some(store) = fresh.store() else { return };
        let Ok(record) = store.current() else { return };
        let (root, walk) = (around.project.root, around.walk(store));
        if let Ok(manifests) = store.manifests() {
            let mut seen = vec![0; manifests.source_count()];
            let mut storage = path_storage();
            let mut buffer = PathBuffer::new(&mut storage);
            let mut comparison = Comparison::new(&Disk, root, &record, manifests, walk, &mut seen);
            for name in &names {
                if let StageState::Unchanged(computed_s) = comparison.state(name, &mut buffer)
                    && self.in_doubt.remove(name).is_some()
                {
                    self.stages.insert(name.clone(), (computed_s, Vec::new()));
                }
            }
        }
        let is_known =
            |name: &Vec<u8>| self.stages.contains_key(name) || self.in_doubt.contains_key(name);
        let unknown: Vec<Vec<u8>> = names.into_iter().filter(|name| !is_known(name)).collect();
        if !unknown.is_empty() {
            let found = durable::fresh(path(root), around, (&record, walk), &unknown);
            let unchanged = |(name, kept): (Vec<u8>, Kept)| (name, (kept.computed_s, Vec::new()));
            self.stages.extend(found.into_iter().map(unchanged));
        }
    }

    /// Has Pivot compute what is in doubt; fails where that cannot be done for each of it.
    pub fn compute(&mut self, context: &Context, inquiry: &Inquiry<'_>) -> Result<(), Failure> {
        let wanted = self.in_doubt.keys().cloned().collect();
        let mut computed = by_pivot(context, Some(wanted), inquiry)?;
        computed.keep_names(context);
        let mut manifests = computed.manifests;
        let last = std::mem::take(&mut self.in_doubt);
        let mut refused: Vec<Failure> = Vec::new();
        for (name, last) in last.iter().filter(|(name, _)| manifests.names.contains(name)) {
            match manifests.json(name) {
                Ok(json) => {
                    let stands = (last.computed_s, changed_members(&last.json, json));
                    self.stages.insert(name.clone(), stands);
                }
                Err(failure) => refused.push(failure),
            }
        }
        if let Some(first) = refused.first() {
            let words: Vec<&str> = refused.iter().map(|why| why.message.as_str()).collect();
            return Err(Failure::new(first.reason, words.join("\n")));
        }
        self.names = Some(Names::of_names(&manifests.names, Reason::Computed));
        // What changed is compared with the last one until somebody asks for the new one.
        manifests.fresh.retain(|name, kept| match (self.stages.get(name), last.get(name)) {
            (Some((_, members)), Some(last)) if members.is_empty() => {
                kept.computed_s = last.computed_s;
                true
            }
            _ => false,
        });
        self.renewed = manifests;
        Ok(())
    }

    /// Keeps that what is as it was is so under what was found now.
    pub fn keep(&self, context: &Context, trace: &Trace) {
        keep(context, &self.renewed, trace);
    }
}

/// The members that are not in both objects alike, sorted, as lines.
fn changed_members(last: &[u8], now: &[u8]) -> Vec<u8> {
    let object = |json| serde_json::from_slice::<Map<String, Value>>(json).unwrap_or_default();
    let (last, now) = (object(last), object(now));
    let members: BTreeSet<&String> = last.keys().chain(now.keys()).collect();
    let changed = members.into_iter().filter(|member| last.get(*member) != now.get(*member));
    changed.flat_map(|member| [member.replace('\n', " ").as_bytes(), b"\n"].concat()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_named_that_differ() {
        let last = br#"{"self:a":"1","func:gone":"2","func:same":"3"}"#;
        for (now, changed) in [
            (&last[..], ""),
            (br#"{"func:same":"3","func:gone":"2","self:a":"1"}"#, ""),
            (br#"{"self:a":"9","func:gone":"2","func:same":"3"}"#, "self:a\n"),
            (br#"{"self:a":"1","func:new":"2","func:same":"3"}"#, "func:gone\nfunc:new\n"),
            (b"{}", "func:gone\nfunc:same\nself:a\n"),
        ] {
            assert_eq!(String::from_utf8(changed_members(last, now)).unwrap(), changed);
        }
    }
}
