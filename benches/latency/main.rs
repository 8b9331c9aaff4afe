//! Benchmarks of whole processes, as ratios: `cargo bench --bench latency`.
//!
//! The floor is an empty program without libc: what fork, exec and wait cost by themselves. Real
//! Pivot comes from the environment that `scripts/set-up` prints. Lists are timed in real shells,
//! from the key to the last name. With `--check` the ratios that the project promises are asserted.

mod discoveries;
mod hits;
mod names;
mod projects;
mod shells;
mod timing;
// What drives the shells of the tests; cargo builds a benchmark's programs for release.
#[allow(dead_code, unused_imports, unused_macros, reason = "the tests use all of it")]
#[path = "../../tests/support/mod.rs"]
mod support;

use names::Completing;
use projects::Projects;
use shells::Listing;
use timing::{Quiet, Row};

const FLOOR: &str = "floor: an empty program";
const TRUE: &str = "true";
const HIT: &str = "stages, hit";
const HIT_MODULES: &str = "stages, hit, 30 modules";
const HIT_RACY: &str = "stages, hit, 30 modules, racy stamps";
const MANIFEST: &str = "manifest STAGE, hit, 30 modules";
const STATUS: &str = "status, 108 stages, 300 sources";
/// TABs on a warm description.
const TAB: [&str; 4] = [
    "complete bash, stages",
    "complete zsh, options",
    "complete fish, commands",
    "complete bash, choices",
];
const DISCOVERY: &str = "bare discovery";
const BLIND: &str = "driver that observes nothing";
const DRIVER: &str = "driver";
const MISS: &str = "stages, miss";
const PIVOT_MISS: &str = "Pivot: repro <TAB>, miss";
const PIVOT_HIT: &str = "Pivot: repro <TAB>, hit";
const SWITCH: &str = "stages, switched back to known content";
const EDIT: &str = "complete bash, after a body was edited";
const COMPILE: &str = "Python compiles the edited file";
const WRITING: &str = "refresh: writing 108 manifests";

fn main() {
    let is_given = |option| std::env::args().any(|argument| argument == option);
    let check = is_given("--check");
    let projects = Projects::set_up();
    if is_given("--names") {
        print_completing(&names::measure(&projects));
        return;
    }
    projects.describe();
    let quiet = Quiet::start();
    let mut rows = hits::measure(&projects);
    let listings = shells::measure(&projects);
    let completing = names::measure(&projects);
    rows.extend(discoveries::measure(&projects));
    drop(quiet);
    print(&rows);
    print_listings(&listings);
    print_completing(&completing);
    let kept = promises(&rows, &listings, &completing);
    // Its directory goes before the exit, which runs no destructor.
    drop(projects);
    if check && !kept {
        std::process::exit(1);
    }
}

fn print(rows: &[Row]) {
    let floor = rows[0].median();
    let heads = ["median µs", "p10 µs", "p90 µs", "p99 µs", "of floor", "p99 of floor"];
    println!("{:<40} {}", "", heads.map(|head| format!("{head:>12}")).join(" "));
    for row in rows {
        let times = [50, 10, 90, 99].map(|percent| row.percentile(percent));
        let times = times.map(|time| format!("{time:>12.1}")).join(" ");
        let ratios = [50, 99].map(|percent| row.percentile(percent) / floor);
        let ratios = ratios.map(|ratio| format!("{ratio:>12.2}")).join(" ");
        println!("{:<40} {times} {ratios}", row.name);
    }
}

fn print_listings(listings: &[Listing]) {
    let heads = ["median ms", "p99 ms", "shell alone", "Pivot's", "ratio"];
    println!("\n{:<40} {}", "", heads.map(|head| format!("{head:>12}")).join(" "));
    for listing in listings {
        let Listing { ours, alone, pivots, .. } = listing;
        let times = [ours.median(), ours.percentile(99), alone.median(), pivots.median()];
        let times = times.map(|time| format!("{:>12.2}", time / 1_000.0)).join(" ");
        let name = format!("TAB to list, {}", listing.shell);
        println!("{name:<40} {times} {:>12.0}", listing.ratio());
    }
}

fn print_completing(completing: &[Completing]) {
    let heads = ["median ms", "p99 ms", "all by cat", "one by cat", "shell alone", "ratio"];
    println!("\n{:<40} {}", "", heads.map(|head| format!("{head:>12}")).join(" "));
    for of in completing {
        let Completing { ours, all, one, alone, .. } = of;
        let rows = [ours, all, one, alone];
        let [ours_ms, all_ms, one_ms, alone_ms] = rows.map(|row| row.median() / 1_000.0);
        let p99_ms = ours.percentile(99) / 1_000.0;
        let cells = [ours_ms, p99_ms, all_ms, one_ms, alone_ms, of.of_alone()];
        let name = format!("TAB for one of {}, {}", of.count, of.shell);
        println!("{name:<40} {}", cells.map(|cell| format!("{cell:>12.2}")).join(" "));
    }
}

/// Compares medians, and the least of what takes long, with what is promised; says whether all is kept.
fn promises(rows: &[Row], listings: &[Listing], completing: &[Completing]) -> bool {
    let of = |name: &str| rows.iter().find(|row| row.name == name).expect("a row").median();
    let floors = |name| of(name) / of(FLOOR);
    let ms = |name| of(name) / 1_000.0;
    // Differences of seconds: other programs only add, more than what is looked for.
    let least_ms = |name: &str| {
        let row = rows.iter().find(|row| row.name == name).expect("a row");
        row.percentile(10) / 1_000.0
    };
    let listed = |index: usize| 100.0 / listings[index].ratio();
    let promises = [
        ("hit / floor", floors(HIT), 1.35),
        ("hit / true", of(HIT) / of(TRUE), 0.2),
        ("hit * 5000 / Pivot's hit", of(HIT) * 5_000.0 / of(PIVOT_HIT), 1.0),
        ("bash: TAB to list * 100 / Pivot's", listed(0), 1.0),
        ("zsh: TAB to list * 100 / Pivot's", listed(1), 1.0),
        ("fish: TAB to list * 100 / Pivot's", listed(2), 1.0),
        ("zsh: 108 names / one", completing[0].of_filtered(), 1.1),
        ("fish: 108 names / one", completing[2].of_filtered(), 1.1),
        ("zsh: 10,000 names / the shell alone", completing[1].of_alone(), 1.5),
        ("fish: 10,000 names / the shell alone", completing[3].of_alone(), 1.5),
        ("TAB, stages / floor", floors(TAB[0]), 1.7),
        ("TAB, options / floor", floors(TAB[1]), 1.7),
        ("TAB, commands / floor", floors(TAB[2]), 1.7),
        ("TAB, choices / floor", floors(TAB[3]), 1.7),
        ("hit with 30 modules / floor", floors(HIT_MODULES), 1.6),
        ("hit with racy stamps / floor", floors(HIT_RACY), 2.5),
        ("manifest / floor", floors(MANIFEST), 1.8),
        // The engine's: it compares lock files, and what changed in a function.
        ("status * 100 / Pivot's hit", of(STATUS) * 100.0 / of(PIVOT_HIT), 1.0),
        ("switch to known content, ms", ms(SWITCH), 25.0),
        ("edit of a body - 2 * compile, ms", ms(EDIT) - 2.0 * ms(COMPILE), 25.0),
        ("edit of a body * 20 / Pivot's miss", of(EDIT) * 20.0 / of(PIVOT_MISS), 1.0),
        ("miss - discovery, ms", least_ms(MISS) - least_ms(DISCOVERY), 60.0),
        ("miss / Pivot's miss", of(MISS) / of(PIVOT_MISS), 1.0),
        ("observing a discovery, ms", least_ms(DRIVER) - least_ms(BLIND), 50.0),
        ("writing 108 manifests, ms", ms(WRITING), 40.0),
    ];
    println!();
    let mut all_kept = true;
    for (name, value, bound) in promises {
        let verdict = if value <= bound { "kept" } else { "BROKEN" };
        all_kept &= value <= bound;
        println!("{name:<36} {value:>8.3}  at most {bound:>6.2}  {verdict}");
    }
    all_kept
}
