//! `pivot-complete` itself is completed by the script that completes Pivot.

use super::*;

/// A session with the README's line, and the real program.
fn session(shell: Shell, sandbox: &Sandbox) -> Session<'_> {
    Session::start_with(shell, sandbox, &shell.rc_with_init())
}

/// The real program on PATH.
fn installed() -> Sandbox {
    let sandbox = Sandbox::new();
    let front = crate::support::front();
    std::os::unix::fs::symlink(front, sandbox.path("bin/pivot-complete")).expect("a link");
    sandbox
}

pub fn pivot_complete_itself_is_completed(shell: Shell) {
    let sandbox = installed();
    let mut session = session(shell, &sandbox);
    assert_silent(&session);
    // The first of them fetches it.
    for (typed, line) in [
        ("pivot-complete doct", "pivot-complete doctor "),
        ("pivot-complete manif", "pivot-complete manifest "),
        ("pivot-complete clear --al", "pivot-complete clear --all "),
        ("pivot-complete init fi", "pivot-complete init fish "),
        ("pivot-complete nonsense x", "pivot-complete nonsense x"),
    ] {
        let completed = session.type_line(typed, TAB);
        assert_eq!(completed.trim_end(), line.trim_end(), "{shell:?}: {typed}");
        session.clear();
    }
    let listed = session.list("pivot-complete st", "status");
    assert!(listed.contains("stages"), "{listed:?}");
    session.clear();
    // Pivot still is.
    assert_eq!(session.type_line("pivot rep", TAB).trim_end(), "pivot rep");
    assert_silent(&session);
}

pub fn a_program_that_does_not_know_its_own_completion_is_silent(shell: Shell) {
    let sandbox = installed();
    let mut session = session(shell, &sandbox);
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
    for body in
        ["echo 'pivot-complete: there is no option --own here' >&2\nexit 2\n", "kill -9 $$\n"]
    {
        let _ = fs::remove_file(sandbox.path("bin/pivot-complete"));
        sandbox.program("bin/pivot-complete", body);
        assert_eq!(session.type_line("pivot-complete doct", TAB), "pivot-complete doct");
        let shown = session.shown().to_owned();
        session.clear();
        let shown = shown + session.shown();
        assert!(!shown.contains("option") && !shown.contains("illed"), "{shown:?}");
    }
}
