//! Whatever a discovery looked at is an input of its answer, and nothing else is: small pipelines as
//! people write them, of each kind in several libraries, beside a fresh discovery by real Pivot.
//!
//! `rows/` holds the pipelines, `results.md` the table of what comes of them; with
//! `PIVOT_COMPLETE_BLESS` set it is written anew.

mod changes;
mod cost;
mod fragments;
mod project;
mod rows;
mod table;
mod truth;
mod walks;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::time::Duration;

use project::{Project, Verdict};
use rows::Row;
use truth::Truth;

use crate::support::{several_at_a_time, soak};

/// A test for each kind, and the text of its rows.
macro_rules! kinds {
    ($($kind:ident)*) => {
        /// The kinds, in the table's order, with their rows.
        pub const KINDS: &[(&str, &str)] =
            &[$((stringify!($kind), include_str!(concat!("rows/", stringify!($kind), ".rows")))),*];

        $(#[test]
        fn $kind() {
            holds(stringify!($kind));
        })*
    };
}

kinds! {
    files natively children imports listings existence stats links environment read_by_c
    directory own_files packages git machine moved unprovable needless returns
}

/// Rows of a kind that every run takes; `scripts/soak` takes all.
const IN_EVERY_RUN: usize = 3;

/// Stamps younger than 2 s prove nothing, and contents would be compared instead.
const AGES: Duration = Duration::from_millis(2200);

/// Carries the rows of a kind out, all of which must come out right and as the table has it.
#[track_caller]
fn holds(kind: &str) {
    let only = std::env::var("PIVOT_COMPLETE_TEST_ROW").unwrap_or_default();
    let mut rows = rows::of(kind);
    rows.retain(|row| format!("{}: {}", row.library, row.sentence).contains(&only));
    rows.retain(|row| !row.is("root") || nix::unistd::geteuid().is_root());
    // What does not come right yet stands in the table as that.
    let (open, mut rows): (Vec<Row>, Vec<Row>) = rows.into_iter().partition(|row| row.is("open"));
    let is_blessed = std::env::var_os("PIVOT_COMPLETE_BLESS").is_some();
    let is_whole = soak::is_whole() || is_blessed || !only.is_empty();
    if !is_whole {
        rows.truncate(IN_EVERY_RUN);
    }
    let is_compared = soak::in_turn_of(kind, 0, [true, false, false]).any(|is_it| is_it);
    let truth = Truth::warmed(&libraries(&rows));
    let projects: Mutex<Vec<(usize, Project)>> = Mutex::default();
    several_at_a_time(rows.iter().enumerate().collect(), |(number, row)| {
        let project = Project::new(row, &truth);
        projects.lock().unwrap().push((number, project));
    });
    std::thread::sleep(AGES);
    let results: Mutex<Vec<(usize, Verdict)>> = Mutex::default();
    several_at_a_time(projects.into_inner().unwrap(), |(number, mut project)| {
        // A row that is wrong itself is told with the others.
        let verdict = catch_unwind(AssertUnwindSafe(|| match project.discover() {
            Ok(first) => {
                // Ours is compared with a truth that is itself compared.
                let is_first = number == 0 && is_compared;
                assert!(!is_first || project.truth_is_fresh(), "{:?}", rows[number]);
                project.verdict(first)
            }
            Err(wrong) => wrong,
        }));
        let word = "no row";
        let verdict = verdict.unwrap_or_else(|_| Verdict { word, why: "see above".to_owned() });
        results.lock().unwrap().push((number, verdict));
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(number, _)| *number);
    let results: Vec<(&Row, Verdict)> =
        results.into_iter().map(|(number, verdict)| (&rows[number], verdict)).collect();
    let wrong: Vec<String> = results
        .iter()
        .filter(|(_, verdict)| !verdict.is_right())
        .map(|(row, verdict)| {
            format!("{}: {}: {}: {}", verdict.word, row.library, row.sentence, verdict.why)
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
    if only.is_empty() && is_whole {
        table::holds(kind, &results, &open);
    }
}

/// The libraries that the truth is warmed with: those that are slow to import.
fn libraries(rows: &[Row]) -> Vec<String> {
    let slow = [
        "numpy",
        "pandas",
        "polars",
        "pyarrow",
        "pyarrow.parquet",
        "pyarrow.dataset",
        "duckdb",
        "h5py",
        "hydra",
        "omegaconf",
        "pydantic_settings",
        "jinja2",
        "joblib",
        "yaml",
        "dotenv",
        "sqlite3",
        "dulwich.repo",
    ];
    let is_used = |library: &&str| rows.iter().any(|row| mentions(row, library));
    slow.into_iter().filter(is_used).map(str::to_owned).collect()
}

fn mentions(row: &Row, library: &str) -> bool {
    let deeds = row.steps.iter().flat_map(|step| &step.deeds).chain(&row.before);
    deeds
        .map(|deed| format!("{deed:?}"))
        .chain([row.pipeline.clone()])
        .any(|text| text.contains(library) || text.contains(&library.replace('.', " import ")))
}
