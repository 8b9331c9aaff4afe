//! How the stages' code stands against the lock files of their last runs: what ran, and what Pivot would
//! write there now; by the caches, or by having Pivot compute what these do not have.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use pivot_complete::cache::lookup::Answer;
use pivot_complete::cache::store::record::Part;
use pivot_complete::cache::store::states::States;
use pivot_complete::encoding::lines;
use pivot_complete::reason::Reason;

use super::computed::Computed;
use super::{KnownManifests, by_pivot, keep, stored};
use crate::cache::lookup;
use crate::context::Context;
use crate::discovery::{Reuse, ask};
use crate::files::path;
use crate::python::{Inquiry, Subject};
use crate::report::Failure;
use crate::told::locks::{self, CodeManifest, LastRun};
use crate::trace::Trace;

/// How one stage stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Pivot has no lock file of a run.
    NeverRun,
    /// The code that would run is the code that ran.
    Unchanged,
    /// These members of its manifest are others, sorted.
    Changed(Vec<String>),
    /// That cannot be told, for a reason in words.
    Unknown(String),
}

/// How all of them stand.
pub struct Standing {
    /// Each stage, in Pivot's order.
    pub stages: Vec<(Vec<u8>, Stands)>,
    /// How that was found out.
    pub how: Reason,
    computed: KnownManifests,
}

/// Tells it, or why the stages cannot be told.
pub fn standing(
    context: &Context,
    inquiry: &Inquiry<'_>,
    trace: &Trace,
) -> Result<Standing, Failure> {
    if let Answer::Nothing(how) = lookup::look_up(context) {
        return Ok(Standing { stages: Vec::new(), how, computed: KnownManifests::default() });
    }
    let known = known(context);
    let missing = known.as_ref().map(|(all, now)| all.lacking(now));
    if let (Some((all, now)), Some([])) = (&known, missing.as_deref()) {
        return Ok(all.standing(now, KnownManifests::default(), Reason::Fresh));
    }
    trace.note("miss", Reason::ManifestMissing);
    let names = known.as_ref().map(|(all, _)| all.names.clone());
    let mut computed = match by_pivot(context, missing, inquiry) {
        Ok(computed) => computed,
        Err(failure) => return without_manifests(context, inquiry, failure),
    };
    if names.is_some_and(|names| names != computed.manifests.names) {
        // The pipeline was edited meanwhile.
        computed = by_pivot(context, None, inquiry)?;
    }
    let all = LastRuns::of_computed(&computed);
    let mut now = known.map(|(_, now)| now).unwrap_or_default();
    now.extend(told(&computed.manifests));
    computed.keep_names(context);
    Ok(all.standing(&now, computed.manifests, Reason::Computed))
}

/// Where no manifest can be told, stages that were never run can be.
fn without_manifests(
    context: &Context,
    inquiry: &Inquiry<'_>,
    failure: Failure,
) -> Result<Standing, Failure> {
    if failure.reason != Reason::Refused {
        return Err(failure);
    }
    ask(context, Reuse::Cached, &Subject::Stages, inquiry).now()?;
    let (all, now) = known(context).ok_or_else(|| failure.clone())?;
    if !all.lacking(&now).is_empty() {
        return Err(failure);
    }
    Ok(all.standing(&now, KnownManifests::default(), Reason::Discovered))
}

impl Standing {
    /// Keeps what was computed, once that is printed.
    pub fn keep(&self, context: &Context, trace: &Trace) {
        keep(context, &self.computed, trace);
    }
}

/// What Pivot would write of each stage now, or why it would write nothing.
type Now = BTreeMap<Vec<u8>, Result<CodeManifest, String>>;

/// The stages, and what their lock files tell.
struct LastRuns {
    names: Vec<Vec<u8>>,
    runs: BTreeMap<Vec<u8>, LastRun>,
}

impl LastRuns {
    /// Of `names`, whose lock files lie in `directory` where that is known, written by a Pivot of the third
    /// word of `versions`.
    fn read(names: Vec<Vec<u8>>, directory: Option<&Path>, versions: &[u8]) -> Self {
        let version = versions.split(|&byte| byte == b' ').nth(2).unwrap_or_default();
        let schema = if version.starts_with(b"0.1.") { 1 } else { 2 };
        let run = |name: &Vec<u8>| {
            let lock = directory.and_then(|directory| lock_file(directory, name));
            let run = lock.map_or(LastRun::Unknown, |lock| LastRun::read_of(&lock, Some(schema)));
            (name.clone(), run)
        };
        let runs = names.iter().map(run).collect();
        Self { names, runs }
    }

    fn of_computed(computed: &Computed) -> Self {
        let (locks, versions) = computed.locks_and_versions();
        let directory = locks.map(path);
        Self::read(computed.manifests.names.clone(), directory, versions)
    }

    /// The stages that ran and of which it is not known what Pivot would write now.
    fn lacking(&self, now: &Now) -> Vec<Vec<u8>> {
        let has_run = |name: &&Vec<u8>| matches!(self.runs.get(*name), Some(LastRun::Of(_)));
        let lacking = |name: &&Vec<u8>| has_run(name) && !now.contains_key(*name);
        self.names.iter().filter(lacking).cloned().collect()
    }

    fn standing(&self, now: &Now, computed: KnownManifests, how: Reason) -> Standing {
        let stands = |name: &Vec<u8>| {
            let last = match self.runs.get(name) {
                Some(LastRun::Never) => return Stands::NeverRun,
                Some(LastRun::Of(last)) => last,
                Some(LastRun::Unknown) | None => {
                    return Stands::Unknown(
                        "its lock file cannot be read here, or is another Pivot's".into(),
                    );
                }
            };
            match now.get(name) {
                Some(Ok(now)) => match locks::changed_members(last, now) {
                    changed if changed.is_empty() => Stands::Unchanged,
                    changed => Stands::Changed(changed.into_iter().map(str::to_owned).collect()),
                },
                Some(Err(why)) => Stands::Unknown(why.clone()),
                None => Stands::Unknown("Pivot tells nothing of it".into()),
            }
        };
        let stages = self.names.iter().map(|name| (name.clone(), stands(name))).collect();
        Standing { stages, how, computed }
    }
}

/// Where Pivot keeps the lock file of the stage `name`; nothing for a name that leads out of there.
fn lock_file(directory: &Path, name: &[u8]) -> Option<PathBuf> {
    let below = PathBuf::from(OsStr::from_bytes(&[name, b".lock"].concat()));
    let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
    is_below.then(|| directory.join(below))
}

/// The last runs, and what the store knows of now; nothing where the names are not fresh.
fn known(context: &Context) -> Option<(LastRuns, Now)> {
    let fresh = stored::fresh(context)?;
    let record = fresh.store()?.current().ok()?;
    let states = States::read(record.part(Part::States))?;
    let directory = path(context.project.as_ref()?.root).join(OsStr::from_bytes(states.locks));
    let names = lines::names(fresh.text()).map(<[u8]>::to_vec).collect();
    let all = LastRuns::read(names, Some(&directory), record.part(Part::Versions));
    let now = stored::whole(context, &fresh)?;
    let read = |(name, json, beyond): stored::Whole| {
        (!beyond.is_empty()).then(|| (name, whole(&json, &beyond)))
    };
    Some((all, now.into_iter().filter_map(read).collect()))
}

/// What Pivot told just now.
fn told(manifests: &KnownManifests) -> Now {
    let mut now = Now::new();
    for (name, words) in &manifests.refused {
        let words = String::from_utf8_lossy(words);
        let first = words.lines().next().unwrap_or_default();
        now.insert(name.clone(), Err(format!("Pivot refuses to fingerprint it: {first}")));
    }
    for (name, json) in &manifests.found {
        let beyond = manifests.beyond.get(name).map(Vec::as_slice).unwrap_or_default();
        now.insert(name.clone(), whole(json, beyond));
    }
    now
}

/// The code manifest as Pivot would write it.
fn whole(json: &[u8], beyond: &[u8]) -> Result<CodeManifest, String> {
    let unread = || "Pivot refuses to fingerprint what it reads or writes".to_owned();
    let mut whole = locks::computed(json).ok_or_else(unread)?;
    whole.extend(locks::computed(beyond).ok_or_else(unread)?);
    Ok(whole)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(members: &[(&str, &str)]) -> CodeManifest {
        members.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn stages_stand_by_their_lock_files() {
        let last = manifest(&[("self:a", "1"), ("wire:x", "y")]);
        let names = ["same", "edited", "rewired", "grown", "never", "torn", "refused", "new"];
        let names: Vec<Vec<u8>> = names.map(|name| name.as_bytes().to_vec()).into();
        let mut runs: BTreeMap<Vec<u8>, LastRun> =
            names.iter().map(|name| (name.clone(), LastRun::Of(last.clone()))).collect();
        runs.insert(b"never".to_vec(), LastRun::Never);
        runs.insert(b"torn".to_vec(), LastRun::Unknown);
        let all = LastRuns { names, runs };
        let json = br#"{"self:a":"1"}"#;
        let mut now = Now::new();
        for (name, json, beyond) in [
            ("same", &json[..], &br#"{"wire:x":"y"}"#[..]),
            ("edited", br#"{"self:a":"2"}"#, br#"{"wire:x":"y"}"#),
            ("rewired", json, br#"{"wire:x":"z"}"#),
            ("grown", br#"{"self:a":"1","func:b":"2"}"#, b"{}"),
            ("refused", json, b"null"),
        ] {
            now.insert(name.into(), whole(json, beyond));
        }
        assert_eq!(all.lacking(&now), [b"new".to_vec()]);
        let stood = all.standing(&now, KnownManifests::default(), Reason::Fresh);
        let changed = |members: &[&str]| {
            Stands::Changed(members.iter().map(|member| (*member).to_owned()).collect())
        };
        let stands: Vec<Stands> = stood.stages.into_iter().map(|(_, stands)| stands).collect();
        assert_eq!(stands[0], Stands::Unchanged);
        assert_eq!(stands[1], changed(&["self:a"]));
        assert_eq!(stands[2], changed(&["wire:x"]));
        assert_eq!(stands[3], changed(&["func:b", "wire:x"]));
        assert_eq!(stands[4], Stands::NeverRun);
        assert!(stands[5..].iter().all(|stands| matches!(stands, Stands::Unknown(_))));
    }

    #[test]
    fn no_name_leads_out_of_the_directory() {
        let file = |name: &str| lock_file(Path::new("/p/.pivot/stages"), name.as_bytes());
        assert_eq!(file("demo/a@x").unwrap(), Path::new("/p/.pivot/stages/demo/a@x.lock"));
        for name in ["../a", "demo/../../a", "/etc/a", "./a"] {
            assert_eq!(file(name), None, "{name}");
        }
    }
}
