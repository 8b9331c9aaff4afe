//! What a TAB shows below the line while it waits, and that it goes with the answer.

use super::*;
use crate::support::pipeline_0511;

/// A `pivot-complete` that says a line first, waits for the file `go`, and answers `answer`.
fn saying(first: &str, answer: &str) -> Sandbox {
    let sandbox = Sandbox::new();
    let go = shown_path(&sandbox, "go");
    let body = format!(
        "printf '{first}\\n'\nwhile [ ! -e {go} ]; do sleep 0.01; done\nprintf '{answer}'\n"
    );
    install(&sandbox, "bin/pivot-complete", &body);
    sandbox
}

/// Waits at a TAB for this program until that says `shows`; also what was shown before.
fn waits<'s>(sandbox: &'s Sandbox, shows: &str) -> (Session<'s>, String) {
    let mut session = start_with(sandbox, "");
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    let before = session.pty().wait_for(shows);
    sandbox.write("go", "");
    (session, before)
}

#[test]
fn what_it_waits_for_is_shown_below_the_line_and_goes() {
    let sandbox = saying("wait:discovering stages", "none:\\ntrain\\n");
    let (mut session, before) = waits(&sandbox, "pivot: discovering stages ...");
    assert!(before.ends_with("\r\n"), "on a line of its own: {before:?}");
    // What is below the line is erased with the message.
    session.pty().wait_for("\x1b[J");
    assert_eq!(session.line(), "pivot repro train ");
    assert!(!session.shown().contains("discovering"), "{}", session.shown());
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn a_line_that_says_it_moves_no_cursor() {
    let sandbox = saying("wait:a\\033[2Jb", "none:\\ntrain\\n");
    let (mut session, _) = waits(&sandbox, "pivot: a[2Jb ...");
    assert_eq!(session.line(), "pivot repro train ");
}

/// A project whose pipeline takes the time until the file `go` is there, and the real programs.
fn slow() -> Sandbox {
    let sandbox = real_project("");
    let [begun, go] = ["begun", "go"].map(|name| shown_path(&sandbox, name));
    let waits = format!(
        "import os, time\nprint(os.getpid(), file=open('{begun}', 'a'))\n\
         while not os.path.exists('{go}'): time.sleep(0.01)\n"
    );
    sandbox.write("work/pipeline.py", waits + &pipeline_0511("demo", &["train"]));
    sandbox
}

/// A session whose TAB waits for that, and says so.
fn told(sandbox: &Sandbox) -> Session<'_> {
    let mut session = Session::start_with(Shell::Zsh, sandbox, &Shell::Zsh.rc_with_init());
    session.type_line("pivot repro demo/tr", "");
    session.pty().send(TAB);
    session.pty().wait_for("pivot: discovering stages ...");
    session
}

#[test]
fn a_discovery_is_told_and_a_hit_is_not() {
    let sandbox = slow();
    let mut session = told(&sandbox);
    sandbox.write("go", "");
    assert_eq!(session.line(), "pivot repro demo/train ");
    assert!(!session.shown().contains("discovering"), "{}", session.shown());
    session.clear();
    settle(&sandbox.path("home"));
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/train ");
    assert!(!session.shown().contains("pivot: "), "{}", session.shown());
}

#[test]
fn ctrl_c_takes_it_back() {
    let sandbox = slow();
    let mut session = told(&sandbox);
    wait_until("the pipeline is imported", || !sandbox.read("begun").is_empty());
    let python = sandbox.read("begun").trim().to_owned();
    session.interrupt();
    session.command("true");
    assert!(!session.shown().contains("discovering"), "{}", session.shown());
    wait_until("it has ended", || !Path::new(&format!("/proc/{python}")).exists());
}

#[test]
fn who_does_not_read_on_ends_the_discovery() {
    let sandbox = slow();
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &Shell::Zsh.rc_with_init());
    session.type_line("pivot repro demo/tr", "");
    session.pty().send(TAB);
    wait_until("the pipeline is imported", || !sandbox.read("begun").is_empty());
    let python = sandbox.read("begun").trim().to_owned();
    // As where the terminal is closed, but that nobody is told.
    let shell = nix::unistd::Pid::from_raw(session.pty().pid() as i32);
    nix::sys::signal::kill(shell, nix::sys::signal::Signal::SIGKILL).expect("it runs");
    wait_until("it has ended", || !Path::new(&format!("/proc/{python}")).exists());
}
