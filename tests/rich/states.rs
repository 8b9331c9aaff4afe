//! What is said of a stage before what it does: how it stands against its last run.

use std::fs;
use std::time::{Duration, SystemTime};

use super::*;
use crate::support::wait_until;

/// What is offered for `pivot repro`, from the store.
#[track_caller]
fn offered(sandbox: &Sandbox) -> Vec<String> {
    let said = rich(sandbox, "pivot repro ");
    assert_eq!(said[0], "none:");
    said[1..].to_vec()
}

/// A lock file for each of these stages, that only Pivot could say something about.
fn run(sandbox: &Sandbox, stages: &[&str]) {
    for stage in stages {
        sandbox.write(&format!("project/.pivot/stages/demo/{stage}.lock"), "code_manifest: {");
    }
}

#[test]
fn stages_that_were_never_run_say_so() {
    let sandbox = Sandbox::project(DOCUMENTED);
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    // Of none of them, where that would be said of each.
    let silent = ["demo/train\tTrains the model: größe.", "demo/plain", "demo/test\tTests it."];
    assert_eq!(offered(&sandbox), silent);
    run(&sandbox, &["train"]);
    assert_eq!(offered(&sandbox), silent);
    // Until that was looked at, behind a TAB.
    let others = [silent[0], "demo/plain\tnever run", "demo/test\tnever run; Tests it."];
    wait_until(60, "the lock files are looked at", || {
        std::thread::sleep(Duration::from_millis(200));
        offered(&sandbox) == others
    });
    // Where a list shows no descriptions, nothing of it is asked for.
    let said = rich_in(&sandbox, "project", "bash", &["pivot", "repro", "t"]);
    assert_eq!(said.lines(), ["none:", "train", "test"]);
    // Nothing is said any more as soon as a run may have changed it.
    run(&sandbox, &["plain"]);
    assert_eq!(offered(&sandbox), silent);
    wait_until(60, "the lock files are looked at again", || {
        std::thread::sleep(Duration::from_millis(200));
        offered(&sandbox) == [silent[0], silent[1], others[2]]
    });
    fs::remove_dir_all(sandbox.path("project/.pivot/stages")).unwrap();
    assert_eq!(offered(&sandbox), silent);
}

#[test]
fn a_pipeline_that_pivot_ran_is_known() {
    let sandbox = Sandbox::project(DOCUMENTED);
    repro(&sandbox, &["demo/plain"]);
    let found: Vec<String> = sandbox.listing("project/.pivot/stages/demo");
    assert_eq!(found, ["plain.lock"], "where Pivot keeps them");
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    let expected = [
        "demo/train\tnever run; Trains the model: größe.",
        "demo/plain",
        "demo/test\tnever run; Tests it.",
    ];
    wait_until(60, "it is old enough to be believed", || {
        std::thread::sleep(Duration::from_millis(200));
        offered(&sandbox) == expected
    });
}

/// Has Pivot run these stages.
#[track_caller]
fn repro(sandbox: &Sandbox, stages: &[&str]) {
    let mut repro = sandbox.command("pivot", "project");
    repro.arg("repro").args(stages);
    let said = ran(repro);
    assert_eq!(said.code, 0, "{said:?}");
}

#[test]
fn a_stage_whose_code_is_another_than_it_ran_with_says_what_of_it() {
    let with_helper = |number: u8| {
        DOCUMENTED.replace(
            "@stage\ndef plain() -> dict: return {'a': 1}",
            &format!(
                "def helper(): return {number}\n\n@stage\ndef plain() -> dict: \
                 return {{'a': helper()}}"
            ),
        )
    };
    let sandbox = Sandbox::project(&with_helper(1));
    repro(&sandbox, &["demo/plain", "demo/test"]);
    let never = "demo/train\tnever run; Trains the model: größe.";
    let test = "demo/test\tTests it.";
    let says = |expected: [&str; 3]| {
        wait_until(60, &format!("it says {expected:?}"), || {
            std::thread::sleep(Duration::from_millis(200));
            offered(&sandbox) == expected
        });
    };
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    says([never, "demo/plain", test]);
    // Only Pivot can tell what this edit makes of the code, and no TAB asks it that.
    sandbox.write("project/pipeline.py", with_helper(2));
    says([never, "demo/plain", test]);
    assert_eq!(sandbox.run(&["manifest", "--json"]).code, 0);
    says([never, "demo/plain\tchanged: helper()", test]);
    // So it is said of it still when all stamps were taken anew.
    let stale = "demo/plain\tchanged: helper()";
    let old = SystemTime::now() - Duration::from_secs(3_600);
    let config = fs::File::open(sandbox.path("project/pipeline.py")).unwrap();
    config.set_modified(old).unwrap();
    says([never, stale, test]);
    repro(&sandbox, &["demo/plain"]);
    assert!(!offered(&sandbox).iter().any(|line| line.contains("changed")));
    says([never, "demo/plain", test]);
}

#[test]
fn no_lock_file_is_read_at_a_tab() {
    let sandbox = Sandbox::project(DOCUMENTED);
    run(&sandbox, &["train", "plain", "test"]);
    let locks = sandbox.path("project/.pivot/stages/demo");
    // Reading one would hang.
    for stage in ["train", "plain", "test"] {
        let lock = locks.join(format!("{stage}.lock"));
        fs::remove_file(&lock).unwrap();
        nix::unistd::mkfifo(&lock, nix::sys::stat::Mode::S_IRWXU).unwrap();
    }
    let old = SystemTime::now() - Duration::from_secs(3_600);
    fs::File::open(&locks).unwrap().set_modified(old).unwrap();
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    let silent = ["demo/train\tTrains the model: größe.", "demo/plain", "demo/test\tTests it."];
    assert_eq!(offered(&sandbox), silent);
    assert_eq!(offered(&sandbox), silent);
}

#[test]
fn lock_files_of_two_pipelines_say_nothing() {
    let two = DOCUMENTED.replace(
        "with pipeline:",
        "other = Pipeline('other')\nwith other:\n    plain()\npipeline.include(other)\nwith pipeline:",
    );
    let sandbox = Sandbox::project(&two);
    let refreshed = sandbox.run(&["refresh"]);
    assert_eq!(refreshed.code, 0, "{refreshed:?}");
    assert!(offered(&sandbox).iter().all(|line| !line.contains("never run")));
}
