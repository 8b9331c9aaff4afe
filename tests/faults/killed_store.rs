//! The manifest store: SIGKILL at any moment of many runs of `refresh`. StateDB and
//! store are whole each time, or rebuilt without an error.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::support::aftermath::{assert_nothing_is_alive, assert_refreshed, time_of_a_refresh};
use crate::support::fake_pivot::{self, answer_of_caches, store};
use crate::support::store_bytes::Sections;
use crate::support::strace::traced;
use crate::support::{Sandbox, ran, soak, tally};

/// The contents of the config in turn, and their names.
const VERSIONS: [(&str, &str); 3] =
    [("train\nevaluate\n", "train evaluate"), ("fit\nscore\n", "fit score"), ("one\n", "one")];

const MANIFEST: &str = "{\"self:run\":\"0123456789abcdef\"}\n";

/// Kills everything of a run at once, as a machine that goes down or `kill -9 -GROUP` does; every
/// other time the engine alone, whose children then end by themselves.
#[test]
fn killed_at_any_moment_of_many_refreshes() {
    let sandbox = fake_pivot::project(VERSIONS[0].0);
    let runs = soak::count(40, 200);
    let mut whole = (0..3).map(|_| time_of_a_refresh(&sandbox)).max().unwrap();
    let mut interrupted = 0;
    let mut rebuilt = 0;
    // On a machine that becomes quicker many kills come too late: more follow.
    for number in 0..runs * 5 {
        if number >= runs && interrupted >= runs / 2 {
            break;
        }
        let (text, names) = VERSIONS[number as usize % VERSIONS.len()];
        sandbox.write("project/pipeline.py", text);
        // Some beyond the end of a run; every moment of it is as likely.
        let moment = whole * ((number * 7919) % 1000) / 900;
        let mut command = sandbox.front_in("project", &["refresh"]);
        command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(moment);
        if number % 2 == 0 {
            child.kill().unwrap();
        } else {
            let group = Pid::from_raw(i32::try_from(child.id()).unwrap());
            let _ = killpg(group, Signal::SIGKILL);
        }
        let was_in_time = child.wait().unwrap().code().is_none();
        interrupted += u32::from(was_in_time);
        // The machine may have become quicker or slower.
        whole = whole * if was_in_time { 105 } else { 90 } / 100;
        assert_nothing_is_alive(&sandbox);
        let what = format!("run {number}, killed after {moment:?} of {whole:?}");
        rebuilt += u32::from(check_all_is_well(&sandbox, names, &what));
    }
    assert!(interrupted >= runs / 2, "only {interrupted} were killed in time");
    assert!(rebuilt > 0, "every kill came too late");
    assert_refreshed(&sandbox);
    tally::survived(interrupted as usize);
}

/// What the caches say is right, or nothing; commands are right, without a word of complaint.
/// Whether something had to be found anew.
#[track_caller]
fn check_all_is_well(sandbox: &Sandbox, names: &str, what: &str) -> bool {
    if let Some(store) = fake_pivot::stores(sandbox).first() {
        // Panics where a seal is wrong.
        Sections::of(&fs::read(store).unwrap());
    }
    let cached = answer_of_caches(&sandbox.run(&["stages", "--cached"]));
    assert!(cached.is_none() || cached.as_deref() == Some(names), "{what}: {cached:?}");
    let first = names.split(' ').next().unwrap();
    let kept = sandbox.run(&["manifest", first, "--cached"]);
    assert!(
        (kept.code, kept.stdout.as_str()) == (0, MANIFEST) || kept.code == 3,
        "{what}: {kept:?}"
    );
    let manifest = sandbox.run(&["manifest", first]);
    assert_eq!((manifest.code, manifest.stderr.as_str()), (0, ""), "{what}: {manifest:?}");
    assert_eq!(manifest.stdout, MANIFEST, "{what}");
    let stages = sandbox.run(&["stages"]);
    assert_eq!(stages.lines().join(" "), names, "{what}");
    let kept_now = sandbox.run(&["manifest", first, "--cached"]);
    assert_eq!((kept_now.code, kept_now.stdout.as_str()), (0, MANIFEST), "{what}");
    cached.is_none() || kept.code != 0
}

/// Killed at each system call of the engine itself that touches the caches.
#[test]
fn a_refresh_killed_at_any_of_its_own_calls() {
    let sandbox = fake_pivot::project(VERSIONS[0].0);
    let refresh = || -> Command { sandbox.front_in("project", &["refresh"]) };
    assert_eq!(ran(refresh()).code, 0);
    sandbox.write("project/pipeline.py", VERSIONS[1].0);
    let (_, calls) = traced(&sandbox, &refresh(), &[]);
    let cache = sandbox.path("project/.pivot/cache").display().to_string();
    let about: Vec<_> = calls.iter().filter(|call| call.line.contains(&cache)).collect();
    let mut killed = 0;
    for (number, call) in soak::share(2, about.iter().enumerate()) {
        let (text, names) = VERSIONS[number % VERSIONS.len()];
        sandbox.write("project/pipeline.py", text);
        let (ended, _) = traced(&sandbox, &refresh(), &[&call.inject("signal=KILL")]);
        killed += usize::from(ended.code == -1);
        assert_nothing_is_alive(&sandbox);
        check_all_is_well(&sandbox, names, &format!("killed at {}", call.line));
    }
    assert!(killed > soak::count(10, 20), "killed {killed} times of {}", about.len());
    assert_refreshed(&sandbox);
    store(&sandbox);
    tally::survived(killed);
}
