//! Paths beside names, and where bash completes paths itself.

use super::*;

/// These files are there, and `pivot-complete` prints `answer`.
fn with_files(files: &[&str], answer: &str) -> Sandbox {
    let sandbox = Sandbox::answering(answer);
    for file in files {
        sandbox.write(file, "");
    }
    sandbox
}

#[test]
fn names_and_files_are_both_offered() {
    let sandbox =
        with_files(&["work/data.csv", "work/darkroom/one", "work/.data"], "file:\ndataset@a\n");
    let mut session = Session::start(BASH, &sandbox);
    let line = listing(&mut session, "pivot track da", &["dataset@a", "darkroom/", "data.csv"]);
    assert_eq!(line, "pivot track da");
}

#[test]
fn names_and_directories_are_both_offered() {
    let sandbox = with_files(&["work/data.csv", "work/darkroom/one"], "dir:\ndaily\n");
    let mut session = Session::start(BASH, &sandbox);
    listing(&mut session, "pivot track da", &["daily", "darkroom/"]);
}

#[test]
fn a_path_that_is_a_name_too_is_offered_once() {
    let sandbox = Sandbox::new();
    for name in ["data", "$(touch PWNED)", "x]=\"'`touch PWNED`", "@"] {
        sandbox.write(&format!("work/{name}"), "");
    }
    sandbox.answer_bytes("file:\nother\n@\nx]=\"'`touch PWNED`\n$(touch PWNED)\ndata\n");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(BY_ROW));
    let quoted = [r#"x\]=\"\'\`touch\ PWNED\`"#, r"\$\(touch\ PWNED\)"];
    listing(&mut session, "pivot track ", &["other", "@", quoted[0], quoted[1], "data"]);
    assert!(!sandbox.path("work/PWNED").exists(), "a name was executed");
}

/// A TAB behind `typed`, where the answer is `answer` and `file` exists.
fn tab_with_file(file: &str, answer: &str, typed: &str, line: &str, argv: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.write(&format!("work/{file}"), "");
    sandbox.answer_bytes(answer);
    one_tab(&sandbox, "", typed, line, argv);
}

/// The second of two candidates for `typed`, taken by menu completion, makes it `line`.
fn second_candidate(sandbox: &Sandbox, typed: &str, line: &str, argv: &[&str]) {
    let rc = BASH.rc("bind 'TAB: menu-complete'");
    let mut session = Session::start_with(BASH, sandbox, &rc);
    assert_eq!(session.type_line(typed, "\t\t"), format!("{line} "));
    let arguments: Vec<String> = argv.iter().map(|argument| format!("[{argument}]")).collect();
    assert_eq!(session.run(), arguments);
    assert!(!sandbox.path("work/PWNED").exists(), "something was executed");
}

#[test]
fn menu_completion_inserts_one_name_after_another() {
    let sandbox = Sandbox::answering(&names(&["train@a", "train@b c"]));
    let line = r"pivot repro train@b\ c";
    second_candidate(&sandbox, "pivot repro train@", line, &["repro", "train@b c"]);
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_file_beside_names_is_quoted() {
    let sandbox = with_files(&["work/it's $(touch PWNED) *"], "file:\nitems\n");
    let line = r"pivot track it\'s\ \$\(touch\ PWNED\)\ \*";
    second_candidate(&sandbox, "pivot track it", line, &["track", "it's $(touch PWNED) *"]);
}

#[test]
fn a_file_within_single_quotes_is_offered_beside_names() {
    let sandbox = with_files(&["work/it is $x"], "file:\nitems\n");
    second_candidate(&sandbox, "pivot track 'it", "pivot track 'it is $x'", &["track", "it is $x"]);
}

#[test]
fn a_file_within_double_quotes_is_offered_beside_names() {
    let sandbox = with_files(&["work/it is $x"], "file:\nitems\n");
    let line = r#"pivot track "it is \$x""#;
    second_candidate(&sandbox, "pivot track \"it", line, &["track", "it is $x"]);
}

#[test]
fn a_directory_that_is_the_only_path_gets_a_slash_and_no_blank() {
    let line = r"pivot track a:my\ data/";
    tab_with_file("a:my data/one", "file:\n", "pivot track a:my", line, &["track", "a:my data/"]);
}

#[test]
fn a_file_with_breaks_is_completed_whole() {
    let argv = ["track", "fit:key@a=b"];
    for typed in ["fit:", "fit:key@", "fit:key@a="] {
        let typed = format!("pivot track {typed}");
        tab_with_file("fit:key@a=b", "file:\n", &typed, "pivot track fit:key@a=b ", &argv);
    }
}

#[test]
fn a_file_behind_an_option_and_other_breaks_is_completed() {
    let line = "pivot run --out=a:data@b ";
    let argv = ["run", "--out=a:data@b"];
    tab_with_file("a:data@b", "file:--out=\n", "pivot run --out=a:da", line, &argv);
}

#[test]
fn a_file_is_completed_where_equals_signs_break_no_words() {
    let sandbox = with_files(&["work/data one"], "file:--out=\n");
    let line = r"pivot run --out=data\ one ";
    let argv = ["run", "--out=data one"];
    one_tab(&sandbox, "COMP_WORDBREAKS=' '", "pivot run --out=da", line, &argv);
}

#[test]
fn a_file_below_a_directory_is_offered_beside_names() {
    let sandbox = with_files(&["work/sub/deep/one.csv"], "file:\nsub/deep/name\n");
    let line = "pivot track sub/deep/one.csv";
    second_candidate(&sandbox, "pivot track sub/deep/", line, &["track", "sub/deep/one.csv"]);
}

#[test]
fn files_beside_names_are_found_by_what_is_typed_not_by_a_pattern() {
    let sandbox = with_files(&["work/*file", "work/other"], "file:\n*name\n");
    second_candidate(&sandbox, r"pivot track \*", r"pivot track \*file", &["track", "*file"]);
}

#[test]
fn files_with_control_characters_are_dropped() {
    let sandbox = with_files(&["work/da\x1b[31m", "work/da\nta", "work/data"], "file:\ndummy\n");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot track da", TAB), "pivot track da");
    session.clear();
    listing(&mut session, "pivot track d", &["dummy", "data"]);
}

#[test]
fn a_tilde_begins_a_path_whatever_the_names() {
    let sandbox = with_files(&["home/my notes"], "file:\n~/other\n~\n");
    let notes = sandbox.path("home/my notes").display().to_string();
    one_tab(&sandbox, "", "pivot track ~/m", r"pivot track ~/my\ notes ", &["track", &notes]);
}

#[test]
fn globbing_options_of_the_session_do_not_change_which_files_are_offered() {
    for option in ["failglob", "nullglob", "dotglob", "nocaseglob", "extglob", "globstar"] {
        let sandbox = Sandbox::new();
        sandbox.write("work/data", "");
        sandbox.answer_bytes("file:\ndaily\n");
        let rc = BASH.rc(&format!("shopt -s {option}"));
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        listing(&mut session, "pivot track da", &["daily", "data"]);
        session.clear();
        sandbox.answer_bytes("file:\nnames\nnext\n");
        listing(&mut session, "pivot track n", &["names", "next"]);
        assert_silent(&session);
        session.clear();
        session.command(&format!("shopt {option} > ../option; echo $- > ../flags"));
        assert!(sandbox.read("option").contains("on"), "{option} is off");
        assert!(!sandbox.read("flags").contains('f'));
    }
}
