//! The prompt hook.

use super::*;

/// An rc file with `settings`, the hook behind them, and a prompt that shows what it sees.
fn prewarm_rc(settings: &str) -> String {
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/prewarm.bash");
    let script = BASH.script();
    format!("{settings}\nPS1='[$?|${{PIPESTATUS[*]}}] READY> '\n. {script}\n. {hook}\n")
}

fn start_prewarmed(sandbox: &Sandbox) -> Session<'_> {
    Session::start_with(BASH, sandbox, &prewarm_rc(""))
}

#[test]
fn prewarm_runs_once_before_each_prompt() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarmed(&sandbox);
    assert_eq!(sandbox.calls(), ["prewarm"]);
    assert_eq!(output_of(&mut session, "echo one"), "one\r\n[0|0] ");
    assert_eq!(output_of(&mut session, ""), "[0|0] ");
    assert_eq!(sandbox.calls(), ["prewarm"; 3]);
}

#[test]
fn prewarm_keeps_what_the_users_prompt_sees() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarmed(&sandbox);
    for (line, shown) in [
        ("(exit 3)", "[3|3] "),
        ("false | (exit 2) | true", "[0|1 2 0] "),
        ("true one two", "[0|0] "),
        ("echo $_", "two\r\n[0|0] "),
    ] {
        assert_eq!(output_of(&mut session, line), shown);
    }
}

#[test]
fn prewarm_fails_without_a_trace() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "echo NOISE; echo NOISE >&2; exit 9");
    let mut session = start_prewarmed(&sandbox);
    assert_eq!(output_of(&mut session, "true"), "[0|0] ");
    sandbox.program("bin/pivot-complete", "kill -SEGV $$");
    assert_eq!(output_of(&mut session, "true"), "[0|0] ");
}

#[test]
fn prewarm_is_silent_where_the_program_is_missing() {
    let sandbox = Sandbox::new();
    let rc = prewarm_rc("command_not_found_handle() { echo NOISE; }; set -u");
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(output_of(&mut session, "(exit 3)"), "[3|3] ");
}

#[test]
fn prewarm_reads_and_writes_nothing_of_the_terminal() {
    let sandbox = Sandbox::new();
    let ends = sandbox.path("ends").display().to_string();
    let ends_of = "/proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2";
    sandbox.program("bin/pivot-complete", &format!("(readlink {ends_of}) > '{ends}'; :"));
    start_prewarmed(&sandbox);
    assert_only_the_output_is_heard(&sandbox.read("ends"));
}

#[test]
fn prewarm_is_one_process_and_no_job() {
    let sandbox = Sandbox::new();
    let parent = sandbox.path("parent").display().to_string();
    sandbox.program("bin/pivot-complete", &format!("echo $PPID > '{parent}'"));
    // With nothing else on PATH, any other program would be missing.
    let rc = prewarm_rc(&format!("PATH='{}'", sandbox.path("bin").display()));
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(sandbox.read("parent"), format!("{}\n", session.pty().pid()));
    assert_eq!(output_of(&mut session, "jobs; echo \"<$!>\"; hash"), {
        "<>\r\nhash: hash table empty\r\n[0|0] "
    });
}

/// With `settings` before it, the hook runs once before each prompt, and the user's hooks too.
fn prewarm_beside(settings: &str, hooks: &str) {
    let sandbox = Sandbox::answering("");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(settings));
    assert_eq!(output_of(&mut session, "(exit 4)"), format!("{hooks}[4|4] "), "{settings:?}");
    assert_eq!(sandbox.calls(), ["prewarm"; 2], "{settings:?}");
}

/// Makes each PROMPT_COMMAND a test: how it was set, and what its hooks then print.
macro_rules! prompt_commands {
    ($($name:ident: $settings:expr => $hooks:expr;)*) => {
        $(#[test]
        fn $name() {
            prewarm_beside($settings, $hooks);
        })*
    };
}

prompt_commands! {
    prewarm_beside_an_unset_prompt_command: "set -u; unset PROMPT_COMMAND" => "";
    prewarm_beside_an_empty_prompt_command: "PROMPT_COMMAND=" => "";
    prewarm_behind_a_hook: "PROMPT_COMMAND='echo one $?'" => "one 4\r\n";
    prewarm_behind_a_hook_that_ends_in_a_semicolon: "PROMPT_COMMAND='echo one; '" => "one\r\n";
    prewarm_behind_a_hook_that_ends_in_a_comment: "PROMPT_COMMAND='echo one # x'" => "one\r\n";
    prewarm_behind_a_hook_of_several_lines: "PROMPT_COMMAND=$'echo one\necho two'" =>
        "one\r\ntwo\r\n";
    prewarm_beside_an_array_of_hooks: "PROMPT_COMMAND=('echo one $?' 'echo two $?')" =>
        "one 4\r\ntwo 4\r\n";
    prewarm_beside_an_empty_array: "set -u; PROMPT_COMMAND=()" => "";
    prewarm_beside_an_array_without_a_first_hook: "set -u; PROMPT_COMMAND=([2]='echo two $?')" =>
        "two 4\r\n";
}

#[test]
fn prewarm_sourced_again_runs_once() {
    for hooks in ["", "PROMPT_COMMAND=':'", "PROMPT_COMMAND=(: :)"] {
        let twice = format!("{}\n{}", prewarm_rc(hooks), prewarm_rc(""));
        prewarm_beside(&twice, "");
    }
}

#[test]
fn prewarm_gives_its_status_to_a_hook_behind_it() {
    let sandbox = Sandbox::answering("");
    let rc = prewarm_rc("") + "PROMPT_COMMAND+='; echo \"behind $? $_\"'\n";
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    for (line, shown) in
        [("true one", "behind 0 one\r\n[0|0] "), ("(exit 5)", "behind 5 one\r\n[5|5] ")]
    {
        assert_eq!(output_of(&mut session, line), shown);
    }
}

#[test]
fn prewarm_ends_no_session_under_errexit_and_runs_no_trap() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "exit 9");
    let rc = prewarm_rc("") + "set -eEu\ntrap 'echo NOISE' ERR\n";
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(output_of(&mut session, "! true"), "[1|0] ");
    assert_eq!(output_of(&mut session, "echo on"), "on\r\n[0|0] ");
}

#[test]
fn prewarm_is_silent_when_sourced() {
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/prewarm.bash");
    let ways: [&[&str]; 2] = [&["--norc", "-eu"], &["--norc", "--posix", "-eu", "-O", "failglob"]];
    for options in ways {
        let guard = no_fork_meanwhile();
        let run = Command::new("bash").args(options).arg(hook).output().expect("it runs");
        drop(guard);
        assert!(run.status.success(), "{options:?}: {run:?}");
        assert_eq!((run.stdout, run.stderr), (vec![], vec![]), "{options:?}");
    }
}

#[test]
fn prewarm_that_hangs_is_ended_by_ctrl_c() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarmed(&sandbox);
    let blocked = Blocked::install(&sandbox);
    session.pty().send("true\r");
    let pid = blocked.pid();
    // The next prompt's does not hang.
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("the blocked one goes");
    sandbox.program("bin/pivot-complete", "exit 0");
    session.pty().send("\x03");
    assert_ends(pid);
    session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    assert_eq!(output_of(&mut session, "echo on"), "on\r\n[0|0] ");
}

#[test]
fn prewarm_is_not_stopped_by_ctrl_z() {
    let sandbox = Sandbox::answering("");
    let mut session = start_prewarmed(&sandbox);
    let mut blocked = Blocked::install(&sandbox);
    session.pty().send(&format!("{BELOW}\r"));
    blocked.stop();
    blocked.release();
    assert_ends(blocked.pid());
    session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    sandbox.program("bin/pivot-complete", "exit 0");
    assert_eq!(output_of(&mut session, "jobs"), "[0|0] ");
}

#[test]
fn prewarm_and_completion_work_beside_each_other() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    let rc = BASH.rc("") + &prewarm_rc("");
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro train@", TAB), "pivot repro train@a ");
    assert_eq!(session.run(), ["[repro]", "[train@a]"]);
    assert_eq!(sandbox.calls(), ["prewarm", "complete --rich bash 1", "prewarm"]);
}
