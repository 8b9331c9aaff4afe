//! What goes wrong during a TAB: keys that interrupt it, answers that are none, a broken project.

use nix::sys::signal::{Signal, kill};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, mkfifo};

use super::*;
use crate::support::pipeline_0511;

/// Makes each row a test: an answer that is none of pivot-complete's, and what a TAB makes of
/// `pivot repro tr`.
macro_rules! an_answer {
    ($($name:ident: $answer:expr => $line:expr;)*) => {
        $(#[test] fn $name() { check_answer($answer, $line); })*
    };
}

const UNCHANGED: &str = "pivot repro tr";
const COMPLETED: &str = "pivot repro train ";

an_answer! {
    of_no_line_completes_nothing: b"" => UNCHANGED;
    of_an_empty_line_completes_nothing: b"\n" => UNCHANGED;
    without_a_kind_completes_nothing: b"train\n" => UNCHANGED;
    of_clicks_format_completes_nothing: b"plain,train\n" => UNCHANGED;
    of_an_unknown_kind_completes_nothing: b"other:\ntrain\n" => UNCHANGED;
    with_an_escape_before_the_values_completes_nothing: b"none:\x1b[31m\ntrain\n" => UNCHANGED;
    with_nul_before_the_values_completes_nothing: b"none:\0\ntrain\n" => UNCHANGED;
    with_carriage_returns_completes_nothing: b"none:\r\ntrain\r\n" => UNCHANGED;
    for_another_word_completes_nothing: b"none:--mode=\nsymlink\n" => UNCHANGED;
    with_empty_lines_completes_the_others: b"none:\n\n\ntrain\n\n" => COMPLETED;
    without_a_last_newline_is_whole: b"none:\ntrain" => COMPLETED;
    with_an_escape_in_a_value_completes_the_others: b"none:\ntr\x1b[31m\ntrain\n" => COMPLETED;
    with_nul_in_a_value_completes_the_others: b"none:\ntr\0ap\ntrain\n" => COMPLETED;
    with_c1_in_a_value_completes_the_others: b"none:\ntr\xc2\x9b31m\ntrain\n" => COMPLETED;
    with_an_escape_in_a_help_completes_the_others: b"none:\ntrap\ta\x1b[31m\ntrain\n" => COMPLETED;
    with_two_tabs_completes_the_others: b"none:\ntrap\ta\tb\ntrain\n" => COMPLETED;
    without_a_value_before_its_help_completes_the_others: b"none:\n\thelp\ntrain\n" => COMPLETED;
    with_a_value_twice_completes_it: b"none:\ntrain\ntrain\n" => COMPLETED;
}

fn check_answer(answer: &[u8], line: &str) {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", &format!("cat '{}'\n", sandbox.path("answer").display()));
    fs::write(sandbox.path("answer"), answer).expect("a file in the sandbox");
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), line);
    assert_silent(&session);
    let sequences = ["\u{1b}", "\u{9b}", "[31m"];
    assert!(sequences.iter().all(|sequence| !session.shown().contains(sequence)));
}

#[test]
fn a_name_that_is_not_utf_8_arrives() {
    let sandbox = Sandbox::new();
    let argv = sandbox.path("bytes").display().to_string();
    sandbox.program("bin/pivot", &format!("printf %s \"$2\" > '{argv}'\necho PIVOT-RAN\n"));
    sandbox.program("bin/pivot-complete", "printf 'none:\\ntr\\377\\376ain\\n'\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.type_line("pivot repro tr", TAB);
    session.run();
    assert_eq!(fs::read(sandbox.path("bytes")).expect("the argument"), b"tr\xff\xfeain");
}

#[test]
fn errors_of_the_program_are_not_seen() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "echo NOISE >&2\nexit 3\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), UNCHANGED);
    assert_silent(&session);
}

#[test]
fn a_program_that_dies_leaves_the_line() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "echo none:\necho train\nkill -KILL $$\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let line = session.type_line("pivot repro x", TAB);
    assert_eq!(line, "pivot repro x");
    session.clear();
    session.command("true");
}

#[test]
fn another_programs_crash_is_told_of_after_one_of_ours() {
    for signal in ["SEGV", "KILL"] {
        let sandbox = Sandbox::new();
        sandbox.program("bin/pivot-complete", &format!("kill -{signal} $$\n"));
        sandbox.program("bin/other", "kill -SEGV $$\n");
        let mut session = Session::start(Shell::Fish, &sandbox);
        for _ in 0..2 {
            assert_eq!(session.type_line("pivot repro tr", TAB), UNCHANGED);
            session.clear();
            session.type_line("other", "");
            session.pty().send("\r");
            session.pty().wait_for("SIGSEGV");
            session.clear();
        }
        session.command("functions --all --names > ../functions");
        assert!(!sandbox.read("functions").contains("job_summary\n__pivot_job"), "{signal}");
        assert!(sandbox.read("functions").contains("\nfish_job_summary\n"), "{signal}");
        assert!(!sandbox.read("functions").contains("__pivot_job_summary"), "{signal}");
    }
}

/// With a `pivot-complete` that notes its process id and answers once `gate` is written to.
fn waiting() -> Sandbox {
    let sandbox = Sandbox::new();
    let path = |name| sandbox.path(name).display().to_string();
    mkfifo(&sandbox.path("gate"), Mode::S_IRWXU).expect("a pipe in the sandbox");
    sandbox.program(
        "bin/pivot-complete",
        &format!(
            "printf '%s\\n' $$ > '{}'\nread go < '{}'\necho none:\necho train\n",
            path("pid"),
            path("gate"),
        ),
    );
    sandbox
}

/// Presses TAB behind `pivot repro tr`; returns the process that the shell then waits for.
fn tab_that_waits(session: &mut Session, sandbox: &Sandbox) -> u32 {
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    wait_until("the program runs", || sandbox.read("pid").ends_with('\n'));
    sandbox.read("pid").trim().parse().expect("a process id")
}

fn is_gone(pid: u32) -> bool {
    !Path::new(&format!("/proc/{pid}")).exists()
}

/// The terminal's settings while a command runs.
fn terminal(session: &mut Session, sandbox: &Sandbox) -> String {
    let file = sandbox.path("terminal").display().to_string();
    session.command(&format!("stty --all > {file}"));
    sandbox.read("terminal")
}

/// A key during a TAB, after which the program ends: the line and the terminal stay as they are.
fn press_during_a_tab<'a>(sandbox: &'a Sandbox, key: &str, answers: bool) -> Session<'a> {
    let mut session = Session::start(Shell::Fish, sandbox);
    let before = terminal(&mut session, sandbox);
    let program = tab_that_waits(&mut session, sandbox);
    session.pty().send(key);
    if answers {
        sandbox.write("gate", "go\n");
    }
    wait_until("the program has ended", || is_gone(program));
    assert_eq!(session.line(), UNCHANGED);
    session.clear();
    assert_eq!(terminal(&mut session, sandbox), before);
    session
}

#[test]
fn ctrl_c_ends_the_program_and_keeps_the_line() {
    press_during_a_tab(&waiting(), "\x03", false);
}

#[test]
fn a_tab_after_ctrl_c_asks_again() {
    let sandbox = waiting();
    let mut session = Session::start(Shell::Fish, &sandbox);
    let program = tab_that_waits(&mut session, &sandbox);
    session.pty().send("\x03");
    wait_until("the program has ended", || is_gone(program));
    session.line();
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("the program goes");
    sandbox.answer(Shell::Fish, &[plain("train")]);
    assert_eq!(session.type_line("", TAB), COMPLETED);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn ctrl_z_stops_nothing() {
    let sandbox = waiting();
    // At its prompt fish takes the key for `undo`.
    let mut session = press_during_a_tab(&sandbox, "\x1a", true);
    let file = sandbox.path("jobs").display().to_string();
    session.command(&format!("jobs > {file}; echo end >> {file}"));
    assert_eq!(sandbox.read("jobs"), "end\n");
}

#[test]
fn keys_typed_during_a_tab_follow_the_name() {
    let sandbox = waiting();
    let mut session = Session::start(Shell::Fish, &sandbox);
    tab_that_waits(&mut session, &sandbox);
    session.pty().send("--all");
    sandbox.write("gate", "go\n");
    assert_eq!(session.line(), "pivot repro train --all");
}

#[test]
fn no_program_outlives_its_shell() {
    let sandbox = waiting();
    let mut session = Session::start(Shell::Fish, &sandbox);
    let program = tab_that_waits(&mut session, &sandbox);
    let shell = Pid::from_raw(session.pty().pid() as i32);
    kill(shell, Signal::SIGKILL).expect("the shell is ours");
    wait_until("the program has ended", || is_gone(program));
}

#[test]
fn no_discovery_outlives_its_shell() {
    let sandbox = real_project(&format!("{NOTE_PID}time.sleep(3600)\n"));
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc_with_init());
    let python = tab_that_waits(&mut session, &sandbox);
    let discovery = ancestors(python, session.pty().pid());
    assert!(discovery.len() >= 2, "python and the engine: {discovery:?}");
    let shell = Pid::from_raw(session.pty().pid() as i32);
    kill(shell, Signal::SIGKILL).expect("the shell is ours");
    for pid in discovery {
        wait_until("the process has ended", || is_gone(pid));
    }
}

#[test]
fn a_closed_input_is_silent() {
    let sandbox = Sandbox::answering("none:\ntrain\nevaluate\n");
    let rc = Shell::Fish.rc("") + "complete --do-complete 'pivot repro '";
    sandbox.write("rc.fish", &rc);
    let guard = no_fork_meanwhile();
    let run = Command::new("/bin/sh")
        .args(["-c", "exec fish --no-config \"$0\" <&-"])
        .arg(sandbox.path("rc.fish"))
        .env("PATH", format!("{}:/usr/bin:/bin", sandbox.path("bin").display()))
        .output()
        .expect("fish runs");
    drop(guard);
    assert_eq!(String::from_utf8_lossy(&run.stderr), "");
    assert_eq!(String::from_utf8_lossy(&run.stdout), "train\nevaluate\n");
}

#[test]
fn a_reader_may_leave_before_the_last_name() {
    let sandbox = Sandbox::new();
    let names: String = (0..10_000).map(|i| format!("stage_{i}\n")).collect();
    sandbox.answer_bytes(&format!("none:\n{names}"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    let file = sandbox.path("first").display().to_string();
    session.command(&format!("complete --do-complete 'pivot repro ' | head -n 1 > {file}"));
    assert_eq!(sandbox.read("first"), "stage_0\n");
}

/// Notes the process that imports the pipeline.
const NOTE_PID: &str = "import os, time\nopen('../pid', 'w').write(f'{os.getpid()}\\n')\n";

/// Two stages, and a line in `imports` each time that they are discovered.
fn two_stages() -> Sandbox {
    let stages = pipeline_0511("demo", &["train", "evaluate"]);
    real_project(&format!("print(1, file=open('../imports', 'a'))\n{stages}"))
}

#[test]
fn without_a_cache_the_stages_are_discovered() {
    let sandbox = two_stages();
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc_with_init());
    for discoveries in ["1\n", "1\n1\n"] {
        assert_eq!(session.type_line("pivot repro tr", TAB), COMPLETED);
        assert_eq!(sandbox.read("imports"), discoveries);
        session.clear();
        settle(&sandbox.path("home"));
        fs::remove_dir_all(sandbox.path("work/.pivot/cache")).expect("the cache goes");
    }
}

#[test]
fn a_corrupt_cache_is_replaced() {
    let sandbox = two_stages();
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc_with_init());
    assert_eq!(session.type_line("pivot repro tr", TAB), COMPLETED);
    session.clear();
    settle(&sandbox.path("home"));
    assert!(corrupt(&sandbox.path("work/.pivot/cache")) >= 2, "stages.cache and the store");
    assert_eq!(session.type_line("pivot repro tr", TAB), COMPLETED);
    assert_silent(&session);
    session.clear();
    assert_eq!(session.type_line("pivot repro ev", TAB), "pivot repro evaluate ");
    assert_eq!(sandbox.read("imports"), "1\n1\n");
}

/// Overwrites every file below `directory`; returns how many there were.
fn corrupt(directory: &Path) -> usize {
    let mut count = 0;
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            count += corrupt(&path);
        } else {
            fs::write(&path, "\x1b[31mtrash\0\ntrain\n".repeat(100)).expect("the cache is ours");
            count += 1;
        }
    }
    count
}

#[test]
fn a_missing_engine_is_silent() {
    let sandbox = two_stages();
    leave_the_front_alone(&sandbox);
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc_with_init());
    assert_eq!(session.type_line("pivot repro tr", TAB), UNCHANGED);
    assert_silent(&session);
    session.clear();
    session.command("true");
}

#[test]
fn a_deleted_directory_is_silent() {
    let sandbox = two_stages();
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc_with_init());
    session.command("mkdir gone; cd gone; rmdir ../gone");
    assert_eq!(session.type_line("pivot repro tr", TAB), UNCHANGED);
    assert_silent(&session);
    session.clear();
    session.command("cd ..");
    assert_eq!(session.type_line("pivot repro tr", TAB), COMPLETED);
}
