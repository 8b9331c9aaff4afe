//! What no fault may leave behind: processes, temporary files, locks.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::process::Command;
use std::time::{Duration, Instant};

use super::{HANGS_S, Ran, Sandbox, is_alive, settle, start, wait_until};

/// Lets the lock that cannot be in the project be in the sandbox.
pub fn keep_temporary_files(sandbox: &mut Sandbox) {
    let temporary = sandbox.make_directory("tmp");
    sandbox.set("TMPDIR", temporary);
}

/// All processes that live in this sandbox, however far they went: only its own have its home.
pub fn processes_of(sandbox: &Sandbox) -> Vec<i32> {
    let home = [b"HOME=", sandbox.home().as_os_str().as_bytes()].concat();
    super::behind::processes()
        .into_iter()
        .filter(|pid| {
            let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
            environment.split(|&byte| byte == 0).any(|variable| variable == home) && is_alive(*pid)
        })
        .collect()
}

/// How long a whole discovery takes here and now.
#[track_caller]
pub fn time_of_a_refresh(sandbox: &Sandbox) -> Duration {
    let start = Instant::now();
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    start.elapsed()
}

/// A refresh works, and leaves finished caches alone.
#[track_caller]
pub fn assert_refreshed(sandbox: &Sandbox) {
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    assert_no_litter(sandbox, "project");
}

/// Waits until no process of the sandbox is left.
#[track_caller]
pub fn assert_nothing_is_alive(sandbox: &Sandbox) {
    wait_until(10, "every process of the sandbox has ended", || processes_of(sandbox).is_empty());
}

/// Checks that `.pivot` in the directory `project` holds finished caches alone.
#[track_caller]
pub fn assert_no_litter(sandbox: &Sandbox, project: &str) {
    settle(&sandbox.home());
    let listed = sandbox.listing(&format!("{project}/.pivot"));
    let is_store = |name: &str| {
        name.strip_suffix(".store")
            .is_some_and(|key| key.len() == 16 && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    // One that did not open is kept, if any.
    let is_state_db = |name: &str| {
        let top = name.split('/').next().unwrap();
        ["state.lock", "state.sled", "state.sled.broken"].contains(&top)
    };
    let is_complete = |name: &str| {
        name.strip_prefix("cache/complete/").is_some_and(|name| is_store(name) || is_state_db(name))
    };
    let litter: Vec<&String> = listed
        .iter()
        .filter(|name| !["cache", "cache/complete", "cache/stages.cache"].contains(&name.as_str()))
        .filter(|name| !is_complete(name))
        .collect();
    assert!(litter.is_empty(), "{litter:?} in {listed:?}");
}

/// Runs `command`, which must end within `seconds`, or what a busy machine makes of them; its
/// output must fit into a pipe.
#[track_caller]
pub fn ran_within(seconds: u64, command: Command) -> Ran {
    let seconds = seconds.max(HANGS_S);
    let mut child = start(command);
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while child.try_wait().unwrap().is_none() {
        if Instant::now() >= deadline {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("it did not end within {seconds} s");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    child.wait_with_output().unwrap().into()
}
