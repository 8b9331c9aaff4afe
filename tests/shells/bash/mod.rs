//! What bash alone has. It cuts words at COMP_WORDBREAKS, hands over a piece of the line, and
//! takes back what readline inserts as it is, quotes included.

mod faults;
mod paths;
mod places;
mod prewarm;
mod real;
mod whole_session;

use std::io::Write;

use nix::sys::signal::{Signal, killpg};
use nix::sys::stat::Mode;
use nix::unistd::{Pid, getpgid, mkfifo};

use super::*;
use faults::{BELOW, Blocked, assert_ends};

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
            let sandbox = Sandbox::answering($answer);
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

    a_quote_that_is_closed_in_the_word_is_not_closed_again:
        &names(&["churn/clean"]), "pivot repro \"churn/cl‸ean\"" =>
        "pivot repro \"churn/clean‸ean\"", ["repro", "churn/cleanean"];
    a_single_quote_that_is_closed_in_the_word_is_not_closed_again:
        &names(&["a b/clean"]), "pivot repro 'a b/cl‸ean' --all" =>
        "pivot repro 'a b/clean‸ean' --all", ["repro", "a b/cleanean", "--all"];
    a_quote_that_is_closed_behind_a_blank_is_not_closed_again:
        &names(&["a b"]), "pivot repro \"a‸ c\" d" => "pivot repro \"a b‸ c\" d",
        ["repro", "a b c", "d"];
    a_quote_that_is_closed_behind_an_escaped_one_is_not_closed_again:
        &names(&["a b"]), r#"pivot repro "a‸\"c""# => r#"pivot repro "a b‸\"c""#,
        ["repro", "a b\"c"];
    the_second_quote_of_a_word_is_not_closed_again:
        &names(&["a b"]), "pivot repro 'a '\"‸c\"" => "pivot repro 'a '\"b‸c\"", ["repro", "a bc"];
    a_quote_that_is_closed_at_the_cursor_stays_one:
        &names(&["a b"]), "pivot repro \"a‸\" c" => "pivot repro \"a b\"‸ c", ["repro", "a b", "c"];
    a_quote_that_only_others_follow_is_closed:
        &names(&["a b"]), "pivot repro 'a‸ 'c d'" => "pivot repro 'a b'‸ 'c d'",
        ["repro", "a b", "c d"];
    a_quote_before_other_words_is_closed:
        &names(&["a b"]), "pivot repro \"a‸ --all" => "pivot repro \"a b\"‸ --all",
        ["repro", "a b", "--all"];

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
    let sandbox = Sandbox::answering(&names(&["train"]));
    sandbox.write("work/my bin/empty", "");
    sandbox.install_pivot("work/my bin/pivot");
    let line = r"./my\ bin/pivot repro train ";
    one_tab(&sandbox, "", r"./my\ bin/pivot repro tr", line, &["repro", "train"]);
    assert_eq!(shlex(&sandbox.question().words), ["./my bin/pivot", "repro", "tr"]);
}

#[test]
fn an_alias_is_completed_by_the_same_function() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    let alias = format!(". {}\nalias p=pivot\ncomplete -F _pivot_complete p\n", BASH.script());
    one_tab(&sandbox, &alias, "p repro train@", "p repro train@a ", &["repro", "train@a"]);
    assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "train@"]));
}

#[test]
fn a_backslash_that_wards_off_an_alias_is_none_of_the_name() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    one_tab(&sandbox, "", r"\pivot repro train@", r"\pivot repro train@a ", &["repro", "train@a"]);
}

#[test]
fn a_command_behind_a_reserved_word_is_its_own() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    sandbox.write("work/notes.txt", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("alias p='pivot repro'"));
    for before in ["! ", "if ", "for x in a; do ", "until ! A='b c' ", "true; if true; then "] {
        for command in ["pivot repro train@", "p train@"] {
            let line = format!("{before}{command}");
            assert_eq!(session.type_line(&line, TAB), format!("{line}a "));
            assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "train@"]));
            assert_silent(&session);
            session.clear();
        }
        let line = format!("{before}cat no");
        assert_eq!(session.type_line(&line, TAB), format!("{line}tes.txt "));
        session.clear();
    }
}

#[test]
fn an_alias_is_one_behind_time_and_behind_one_that_ends_in_a_blank() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    let aliases = "alias p=pivot ur='uv run ' sudo='sudo '";
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(aliases));
    for (line, asked) in [
        ("sudo p repro train@", ["sudo", "pivot", "repro", "train@"].as_slice()),
        ("time p repro train@", &["time", "pivot", "repro", "train@"]),
        ("ur p repro train@", &["uv", "run", "pivot", "repro", "train@"]),
    ] {
        assert_eq!(session.type_line(line, TAB), format!("{line}a "));
        assert_eq!(sandbox.question(), question(BASH, asked));
        session.clear();
    }
}

#[test]
fn an_alias_that_is_gone_is_none() {
    let sandbox = Sandbox::answering(&names(&["train@a"]));
    sandbox.write("work/train.csv", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("alias p='pivot repro'"));
    assert_eq!(session.type_line("p tr", TAB), "p train@a ");
    session.clear();
    session.command("unalias p");
    assert_eq!(session.type_line("p tr", TAB), "p train.csv ");
}

#[test]
fn what_the_rc_file_sets_behind_the_script_takes_no_runner_away() {
    for behind in ["IFS=:", "IFS=", "PROMPT_COMMAND=true", "PROMPT_COMMAND=(true true)"] {
        let sandbox = Sandbox::answering(&names(&["train@a"]));
        let rc = format!("alias up='uv run pivot'\n. {}\n{behind}\n", BASH.script());
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        for line in ["uv run pivot repro train@", "up repro train@"] {
            assert_eq!(session.type_line(line, TAB), format!("{line}a "), "{behind}");
            assert_silent(&session);
            session.clear();
        }
    }
}

#[test]
fn in_an_assignment_bash_asks_nobody() {
    let sandbox = Sandbox::answering(&names(&["train"]));
    let mut session = Session::start(BASH, &sandbox);
    for line in ["x=$(pivot repro tr", "x=`pivot repro tr"] {
        assert_eq!(session.type_line(line, TAB), line);
        session.clear();
    }
    assert_eq!(sandbox.calls(), [""; 0]);
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
    let sandbox = Sandbox::answering("none:\r\ntrain\r\n");
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
    let sandbox = Sandbox::answering(&names(&["größe@学習"]));
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("LC_ALL=C"));
    session.type_line("pivot repro ", TAB);
    assert_eq!(session.run(), ["[repro]", "[größe@学習]"]);
}

#[test]
fn tracing_and_a_trap_of_the_session_show_nothing() {
    let sandbox = Sandbox::answering(&names(&["train@a *"]));
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
    let sandbox = Sandbox::answering("file:\ntrain\ntrack\n");
    let mut session = Session::start(BASH, &sandbox);
    output_of(&mut session, "(exit 7)");
    session.type_line("pivot repro tr", TAB);
    session.clear();
    session.command("echo $? > ../status");
    assert_eq!(sandbox.read("status"), "7\n");
}
