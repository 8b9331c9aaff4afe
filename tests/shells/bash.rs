//! What bash alone has. It cuts words at COMP_WORDBREAKS, hands over a piece of the line, and
//! takes back what readline inserts as it is, quotes included.

use super::*;

use std::io::Write;

use nix::sys::signal::{Signal, killpg};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, getpgid, mkfifo};

use sandbox::Sandbox;

const BASH: Shell = Shell::Bash;

/// The answer `none:` with `values`, a line each.
fn names(values: &[&str]) -> String {
    values.iter().fold("none:\n".into(), |answer, value| answer + value + "\n")
}

/// A TAB in `typed` makes it `line`, which then runs with the arguments `argv`.
fn one_tab(sandbox: &Sandbox, rc: &str, typed: &str, line: &str, argv: &[&str]) {
    let mut session = Session::start_with(BASH, sandbox, &BASH.rc(rc));
    assert_eq!(session.type_line(typed, TAB), line);
    assert_silent(&session);
    let arguments: Vec<String> = argv.iter().map(|argument| format!("[{argument}]")).collect();
    assert_eq!(session.run(), arguments);
    assert!(!sandbox.path("work/PWNED").exists(), "something was executed");
}

/// Runs `line`; returns what was printed from there to the next prompt's end.
fn output_of(session: &mut Session, line: &str) -> String {
    let pty = session.pty();
    pty.send(&format!("{line}\r"));
    pty.wait_for("\r\n");
    let output = pty.wait_for("READY> ");
    pty.wait_for_keys_to_be_read();
    output
}

/// Makes each line a test: an answer, what is typed (`‸` is the cursor), the line after a TAB,
/// and the arguments that it runs with.
macro_rules! tabs {
    ($($name:ident: $answer:expr, $typed:expr => $line:expr, $argv:expr;)*) => {
        $(#[test]
        fn $name() {
            let sandbox = Sandbox::new();
            sandbox.answer_bytes($answer);
            one_tab(&sandbox, "", $typed, $line, &$argv);
        })*
    };
}

tabs! {
    an_at_sign_does_not_break_a_name:
        &names(&["train@a"]), "pivot repro train@" => "pivot repro train@a ", ["repro", "train@a"];
    a_colon_does_not_break_a_target:
        &names(&["demo/fit:key"]), "pivot checkout demo/fit:" => "pivot checkout demo/fit:key ",
        ["checkout", "demo/fit:key"];
    the_last_of_several_breaks_is_completed:
        &names(&["a/b@c=d:e"]), "pivot get a/b@c=d:" => "pivot get a/b@c=d:e ", ["get", "a/b@c=d:e"];
    a_name_in_wide_characters_is_completed_behind_a_break:
        &names(&["学習:鍵@一"]), "pivot get 学習:鍵" => "pivot get 学習:鍵@一 ", ["get", "学習:鍵@一"];
    an_options_value_keeps_the_option:
        "none:--checkout-mode=\nsymlink\n", "pivot checkout --checkout-mode=sym" =>
        "pivot checkout --checkout-mode=symlink ", ["checkout", "--checkout-mode=symlink"];
    an_options_empty_value_keeps_the_option:
        "none:--mode=\ncopy\n", "pivot checkout --mode=" =>
        "pivot checkout --mode=copy ", ["checkout", "--mode=copy"];
    an_options_value_may_be_typed_in_other_letters:
        "none:--mode=\nsymlink\n", "pivot checkout --mode=SYM" =>
        "pivot checkout --mode=symlink ", ["checkout", "--mode=symlink"];
    an_options_value_may_have_breaks_itself:
        "none:--set=\nkey:a=b c\n", "pivot run --set=key:a=" =>
        r"pivot run --set=key:a=b\ c ", ["run", "--set=key:a=b c"];
    an_options_value_within_quotes_keeps_the_option:
        "none:--set=\nb c\n", "pivot run '--set=b" =>
        "pivot run '--set=b c' ", ["run", "--set=b c"];
    an_option_itself_is_completed:
        &names(&["--dry-run"]), "pivot repro --d" => "pivot repro --dry-run ",
        ["repro", "--dry-run"];

    behind_a_name_that_ends_in_an_at_sign_comes_no_blank:
        &names(&["train@"]), "pivot repro tr" => "pivot repro train@", ["repro", "train@"];
    behind_a_name_that_ends_in_a_colon_comes_no_blank:
        &names(&["stage:"]), "pivot get st" => "pivot get stage:", ["get", "stage:"];
    behind_a_name_that_ends_in_a_slash_comes_no_blank:
        &names(&["demo/"]), "pivot repro d" => "pivot repro demo/", ["repro", "demo/"];
    behind_a_name_that_ends_in_an_equals_sign_comes_no_blank:
        &names(&["--set="]), "pivot run --s" => "pivot run --set=", ["run", "--set="];
    behind_a_partial_name_typed_whole_comes_no_blank:
        &names(&["stage:"]), "pivot get stage:" => "pivot get stage:", ["get", "stage:"];
    a_partial_name_with_a_blank_is_quoted_and_stays_partial:
        &names(&["my stage:"]), "pivot get my" => r"pivot get my\ stage:", ["get", "my stage:"];
    a_partial_name_within_quotes_gets_no_blank:
        &names(&["train@"]), "pivot repro 'tr" => "pivot repro 'train@'", ["repro", "train@"];

    an_empty_word_before_another_is_completed:
        &names(&["train"]), "pivot repro ‸ test" => "pivot repro train‸ test",
        ["repro", "train", "test"];
    a_word_before_others_is_completed_without_a_second_blank:
        &names(&["train@a"]), "pivot repro train@‸ --all" => "pivot repro train@a‸ --all",
        ["repro", "train@a", "--all"];
    what_stands_right_of_the_cursor_stays:
        &names(&["train"]), "pivot repro tr‸@b" => "pivot repro train‸@b", ["repro", "train@b"];
    blanks_between_words_are_kept:
        &names(&["train"]), "pivot   repro   tr" => "pivot   repro   train ", ["repro", "train"];

    within_single_quotes_a_name_with_breaks_is_completed:
        &names(&["fit:a b"]), "pivot get 'fit:" => "pivot get 'fit:a b' ", ["get", "fit:a b"];
    within_double_quotes_a_name_with_breaks_is_completed:
        &names(&["fit@a b"]), "pivot get \"fit@" => "pivot get \"fit@a b\" ", ["get", "fit@a b"];
    behind_an_escaped_blank_a_name_is_completed:
        &names(&["my fit:key"]), r"pivot get my\ fit:" => r"pivot get my\ fit:key ",
        ["get", "my fit:key"];
    behind_a_quoted_part_a_name_is_completed:
        &names(&["my fit:key"]), "pivot get 'my fit':" => "pivot get 'my fit':key ",
        ["get", "my fit:key"];

    behind_an_environment_of_several_variables:
        &names(&["train"]), "A=1 B='x y' C=$(true) pivot repro tr" =>
        "A=1 B='x y' C=$(true) pivot repro train ", ["repro", "train"];
    behind_a_semicolon_without_blanks:
        &names(&["train@a"]), "true;pivot repro train@" => "true;pivot repro train@a ",
        ["repro", "train@a"];
    behind_an_or_list:
        &names(&["train@a"]), "false || pivot repro train@" => "false || pivot repro train@a ",
        ["repro", "train@a"];
    behind_an_and_list_without_blanks:
        &names(&["train@a"]), "true&&pivot repro train@" => "true&&pivot repro train@a ",
        ["repro", "train@a"];
    behind_a_pipe_and_its_errors:
        &names(&["train@a"]), "true |& pivot repro train@" => "true |& pivot repro train@a ",
        ["repro", "train@a"];
    within_a_subshell:
        &names(&["train@a"]), "(pivot repro train@‸)" => "(pivot repro train@a‸)",
        ["repro", "train@a"];
    within_braces:
        &names(&["train@a"]), "{ pivot repro train@‸; }" => "{ pivot repro train@a‸; }",
        ["repro", "train@a"];

}

#[test]
fn a_path_with_a_blank_to_pivot() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train"]));
    sandbox.write("work/my bin/empty", "");
    sandbox.install_pivot("work/my bin/pivot");
    let line = r"./my\ bin/pivot repro train ";
    one_tab(&sandbox, "", r"./my\ bin/pivot repro tr", line, &["repro", "train"]);
    assert_eq!(shlex(&sandbox.question().words), ["./my bin/pivot", "repro", "tr"]);
}

#[test]
fn an_alias_is_completed_by_the_same_function() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train@a"]));
    let alias = format!(". {}\nalias p=pivot\ncomplete -F _pivot_complete p\n", BASH.script());
    one_tab(&sandbox, &alias, "p repro train@", "p repro train@a ", &["repro", "train@a"]);
    assert_eq!(sandbox.question(), question(BASH, &["p", "repro", "train@"]));
}

#[test]
fn within_a_command_substitution_bash_itself_completes_no_arguments() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train"]));
    let mut session = Session::start(BASH, &sandbox);
    for line in ["echo $(pivot repro tr", "echo `pivot repro tr"] {
        assert_eq!(session.type_line(line, TAB), line);
        session.clear();
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn a_redirections_file_is_bashs_own() {
    let sandbox = Sandbox::new();
    sandbox.write("work/train files", "");
    sandbox.answer_bytes(&names(&["train"]));
    let mut session = Session::start(BASH, &sandbox);
    for arrow in [">", "> ", ">>", "2> ", "< ", "2>"] {
        let line = session.type_line(&format!("pivot list {arrow}tr"), TAB);
        assert_eq!(line, format!(r"pivot list {arrow}train\ files "));
        session.clear();
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn redirections_are_no_words_of_the_command() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train"]));
    let mut session = Session::start(BASH, &sandbox);
    for redirection in ["2> /dev/null", "3>'/dev/null'", "</dev/null", "2>>one 3>> 'two 2'"] {
        session.type_line(&format!("pivot repro {redirection} tr"), TAB);
        assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "tr"]));
        assert_eq!(session.run(), ["[repro]", "[train]"]);
    }
    session.type_line("pivot repro a>/dev/null '2>' tr", TAB);
    assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "a", "2>", "tr"]));
}

#[test]
fn what_hostile_names_have_in_common_is_inserted_quoted() {
    // What is typed, two names, what it becomes.
    const CASES: [(&str, [&str; 2], &str); 6] = [
        ("", ["a b1", "a b2"], r"a\ b"),
        ("'", ["a b1", "a b2"], "'a b"),
        ("", ["$(touch PWNED)1", "$(touch PWNED)2"], r"\$\(touch\ PWNED\)"),
        ("\"", ["$(touch PWNED)1", "$(touch PWNED)2"], r#""\$(touch PWNED)"#),
        ("", ["*1", "*2"], r"\*"),
        ("fit:", ["fit:a b1", "fit:a b2"], r"fit:a\ b"),
    ];
    let sandbox = Sandbox::new();
    let mut session = Session::start(BASH, &sandbox);
    for (typed, pair, becomes) in CASES {
        sandbox.answer_bytes(&names(&pair));
        let line = session.type_line(&format!("pivot repro {typed}"), TAB);
        assert_eq!(line, format!("pivot repro {becomes}"));
        session.clear();
    }
    assert!(!sandbox.path("work/PWNED").exists(), "a name was executed");
}

#[test]
fn bidi_controls_in_a_name_are_one_argument() {
    let sandbox = Sandbox::new();
    let name = "tr\u{202e}nia\u{2066}x";
    sandbox.answer_bytes(&names(&[name]));
    let mut session = Session::start(BASH, &sandbox);
    session.type_line("pivot repro tr", TAB);
    assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")]);
}

#[test]
fn a_nul_in_an_answer_is_silent() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", r"printf 'none:\ntra\000in\n'");
    let mut session = Session::start(BASH, &sandbox);
    session.type_line("pivot repro tr", TAB);
    assert_silent(&session);
    // No variable of bash holds one.
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn a_name_longer_than_an_argument_may_be_is_dropped() {
    let sandbox = Sandbox::new();
    let long = "$(touch PWNED)".repeat(75_000);
    sandbox.answer_bytes(&names(&["train", &long]));
    one_tab(&sandbox, "", "pivot repro ", "pivot repro train ", &["repro", "train"]);
    sandbox.answer_bytes(&names(&[&long]));
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro ");
}

#[test]
fn an_answer_with_other_line_ends_is_none() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("none:\r\ntrain\r\n");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
}

#[test]
fn what_the_program_complains_is_not_shown() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "echo NOISE >&2\necho none:\necho train\nexit 3");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_silent(&session);
}

#[test]
fn a_program_that_dies_of_a_signal_is_silent() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "kill -SEGV $$");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
    assert!(!session.shown().contains("fault"), "{:?}", session.shown());
}

#[test]
fn the_terminal_stays_as_it_is_where_the_program_is_missing() {
    let sandbox = Sandbox::new();
    let mut session = Session::start(BASH, &sandbox);
    for _ in 0..3 {
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
        session.pty().wait_for_keys_to_be_read();
        session.clear();
    }
}

#[test]
fn a_program_that_cannot_be_executed_is_silent() {
    let sandbox = Sandbox::new();
    sandbox.write("bin/pivot-complete", "no program");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}

/// Lists candidates from left to right.
const BY_ROW: &str = "bind 'set print-completions-horizontally on'";

/// A TAB in `typed` lists exactly `candidates`, in this order; returns the line then.
fn listing(session: &mut Session, typed: &str, candidates: &[&str]) -> String {
    let listed = session.list(typed, "\r\nREADY> ");
    // The line itself comes first; between two candidates are at least two blanks.
    let candidate = |part: &str| (!part.is_empty()).then(|| part.trim().to_string());
    let (_, list) = listed.split_once("\r\n").expect("a list");
    let found: Vec<String> = list
        .lines()
        .flat_map(|line| line.split("  ").filter_map(candidate))
        .filter(|part| !part.is_empty())
        .collect();
    assert_eq!(found, candidates, "from {listed:?}");
    session.line()
}

#[test]
fn names_and_files_are_both_offered() {
    let sandbox = Sandbox::new();
    sandbox.write("work/data.csv", "");
    sandbox.write("work/darkroom/one", "");
    sandbox.write("work/.data", "");
    sandbox.answer_bytes("file:\ndataset@a\n");
    let mut session = Session::start(BASH, &sandbox);
    let line = listing(&mut session, "pivot track da", &["dataset@a", "darkroom/", "data.csv"]);
    assert_eq!(line, "pivot track da");
}

#[test]
fn names_and_directories_are_both_offered() {
    let sandbox = Sandbox::new();
    sandbox.write("work/data.csv", "");
    sandbox.write("work/darkroom/one", "");
    sandbox.answer_bytes("dir:\ndaily\n");
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train@a", "train@b c"]));
    let line = r"pivot repro train@b\ c";
    second_candidate(&sandbox, "pivot repro train@", line, &["repro", "train@b c"]);
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_file_beside_names_is_quoted() {
    let sandbox = Sandbox::new();
    sandbox.write("work/it's $(touch PWNED) *", "");
    sandbox.answer_bytes("file:\nitems\n");
    let line = r"pivot track it\'s\ \$\(touch\ PWNED\)\ \*";
    second_candidate(&sandbox, "pivot track it", line, &["track", "it's $(touch PWNED) *"]);
}

#[test]
fn a_file_within_single_quotes_is_offered_beside_names() {
    let sandbox = Sandbox::new();
    sandbox.write("work/it is $x", "");
    sandbox.answer_bytes("file:\nitems\n");
    second_candidate(&sandbox, "pivot track 'it", "pivot track 'it is $x'", &["track", "it is $x"]);
}

#[test]
fn a_file_within_double_quotes_is_offered_beside_names() {
    let sandbox = Sandbox::new();
    sandbox.write("work/it is $x", "");
    sandbox.answer_bytes("file:\nitems\n");
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
    let sandbox = Sandbox::new();
    sandbox.write("work/data one", "");
    sandbox.answer_bytes("file:--out=\n");
    let line = r"pivot run --out=data\ one ";
    let argv = ["run", "--out=data one"];
    one_tab(&sandbox, "COMP_WORDBREAKS=' '", "pivot run --out=da", line, &argv);
}

#[test]
fn a_file_below_a_directory_is_offered_beside_names() {
    let sandbox = Sandbox::new();
    sandbox.write("work/sub/deep/one.csv", "");
    sandbox.answer_bytes("file:\nsub/deep/name\n");
    let line = "pivot track sub/deep/one.csv";
    second_candidate(&sandbox, "pivot track sub/deep/", line, &["track", "sub/deep/one.csv"]);
}

#[test]
fn files_beside_names_are_found_by_what_is_typed_not_by_a_pattern() {
    let sandbox = Sandbox::new();
    sandbox.write("work/*file", "");
    sandbox.write("work/other", "");
    sandbox.answer_bytes("file:\n*name\n");
    second_candidate(&sandbox, r"pivot track \*", r"pivot track \*file", &["track", "*file"]);
}

#[test]
fn files_with_control_characters_are_dropped() {
    let sandbox = Sandbox::new();
    sandbox.write("work/da\x1b[31m", "");
    sandbox.write("work/da\nta", "");
    sandbox.write("work/data", "");
    sandbox.answer_bytes("file:\ndummy\n");
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot track da", TAB), "pivot track da");
    session.clear();
    listing(&mut session, "pivot track d", &["dummy", "data"]);
}

#[test]
fn a_tilde_begins_a_path_whatever_the_names() {
    let sandbox = Sandbox::new();
    sandbox.write("home/my notes", "");
    sandbox.answer_bytes("file:\n~/other\n~\n");
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

#[test]
fn ten_thousand_names_are_listed_in_pivots_order() {
    let sandbox = Sandbox::new();
    let stages: Vec<String> = (0..10_000).map(|i| format!("demo/s@{:05}", 99_999 - i)).collect();
    let stages: Vec<&str> = stages.iter().map(String::as_str).collect();
    sandbox.answer_bytes(&names(&stages));
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(BY_ROW));
    let line = listing(&mut session, "pivot repro de", &stages);
    assert_eq!(line, "pivot repro demo/s@9");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn forty_columns_list_whole_names_and_complete_a_line_that_wraps() {
    let sandbox = Sandbox::new();
    let stages =
        ["demo/学習:モデル", "demo/評価:結果", "demo/a_name_of_more_than_forty_columns@fold"];
    sandbox.answer_bytes(&names(&stages));
    let rc = BASH.rc("stty columns 40");
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(listing(&mut session, "pivot repro demo/", &stages), "pivot repro demo/");
    session.clear();
    sandbox.answer_bytes(&names(&stages[2..]));
    let typed = "pivot repro --keep-going --force demo/学習:モデル demo/a_name_of_more_than";
    let line = session.type_line(typed, TAB);
    assert_eq!(line, format!("{}{} ", &typed[..typed.rfind("demo").expect("it")], stages[2]));
}

#[test]
fn names_arrive_exactly_where_the_locale_cannot_show_them() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["größe@学習"]));
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("LC_ALL=C"));
    session.type_line("pivot repro ", TAB);
    assert_eq!(session.run(), ["[repro]", "[größe@学習]"]);
}

#[test]
fn tracing_and_a_trap_of_the_session_show_nothing() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train@a *"]));
    let mut session = Session::start(BASH, &sandbox);
    session.command("set -Ex; trap 'echo NOISE' ERR");
    assert_eq!(session.type_line("pivot repro train@", TAB), r"pivot repro train@a\ \* ");
    assert_silent(&session);
    // The key that shows the line is traced itself.
    let shown = session.shown().replace("++ printf", "");
    assert!(!shown.contains("+ "), "{shown:?}");
    session.clear();
    sandbox.program("bin/pivot-complete", "exit 3");
    session.type_line("pivot repro train@", TAB);
    assert_silent(&session);
}

#[test]
fn options_are_as_they_were_also_after_an_interrupted_tab() {
    let sandbox = Sandbox::new();
    let blocked = Blocked::install(&sandbox);
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("set -uET"));
    session.command("echo $- > ../before; stty -a >> ../before; echo \"${IFS@Q}\" >> ../before");
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    blocked.pid();
    session.interrupt();
    session.command("echo $- > ../after; stty -a >> ../after; echo \"${IFS@Q}\" >> ../after");
    assert!(sandbox.read("before").contains("rows"));
    assert_eq!(sandbox.read("before"), sandbox.read("after"));
}

#[test]
fn the_last_status_is_as_it_was() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("file:\ntrain\ntrack\n");
    let mut session = Session::start(BASH, &sandbox);
    output_of(&mut session, "(exit 7)");
    session.type_line("pivot repro tr", TAB);
    session.clear();
    session.command("echo $? > ../status");
    assert_eq!(sandbox.read("status"), "7\n");
}

/// A shell below the session's, with the same rc file.
const BELOW: &str = "bash --noprofile --rcfile ~/.zshrc -i";

/// A `pivot-complete` that waits until it is released, or ended.
struct Blocked<'a> {
    sandbox: &'a Sandbox,
    /// A FIFO that it reads, open at both ends: what is written here waits for it.
    gate: fs::File,
}

impl Blocked<'_> {
    fn install(sandbox: &Sandbox) -> Blocked<'_> {
        let root = sandbox.path("");
        let gate = root.join("gate");
        mkfifo(&gate, Mode::S_IRWXU).expect("a fifo");
        let gate = fs::File::options().read(true).write(true).open(gate).expect("both ends");
        let root = root.display();
        sandbox.program(
            "bin/pivot-complete",
            &format!(
                "echo $$ > '{root}/pid.new' && mv '{root}/pid.new' '{root}/pid'\n\
                 read released < '{root}/gate'\n\
                 printf 'none:\\ntrain\\n'\n"
            ),
        );
        Blocked { sandbox, gate }
    }

    /// Its process, once it waits.
    fn pid(&self) -> u32 {
        wait_until("the program runs", || !self.sandbox.read("pid").is_empty());
        self.sandbox.read("pid").trim().parse().expect("a process id")
    }

    /// Does what the terminal does at Ctrl-Z, and has done it when this returns.
    fn stop(&self) {
        let group = getpgid(Some(Pid::from_raw(self.pid() as i32))).expect("its process group");
        killpg(group, Signal::SIGTSTP).expect("a signal is sent");
    }

    fn release(&mut self) {
        self.gate.write_all(b"\n").expect("the fifo takes a line");
    }
}

/// The process has ended, or does so soon.
fn assert_ends(pid: u32) {
    wait_until("the process has ended", || !Path::new(&format!("/proc/{pid}")).exists());
}

#[test]
fn ctrl_c_ends_a_program_that_hangs_and_the_next_tab_works() {
    let sandbox = Sandbox::new();
    let blocked = Blocked::install(&sandbox);
    let mut session = Session::start(BASH, &sandbox);
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    let pid = blocked.pid();
    session.interrupt();
    assert_ends(pid);
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("the blocked one goes");
    sandbox.answer_bytes(&names(&["train"]));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn ctrl_z_stops_nothing_that_bash_waits_for() {
    let sandbox = Sandbox::new();
    let mut blocked = Blocked::install(&sandbox);
    let mut session = Session::start(BASH, &sandbox);
    // What leads its session is not stopped anyhow: this one is below another.
    output_of(&mut session, BELOW);
    session.type_line("pivot repro tr", "");
    session.pty().send(TAB);
    let pid = blocked.pid();
    blocked.stop();
    blocked.release();
    assert_eq!(session.line(), "pivot repro train ");
    assert_ends(pid);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    session.command("jobs > ../jobs");
    assert_eq!(sandbox.read("jobs"), "");
}

#[test]
fn a_program_that_closes_its_output_early_leaves_nothing() {
    let sandbox = Sandbox::new();
    let pid_file = sandbox.path("pid").display().to_string();
    let body = format!("echo $$ > '{pid_file}'\nexec >&- 2>&- <&-\necho too late");
    sandbox.program("bin/pivot-complete", &body);
    let mut session = Session::start(BASH, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
    assert_ends(sandbox.read("pid").trim().parse().expect("a process id"));
}

/// An rc file with `settings`, the hook behind them, and a prompt that shows what it sees.
fn prewarm_rc(settings: &str) -> String {
    let hook = concat!(env!("CARGO_MANIFEST_DIR"), "/completions/prewarm.bash");
    format!("{settings}\nPS1='[$?|${{PIPESTATUS[*]}}] READY> '\n. {hook}\n")
}

#[test]
fn prewarm_runs_once_before_each_prompt() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(""));
    assert_eq!(sandbox.calls(), ["prewarm"]);
    assert_eq!(output_of(&mut session, "echo one"), "one\r\n[0|0] ");
    assert_eq!(output_of(&mut session, ""), "[0|0] ");
    assert_eq!(sandbox.calls(), ["prewarm"; 3]);
}

#[test]
fn prewarm_keeps_what_the_users_prompt_sees() {
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(""));
    assert_eq!(output_of(&mut session, "(exit 3)"), "[3|3] ");
    assert_eq!(output_of(&mut session, "false | (exit 2) | true"), "[0|1 2 0] ");
    assert_eq!(output_of(&mut session, "true one two"), "[0|0] ");
    assert_eq!(output_of(&mut session, "echo $_"), "two\r\n[0|0] ");
}

#[test]
fn prewarm_fails_without_a_trace() {
    let sandbox = Sandbox::new();
    sandbox.program("bin/pivot-complete", "echo NOISE; echo NOISE >&2; exit 9");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(""));
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
    Session::start_with(BASH, &sandbox, &prewarm_rc(""));
    assert_eq!(sandbox.read("ends"), "/dev/null\n/dev/null\n/dev/null\n");
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
    let rc = prewarm_rc("") + "PROMPT_COMMAND+='; echo \"behind $? $_\"'\n";
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(output_of(&mut session, "true one"), "behind 0 one\r\n[0|0] ");
    assert_eq!(output_of(&mut session, "(exit 5)"), "behind 5 one\r\n[5|5] ");
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(""));
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes("");
    let mut session = Session::start_with(BASH, &sandbox, &prewarm_rc(""));
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&names(&["train@a"]));
    let rc = BASH.rc("") + &prewarm_rc("");
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro train@", TAB), "pivot repro train@a ");
    assert_eq!(session.run(), ["[repro]", "[train@a]"]);
    assert_eq!(sandbox.calls(), ["prewarm", "complete --rich bash", "prewarm"]);
}

const PIPELINE: &str = r#"
from pivot import Pipeline, stage

@stage
def train() -> dict:
    return {"a": 1}

pipeline = Pipeline("demo")
with pipeline:
    for v in ("a", "b"):
        with pipeline.variant(v):
            train()
"#;

/// A project with the stages `demo/train@a` and `demo/train@b`, for the real programs.
fn real_project() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.install_real(&pivot_0511());
    fs::create_dir(sandbox.path("work/.pivot")).expect("mkdir");
    let note = format!("print(1, file=open('{}', 'a'))\n", sandbox.path("imports").display());
    sandbox.write("work/pipeline.py", &(note + PIPELINE));
    sandbox
}

/// A TAB in the real project completes a stage, and nothing else is shown.
fn completes_a_stage(session: &mut Session) {
    let line = session.type_line("pivot repro demo/train@b", TAB);
    assert_eq!(line, "pivot repro demo/train@b ");
    assert_silent(session);
    session.clear();
}

#[test]
fn without_a_cache_a_tab_discovers_anew() {
    let sandbox = real_project();
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    completes_a_stage(&mut session);
    fs::remove_dir_all(sandbox.path("work/.pivot/cache")).expect("a cache was written");
    completes_a_stage(&mut session);
    assert_eq!(sandbox.read("imports"), "1\n1\n");
}

#[test]
fn with_a_corrupt_cache_a_tab_discovers_anew() {
    let sandbox = real_project();
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    completes_a_stage(&mut session);
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
    let sandbox = real_project();
    let program = sandbox.path("bin/pivot-complete");
    fs::remove_file(&program).expect("the link goes");
    let guard = no_fork_meanwhile();
    fs::copy(env!("CARGO_BIN_EXE_pivot-complete"), program).expect("a front alone");
    drop(guard);
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    assert_eq!(session.type_line("pivot repro demo/tr", TAB), "pivot repro demo/tr");
    assert_silent(&session);
    assert_eq!(sandbox.read("imports"), "");
}

#[test]
fn in_a_deleted_directory_a_tab_is_silent() {
    let sandbox = real_project();
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
    let sandbox = real_project();
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
    let sandbox = real_project();
    sandbox.write("work/data one.csv", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc_with_init());
    let line = session.type_line("pivot track da", TAB);
    assert_eq!(line, r"pivot track data\ one.csv ");
    assert_silent(&session);
}
