//! What holds in each of them.

/// Makes each fact a test of its own for each shell, named `each::elvish::fact` and so on.
macro_rules! in_each_shell {
    ($($module:ident::$fact:ident)*) => {
        mod elvish { $(#[test] fn $fact() { super::super::$module::$fact(super::super::Shell::Elvish); })* }
        mod nushell { $(#[test] fn $fact() { super::super::$module::$fact(super::super::Shell::Nushell); })* }
        mod xonsh { $(#[test] fn $fact() { super::super::$module::$fact(super::super::Shell::Xonsh); })* }
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
