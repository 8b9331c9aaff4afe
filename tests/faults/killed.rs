//! SIGKILL at every system call of a write, and at any moment of a real discovery.

use std::fs;
use std::time::{Duration, Instant};

use crate::support::aftermath::{
    assert_no_litter, assert_nothing_is_alive, assert_refreshed, time_of_a_refresh,
};
use crate::support::fake_pivot::store;
use crate::support::store_bytes::content;
use crate::support::strace::traced;
use crate::support::stub::{self, Asked, NEW_CONFIG, NEW_NAMES, STAGES_CACHE, write_config};
use crate::support::{Pivot, Sandbox, pipeline_0511, set_mtime, soak, start, tally};

/// Killed at each call (one of three in every run) from the lock to the exit: an old or a new cache, the next command is
/// right, and it sweeps what was left.
#[test]
fn killed_at_any_system_call_of_a_write() {
    let sandbox = stub::sandbox();
    let caches = old_and_new(&sandbox);
    let reset = |with_old: bool| {
        let _ = fs::remove_dir_all(sandbox.path("project/.pivot/cache"));
        caches.iter().filter(|_| with_old).for_each(|(name, old, _)| {
            sandbox.write(name, old);
        });
    };
    let mut tried = 0;
    for with_old in [true, false] {
        reset(with_old);
        let command = Asked::Stages.command(&sandbox);
        let (_, calls) = traced(&sandbox, &command, &[]);
        let first = calls.iter().position(|call| call.line.contains("complete.lock")).unwrap();
        let mut killed = 0;
        for call in soak::share(3, &calls[first..]) {
            reset(with_old);
            let (ran, _) = traced(&sandbox, &command, &[&call.inject("signal=KILL")]);
            killed += usize::from(ran.code == -1);
            for (name, old, new) in &caches {
                let found = fs::read(sandbox.path(name)).ok();
                let found = found.map(|bytes| content(&bytes));
                let is_old = found == with_old.then(|| content(old));
                assert!(is_old || found == Some(content(new)), "{name}: {found:?} at {call:?}");
            }
            assert_nothing_is_alive(&sandbox);
            assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES, "after {call:?}");
            // What was found fresh wrote nothing; the next write sweeps.
            assert_eq!(sandbox.run(&["refresh"]).code, 0);
            assert_no_litter(&sandbox, "project");
        }
        assert!(killed > soak::count(20, 60), "killed {killed} times only");
        tried += killed;
    }
    tally::survived(tried);
}

/// Name, old and new content of the files that a discovery writes.
fn old_and_new(sandbox: &Sandbox) -> Vec<(String, Vec<u8>, Vec<u8>)> {
    let discovered = || {
        assert_eq!(sandbox.run(&["refresh"]).code, 0);
        [STAGES_CACHE.into(), stub::store(sandbox)].map(|name: String| {
            let bytes = fs::read(sandbox.path(&name)).unwrap();
            (name, bytes)
        })
    };
    sandbox.write("project/pipeline.py", "outdated\n");
    set_mtime(&sandbox.path("project/pipeline.py"), 1_600_000_000, 0);
    let old = discovered();
    write_config(sandbox, NEW_CONFIG);
    let new = discovered();
    old.into_iter().zip(new).map(|((name, old), (_, new))| (name, old, new)).collect()
}

/// Killed at ten or thirty moments of `stages` and `refresh` with a real Pivot: an old or a new cache,
/// the next command is right, no Python outlives its engine.
#[test]
fn killed_at_any_moment_of_a_real_discovery() {
    let kills = soak::count(10, 30);
    let sandbox = Sandbox::project_of(Pivot::V0511, &pipeline_0511("old", &["train"]));
    let config = sandbox.path("project/pipeline.py");
    set_mtime(&config, 1_600_000_000, 0);
    let old_names = ["old/train"];
    assert_eq!(sandbox.run(&["stages"]).lines(), old_names);
    let old = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
    let store = store(&sandbox);
    let old_store = fs::read(&store).unwrap();
    sandbox.write("project/pipeline.py", pipeline_0511("new", &["fit", "score"]));
    set_mtime(&config, 1_700_000_000, 0);
    let new = "v1\npipeline.py:1700000000.0\nnew/fit\nnew/score\n";
    let mut whole = time_of_a_refresh(&sandbox).min(time_of_a_refresh(&sandbox));
    let mut interrupted = 0;
    for number in 0..kills {
        // Some beyond the end of a run, since a kill during the last writes matters most.
        let moment = whole * number * 11 / (kills * 10);
        sandbox.write(STAGES_CACHE, &old);
        fs::write(&store, &old_store).unwrap();
        let command = if number % 2 == 0 { "stages" } else { "refresh" };
        let begin = Instant::now();
        let mut child = start(sandbox.front_in("project", &[command]));
        while child.try_wait().unwrap().is_none() && begin.elapsed() < moment {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        if child.wait().unwrap().code().is_none() {
            interrupted += 1;
        } else {
            // The machine is quicker by now: later moments are to fall into shorter runs.
            whole = whole.min(begin.elapsed());
        }
        assert_nothing_is_alive(&sandbox);
        let found = fs::read(sandbox.path(STAGES_CACHE)).unwrap();
        assert!(found == old || found == new.as_bytes(), "{moment:?}: {found:?}");
    }
    assert!(interrupted >= kills / 2, "only {interrupted} were killed in time");
    assert_eq!(sandbox.run(&["stages"]).lines(), ["new/fit", "new/score"]);
    assert_refreshed(&sandbox);
    tally::survived(interrupted as usize);
}
