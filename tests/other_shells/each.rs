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
    everywhere::ambiguous_names_are_listed
    everywhere::descriptions_stand_beside_names
    everywhere::quoted_words_are_asked_without_their_quotes
    everywhere::a_choice_in_other_letters_is_inserted_as_it_is
    everywhere::values_and_files_are_listed_together
    everywhere::ten_thousand_names_are_taken
    hostile::names_behind_an_option_arrive_with_it
    hostile::lines_that_are_no_candidates_are_dropped
    hostile::a_failing_program_is_silent
    surroundings::other_commands_are_completed_as_before
    surroundings::the_question_stays_in_the_call
    surroundings::no_name_is_added_to_the_session
    surroundings::the_lines_that_users_add_load_it
    real::the_first_tab_discovers_and_later_ones_hit
}
