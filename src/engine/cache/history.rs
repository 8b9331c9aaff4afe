//! Results by content: a branch that is switched back is answered from the discovery that saw
//! exactly these files before.

use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::Record;
use pivot_complete::project::{Config, Project};
use pivot_complete::reason::Reason;

use crate::cache::entry::{Entry, stores_here};
use crate::cache::lock::Lead;
use crate::cache::lookup::last_known;
use crate::cache::record::{Findings, Recorded};
use crate::cache::{revalidate, store_file};
use crate::context::Context;

/// Whether a miss for `reason` may be answered by an earlier discovery: where a cache was removed
/// or broken, somebody wants a new one.
pub fn may_answer(reason: Reason) -> bool {
    matches!(
        reason,
        Reason::ConfigChanged
            | Reason::InputChanged
            | Reason::InputGone
            | Reason::InputAppeared
            | Reason::ListingChanged
            | Reason::StatChanged
            | Reason::LinkChanged
            | Reason::EnvironmentChanged
            | Reason::MachineChanged
            | Reason::InputsTooLarge
            | Reason::OtherDirectory
            | Reason::OtherRoot
    )
}

/// Looks for an earlier discovery of `config` that saw these contents, and keeps its result as the
/// current one, if there is a `lead` to do so.
pub fn find(
    context: &Context,
    project: &Project<'static>,
    config: &Config,
    lead: Option<&Lead>,
) -> Option<Findings> {
    let bytes = stores_here(context, project, config);
    let stores: Vec<Store<'_>> =
        bytes.iter().filter_map(|(_, bytes)| Store::open(bytes).ok()).collect();
    let last = stores.first()?.current().ok();
    // Before the stamps are taken: they are judged by this clock.
    let entry = lead.and_then(|lead| Entry::start(context, project, config, lead.is_alone()).ok());
    let mut records = stores.iter().copied().flat_map(store_file::records);
    let (findings, inputs, salt) = records.find_map(|record| {
        let inputs = revalidate::again(project.root, &record, project.directory)?;
        let mut findings = Findings::of(&record);
        if findings.failure.is_some() {
            // Those of then may be older than what was good since.
            findings.names = last_known(context).unwrap_or_default();
        }
        Some((findings, inputs, record.salt()))
    })?;
    if was_touched(last.as_ref(), &inputs) {
        return None;
    }
    if let Some(entry) = entry {
        let _ = entry.keep_with(&findings, &inputs, salt);
    }
    Some(findings)
}

/// Whether the config has the bytes of the last record and another mtime: that asks for a
/// discovery.
fn was_touched(last: Option<&Record<'_>>, inputs: &[Recorded]) -> bool {
    let config = last.and_then(|record| record.inputs().next()?);
    let (Some(then), Some(now)) = (config, inputs.first()) else { return false };
    then.digest == now.digest && then.stamp.mtime != now.stamp.mtime
}
