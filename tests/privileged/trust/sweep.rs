//! The sweep: every way to name or find a program, times whose it is, times what starts something,
//! asked by an ordinary user and by root. What ran is compared with what the oracle reads out of
//! ARCHITECTURE.md; the table of it all is `sweep.md`, rewritten with `PIVOT_COMPLETE_BLESS` set.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use super::ground::{Ground, ME, Scene};
use super::oracle::{Answer, Found, Start, expected, manager, place};
use super::places::{self, Place};
use super::things::{Owner, Thing};
use super::way_table;
use super::ways::Way;
use crate::support::{ran, soak};

/// A row: a scene, and what is found in it.
struct Row {
    name: String,
    scene: Scene,
    found: Found,
    typed: String,
    /// Whether a shim's manager is asked first, which is a start as well.
    is_shim: bool,
}

/// Whose a thing may be that is not the user's own `me`.
fn owners(me: u32) -> impl Iterator<Item = Owner> {
    Owner::ALL.into_iter().filter(move |owner| me != 0 || *owner != Owner::Roots)
}

fn row_of(ground: &Ground, way: &Way, owner: Owner, me: u32) -> Row {
    let mut scene = ground.scene(me);
    let found = way.set_up(&mut scene, owner);
    let typed = way.typed.replace("{}", scene.top.to_str().unwrap());
    let is_shim = way.set.is_empty() && scene.variable("PATH").unwrap().contains("shims");
    Row { name: format!("{} | {}", way.name, owner.as_str()), scene, found, typed, is_shim }
}

fn row_of_place(ground: &Ground, place: &Place, me: u32) -> Row {
    let mut scene = ground.scene(me);
    let found = place.set_up(&mut scene);
    let name = format!("{} | {}", place.program, place.name);
    Row { name, scene, found, typed: place.typed.into(), is_shim: false }
}

/// What ran, as `who mode`, without the order.
fn observe(row: &Row, start: Start) -> BTreeSet<String> {
    let scene = &row.scene;
    scene.forget();
    scene.take_marks();
    let ran = match start {
        Start::Stage => scene.tab(&[&row.typed, "repro", ""]),
        Start::Command => scene.tab(&[&row.typed, "repr"]),
        Start::Runner => scene.tab(&["uv", "run", &row.typed, "repro", ""]),
        // The part that works behind the prompt, whose end can be waited for.
        Start::Prompt => ran(scene.command("pivot-complete-engine", &["prewarm"])),
        Start::Look => ran(scene.command("pivot-complete-engine", &["prewarm", "--places"])),
        Start::Explicit => scene.run(&["stages"]),
        Start::Doctor => scene.run(&["doctor"]),
    };
    if !matches!(start, Start::Explicit | Start::Doctor) {
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{} {start:?}: {ran:?}", row.name);
    }
    scene.take_marks().into_iter().collect()
}

/// What is wrong with a cell, if anything is.
fn judge(row: &Row, start: Start) -> Option<String> {
    let marks = observe(row, start);
    let of = |start| expected(&row.scene, &row.found, start);
    // A TAB may also describe, and where that fails complete by Pivot, as far as those are allowed.
    let is_allowed = |mark: &String| {
        let (who, mode) = mark.split_once(' ').unwrap();
        let needed = match (start, mode) {
            (Start::Explicit, _) => of(Start::Explicit),
            // "What a shim resolves to is asked about after it is resolved."
            (_, "which") => manager(&row.scene, &row.found),
            (_, "describe") => of(Start::Command),
            (_, "stages") => of(Start::Stage),
            // A line that only Pivot can complete, in a directory that need be no project.
            _ => place(&row.scene).and(of(Start::Command)),
        };
        needed != Answer::No && (who == "found" || row.is_shim && who == "manager")
    };
    let wrong: Vec<&String> = marks.iter().filter(|mark| !is_allowed(mark)).collect();
    if !wrong.is_empty() {
        return Some(format!("ran {wrong:?}"));
    }
    let wanted = match start {
        Start::Stage | Start::Prompt | Start::Look | Start::Explicit => "found stages",
        Start::Command => "found describe",
        Start::Runner | Start::Doctor => return None,
    };
    let is_missing = of(start) == Answer::Yes && !marks.contains(wanted);
    // An alias of the shell, and a word that is typed, are known at a TAB alone.
    let is_asked = has_line(start) || is_known_without_line(row);
    (is_missing && is_asked).then(|| "did not run".to_owned())
}

fn has_line(start: Start) -> bool {
    !matches!(start, Start::Prompt | Start::Look | Start::Explicit)
}

fn is_known_without_line(row: &Row) -> bool {
    row.typed == "pivot" || row.typed == "p"
}

/// Runs the cells of `rows`, a share of them in every run; names each that fails.
#[track_caller]
fn sweep(rows: impl IntoIterator<Item = Row>) {
    let mut failures = String::new();
    let (mut cells, mut count) = (0, 0);
    for row in rows {
        let user = if row.scene.me == 0 { "root" } else { "user" };
        // One line for each way a row fails in.
        let mut wrong: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for start in Start::ALL {
            cells += 1;
            if let Some(how) = judge(&row, start) {
                count += 1;
                wrong.entry(how).or_default().push(format!("{start:?}"));
            }
        }
        for (how, starts) in wrong {
            writeln!(failures, "{user} | {} | {}: {how}", row.name, starts.join(" ")).unwrap();
        }
    }
    assert!(failures.is_empty(), "{count} of {cells} cells:\n{failures}");
}

fn sweep_ways(ways: &[Way], me: u32) {
    let ground = Ground::new();
    let cases = ways.iter().flat_map(|way| owners(me).map(move |owner| (way, owner)));
    sweep(soak::share(8, cases).map(|(way, owner)| row_of(&ground, way, owner, me)));
}

/// One test for each group of ways and each user.
macro_rules! sweeps {
    ($($user:ident $root:ident $ways:ident;)*) => {
        $(
            #[test]
            fn $user() {
                sweep_ways(way_table::$ways, ME);
            }

            #[test]
            fn $root() {
                sweep_ways(way_table::$ways, 0);
            }
        )*
    };
}

sweeps! {
    a_user_with_path root_with_path PATHS;
    a_user_who_types_a_path root_who_types_a_path WORDS;
    a_user_with_environments root_with_environments ENVIRONMENTS;
    a_user_with_interpreters root_with_interpreters INTERPRETERS;
    a_user_with_shims root_with_shims SHIMS;
}

#[test]
fn a_user_in_places() {
    let ground = Ground::new();
    sweep(soak::share(8, places::all()).map(|place| row_of_place(&ground, &place, ME)));
}

#[test]
fn root_in_places() {
    let ground = Ground::new();
    sweep(soak::share(8, places::all()).map(|place| row_of_place(&ground, &place, 0)));
}

/// The table is what the oracle says.
#[test]
fn the_table_is_what_the_design_says() {
    let ground = Ground::new();
    let mut table = String::from(HEAD);
    for me in [ME, 0] {
        let user = if me == 0 { "root" } else { "a user" };
        write!(table, "\n## {user}\n\n{COLUMNS}").unwrap();
        let ways = way_table::all().flat_map(|way| owners(me).map(move |owner| (way, owner)));
        let ways = ways.map(|(way, owner)| row_of(&ground, way, owner, me));
        let places = places::all();
        let places = places.iter().map(|place| row_of_place(&ground, place, me));
        for row in ways.chain(places) {
            write!(table, "| {} |", row.name).unwrap();
            for start in Start::ALL {
                let answer = expected(&row.scene, &row.found, start);
                let known = has_line(start) || is_known_without_line(&row);
                let text = match answer {
                    Answer::Yes if matches!(start, Start::Runner | Start::Doctor) => "may",
                    _ if !known => "no line",
                    answer => answer.as_str(),
                };
                write!(table, " {text} |").unwrap();
            }
            table.push('\n');
        }
    }
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/privileged/trust/sweep.md");
    if std::env::var_os("PIVOT_COMPLETE_BLESS").is_some() {
        std::fs::write(&file, &table).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&file).unwrap();
    let pairs = kept.lines().zip(table.lines());
    let differing: Vec<_> = pairs.filter(|(kept, now)| kept != now).take(20).collect();
    assert!(kept == table, "PIVOT_COMPLETE_BLESS=1 rewrites it: {differing:#?}");
}

/// Ways of the same name would be one row for the reader.
#[test]
fn every_way_has_a_name_of_its_own() {
    let names: Vec<&str> = way_table::all().map(|way| way.name).collect();
    let distinct: BTreeSet<&&str> = names.iter().collect();
    assert_eq!(distinct.len(), names.len());
    let shims = way_table::SHIMS.iter().filter(|way| matches!(way.thing, Thing::VersionFile(_)));
    assert_eq!(shims.count(), 6);
}

const HEAD: &str = "\
# Who runs at a TAB

Made by tests/privileged/trust/sweep.rs from ARCHITECTURE.md, \"Trust\": one row for each way in which a
program is named or found and whose that is, or for each place where a TAB is pressed. `runs`: the
program that is found runs; `-`: nothing runs at all; `open`: the text can be read both ways;
`may`: `doctor` may start what a TAB would, and a line behind `uv run` may mean another program; `no line`: what was typed is known at a TAB alone.
";

const COLUMNS: &str = "\
| found by, or found by and where | whose, or whose place | TAB at a stage | TAB at a command | TAB behind `uv run` | prompt hook | watcher | `stages` | `doctor` |
|---|---|---|---|---|---|---|---|---|
";
