//! What is kept here: the store, what changed since it was made, and what no one can check.

use std::time::{SystemTime, UNIX_EPOCH};

use pivot_complete::cache::key::Audience;
use pivot_complete::cache::store::Store;
use pivot_complete::cache::store::record::{Part, Record};
use pivot_complete::encoding::lines;
use pivot_complete::project::Project;

use super::report::Report;
use crate::cache::{entry, revalidate, store_file};
use crate::context::Context;
use crate::context::pivot::Runs;
use crate::manifests::encode;

/// What counts as unchecked where only Pivot's own output is known, as the driver would tell it.
const UNSEEN: &[u8] =
    b"unseen `pivot` is no Python script: of what it reads the config alone is known\n";

/// Why a discovery failed.
#[derive(Clone)]
pub struct LastFailure {
    /// The first line of what was said.
    pub message: String,
    /// Whether Pivot said it, of the pipeline: else it was asked in vain.
    pub is_pivots: bool,
}

/// What the store here holds, whether all of it is intact, and what changed since it was made.
#[derive(Default)]
pub struct Kept {
    lines: Vec<(&'static str, String)>,
    /// The first input that is otherwise, if one is: its path, or variables.
    pub changed: Option<String>,
    /// Why the last discovery failed, if it did.
    pub failure: Option<LastFailure>,
}

impl Kept {
    /// Reads it.
    pub fn here(context: &Context) -> Self {
        let mut kept = Self::default();
        if let Some(project) = &context.project {
            kept.read(context, project);
        }
        kept
    }

    fn line(&mut self, name: &'static str, value: String) {
        self.lines.push((name, value));
    }

    /// Tells it.
    pub fn describe(self, report: &mut Report) {
        for (name, value) in self.lines {
            report.line(name, &value);
        }
    }

    fn read(&mut self, context: &Context, project: &Project<'static>) {
        let Some(config) = &project.config else { return };
        let stores = entry::stores_here(context, project, config);
        let audience = stores.first().map_or(Audience::Everyone, |(audience, _)| *audience);
        let Ok(name) = entry::store_name_here(context, project, config, audience) else { return };
        let file = format!(".pivot/cache/complete/{}", String::from_utf8_lossy(&name));
        let Some(bytes) = store_file::read(context, project, &name) else {
            return self.line("store", format!("{file} (none)"));
        };
        let store = Store::open(&bytes);
        let (store, record) = match store.and_then(|store| Ok((store, store.current()?))) {
            Ok(opened) => opened,
            Err(reason) => return self.line("store", format!("{file} ({})", reason.as_str())),
        };
        let state = if store.is_intact() { "intact" } else { "damaged" };
        let (inputs, past, age) = (record.inputs().count(), store.past().count(), age(&record));
        let store_line =
            format!("{file} ({state}; {age}; {inputs} inputs, {past} earlier results)");
        self.line("store", store_line);
        if record.has_failed() {
            let message = String::from_utf8_lossy(record.part(Part::Message)).into_owned();
            let message = message.lines().next().unwrap_or("failed").to_owned();
            self.line("last discovery", message.clone());
            // Who tells its versions has come as far as to the pipeline.
            let is_pivots = !record.part(Part::Versions).is_empty();
            self.failure = Some(LastFailure { message, is_pivots });
        }
        if let Some((what, reason)) =
            revalidate::first_changed(project.root, &record, project.directory)
        {
            self.line("changed", format!("{what} ({})", reason.as_str()));
            self.changed = Some(what);
        }
        let mut told = record.part(Part::Unprovable).to_vec();
        if context.pivots.first().is_some_and(|pivot| matches!(pivot.runs, Runs::Opaque)) {
            told.extend(UNSEEN);
        }
        for line in unchecked(&told) {
            self.line("cannot be checked", line);
        }
        let manifests = encode::of_store(store);
        let current =
            manifests.values().filter(|kept| kept.contents == record.contents_digest()).count();
        let durable = if encode::are_flushed(store) { "" } else { ", not yet in the database" };
        self.line(
            "manifests",
            match manifests.len() {
                0 => "none: `status`, `manifest` and `refresh` compute them, no TAB needs them"
                    .into(),
                count => format!("{current} current of {count}{durable}"),
            },
        );
    }
}

/// How long ago a discovery was, in words.
fn age(record: &Record<'_>) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let Ok(then) = u64::try_from(record.recorded_s()) else { return "of no known time".into() };
    let Some(seconds) = now.checked_sub(then) else { return "from the future".into() };
    const UNITS: [(u64, &str); 3] = [(86_400, "days"), (3_600, "hours"), (60, "minutes")];
    match UNITS.iter().find(|(unit, _)| seconds >= 2 * unit) {
        Some((unit, name)) => format!("{} {name} old", seconds / unit),
        None => format!("{seconds} seconds old"),
    }
}

/// What the pipeline asked that no one can check, and what to do about it; `lines` are the record's.
fn unchecked(lines: &[u8]) -> Vec<String> {
    const REMEDY: &str = "where a name depends on it, `pivot-complete refresh` or a touch of the config \
                          has the names found anew";
    let mut told: Vec<String> = lines::names(lines)
        .map(|line| {
            let line = String::from_utf8_lossy(line);
            let (kind, what) = line.split_once(' ').unwrap_or((&line, ""));
            let kind = match kind {
                "clock" => "the pipeline asks for the time",
                "chance" => "the pipeline asks for chance: random numbers, or the order of a set",
                "network" => "the pipeline asks the network",
                "child" => "the pipeline starts a program that nobody sees read",
                "unseen" => "the pipeline reads in a way that nobody sees",
                other => other,
            };
            if what.is_empty() { kind.to_owned() } else { format!("{kind} ({what})") }
        })
        .collect();
    if !told.is_empty() {
        told.push(REMEDY.to_owned());
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_checked_is_said_with_its_remedy() {
        assert_eq!(unchecked(b""), [""; 0]);
        let told = unchecked(b"clock time.time, pipeline.py:3\nnetwork\nlater what\n");
        let right = [
            "the pipeline asks for the time (time.time, pipeline.py:3)",
            "the pipeline asks the network",
            "later (what)",
        ];
        assert_eq!(told[..3], right);
        assert!(told[3].contains("`pivot-complete refresh`") && told.len() == 4, "{told:?}");
    }
}
