//! The completion scripts in real elvish, nushell and xonsh on a pty: what a TAB makes of the
//! line, and what the accepted line then runs as.

#[path = "support/shell_programs.rs"]
mod programs;
#[allow(dead_code, reason = "tests/shells.rs uses all of it")]
#[path = "support/pty.rs"]
mod pty;
#[allow(dead_code, reason = "tests/shells.rs uses all of it")]
#[path = "support/shell_sandbox.rs"]
mod sandbox;
#[path = "other_shells/session.rs"]
mod session;
mod support;

#[path = "other_shells/everywhere.rs"]
mod everywhere;
#[path = "other_shells/hostile.rs"]
mod hostile;
#[path = "other_shells/xonsh.rs"]
mod only_xonsh;
#[path = "other_shells/program.rs"]
mod program;
#[path = "other_shells/readme.rs"]
mod readme;
#[path = "other_shells/real.rs"]
mod real;
#[path = "other_shells/surroundings.rs"]
mod surroundings;

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;

use sandbox::{Item, Sandbox, plain};
use session::{Session, Shell};

/// Makes each fact a test of its own for each shell, named `elvish::fact` and so on.
macro_rules! in_each_shell {
    ($($module:ident::$fact:ident)*) => {
        mod elvish { $(#[test] fn $fact() { super::$module::$fact(super::Shell::Elvish); })* }
        mod nushell { $(#[test] fn $fact() { super::$module::$fact(super::Shell::Nushell); })* }
        mod xonsh { $(#[test] fn $fact() { super::$module::$fact(super::Shell::Xonsh); })* }
    };
}

in_each_shell! {
    everywhere::a_unique_name_is_inserted_with_a_blank
    everywhere::ambiguous_names_are_listed
    everywhere::descriptions_stand_beside_names
    everywhere::what_the_names_have_in_common_is_inserted
    everywhere::words_with_breaks_are_asked_and_completed_whole
    everywhere::quoted_words_are_asked_without_their_quotes
    everywhere::a_choice_in_other_letters_is_inserted_as_it_is
    everywhere::words_right_of_the_cursor_are_not_asked
    everywhere::other_commands_on_the_line_are_not_asked
    everywhere::files_and_directories_are_the_shells_own
    everywhere::values_and_files_are_listed_together
    everywhere::ten_thousand_names_are_taken
    hostile::names_arrive_as_one_argument
    hostile::names_behind_an_option_arrive_with_it
    hostile::quotes_opened_before_the_tab_are_closed
    hostile::lines_that_are_no_candidates_are_dropped
    hostile::no_answer_leaves_the_line_as_it_is
    hostile::a_missing_program_is_silent
    hostile::a_failing_program_is_silent
    surroundings::other_commands_are_completed_as_before
    surroundings::the_question_stays_in_the_call
    surroundings::no_name_is_added_to_the_session
    surroundings::a_tab_is_one_call_and_no_other_process
    surroundings::loading_twice_still_asks_once
    surroundings::the_lines_that_users_add_load_it
    program::the_program_that_printed_the_script_is_called
    program::where_it_is_gone_absolute_entries_of_path_are_searched
    program::where_there_is_none_a_tab_is_silent
    program::a_link_on_path_is_called_by_its_own_path
    readme::its_lines_load_the_script
    readme::without_the_program_its_lines_are_silent
    real::the_first_tab_discovers_and_later_ones_hit
}

const TAB: &str = "\t";

/// What the values for `word` do not repeat of it: an option and its `=`.
fn start_of(word: &str) -> &str {
    let equals = word.starts_with('-').then(|| word.find('=')).flatten();
    &word[..equals.map_or(0, |equals| equals + 1)]
}

/// The words that the program was asked, the last of them the one at the cursor.
fn asked(sandbox: &Sandbox) -> Vec<String> {
    let question = sandbox.question();
    let words = shlex(&question.words);
    assert_eq!(question.cword, (words.len() - 1).to_string(), "{question:?}");
    words
}

/// Splits `words` by the part of POSIX's shlex that the scripts make use of.
fn shlex(words: &str) -> Vec<String> {
    let mut split = vec![];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = words.chars();
    while let Some(char) = chars.next() {
        match (quote, char) {
            (None, '\'' | '"') => (quote, word) = (Some(char), Some(word.unwrap_or_default())),
            (Some(open), _) if open == char => quote = None,
            (None, '\n') => split.extend(word.take()),
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (Some('"'), '\\') => panic!("not what the scripts do: {words:?}"),
            _ => word.get_or_insert_default().push(char),
        }
    }
    split.extend(word);
    split
}

/// Nothing but the line itself was printed, and what the shell says of no candidates.
fn assert_silent(session: &Session) {
    let shown = session.shown().replace("error: no candidates", "");
    for noise in ["NOISE", "pivot-complete", "_pivot", "not found", "xception", "rror", "arning"] {
        assert!(!shown.contains(noise), "{shown:?}");
    }
}

/// Installs the program `name`, a file with this text.
fn install(sandbox: &Sandbox, name: &str, text: &str) {
    let name = format!("bin/{name}");
    let _guard = pty::no_fork_meanwhile();
    sandbox.write(&name, text);
    fs::set_permissions(sandbox.path(&name), Permissions::from_mode(0o755)).expect("chmod");
}
