//! What lies in caches after many edits, branches and environments, and when their Pivots and projects are
//! gone: no more than GUIDE.md says.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::support::stub::{self, NEW_CONFIG, write_config};
use crate::support::{Sandbox, fake_pivot, soak};

/// What GUIDE.md promises of a project's caches and of the user's.
const MOST_BYTES: u64 = 32 << 20;

/// So many stores of a project, and descriptions of the user's, are kept.
const STORES: usize = 8;
const DESCRIPTIONS: usize = 32;

/// What all files below `directory` take.
fn bytes_below(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.file_type().unwrap().is_dir() {
            true => bytes_below(&entry.path()),
            false => entry.metadata().map_or(0, |found| found.len()),
        })
        .sum()
}

fn descriptions(sandbox: &Sandbox) -> usize {
    let names = sandbox.listing("home/.cache/pivot-complete");
    names.iter().filter(|name| name.ends_with(".store") && !name.contains('/')).count()
}

/// Edits and branches: 5,000 in the whole.
#[test]
fn edits_and_branches_leave_bounded_caches() {
    let sandbox = stub::sandbox();
    let edits = soak::count(60, 5_000);
    let mut most = 0;
    for number in 0..edits {
        // Every third is a branch that was there before.
        let text = match number % 3 {
            0 => format!("branch_{}\n", number / 3 % 20),
            _ => (0..200).map(|stage| format!("stage_{number}_{stage}\n")).collect(),
        };
        write_config(&sandbox, &text);
        let command = if number % 10 == 0 { "refresh" } else { "stages" };
        assert_eq!(sandbox.run(&[command]).code, 0, "edit {number}");
        let cached = sandbox.run(&["stages", "--cached"]);
        assert_eq!(cached.stdout, text, "edit {number}");
        most = most.max(bytes_below(&sandbox.path("project/.pivot")));
    }
    assert!(most < MOST_BYTES, "{most} bytes after {edits} edits");
    assert_eq!(fake_pivot::stores(&sandbox).len(), 1);
    // One store of seven earlier answers, one database.
    let listed = sandbox.listing("project/.pivot/cache/complete");
    assert!(listed.len() < 20, "{listed:?}");
}

/// Environments, each of which has a store and a description of its own.
#[test]
fn environments_leave_bounded_caches_and_go_with_their_pivots() {
    let mut sandbox = fake_pivot::project(NEW_CONFIG);
    let script = fs::read_to_string(sandbox.path("bin/fake")).unwrap();
    let environments = DESCRIPTIONS + 4;
    for number in 0..environments {
        let python = sandbox.write_program(&format!("venv{number}/python3"), &script);
        install(&mut sandbox, &python);
        sandbox.describe_pivot();
        assert_eq!(sandbox.run(&["stages"]).stdout, NEW_CONFIG);
    }
    assert!(fake_pivot::stores(&sandbox).len() <= STORES);
    assert_eq!(descriptions(&sandbox), DESCRIPTIONS);
    let own = bytes_below(&sandbox.path("home/.cache/pivot-complete"));
    assert!(own < MOST_BYTES, "{own}");
    // All but the last are uninstalled: what comes next sweeps what was kept about them.
    for number in 0..environments - 1 {
        fs::remove_dir_all(sandbox.path(&format!("venv{number}"))).unwrap();
    }
    let python = sandbox.write_program("another/python3", &script);
    install(&mut sandbox, &python);
    sandbox.describe_pivot();
    assert_eq!(descriptions(&sandbox), 2);
}

/// A `pivot` beside `python`, both of which are meant from now on.
fn install(sandbox: &mut Sandbox, python: &Path) {
    let directory = python.parent().unwrap();
    fs::write(directory.join("pivot"), format!("#!{}\n", python.display())).unwrap();
    fs::set_permissions(directory.join("pivot"), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.prepend_path(directory);
    sandbox.set("PIVOT_COMPLETE_PYTHON", python);
}
