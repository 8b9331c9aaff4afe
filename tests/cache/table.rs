//! What `stages.cache` decides (ARCHITECTURE.md), with real Pivot behind the front.

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::{
    CACHE, HIT, pipeline_of, pivots_completion, read, stages_in, traced, without_privileges,
    write_cache,
};
use crate::support::oracle::ask;
use crate::support::{Pivot, Sandbox, front, ran, set_mtime, wait_until};

#[test]
fn a_broken_cache_is_discovered_anew_and_overwritten() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train", "evaluate"]);
    let mut sandbox = Sandbox::project(&pipeline);
    sandbox.start_trace();
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_000, 500_000_000);
    assert_eq!(sandbox.run(&["stages"]).lines(), names);
    let good = read(&sandbox.path(CACHE));
    assert_eq!(good, b"v1\npipeline.py:1700000000.5\ndemo/train\ndemo/evaluate\n");

    for (bytes, reason) in [
        // What else is broken, and why, is a table of `tests/rules`.
        (&b"v1\npipeline.py:1700000000.5\ndemo/train\ndemo/eva"[..], "cache-torn"),
        (b"v1\nsub/../../x:1700000000.5\nold\n", "cache-hostile-path"),
    ] {
        write_cache(&sandbox, bytes);
        let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
        let bytes = String::from_utf8_lossy(bytes);
        assert_eq!(said.lines(), names, "{bytes:?}");
        assert_eq!(trace[0], format!("front handed-over {reason}"), "{bytes:?}");
        assert_eq!(trace.last().unwrap(), "engine answered discovered", "{bytes:?}");
        assert_eq!(read(&sandbox.path(CACHE)), good, "{bytes:?}");
        let (_, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
        assert_eq!(trace, HIT, "{bytes:?}");
    }
    let root = sandbox.path("project");
    let answers = ask(Pivot::V0511, "oracle_cache.py", &[], &[format!("read {}", root.display())]);
    assert!(answers[0].starts_with("hit "), "{answers:?}");
}

/// What is well-formed and says something else counts less than a fresh store; without one it is
/// a miss, where it is about another config or another mtime.
#[test]
fn a_cache_about_something_else_is_no_answer() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    let mut sandbox = Sandbox::project(&pipeline);
    sandbox.start_trace();
    set_mtime(&sandbox.path("project/pipeline.py"), 1_700_000_000, 500_000_000);
    assert_eq!(sandbox.run(&["stages"]).lines(), names);
    for (text, reason) in [
        ("v1\npivot.yaml:1700000000.5\nold\n", "cache-other-config"),
        ("v1\npipeline.py:1700000000\nold\n", "config-changed"),
    ] {
        write_cache(&sandbox, text);
        let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
        assert_eq!((said.lines(), trace), (strs(&names), HIT.map(String::from).to_vec()), "{text}");

        // Rewritten behind the hit, by the store.
        wait_until(10, "it is rewritten", || {
            let is_locked = sandbox.path("project/.pivot/cache/complete.lock").exists();
            read(&sandbox.path(CACHE)) != text.as_bytes() && !is_locked
        });
        fs::remove_dir_all(sandbox.path("project/.pivot/cache/complete")).unwrap();
        write_cache(&sandbox, text);
        let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
        assert_eq!(said.lines(), names, "{text}");
        assert_eq!(trace[0], format!("front handed-over {reason}"), "{text}");
        assert_eq!(trace.last().unwrap(), "engine answered discovered", "{text}");
    }
}

#[test]
fn without_a_cache_or_after_its_removal_stages_are_discovered() {
    for pivot in Pivot::in_turn() {
        let (pipeline, names) = pipeline_of(pivot, &["train"]);
        let mut sandbox = Sandbox::project_of(pivot, &pipeline);
        sandbox.start_trace();
        for what in ["no cache", "removed by hand"] {
            is_discovered_then_hit(&sandbox, &names, "cache-missing", what);
            fs::remove_file(sandbox.path(CACHE)).unwrap();
        }
    }
}

#[test]
fn a_tree_without_pivots_directory_stays_without() {
    for pivot in Pivot::in_turn() {
        let (pipeline, _) = pipeline_of(pivot, &["train"]);
        let sandbox = Sandbox::with(pivot);
        sandbox.write("project/pipeline.py", &pipeline);
        // No project at all: an empty answer.
        assert_eq!(sandbox.run(&["stages"]).lines(), [""; 0]);
        assert_eq!(sandbox.tab(&["pivot", "repro", ""]).stdout, "\n");
        // A mere repository: Pivot's commands refuse, in their own words.
        sandbox.make_directory("project/.git");
        let refused = ran({
            let mut command = sandbox.command("pivot", "project");
            command.arg("list");
            command
        });
        let said = sandbox.run(&["stages"]);
        let message = refused.stderr.strip_prefix("Error: ").expect("Pivot's message");
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains(message.trim_end()), "{said:?} lacks {message:?}");
        let tab = sandbox.tab(&["pivot", "repro", ""]);
        assert_eq!((tab.code, tab.stdout.as_str(), tab.stderr.as_str()), (0, "\n", ""));
        assert!(!sandbox.path("project/.pivot").exists());
    }
}

/// ARCHITECTURE.md, "Freshness": a failure is recorded with its inputs, and nothing else is written.
#[test]
fn a_discovery_that_fails_writes_no_stages_cache() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    let mut sandbox = Sandbox::project("raise RuntimeError('broken')\n");
    sandbox.describe_pivot();
    sandbox.start_trace();
    for _ in 0..2 {
        // Explicit commands try again each time.
        let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
        assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said:?}");
        assert!(said.stderr.contains("broken"), "{said:?}");
        assert_eq!(trace.last().unwrap(), "engine failed discovery-failed");
        let (tab, trace) = traced(&sandbox, || sandbox.tab(&["pivot", "repro", ""]));
        assert_eq!(tab.stdout, "\n");
        assert_eq!(trace, ["front answered failed-before"]);
    }
    assert!(!sandbox.path(CACHE).exists());
    assert_eq!(litter(&sandbox), [""; 0]);
    sandbox.write("project/pipeline.py", pipeline);
    let tab = sandbox.tab(&["pivot", "repro", "demo/"]);
    assert_eq!(tab.candidates(), names);
}

#[test]
fn a_deleted_config_has_no_stages() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    let mut sandbox = Sandbox::project(&pipeline);
    sandbox.start_trace();
    assert_eq!(sandbox.run(&["stages"]).lines(), names);
    fs::remove_file(sandbox.path("project/pipeline.py")).unwrap();
    let (said, trace) = traced(&sandbox, || sandbox.run(&["stages"]));
    assert_eq!((said.lines(), trace), (vec![], vec!["front answered no-config".to_owned()]));
    assert_eq!(sandbox.run(&["stages", "--cached"]).stdout, "");
    assert_eq!(pivots_completion(&sandbox, "project").stdout, "\n");
}

#[test]
fn any_other_mtime_of_the_config_forces_discovery() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    let mut sandbox = Sandbox::project(&pipeline);
    sandbox.start_trace();
    let config = sandbox.path("project/pipeline.py");
    sandbox.run(&["stages"]).lines();
    for (what, sec, nsec) in [
        ("touched, older", 1_600_000_000, 0),
        // One step of the double that Pivot compares; what else is a change is a table of `tests/rules`.
        ("a quarter of a microsecond later", 1_700_000_000, 250),
    ] {
        set_mtime(&config, sec, nsec);
        is_discovered_then_hit(&sandbox, &names, "config-changed", what);
    }
}

#[test]
fn a_renamed_stage_is_offered_by_its_new_name() {
    for pivot in Pivot::in_turn() {
        let (before, _) = pipeline_of(pivot, &["train"]);
        let (after, names) = pipeline_of(pivot, &["teach"]);
        let sandbox = Sandbox::project_of(pivot, &before);
        sandbox.run(&["stages"]).lines();
        sandbox.write("project/pipeline.py", &after);
        assert_eq!(sandbox.run(&["stages"]).lines(), names);
        assert_eq!(sandbox.tab(&["pivot", "repro", "tr"]).candidates(), [""; 0]);
        // Pivot believes it too.
        assert!(pivots_completion(&sandbox, "project").stdout.contains("teach"));
    }
}

#[test]
fn a_config_that_changes_during_discovery_is_answered_but_not_cached() {
    for (what, change) in [
        ("touches itself", "import os; os.utime(__file__, ns=(1, 10**18))\n"),
        (
            "rewrites itself, as long and as old",
            "import os; s = os.stat(__file__)\n\
             t = open(__file__).read(); os.remove(__file__); open(__file__, 'w').write(t)\n\
             os.utime(__file__, ns=(s.st_atime_ns, s.st_mtime_ns))\n",
        ),
        ("grows", "open(__file__, 'a').write('# x\\n')\n"),
        ("is gone", "import os; os.remove(__file__)\n"),
    ] {
        let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
        let mut sandbox = Sandbox::project(&format!("{pipeline}{change}"));
        sandbox.start_trace();
        assert_eq!(sandbox.run(&["stages"]).lines(), names, "{what}");
        assert!(!sandbox.path(CACHE).exists(), "{what}");
        if what != "is gone" {
            let (said, trace) = traced(&sandbox, || sandbox.tab(&["pivot", "repro", "demo/"]));
            assert_eq!(said.candidates(), names, "{what}");
            assert_eq!(trace[0], "front handed-over cache-missing", "{what}");
        }
        assert_eq!(litter(&sandbox), [""; 0], "{what}");
    }
}

#[test]
fn what_was_cached_before_a_change_during_discovery_is_stale() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    let sandbox = Sandbox::project(&pipeline);
    sandbox.run(&["stages"]).lines();
    let old = read(&sandbox.path(CACHE));
    let (renamed, new_names) = pipeline_of(Pivot::V0511, &["teach"]);
    let change = "open(__file__, 'a').write('# x\\n')\n";
    sandbox.write("project/pipeline.py", format!("{renamed}{change}"));
    assert_ne!(names, new_names);
    for _ in 0..2 {
        assert_eq!(sandbox.run(&["stages"]).lines(), new_names);
        assert_eq!(read(&sandbox.path(CACHE)), old);
        assert_eq!(sandbox.run(&["stages", "--cached"]).code, 3);
    }
}

#[test]
fn a_cache_directory_that_cannot_be_written_is_no_error() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    for unwritable in ["project/.pivot", "project/.pivot/cache"] {
        let sandbox = Sandbox::project(&pipeline);
        sandbox.make_directory("project/.pivot/cache");
        fs::set_permissions(sandbox.path(unwritable), fs::Permissions::from_mode(0o555)).unwrap();
        for arguments in [&["stages"][..], &["stages", "demo/t"]] {
            let said = ran(without_privileges(&sandbox.front_in("project", arguments)));
            assert_eq!(said.lines(), names, "{unwritable}");
        }
        let tab = sandbox.tab_command("project", &["pivot", "repro", "demo/"]);
        assert_eq!(ran(without_privileges(&tab)).candidates(), names, "{unwritable}");
        fs::set_permissions(sandbox.path(unwritable), fs::Permissions::from_mode(0o755)).unwrap();
        if unwritable == "project/.pivot/cache" {
            assert_eq!(sandbox.listing("project/.pivot"), ["cache"]);
        }
    }
}

#[test]
fn the_files_mode_follows_the_umask() {
    let (pipeline, names) = pipeline_of(Pivot::V0511, &["train"]);
    for (umask, mode) in [("022", 0o644), ("077", 0o600), ("002", 0o664), ("000", 0o666)] {
        let sandbox = Sandbox::project(&pipeline);
        let mut command = sandbox.command("/bin/sh", "project");
        command.args(["-c", &format!("umask {umask}; exec \"$0\" stages")]).arg(front());
        assert_eq!(ran(command).lines(), names);
        let mode_of = |path: &Path| path.metadata().unwrap().mode() & 0o7777;
        assert_eq!(mode_of(&sandbox.path(CACHE)), mode, "umask {umask}");
        let directory = sandbox.path("project/.pivot/cache");
        assert_eq!(mode_of(&directory), mode | (mode & 0o444) >> 2, "umask {umask}");
        // A teammate's next TAB would hit what Pivot's own 0600 locks away.
        let (said, trace) = (stages_in(&sandbox, "project"), sandbox.trace());
        assert_eq!((said.lines(), trace), (vec![names[0].as_str()], vec![]));
    }
}

/// Asserts that the names are discovered for this reason, and are a hit then.
#[track_caller]
fn is_discovered_then_hit(sandbox: &Sandbox, names: &[String], reason: &str, what: &str) {
    let (said, trace) = traced(sandbox, || sandbox.run(&["stages"]));
    assert_eq!(said.lines(), names, "{what}");
    assert_eq!(trace[0], format!("front handed-over {reason}"), "{what}");
    assert_eq!(trace.last().unwrap(), "engine answered discovered", "{what}");
    let (_, trace) = traced(sandbox, || sandbox.run(&["stages"]));
    assert_eq!(trace, HIT, "{what}");
}

/// Temporary files and locks that were left behind.
fn litter(sandbox: &Sandbox) -> Vec<String> {
    let all = sandbox.listing("project/.pivot");
    all.into_iter().filter(|name| name.ends_with(".tmp") || name.ends_with(".lock")).collect()
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
