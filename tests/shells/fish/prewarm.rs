//! The hook that `init fish --prewarm` adds: one call before each prompt, of which nobody notices.

use super::*;

/// The hook behind `settings` and the script.
fn rc(settings: &str) -> String {
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/prewarm.fish");
    format!("{}. {hook}\n", Shell::Fish.rc(settings))
}

/// How often `pivot-complete prewarm` was called.
fn prewarms(sandbox: &Sandbox) -> usize {
    sandbox.calls().iter().filter(|call| *call == "prewarm").count()
}

#[test]
fn it_runs_once_before_each_prompt() {
    let sandbox = Sandbox::answering("");
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(""));
    assert_eq!(sandbox.calls(), ["prewarm"]);
    session.command("true");
    assert_eq!(sandbox.calls(), ["prewarm"; 2]);
    session.command("false");
    assert_eq!(sandbox.calls(), ["prewarm"; 3]);
}

#[test]
fn it_runs_once_when_it_is_loaded_twice() {
    let sandbox = Sandbox::answering("");
    let twice = rc("") + &rc("");
    let mut session = Session::start_with(Shell::Fish, &sandbox, &twice);
    session.command("true");
    assert_eq!(sandbox.calls(), ["prewarm"; 2]);
}

#[test]
fn a_tab_behind_it_is_answered() {
    let sandbox = Sandbox::answering("none:\ntrain\n");
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(""));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls(), ["prewarm", "complete --rich fish 1"]);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    assert_eq!(prewarms(&sandbox), 2);
}

#[test]
fn a_repainted_prompt_does_not_run_it() {
    let sandbox = Sandbox::answering("");
    let settings = r"bind \cx 'commandline --function repaint'";
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(settings));
    session.type_line("pivot", "\x18\x18");
    assert_eq!(prewarms(&sandbox), 1);
}

#[test]
fn the_prompt_sees_the_status_of_the_command() {
    let sandbox = Sandbox::answering("");
    let seen = sandbox.path("seen").display().to_string();
    let settings = format!(
        "function fish_prompt\n\
             printf '%s|%s\\n' \"$status\" \"$pipestatus\" >> {seen}\n\
             printf 'READY> '\n\
         end"
    );
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(&settings));
    session.type_line("printf 'RAN-%s\\n' SO; fish --no-config -c 'exit 7'", "");
    session.pty().send("\r");
    session.pty().wait_for("RAN-SO");
    session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    session.type_line("printf 'RAN-%s\\n' TWO; true | false | true", "");
    session.pty().send("\r");
    session.pty().wait_for("RAN-TWO");
    session.pty().wait_for("READY> ");
    assert_eq!(sandbox.read("seen"), "0|0\n7|7\n0|0 1 0\n");
}

#[test]
fn the_next_command_sees_the_status_of_the_last() {
    let sandbox = Sandbox::answering("");
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(""));
    session.type_line("printf 'RAN-%s\\n' SO; false", "");
    session.pty().send("\r");
    session.pty().wait_for("RAN-SO");
    session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    let file = sandbox.path("status").display().to_string();
    session.command(&format!("echo $status > {file}"));
    assert_eq!(sandbox.read("status"), "1\n");
}

#[test]
fn it_works_beside_other_hooks() {
    let sandbox = Sandbox::answering("");
    let others = sandbox.path("others").display().to_string();
    let settings = format!(
        "function first --on-event fish_prompt; echo first >> {others}; end\n\
         function second --on-event fish_prompt; echo second >> {others}; end"
    );
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(&settings));
    session.command("true");
    assert_eq!(sandbox.read("others").lines().count(), 4);
    assert_eq!(prewarms(&sandbox), 2);
}

#[test]
fn a_missing_program_is_silent() {
    let sandbox = Sandbox::new();
    let handler = "function fish_command_not_found; echo NOISE; end";
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(handler));
    let file = sandbox.path("status").display().to_string();
    session.command(&format!("echo $status > {file}"));
    assert_eq!(sandbox.read("status"), "0\n");
    session.type_line("pivot", "");
    assert_silent(&session);
}

#[test]
fn its_program_has_no_part_of_the_terminal() {
    let sandbox = Sandbox::new();
    let ends = sandbox.path("ends").display().to_string();
    sandbox.program(
        "bin/pivot-complete",
        &format!(
            "seen=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2)\n\
             printf '%s\\n' \"$seen\" > '{ends}'\n\
             echo NOISE\necho NOISE >&2\nexit 3\n"
        ),
    );
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(""));
    session.command("true");
    session.type_line("pivot", "");
    assert_silent(&session);
    assert_only_the_output_is_heard(&sandbox.read("ends"));
}

#[test]
fn it_is_one_process_and_no_job() {
    let sandbox = Sandbox::answering("");
    // With nothing else on PATH, any other program would be missing.
    let path = format!("set -gx PATH '{}'", sandbox.path("bin").display());
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc(&path));
    let file = sandbox.path("jobs").display().to_string();
    session.command(&format!("jobs > {file}; echo \"[$last_pid]\" >> {file}"));
    assert_eq!(sandbox.read("jobs"), "[]\n");
    assert_silent(&session);
    assert_eq!(prewarms(&sandbox), 2);
}

#[test]
fn nothing_of_the_session_is_changed() {
    let sandbox = Sandbox::answering("");
    let names = |file: &str| {
        let file = sandbox.path(file).display().to_string();
        format!(
            "begin; set --names | string match --invert 'history*'; functions --all --names; \
             end > {file}\n"
        )
    };
    let rc = format!("{}{}", names("before"), rc(""));
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc);
    session.command("true");
    session.command(names("after").trim());
    let (before, after) = (sandbox.read("before"), sandbox.read("after"));
    let added: Vec<&str> = after
        .lines()
        .filter(|name| name.contains("pivot") && !before.lines().any(|old| old == *name))
        .collect();
    let ours = [
        "cached",
        "candidates",
        "complete",
        "crashed",
        "functions",
        "is_run",
        "note",
        "own",
        "paths",
        "prewarm",
        "program",
        "words",
    ];
    assert_eq!(added, ours.map(|name| format!("__pivot_{name}")));
}

#[test]
fn a_shell_without_a_prompt_does_not_run_it() {
    let sandbox = Sandbox::answering("");
    sandbox.write("rc.fish", rc(""));
    let guard = no_fork_meanwhile();
    let path = format!("{}:/usr/bin:/bin", sandbox.path("bin").display());
    let run = Command::new("fish")
        .args(["--no-config", &sandbox.path("rc.fish").display().to_string()])
        .env("PATH", path)
        .output()
        .expect("fish runs");
    drop(guard);
    assert!(run.status.success());
    assert_eq!((run.stdout, run.stderr), (vec![], vec![]));
    assert_eq!(prewarms(&sandbox), 0);
}
