//! A pipeline that fails: what a TAB still gives, and who is told of it.

use super::*;

const BROKEN: &str = "raise RuntimeError('no such luck')\n";
/// How Pivot puts it.
const WORDS: &str = "pipeline.py: no such luck";

/// Zsh tells below the line; the others have no place for it.
#[track_caller]
fn tells(session: &Session, shell: Shell) {
    let shown = session.shown();
    assert_eq!(shown.contains("no such luck"), shell == Shell::Zsh, "{shown:?}");
    if shell == Shell::Zsh {
        assert!(shown.contains("pivot: Failed to load"), "{shown:?}");
    }
}

pub fn a_broken_pipeline_leaves_the_last_good_names(shell: Shell) {
    let sandbox = real_project(PIPELINE);
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    assert_eq!(session.type_line("pivot repro demo/train@b", TAB), "pivot repro demo/train@b ");
    assert!(!session.shown().contains("pivot: Failed"), "{:?}", session.shown());
    session.clear();
    settle(&sandbox.path("home"));
    sandbox.write("work/pipeline.py", BROKEN);
    // Asked anew, and then from the record of that.
    for _ in 0..2 {
        let line = session.type_line("pivot repro demo/evaluate@b", TAB);
        assert_eq!(line, "pivot repro demo/evaluate@b ");
        tells(&session, shell);
        session.clear();
    }
    // Where a list is shown the words stand beside it.
    let listed = session.list("pivot repro ", STAGES[3]);
    assert!(listed.contains(STAGES[0]), "{listed:?}");
    let shown = listed + session.shown();
    // Drawn over what stood below the line, and above the list.
    let told = shown.matches("no such luck").count();
    assert_eq!(told, if shell == Shell::Zsh { 2 } else { 0 }, "{shown:?}");
}

pub fn a_broken_pipeline_offers_no_stray_files(shell: Shell) {
    let sandbox = real_project(BROKEN);
    sandbox.make_directory("work/__pycache__");
    sandbox.write("work/notes.txt", "");
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    for typed in ["pivot repro ", "pivot repro no", "pivot repro __py", "pivot status "] {
        for _ in 0..2 {
            assert_eq!(session.type_line(typed, TAB), typed);
            tells(&session, shell);
            let shown = session.shown();
            assert!(!shown.contains("notes.txt") && !shown.contains("__pycache__"), "{shown:?}");
            session.clear();
        }
    }
}

/// What is printed between the end of a command and the next prompt.
fn between_prompts(session: &mut Session) -> String {
    session.type_line("printf 'RAN-%s\\n' HERE", "");
    session.send("\r");
    session.pty().wait_for("RAN-HERE");
    let shown = pty::without_escapes(&session.pty().wait_for("READY> "));
    session.pty().wait_for_keys_to_be_read();
    shown
}

pub fn a_prompt_tells_once_that_the_pipeline_fails(shell: Shell) {
    let sandbox = real_project(BROKEN);
    sandbox.make_directory("work/.pivot/cache/complete");
    let rc = shell.rc_with_init().replace(shell.name(), &format!("{} --prewarm", shell.name()));
    let mut session = Session::start_with(shell, &sandbox, &rc);
    for words in [WORDS, "another one"] {
        let told = |shown: &str| shown.matches(words).count();
        let deadline = Instant::now() + pty::DEADLINE;
        let shown = loop {
            // Its discovery goes on behind a prompt.
            let shown = between_prompts(&mut session);
            if told(&shown) > 0 {
                break shown;
            }
            assert!(Instant::now() < deadline, "no prompt told: {shown:?}");
        };
        assert_eq!(told(&shown), 1, "{shown:?}");
        assert!(shown.contains("pivot-complete: the pipeline fails (`pivot-complete doctor`): "));
        for _ in 0..2 {
            let shown = between_prompts(&mut session);
            assert_eq!(told(&shown), 0, "told twice: {shown:?}");
        }
        assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro ");
        let shown = session.shown();
        assert!(!shown.contains("pivot-complete"), "at a TAB: {shown:?}");
        session.clear();
        sandbox.write("work/pipeline.py", "raise RuntimeError('another one')\n");
    }
}
