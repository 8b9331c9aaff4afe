//! With the real programs and a real Pivot.

use super::*;

/// A TAB in the real project completes a stage, and nothing else is shown.
fn completes_a_stage(session: &mut Session) {
    let line = session.type_line("pivot repro demo/train@b", TAB);
    assert_eq!(line, "pivot repro demo/train@b ");
    assert_silent(session);
    session.clear();
}

/// A session in which a TAB has filled the caches.
fn with_a_cache(sandbox: &Sandbox) -> Session<'_> {
    let mut session = Session::start_with(BASH, sandbox, &BASH.rc_with_init());
    completes_a_stage(&mut session);
    settle(&sandbox.path("home"));
    session
}

#[test]
fn without_a_cache_a_tab_discovers_anew() {
    let sandbox = real_project(PIPELINE);
    let mut session = with_a_cache(&sandbox);
    fs::remove_dir_all(sandbox.path("work/.pivot/cache")).expect("a cache was written");
    completes_a_stage(&mut session);
    assert_eq!(sandbox.read("imports"), "1\n1\n");
}

#[test]
fn with_a_corrupt_cache_a_tab_discovers_anew() {
    let sandbox = real_project(PIPELINE);
    let mut session = with_a_cache(&sandbox);
    let cache = sandbox.path("work/.pivot/cache");
    let files: Vec<PathBuf> = [cache.clone(), cache.join("complete")]
        .iter()
        .flat_map(|directory| fs::read_dir(directory).expect("a cache was written"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    assert!(files.iter().any(|file| file.ends_with("stages.cache")), "{files:?}");
    for file in files {
        fs::write(file, "v1\n\x1b[31m$(touch PWNED)\0\u{202e}\n".repeat(40)).expect("garbage");
    }
    completes_a_stage(&mut session);
    assert_eq!(sandbox.read("imports"), "1\n1\n");
    assert!(!sandbox.path("work/PWNED").exists(), "a cache was executed");
}

#[test]
fn without_an_engine_a_tab_is_silent() {
    let sandbox = real_project(PIPELINE);
    leave_the_front_alone(&sandbox);
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/tr");
    assert_silent(&session);
    assert_eq!(sandbox.read("imports"), "");
}

#[test]
fn in_a_deleted_directory_a_tab_is_silent() {
    let sandbox = real_project(PIPELINE);
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    session.command("mkdir gone && cd gone && rmdir ../gone");
    for line in ["pivot repro demo/tr", "pivot repro ", "pivot track da"] {
        assert_eq!(session.type_line(line, TAB), line);
        assert_silent(&session);
        session.clear();
    }
    session.command("cd ..");
    completes_a_stage(&mut session);
}

#[test]
fn pivots_own_command_line_is_completed() {
    let sandbox = real_project(PIPELINE);
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    for (typed, line) in [
        ("pivot rep", "pivot repro "),
        ("pivot checkout --checkout-mode=sym", "pivot checkout --checkout-mode=symlink "),
        ("pivot checkout --checkout-mode sym", "pivot checkout --checkout-mode symlink "),
        ("pivot repro --dry", "pivot repro --dry-run "),
    ] {
        assert_eq!(session.type_line(typed, TAB), line);
        assert_silent(&session);
        session.clear();
    }
}

#[test]
fn where_pivot_takes_a_path_and_completes_nothing_files_are_offered() {
    let sandbox = real_project(PIPELINE);
    sandbox.write("work/data one.csv", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    let line = session.type_line("pivot track da", TAB);
    assert_eq!(line, r"pivot track data\ one.csv ");
    assert_silent(&session);
}
