//! A fresh store beside a `stages.cache` that somebody else wrote: the store answers, and the file
//! is rewritten behind the first TAB that sees it, once.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};

use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::fake_pivot::{self, discoveries};
use crate::support::stub::STAGES_CACHE;
use crate::support::{Sandbox, set_mtime};

const HEADER: &str = "v1\npipeline.py:1700000000.0\n";

/// A project with a store and a `stages.cache` that say `train`.
fn project() -> Sandbox {
    let mut sandbox = fake_pivot::project("train\n");
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_000, 0);
    sandbox.start_trace();
    assert_eq!(tab(&sandbox), ["train"]);
    assert_eq!(stages_cache(&sandbox), format!("{HEADER}train\n"));
    sandbox
}

/// What a TAB offers; whatever it starts has ended then.
#[track_caller]
fn tab(sandbox: &Sandbox) -> Vec<String> {
    let said = sandbox.tab(&["pivot", "repro", ""]);
    assert_nothing_is_alive(sandbox);
    said.candidates().into_iter().map(str::to_owned).collect()
}

fn stages_cache(sandbox: &Sandbox) -> String {
    fs::read_to_string(sandbox.path(STAGES_CACHE)).unwrap()
}

fn inode(sandbox: &Sandbox) -> u64 {
    fs::metadata(sandbox.path(STAGES_CACHE)).unwrap().ino()
}

/// Puts another file in the place of `stages.cache`, as Pivot does.
fn pivot_writes(sandbox: &Sandbox, content: &str) {
    let written = sandbox.write("project/.pivot/cache/new", content);
    fs::rename(written, sandbox.path(STAGES_CACHE)).unwrap();
}

fn renewals(sandbox: &Sandbox) -> usize {
    sandbox.renewals()
}

#[test]
fn what_a_fresh_store_contradicts_is_rewritten_behind_a_tab() {
    let sandbox = project();
    for other in [
        format!("{HEADER}other\n"),
        format!("{HEADER}\n"),
        format!("{HEADER}train\nmore\n"),
        // A sub-directory's, by Pivot's own completion there.
        "v1\nsub/pipeline.py:1700000000.0\nother\n".into(),
        "v1\npipeline.py:1600000000.0\ntrain\n".into(),
    ] {
        pivot_writes(&sandbox, &other);
        assert_eq!(tab(&sandbox), ["train"], "{other}");
        assert_eq!(stages_cache(&sandbox), format!("{HEADER}train\n"), "{other}");
        let (written, before) = (inode(&sandbox), renewals(&sandbox));
        for _ in 0..3 {
            assert_eq!(tab(&sandbox), ["train"], "{other}");
        }
        assert_eq!(inode(&sandbox), written, "{other}");
        // One more where the first one's stamps have aged meanwhile.
        assert!(renewals(&sandbox) <= before + 1, "{other}: {:?}", sandbox.trace());
    }
    assert_eq!(discoveries(&sandbox), 1);
}

/// Pivot wrote what we would have: that is noted, and the file is left alone.
#[test]
fn the_same_names_by_another_writer_are_left_as_they_are() {
    let sandbox = project();
    pivot_writes(&sandbox, &format!("{HEADER}train\n"));
    let written = inode(&sandbox);
    assert_eq!(tab(&sandbox), ["train"]);
    assert_eq!((inode(&sandbox), renewals(&sandbox)), (written, 1));
    for _ in 0..3 {
        tab(&sandbox);
    }
    assert!(renewals(&sandbox) <= 2, "{:?}", sandbox.trace());
    // It is as good as our own: removed, it asks for a discovery.
    fs::remove_file(sandbox.path(STAGES_CACHE)).unwrap();
    assert_eq!((tab(&sandbox), discoveries(&sandbox)), (vec!["train".into()], 2));
}

/// Two environments with an answer each do not take the file from one another.
#[test]
fn two_environments_do_not_fight_over_the_file() {
    let mut sandbox = project();
    // Another Pivot, which knows one stage more.
    let fake = fs::read_to_string(sandbox.path("bin/fake")).unwrap();
    let other = fake.replace(
        "names, fields, errors, refused = [],",
        "names, fields, errors, refused = [b'more'],",
    );
    assert_ne!(other, fake);
    sandbox.write_program("bin/other", &other);
    let pythons = [("bin/other", vec!["more", "train"]), ("bin/fake", vec!["train"])];
    sandbox.set("PIVOT_COMPLETE_PYTHON", sandbox.path("bin/other"));
    fs::remove_file(sandbox.path(STAGES_CACHE)).unwrap();
    assert_eq!(tab(&sandbox), ["more", "train"]);
    let is_left_alone = |sandbox: &mut Sandbox, content: &str| {
        let written = inode(sandbox);
        for round in 0..4 {
            for (python, names) in &pythons {
                sandbox.set("PIVOT_COMPLETE_PYTHON", sandbox.path(python));
                assert_eq!(tab(sandbox), *names);
                assert_eq!(inode(sandbox), written, "round {round}, {python}");
            }
        }
        assert_eq!(stages_cache(sandbox), format!("{HEADER}{content}"));
    };
    is_left_alone(&mut sandbox, "more\ntrain\n");
    // One for each environment, and one more where stamps have aged meanwhile.
    assert!(renewals(&sandbox) <= 4, "{:?}", sandbox.trace());
    // What neither of them wrote is rewritten by the first to see it, which is `fake` here.
    pivot_writes(&sandbox, &format!("{HEADER}poison\n"));
    assert_eq!(tab(&sandbox), ["train"]);
    is_left_alone(&mut sandbox, "train\n");
    assert!(renewals(&sandbox) <= 6, "{:?}", sandbox.trace());
    assert_eq!(discoveries(&sandbox), 2);
}

/// A Pivot that could discover where ours failed knows more than the last good names.
#[test]
fn last_good_names_do_not_replace_those_of_pivot() {
    let sandbox = project();
    sandbox.write("project/pipeline.py", "! broken\n");
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_001, 0);
    assert_eq!((tab(&sandbox), discoveries(&sandbox)), (vec!["train".into()], 2));
    let other = "v1\npipeline.py:1700000001.0\nother\n";
    pivot_writes(&sandbox, other);
    for _ in 0..3 {
        tab(&sandbox);
    }
    assert_eq!((stages_cache(&sandbox), discoveries(&sandbox)), (other.into(), 2));
    assert!(renewals(&sandbox) <= 2, "{:?}", sandbox.trace());
}

#[test]
fn nothing_is_rewritten_where_nobody_is_trusted() {
    let sandbox = project();
    fs::set_permissions(sandbox.path("project"), fs::Permissions::from_mode(0o777)).unwrap();
    let other = format!("{HEADER}other\n");
    pivot_writes(&sandbox, &other);
    assert_eq!(tab(&sandbox), ["train"]);
    assert_eq!((stages_cache(&sandbox), renewals(&sandbox)), (other, 0));
}
