//! The line: what is asked for it, what it becomes, and what it then runs as.

use super::*;

/// A TAB on a line, and what comes of it.
struct Case {
    /// The cursor is where `‸` stands, or at the end.
    line: &'static str,
    /// The words that the program reads, the last one being at the cursor.
    asked: &'static [&'static str],
    start: &'static str,
    value: &'static str,
    becomes: &'static str,
    argv: &'static [&'static str],
}

fn check(case: &Case, settings: &str) {
    let Case { line, asked, start, value, becomes, argv } = case;
    let sandbox = Sandbox::new();
    sandbox.answer_behind(Shell::Zsh, start, &[plain(value)]);
    let mut session = start_with(&sandbox, settings);
    assert_eq!(session.type_line(line, TAB), *becomes);

    let question = sandbox.question();
    let mut words = shlex(&question.words);
    // An empty word at the cursor is told by the number alone.
    words.extend((words.len() < asked.len()).then(String::new));
    assert_eq!(words, *asked, "{question:?}");
    assert_eq!(question.cword, (asked.len() - 1).to_string());
    assert_eq!(session.run(), *argv);
}

/// Makes each case a test of its own.
macro_rules! cases {
    ($($name:ident: $settings:literal $line:literal asks $asked:expr,
       gets $start:literal $value:literal, becomes $becomes:literal, runs $argv:expr;)*) => {
        $(#[test]
        fn $name() {
            let case = Case {
                line: $line,
                asked: &$asked,
                start: $start,
                value: $value,
                becomes: $becomes,
                argv: &$argv,
            };
            check(&case, $settings);
        })*
    };
}

// Breaks within a word, and the part of it that the value does not repeat.
cases! {
    an_at_sign_is_a_part_of_the_word: "" "pivot repro train@"
        asks ["pivot", "repro", "train@"], gets "" "train@a",
        becomes "pivot repro train@a ", runs ["[repro]", "[train@a]"];
    a_colon_is_a_part_of_the_word: "" "pivot checkout demo/fit:"
        asks ["pivot", "checkout", "demo/fit:"], gets "" "demo/fit:model",
        becomes "pivot checkout demo/fit:model ", runs ["[checkout]", "[demo/fit:model]"];
    an_options_value_keeps_the_option: "" "pivot x --checkout-mode=sym"
        asks ["pivot", "x", "--checkout-mode=sym"], gets "--checkout-mode=" "symlink",
        becomes "pivot x --checkout-mode=symlink ", runs ["[x]", "[--checkout-mode=symlink]"];
    an_empty_value_of_an_option: "" "pivot x --checkout-mode="
        asks ["pivot", "x", "--checkout-mode="], gets "--checkout-mode=" "symlink",
        becomes "pivot x --checkout-mode=symlink ", runs ["[x]", "[--checkout-mode=symlink]"];
    a_choice_in_other_letters_is_inserted_as_it_is: "" "pivot x --mode=SYM"
        asks ["pivot", "x", "--mode=SYM"], gets "--mode=" "symlink",
        becomes "pivot x --mode=symlink ", runs ["[x]", "[--mode=symlink]"];
    a_second_equals_sign_belongs_to_the_value: "" "pivot x --set=a="
        asks ["pivot", "x", "--set=a="], gets "--set=" "a=b:c@d",
        becomes "pivot x --set=a=b:c@d ", runs ["[x]", "[--set=a=b:c@d]"];
    an_option_in_double_quotes: "" "pivot x \"--mode=sy"
        asks ["pivot", "x", "--mode=sy"], gets "--mode=" "sym link",
        becomes "pivot x \"--mode=sym link\" ", runs ["[x]", "[--mode=sym link]"];
    a_value_in_single_quotes_behind_an_option: "" "pivot x --mode='sym l"
        asks ["pivot", "x", "--mode=sym l"], gets "--mode=" "sym link",
        becomes "pivot x --mode=sym\\ link ", runs ["[x]", "[--mode=sym link]"];
    a_start_that_holds_pattern_characters: "setopt no_nomatch" "pivot x --m*[a]=sy"
        asks ["pivot", "x", "--m*[a]=sy"], gets "--m*[a]=" "symlink",
        becomes "pivot x --m*[a]=symlink ", runs ["[x]", "[--m*[a]=symlink]"];
    a_dollar_quote_is_read_and_closed: "" "pivot repro $'a b"
        asks ["pivot", "repro", "a b"], gets "" "a b's",
        becomes "pivot repro $'a b\\'s' ", runs ["[repro]", "[a b's]"];
    words_left_of_the_cursor_lose_their_quotes: "" "pivot -C \"it's\" a\\ b 'c d' $'e' tr"
        asks ["pivot", "-C", "it's", "a b", "c d", "e", "tr"], gets "" "train",
        becomes "pivot -C \"it's\" a\\ b 'c d' $'e' train ",
        runs ["[-C]", "[it's]", "[a b]", "[c d]", "[e]", "[train]"];
    an_apostrophe_is_doubled_under_rc_quotes: "setopt rc_quotes" "pivot repro 'it"
        asks ["pivot", "repro", "it"], gets "" "it's a",
        becomes "pivot repro 'it''s a' ", runs ["[repro]", "[it's a]"];
    an_empty_word_left_of_the_cursor_counts: "" "pivot repro '' tr"
        asks ["pivot", "repro", "", "tr"], gets "" "train",
        becomes "pivot repro '' train ", runs ["[repro]", "[]", "[train]"];
    nothing_that_was_typed_is_expanded: "V=value" "pivot $V `echo b` $(echo c) tr"
        asks ["pivot", "$V", "`echo b`", "$(echo c)", "tr"], gets "" "train",
        becomes "pivot $V `echo b` $(echo c) train ",
        runs ["[value]", "[b]", "[c]", "[train]"];
}

// A value that is to be typed on has no blank behind it.
cases! {
    no_blank_behind_an_at_sign: "" "pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train@",
        becomes "pivot repro train@", runs ["[repro]", "[train@]"];
    no_blank_behind_a_colon: "" "pivot get st"
        asks ["pivot", "get", "st"], gets "" "stage:",
        becomes "pivot get stage:", runs ["[get]", "[stage:]"];
    no_blank_behind_a_slash: "" "pivot get de"
        asks ["pivot", "get", "de"], gets "" "demo/",
        becomes "pivot get demo/", runs ["[get]", "[demo/]"];
    no_blank_behind_an_equals_sign: "" "pivot get --mo"
        asks ["pivot", "get", "--mo"], gets "" "--mode=",
        becomes "pivot get --mode=", runs ["[get]", "[--mode=]"];
    no_blank_behind_a_partial_value_of_an_option: "" "pivot get --set=st"
        asks ["pivot", "get", "--set=st"], gets "--set=" "stage:",
        becomes "pivot get --set=stage:", runs ["[get]", "[--set=stage:]"];
}

// Where the cursor is.
cases! {
    an_empty_word_before_another_word: "" "pivot repro ‸ test"
        asks ["pivot", "repro", ""], gets "" "train",
        becomes "pivot repro train ‸ test", runs ["[repro]", "[train]", "[test]"];
    a_cursor_behind_a_word_in_the_line: "" "pivot repro tr‸ --all"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "pivot repro train ‸ --all", runs ["[repro]", "[train]", "[--all]"];
    a_cursor_within_a_word_with_complete_in_word: "setopt complete_in_word" "pivot repro tr‸n x"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "pivot repro train ‸ x", runs ["[repro]", "[train]", "[x]"];
    a_cursor_in_front_of_a_word_with_complete_in_word: "setopt complete_in_word" "pivot ‸repro"
        asks ["pivot", ""], gets "" "repro",
        becomes "pivot repro ", runs ["[repro]"];
}

// Where the command is.
cases! {
    after_a_semicolon: "" "true; pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "true; pivot repro train ", runs ["[repro]", "[train]"];
    after_a_semicolon_without_a_blank: "" "true;pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "true;pivot repro train ", runs ["[repro]", "[train]"];
    after_a_pipe: "" "true | pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "true | pivot repro train ", runs ["[repro]", "[train]"];
    after_a_conjunction: "" "true && pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "true && pivot repro train ", runs ["[repro]", "[train]"];
    after_a_disjunction: "" "false || pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "false || pivot repro train ", runs ["[repro]", "[train]"];
    in_a_brace_group: "" "{ pivot repro tr‸; }"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "{ pivot repro train ‸; }", runs ["[repro]", "[train]"];
    in_a_subshell: "" "(pivot repro tr‸)"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "(pivot repro train ‸)", runs ["[repro]", "[train]"];
    in_a_command_substitution: "" "echo $(pivot repro tr‸)"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "echo $(pivot repro train ‸)", runs ["[repro]", "[train]"];
    in_a_command_substitution_in_quotes: "" "echo \"$(pivot repro tr‸)\""
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "echo \"$(pivot repro train ‸)\"", runs ["[repro]", "[train]"];
    in_a_process_substitution: "" "cat <(pivot repro tr‸)"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "cat <(pivot repro train ‸)", runs ["[repro]", "[train]"];
    in_a_condition: "" "if pivot repro tr‸; then true; fi"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "if pivot repro train ‸; then true; fi", runs ["[repro]", "[train]"];
    behind_a_redirection: "" "pivot 2>/dev/null repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "pivot 2>/dev/null repro train ", runs ["[repro]", "[train]"];
    behind_an_assignment: "" "KEY='a b' OTHER= pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "KEY='a b' OTHER= pivot repro train ", runs ["[repro]", "[train]"];
    behind_env: "" "env KEY=value pivot repro tr"
        asks ["env", "KEY=value", "pivot", "repro", "tr"], gets "" "train",
        becomes "env KEY=value pivot repro train ", runs ["[repro]", "[train]"];
    behind_command: "" "command pivot repro tr"
        asks ["command", "pivot", "repro", "tr"], gets "" "train",
        becomes "command pivot repro train ", runs ["[repro]", "[train]"];
    behind_noglob: "" "noglob pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "noglob pivot repro train ", runs ["[repro]", "[train]"];
    behind_time: "" "time pivot repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "time pivot repro train ", runs ["[repro]", "[train]"];
    behind_nohup: "" "nohup pivot repro tr‸ 2>&1 | cat"
        asks ["nohup", "pivot", "repro", "tr"], gets "" "train",
        becomes "nohup pivot repro train ‸ 2>&1 | cat", runs ["[repro]", "[train]"];
    an_alias: "alias p=pivot" "p repro tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "p repro train ", runs ["[repro]", "[train]"];
    an_alias_that_holds_words: "alias pr='KEY=value pivot repro'" "pr tr"
        asks ["pivot", "repro", "tr"], gets "" "train",
        becomes "pr train ", runs ["[repro]", "[train]"];
    a_command_named_by_a_variable: "B=${commands[pivot]:h}" "$B/pivot repro tr"
        asks ["$B/pivot", "repro", "tr"], gets "" "train",
        becomes "$B/pivot repro train ", runs ["[repro]", "[train]"];
}

#[test]
fn a_partial_value_is_typed_on_within_its_quote() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &[plain("a b@")]);
    assert_eq!(session.type_line("pivot repro 'a", TAB), "pivot repro 'a b@");
    sandbox.answer(Shell::Zsh, &[plain("a b@c d")]);
    session.type_line("c", TAB);
    assert_eq!(shlex(&sandbox.question().words), ["pivot", "repro", "a b@c"]);
    assert_eq!(session.run(), ["[repro]", "[a b@c d]"]);
}

#[test]
fn a_trailing_backslash_is_survived() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &[]);
    assert_eq!(session.type_line("pivot repro a\\", TAB), "pivot repro a\\");
    assert_silent(&session);
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_line_of_several_lines_is_asked_for_its_own_command() {
    let sandbox = Sandbox::new();
    let mut session = start_answering(&sandbox, "", &[plain("train")]);
    // Ctrl-V Ctrl-J is a newline in the line.
    session.type_line("true 'a\x16\nb'\x16\npivot 'c\x16\nd' tr", TAB);
    assert_eq!(shlex(&sandbox.question().words), ["pivot", "c\nd", "tr"]);
    assert_eq!(session.run(), ["[c", "d]", "[train]"]);
}

#[test]
fn a_name_that_is_also_a_programs_is_what_it_stands_for() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
    // Zsh itself completes programs named so.
    let names = "alias pr='A=1 pivot repro'; setopt complete_aliases; tail() { pivot repro $@ }\n";
    for rc in [Shell::Zsh.rc(names), Shell::Zsh.rc("") + names] {
        let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
        for name in ["pr", "tail"] {
            assert_eq!(session.type_line(&format!("{name} tr"), TAB), format!("{name} train "));
            assert_eq!(sandbox.question(), question(Shell::Zsh, &["pivot", "repro", "tr"]));
            session.clear();
        }
    }
}

#[test]
fn functions_that_lead_to_each_other_end() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
    let functions = "a() { b pivot $@; }; b() { a pivot $@; }; c() { pivot $@; }";
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &Shell::Zsh.rc(functions));
    assert_eq!(session.type_line("a tr", TAB), "a tr");
    session.clear();
    // What it has become since.
    session.command("c() { print $1; pivot $@; }");
    assert_eq!(session.type_line("c tr", TAB), "c tr");
    assert_silent(&session);
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn an_alias_that_is_completed_as_itself_is_asked_as_itself() {
    let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
    let aliases = "alias p=pivot; setopt complete_aliases; compdef p=pivot\n";
    let rc = Shell::Zsh.rc("") + aliases;
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
    assert_eq!(session.type_line("p repro tr", TAB), "p repro train ");
    assert_eq!(sandbox.question(), question(Shell::Zsh, &["p", "repro", "tr"]));
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn a_name_that_means_the_program_of_that_name_is_completed() {
    for definition in [
        "alias pivot='noglob pivot'",
        "alias pivot='nocorrect noglob pivot'",
        "alias pivot='A=1 pivot'; setopt complete_aliases",
        "alias pivot='noglob pivot'; setopt complete_aliases",
        "alias pivot='command pivot'",
        "pivot() { command pivot \"$@\" }",
        "pivot() { noglob command pivot $@ }",
        "pivot() { time command pivot $@ }",
    ] {
        let sandbox = Sandbox::offering(Shell::Zsh, &[plain("train")]);
        let rc = Shell::Zsh.rc("") + definition;
        let mut session = Session::start_with(Shell::Zsh, &sandbox, &(rc + "\n"));
        let line = session.type_line("pivot repro tr", TAB);
        assert_eq!(line, "pivot repro train ", "{definition}");
        assert_silent(&session);
    }
}
