//! The runs of a pipeline, from Pivot's state, the last one first.
//!
//! Source: Pivot 0.1.0 to 0.5.11, `storage/state.py`: `run:ID` in `state.lmdb`, whose value is JSON
//! (`run_history.py`, `RunManifest`).

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{line, lmdb};
use crate::files::read_if;

/// Runs that are told; Pivot keeps so many.
const RUNS_MAX: usize = 100;
/// Longest config that is read, in bytes.
const CONFIG_LIMIT_BYTES: usize = 1 << 20;
const PREFIX: &[u8] = b"run:";

/// The runs of the project at `root`, each with its date and what came of it; nothing where one of its
/// `configs` may keep them elsewhere.
pub fn runs(root: &Path, configs: &[PathBuf]) -> Vec<u8> {
    let may_move = |config: &PathBuf| {
        let text = read_if(config, CONFIG_LIMIT_BYTES, |_| true).unwrap_or_default();
        text.windows(b"state_dir".len()).any(|window| window == b"state_dir")
    };
    if configs.iter().any(may_move) {
        return Vec::new();
    }
    let file = root.join(".pivot/state.lmdb/data.mdb");
    let entries = lmdb::last_entries(&file, PREFIX, RUNS_MAX).unwrap_or_default();
    let told = entries.iter().filter_map(|(key, value)| {
        let run = serde_json::from_slice(value).ok()?;
        line(key.strip_prefix(PREFIX)?, &summary(&run))
    });
    told.flatten().collect()
}

/// When a run began, and what came of its stages.
fn summary(run: &Value) -> String {
    let started = run.get("started_at").and_then(Value::as_str).unwrap_or_default();
    let minute = started.get(..16).unwrap_or_default().replace('T', " ");
    let mut words = vec![minute];
    let stages = run.get("stages").and_then(Value::as_object);
    let statuses = || {
        let records = stages.into_iter().flat_map(|stages| stages.values());
        records.filter_map(|record| record.get("status")?.as_str())
    };
    for (what, meant) in [
        ("failed", &["failed"][..]),
        ("ran", &["ran"]),
        ("skipped", &["cached", "skipped", "blocked", "cancelled"]),
    ] {
        match statuses().filter(|status| meant.contains(status)).count() {
            0 => {}
            count => words.push(format!("{count} {what}")),
        }
    }
    words.retain(|word| !word.is_empty());
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_told_in_a_line() {
        let of = |json: &str| summary(&serde_json::from_str(json).unwrap());
        let record = |status: &str| format!(r#"{{"status":"{status}"}}"#);
        let run = format!(
            r#"{{"started_at":"2026-01-02T03:04:05.678901+00:00","stages":{{"a":{},"b":{},"c":{},
            "d":{},"e":{}}}}}"#,
            record("ran"),
            record("failed"),
            record("cached"),
            record("skipped"),
            record("ran"),
        );
        assert_eq!(of(&run), "2026-01-02 03:04, 1 failed, 2 ran, 2 skipped");
        assert_eq!(of(r#"{"started_at":"2026-01-02T03:04:05","stages":{}}"#), "2026-01-02 03:04");
        assert_eq!(of(r#"{"started_at":1,"stages":[]}"#), "");
        assert_eq!(of("[]"), "");
    }

    #[test]
    fn what_is_no_state_has_no_runs() {
        let place = tempfile::tempdir().unwrap();
        let state = place.path().join(".pivot/state.lmdb");
        assert_eq!(runs(place.path(), &[]), b"");
        std::fs::create_dir_all(&state).unwrap();
        for bytes in [&b""[..], b"x", &[0; 100_000], &[0xff; 100_000]] {
            std::fs::write(state.join("data.mdb"), bytes).unwrap();
            assert_eq!(runs(place.path(), &[]), b"");
        }
    }
}
