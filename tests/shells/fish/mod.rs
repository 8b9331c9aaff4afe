//! What fish alone has: first what a TAB makes of the line, and what that then runs as.

use super::*;

mod faults;
mod lists;
mod paths;
mod prewarm;

/// Makes each row a test: the answer, the line typed, what a TAB makes of it, and the arguments
/// that it runs with.
macro_rules! a_tab {
    ($($name:ident: $answer:expr, $typed:expr => $line:expr, $argv:expr;)*) => {
        $(#[test] fn $name() { check_tab($answer, $typed, $line, &$argv); })*
    };
}

a_tab! {
    a_name_with_a_comma_is_inserted_whole:
        "none:\ncom,ma\n", "pivot repro co" => "pivot repro com,ma ", ["repro", "com,ma"];
    no_blank_follows_an_at:
        "none:\ntrain@\n", "pivot repro tr" => "pivot repro train@", ["repro", "train@"];
    no_blank_follows_a_colon:
        "none:\nfit:\n", "pivot repro fi" => "pivot repro fit:", ["repro", "fit:"];
    no_blank_follows_a_slash:
        "none:\ndemo/\n", "pivot repro de" => "pivot repro demo/", ["repro", "demo/"];
    no_blank_follows_an_equals_sign:
        "none:\nkey=\n", "pivot set k" => "pivot set key=", ["set", "key="];
    an_option_is_inserted_with_a_blank:
        "none:\n--force\tRuns all\n", "pivot repro --f" => "pivot repro --force ",
        ["repro", "--force"];
    a_help_is_not_inserted:
        "none:\ntrain\ta help\n", "pivot repro t" => "pivot repro train ", ["repro", "train"];
    a_choice_in_other_letters_is_inserted_as_it_is:
        "none:\nsymlink\n", "pivot x SYM" => "pivot x symlink ", ["x", "symlink"];
    a_choice_in_other_letters_replaces_the_quoted_word:
        "none:\nsymlink\n", "pivot x 'SYM" => "pivot x symlink ", ["x", "symlink"];
    a_choice_in_other_letters_keeps_its_option:
        "none:--mode=\nsymlink\n", "pivot x --mode=SYM" => "pivot x --mode=symlink ",
        ["x", "--mode=symlink"];
    a_value_behind_an_option_in_quotes_is_quoted:
        "none:--mode=\nsym link\n", "pivot x '--mode=sy" => "pivot x '--mode=sym link' ",
        ["x", "--mode=sym link"];
    a_quoted_value_behind_an_option_is_quoted:
        "none:--mode=\nsym link\n", "pivot x --mode='sy" => "pivot x --mode='sym link' ",
        ["x", "--mode=sym link"];
    a_value_behind_an_option_is_escaped:
        "none:--mode=\n$(touch PWNED)\n", "pivot x --mode=" =>
        r"pivot x --mode=\$\(touch\ PWNED\) ",
        ["x", "--mode=$(touch PWNED)"];
    an_option_may_hold_what_a_pattern_would_read:
        "none:--a.$b*=\nvalue\n", r"pivot x --a.\$b\*=v" => r"pivot x --a.\$b\*=value ",
        ["x", "--a.$b*=value"];
    a_quote_opened_within_a_word_is_closed:
        "none:\ntrain it\n", "pivot repro tr'ai" => "pivot repro tr'ain it' ",
        ["repro", "train it"];
    an_escaped_blank_is_one_word:
        "none:\na b c\n", r"pivot repro a\ b" => r"pivot repro a\ b\ c ", ["repro", "a b c"];
    a_tilde_in_single_quotes_is_kept:
        "none:\n~/train\n", "pivot repro '" => "pivot repro '~/train' ", ["repro", "~/train"];
    a_tilde_in_double_quotes_is_kept:
        "none:\n~root\n", "pivot repro \"~r" => "pivot repro \"~root\" ", ["repro", "~root"];
    an_escaped_tilde_is_kept:
        "none:\n~root\n", r"pivot repro \~" => r"pivot repro \~root ", ["repro", "~root"];
    a_tilde_behind_an_option_is_kept:
        "none:--out=\n~root\n", "pivot x --out=" => "pivot x --out=~root ", ["x", "--out=~root"];
    a_tilde_within_a_name_is_kept:
        "none:\na~ ~b\n", "pivot repro a" => r"pivot repro a~\ ~b ", ["repro", "a~ ~b"];
    a_tilde_that_would_expand_is_left_out_of_many:
        "none:\n~root\ntrain\n", "pivot repro " => "pivot repro train ", ["repro", "train"];
    the_word_after_a_blank_is_empty_before_another:
        "none:\ntrain\n", "pivot repro ‸ --all" => "pivot repro train ‸--all",
        ["repro", "train", "--all"];
    a_cursor_in_the_line_completes_its_own_word:
        "none:\ntrain\n", "pivot repro tr‸ test" => "pivot repro train ‸test",
        ["repro", "train", "test"];
    a_cursor_before_a_pipe_completes_its_own_word:
        "none:\ntrain\n", "pivot repro tr‸ | cat" => "pivot repro train ‸| cat",
        ["repro", "train"];
    a_cursor_on_an_earlier_command_completes_that:
        "none:\nrepro\n", "pivot re‸ train; true" => "pivot repro ‸train; true",
        ["repro", "train"];
}

fn check_tab(answer: &str, typed: &str, line: &str, argv: &[&str]) {
    let sandbox = Sandbox::answering(answer);
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(session.type_line(typed, TAB), line);
    assert_eq!(session.run(), argv.iter().map(|word| format!("[{word}]")).collect::<Vec<_>>());
    assert_eq!(sandbox.calls(), ["complete --rich fish 1"]);
    assert!(!sandbox.path("work/PWNED").exists());
}

/// Makes each name a test: it arrives as the one argument that it is.
macro_rules! arrives {
    ($($name:ident: $value:expr;)*) => { $(#[test] fn $name() { check_arrival($value); })* };
}

arrives! {
    a_process_expansion_arrives: "%self";
    a_percent_sign_arrives: "%";
    a_dash_arrives: "-";
    two_dashes_arrive: "--";
    an_option_cluster_with_a_path_arrives: "-rf /";
    a_substitution_of_fish_arrives: "(touch PWNED)";
    a_substitution_of_other_shells_arrives: "$(touch PWNED)";
    a_substitution_within_a_name_arrives: "a=(touch PWNED)b";
    a_name_that_ends_a_block_arrives: "; end; touch PWNED";
    a_redirection_arrives: "2>PWNED";
    a_redirection_of_everything_arrives: "&>PWNED";
    a_pipe_with_errors_arrives: "x &| tee PWNED";
    a_recursive_glob_arrives: "**";
    nested_braces_arrive: "{a,{b,c}}";
    an_escape_arrives: r"\x41\n\t";
    a_variable_with_an_index_arrives: "$HOME[1]";
    a_variable_of_a_variable_arrives: "$$HOME";
    a_comment_arrives: "# comment";
    blanks_at_both_ends_arrive: "  two  ";
    blanks_of_unicode_arrive: "a\u{a0}b\u{2028}c\u{3000}";
    text_of_the_other_direction_arrives: "a\u{202e}txt.\u{2066}b\u{200f}";
    combining_characters_arrive: "e\u{301}\u{200d}\u{fe0f}";
    characters_of_two_columns_arrive: "学習@日本語";
    characters_that_fish_uses_inside_arrive: "\u{fdd0}a\u{fdd1}b\u{fdef}";
    characters_that_fish_has_for_bytes_arrive: "\u{f600}a\u{f6ff}b\u{f500}";
}

fn check_arrival(name: &str) {
    let sandbox = Sandbox::new();
    for file in ["train", "a", "HOME"] {
        sandbox.write(&format!("work/{file}"), "");
    }
    sandbox.answer_bytes(&format!("none:\n{name}\n"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    for quote in ["", "'", "\""] {
        let line = session.type_line(&format!("pivot repro {quote}"), TAB);
        // What seems to go on gets neither a blank nor its quote closed.
        if name.ends_with(['-', '/']) {
            session.pty().send(quote);
        }
        assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
    }
    assert!(!sandbox.path("work/PWNED").exists(), "{name:?} was executed");
}

/// Makes each row a test: what stands before `pivot`, and what must follow to run the line.
macro_rules! it_completes_behind {
    ($($name:ident: $before:expr, $behind:expr;)*) => {
        $(#[test] fn $name() { check_context("", $before, $behind); })*
    };
}

it_completes_behind! {
    a_semicolon: "true; ", "";
    a_pipe: "true | ", "";
    two_ampersands: "true && ", "";
    two_bars: "false || ", "";
    an_ampersand: "true & ", "";
    a_parenthesis: "echo (", ")";
    a_dollar_and_a_parenthesis: "echo $(", ")";
    a_substitution_in_double_quotes: "echo \"a $(", ")\"";
    a_command_within_a_parenthesis: "echo (true; ", ")";
    begin: "begin; ", "; end";
    blanks: "   ", "";
    an_assignment: "KEY=value ", "";
    two_assignments: "KEY=value OTHER='a b' ", "";
}

/// The same where fish's own completions know the command that stands before.
macro_rules! it_completes_what_is_run_by {
    ($($name:ident: $before:expr, $behind:expr;)*) => {
        $(#[test] fn $name() { check_context(FISHS_OWN, $before, $behind); })*
    };
}

it_completes_what_is_run_by! {
    env_with_an_assignment: "env KEY=value ", "";
    command: "command ", "";
    not: "not ", "";
    and: "true; and ", "";
    or: "false; or ", "";
    r#if: "if ", "; end";
    r#while: "while ", "; break; end";
    time: "time ", "";
}

/// The harness starts fish without its configuration, and so without these.
const FISHS_OWN: &str = "set -g fish_complete_path $__fish_data_dir/completions";

fn check_context(settings: &str, before: &str, behind: &str) {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc(settings));
    let line = session.type_line(&format!("{before}pivot repro tr"), TAB);
    assert_eq!(line, format!("{before}pivot repro train "));
    let asked = sandbox.question().words;
    assert!(asked.ends_with("pivot repro tr"), "{asked:?}");
    // What fish knows of the command before may ask besides.
    assert!(sandbox.calls().len() <= if settings.is_empty() { 1 } else { 2 });
    session.pty().send(behind);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

/// Fish's own completion of conda is loaded at the first TAB behind that name, and begins by erasing what
/// was there.
#[test]
fn conda_with_fishs_own_completion() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    sandbox.program("bin/conda", "");
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc(FISHS_OWN));
    for _ in ["loaded by the first", "and there at the second"] {
        let line = "conda run -n x pivot repro tr";
        assert_eq!(session.type_line(line, TAB), format!("{line}ain "));
        assert_eq!(shlex(&sandbox.question().words).join(" "), line);
        session.clear();
        assert_eq!(session.type_line("conda ins", TAB), "conda install ");
        session.clear();
    }
    assert_eq!(sandbox.calls().len(), 2);
    assert_silent(&session);
}

/// Makes each row a test: a setting, the command typed in the place of `pivot`, its arguments.
macro_rules! it_is_known_as {
    ($($name:ident: $setting:expr, $command:expr => $words:expr;)*) => {
        $(#[test] fn $name() { check_name($setting, $command, &$words); })*
    };
}

it_is_known_as! {
    an_alias: "alias p=pivot", "p repro" => ["pivot", "repro", "tr"];
    an_alias_with_arguments: "alias pr='pivot repro'", "pr" => ["pivot", "repro", "tr"];
    an_alias_of_its_own_name: "alias pivot='pivot repro'", "pivot" => ["pivot", "tr"];
    a_function_that_wraps_it:
        "function p --wraps pivot; pivot $argv; end", "p repro" => ["pivot", "repro", "tr"];
    an_alias_that_begins_with_an_assignment:
        "alias p 'A=\"x y\" B= pivot'", "p repro" => ["pivot", "repro", "tr"];
    an_alias_that_begins_with_env:
        "alias p 'env A=1 pivot'", "p repro" => ["env", "A=1", "pivot", "repro", "tr"];
    a_function_of_several_lines:
        "function p -d 'what it is'\n  # why\n  A=1 pivot repro $argv\nend",
        "p" => ["pivot", "repro", "tr"];
    a_function_that_completes_other_words_too:
        "function p; pivot $argv; end; complete -c p -a other", "p repro" => ["pivot", "repro", "tr"];
    behind_an_exclamation_mark: "", "! pivot repro" => ["pivot", "repro", "tr"];
    an_abbreviation: "abbr --add p pivot", "p repro" => ["pivot", "repro", "tr"];
    a_quoted_name: "", "'pivot' repro" => ["pivot", "repro", "tr"];
    a_relative_path: "", "../bin/pivot repro" => ["../bin/pivot", "repro", "tr"];
    a_path_from_a_variable: "", "$HOME/../bin/pivot repro" => ["$HOME/../bin/pivot", "repro", "tr"];
    a_path_with_a_blank: "", "'a b/pivot' repro" => ["a b/pivot", "repro", "tr"];
}

fn check_name(setting: &str, command: &str, words: &[&str]) {
    let sandbox = Sandbox::new();
    sandbox.install_pivot("work/a b/pivot");
    sandbox.answer(Shell::Fish, &[plain("train")]);
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc(setting));
    let line = session.type_line(&format!("{command} tr"), TAB);
    assert!(line.ends_with(" train "), "{line:?}");
    assert_eq!(shlex(&sandbox.question().words), words);
    assert_eq!(sandbox.calls().len(), 1);
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn a_word_of_several_lines_is_kept() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.command("true");
    // Alt-Enter begins a line of the same command.
    session.type_line("pivot repro \\\x1b\rtr", TAB);
    assert_eq!(sandbox.question(), question(Shell::Fish, &["pivot", "repro", "tr"]));
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn a_word_that_fish_cannot_read_is_not_asked() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(session.type_line(r"pivot repro \xZZ", TAB), r"pivot repro \xZZ");
    assert_silent(&session);
    assert_eq!(sandbox.calls().len(), 0);
}

#[test]
fn vi_keys_complete_too() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    let settings = r#"set -g fish_key_bindings fish_vi_key_bindings
        function fish_user_key_bindings
            bind -M insert \cg \
                'printf "\036%s|%d\037" (commandline | string collect) (commandline -C)'
        end"#;
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc(settings));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

#[test]
fn the_status_outlives_a_tab() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train"), plain("tracks")]);
    let mut session = Session::start(Shell::Fish, &sandbox);
    let file = sandbox.path("status").display().to_string();
    session.type_line("fish --no-config -c 'exit 7' | true; printf 'RAN-%s' SO; false | true", "");
    session.pty().send("\r");
    session.pty().wait_for("RAN-SO");
    session.pty().wait_for("READY> ");
    session.pty().wait_for_keys_to_be_read();
    session.type_line("pivot repro t", TAB);
    session.clear();
    session.command(&format!("echo $pipestatus > {file}"));
    assert_eq!(sandbox.read("status"), "1 0\n");
}

#[test]
fn only_functions_of_its_own_are_added() {
    let sandbox = Sandbox::new();
    let rc = format!(
        "set -l before (functions --all --names)\nsource {}\n\
         for name in (functions --all --names)\n\
             contains -- $name $before; or echo $name\n\
         end > {}\n",
        Shell::Fish.script(),
        sandbox.path("functions").display(),
    );
    Session::start_with(Shell::Fish, &sandbox, &rc);
    assert_eq!(
        sandbox.read("functions"),
        "__pivot_cached\n__pivot_candidates\n__pivot_complete\n__pivot_crashed\n__pivot_first_prompt\n\
         __pivot_functions\n__pivot_is_run\n__pivot_note\n__pivot_own\n__pivot_paths\n\
         __pivot_program\n__pivot_words\n"
    );
}

#[test]
fn functions_in_files_that_do_not_speak_of_it_are_not_loaded() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    sandbox.write("functions/ours.fish", "function ours; pivot repro $argv; end\n");
    sandbox.write("functions/others.fish", "echo LOADED\nfunction others; echo $argv; end\n");
    let path = format!(
        "set -g fish_function_path '{}' $fish_function_path",
        sandbox.path("functions").display()
    );
    let mut session = Session::start_with(Shell::Fish, &sandbox, &Shell::Fish.rc(&path));
    assert!(!session.shown().contains("LOADED"));
    assert_eq!(session.type_line("ours tr", TAB), "ours train ");
    assert_eq!(shlex(&sandbox.question().words), ["pivot", "repro", "tr"]);
    session.clear();
    assert_eq!(session.type_line("others tr", TAB), "others tr");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn completions_of_pivot_loaded_before_are_replaced() {
    let sandbox = Sandbox::offering(Shell::Fish, &[plain("train")]);
    let before = "complete --command pivot --arguments 'trains trainers'";
    let rc = format!("{before}\n{}", Shell::Fish.rc(""));
    let mut session = Session::start_with(Shell::Fish, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
}

#[test]
fn names_of_the_scripts_own_may_be_the_sessions() {
    let script = fs::read_to_string(Shell::Fish.script()).expect("the script");
    for set in script.lines().filter_map(|line| line.trim_start().strip_prefix("set -l ")) {
        // The other one is fish's own setting.
        let is_named_so =
            ["_pivot_", "fish_use_posix_spawn "].iter().any(|name| set.starts_with(name));
        assert!(is_named_so, "{set:?}");
    }
    let names = "answer count escaped head kind line path paths program start token tokens typed \
         values word words COMP_WORDS COMP_CWORD";
    for declare in ["-g $name x y", "-U $name x", "-gx $name x", "-g --path $name a:b", "-gx $name"]
    {
        let sandbox = Sandbox::answering("none:\ntrain@a *\thelp\n");
        let rc = Shell::Fish.rc(&format!("for name in {names}; set {declare}; end"));
        let mut session = Session::start_with(Shell::Fish, &sandbox, &rc);
        session.type_line("pivot 2>'x y' repro train@", TAB);
        assert_eq!(sandbox.question(), question(Shell::Fish, &["pivot", "repro", "train@"]));
        assert_silent(&session);
        assert_eq!(session.run(), ["[repro]", "[train@a *]"], "under {declare:?}");
    }
}

/// The candidates and helps that fish has for `line`, in its order.
fn candidates(session: &mut Session, sandbox: &Sandbox, line: &str) -> Vec<String> {
    let file = sandbox.path("candidates").display().to_string();
    session.command(&format!("complete --do-complete '{line}' > {file}"));
    sandbox.read("candidates").lines().map(String::from).collect()
}
