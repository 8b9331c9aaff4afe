//! The completion scripts in real shells on a pty: what a TAB makes of the line, and what the
//! accepted line then runs as.

#[path = "support/shell_programs.rs"]
mod programs;
#[path = "support/pty.rs"]
mod pty;
#[path = "support/shell_sandbox.rs"]
mod sandbox;
#[path = "support/shell_session.rs"]
mod session;
mod support;

#[path = "shells/everywhere.rs"]
mod everywhere;
#[path = "shells/bash.rs"]
mod only_bash;
#[path = "shells/fish.rs"]
mod only_fish;
#[path = "shells/zsh.rs"]
mod only_zsh;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use pty::no_fork_meanwhile;
use sandbox::{Item, Question, Sandbox, plain};
use session::{Session, Shell};
use support::behind::settle;

/// Makes each fact a test of its own for each shell, named `bash::fact` and so on.
macro_rules! in_each_shell {
    ($($fact:ident)*) => {
        mod bash { $(#[test] fn $fact() { super::everywhere::$fact(super::Shell::Bash); })* }
        mod zsh { $(#[test] fn $fact() { super::everywhere::$fact(super::Shell::Zsh); })* }
        mod fish { $(#[test] fn $fact() { super::everywhere::$fact(super::Shell::Fish); })* }
    };
}

in_each_shell! {
    a_unique_name_is_inserted_with_a_blank
    ambiguous_names_are_listed_in_pivots_order
    what_the_names_have_in_common_is_inserted
    no_candidates_leave_the_line_as_it_is
    a_missing_program_is_silent
    a_program_that_is_broken_is_silent
    a_prompt_whose_program_is_broken_is_silent
    words_with_breaks_are_asked_and_completed_whole
    hostile_names_arrive_as_one_argument
    names_with_a_leading_tilde_are_quoted_or_dropped
    names_with_control_characters_are_dropped
    names_that_look_like_options_are_one_argument
    quotes_opened_before_the_tab_are_kept_and_closed
    quoted_words_are_asked_without_their_quotes
    words_right_of_the_cursor_are_not_asked
    a_cursor_within_a_word_is_where_the_shell_has_it
    the_command_is_asked_as_it_is_typed
    other_commands_on_the_line_are_not_asked
    files_and_directories_are_the_shells_own
    settings_of_the_session_change_nothing
    nothing_of_the_session_is_changed
    a_tab_is_one_call_and_no_other_process
    loading_twice_still_asks_once
    sourcing_is_silent
    init_prints_the_script
    the_first_tab_discovers_and_later_ones_hit
    ctrl_c_ends_the_discovery_and_keeps_the_session
    the_program_that_printed_the_script_is_called
    where_it_is_gone_absolute_entries_of_path_are_searched
    where_there_is_none_a_tab_is_silent
    a_link_on_path_is_called_by_its_own_path
    another_program_of_that_name_on_path_is_none_of_it
    the_prompt_hook_calls_the_same_program
    the_readmes_line_loads_the_script
    without_the_program_the_readmes_line_is_silent
    redirections_are_no_words_of_the_command
    words_that_only_look_like_redirections_are_words
    the_file_of_a_redirection_is_the_shells_own
}

const TAB: &str = "\t";

/// The virtual environment with Pivot 0.5.11.
fn pivot_0511() -> PathBuf {
    let name = "PIVOT_COMPLETE_TEST_VENV_0511";
    let venv = std::env::var_os(name)
        .unwrap_or_else(|| panic!("{name} must name a virtual environment with pivot 0.5.11"));
    let venv = PathBuf::from(venv);
    assert!(venv.join("bin/pivot").exists(), "{name}: no bin/pivot in {}", venv.display());
    venv
}

/// The process `pid` and the ones that it descends from, up to `top` and without it.
fn ancestors(pid: u32, top: u32) -> Vec<u32> {
    let parent = |pid: &u32| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("a running process");
        // The name in parentheses may hold anything; state and parent follow it.
        let (_, rest) = stat.rsplit_once(')').expect("proc(5)");
        let parent = rest.split_whitespace().nth(1).expect("proc(5)").parse().expect("a number");
        (parent != top && parent > 1).then_some(parent)
    };
    std::iter::successors(Some(pid), parent).collect()
}

/// Looks again and again until `condition` holds.
fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + pty::DEADLINE;
    while !condition() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// What the values for `word` do not repeat of it: an option and its `=`.
fn start_of(word: &str) -> &str {
    let equals = word.starts_with('-').then(|| word.find('=')).flatten();
    &word[..equals.map_or(0, |equals| equals + 1)]
}

/// Nothing but the line itself was printed.
fn assert_silent(session: &Session) {
    let shown = session.shown();
    for noise in [
        "NOISE",
        "pivot-complete",
        "_pivot",
        "not found",
        "unbound",
        "no match",
        "rror",
        "readonly",
        "read-only",
        "restricted",
    ] {
        assert!(!shown.contains(noise), "{shown:?}");
    }
}

/// The script `text` as `init` prints it, with the literal `program` for the program's path.
fn with_program(text: &str, program: &str) -> String {
    let (before, behind) = text.split_once("`init` writes its path.\n").expect("the place");
    format!("{before}`init` writes its path.\n{}", behind.replacen("''", program, 1))
}

/// Splits `words` by the part of POSIX's shlex that the scripts make use of.
fn shlex(words: &str) -> Vec<String> {
    let mut split = vec![];
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = words.chars();
    while let Some(char) = chars.next() {
        match char {
            '\'' => (quoted, word) = (!quoted, Some(word.unwrap_or_default())),
            ' ' | '\n' if !quoted => split.extend(word.take()),
            '\\' if !quoted => word.get_or_insert_default().extend(chars.next()),
            '"' if !quoted => panic!("the scripts do not use double quotes: {words:?}"),
            char => word.get_or_insert_default().push(char),
        }
    }
    split.extend(word);
    split
}

/// What `pivot-complete` is asked when `words` end at the cursor, none of them needing quotes.
fn question(shell: Shell, words: &[&str]) -> Question {
    let last = words.last().expect("words");
    let asked = if last.is_empty() { &words[..words.len() - 1] } else { words };
    Question {
        words: if shell == Shell::Fish { words } else { asked }.join(if shell == Shell::Bash {
            "\n"
        } else {
            " "
        }),
        cword: match shell {
            Shell::Fish => last.to_string(),
            _ => (words.len() - 1).to_string(),
        },
    }
}
