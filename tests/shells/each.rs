//! The tests that several shells have in common, each of them one for each shell.

use super::{all, everywhere};
use crate::other_shells as others;
use crate::support::shell::Shell;

/// Makes each fact a test of its own for each shell, named `each::bash::fact` and so on.
macro_rules! in_each_shell {
    (
        all: $($all:ident)*;
        bash_zsh_and_fish: $($three:ident)*;
        elvish_nushell_and_xonsh: $($module:ident::$other:ident)*;
    ) => {
        in_each_shell! { bash Bash: $(all::$all)* $(everywhere::$three)* }
        in_each_shell! { zsh Zsh: $(all::$all)* $(everywhere::$three)* }
        in_each_shell! { fish Fish: $(all::$all)* $(everywhere::$three)* }
        in_each_shell! { elvish Elvish: $(all::$all)* $(others::$module::$other)* }
        in_each_shell! { nushell Nushell: $(all::$all)* $(others::$module::$other)* }
        in_each_shell! { xonsh Xonsh: $(all::$all)* $(others::$module::$other)* }
    };
    ($name:ident $shell:ident: $($($path:ident)::+)*) => {
        mod $name {
            use super::*;
            $(in_each_shell! { @ $shell $($path)::+ })*
        }
    };
    (@ $shell:ident $module:ident::$fact:ident) => {
        #[test]
        fn $fact() {
            $module::$fact(Shell::$shell);
        }
    };
    (@ $shell:ident $above:ident::$module:ident::$fact:ident) => {
        #[test]
        fn $fact() {
            $above::$module::$fact(Shell::$shell);
        }
    };
}

in_each_shell! {
    all:
        a_unique_name_is_inserted_with_a_blank
        what_the_names_have_in_common_is_inserted
        no_candidates_leave_the_line_as_it_is
        a_missing_program_is_silent
        words_with_breaks_are_asked_and_completed_whole
        hostile_names_arrive_as_one_argument
        quotes_opened_before_the_tab_are_kept_and_closed
        words_right_of_the_cursor_are_not_asked
        other_commands_on_the_line_are_not_asked
        files_and_directories_are_the_shells_own
        a_tab_is_one_call_and_no_other_process
        loading_twice_still_asks_once
        the_program_that_printed_the_script_is_called
        where_it_is_gone_absolute_entries_of_path_are_searched
        where_there_is_none_a_tab_is_silent
        a_link_on_path_is_called_by_its_own_path
        scripts_of_other_versions_get_an_answer_or_nothing
        an_older_program_is_silent
        the_readmes_lines_load_the_script
        without_the_program_the_readmes_lines_are_silent;
    bash_zsh_and_fish:
        ambiguous_names_are_listed_in_pivots_order
        a_program_that_is_broken_is_silent
        a_prompt_whose_program_is_broken_is_silent
        names_with_a_leading_tilde_are_quoted_or_dropped
        names_with_control_characters_are_dropped
        names_that_look_like_options_are_one_argument
        quoted_words_are_asked_without_their_quotes
        a_cursor_within_a_word_is_where_the_shell_has_it
        the_command_is_asked_as_it_is_typed
        settings_of_the_session_change_nothing
        nothing_of_the_session_is_changed
        sourcing_is_silent
        init_prints_the_script
        the_first_tab_discovers_and_later_ones_hit
        ctrl_c_ends_the_discovery_and_keeps_the_session
        another_program_of_that_name_on_path_is_none_of_it
        the_prompt_hook_calls_the_same_program
        redirections_are_no_words_of_the_command
        words_that_only_look_like_redirections_are_words
        the_file_of_a_redirection_is_the_shells_own
        a_directory_on_the_way_to_a_value_ends_in_its_slash
        a_directory_that_is_a_value_is_offered_once
        a_file_that_is_a_value_is_offered_once
        a_prompt_sees_to_the_watcher
        a_watcher_discovers_behind_a_save_until_the_shell_ends
        a_line_that_runs_pivot_is_completed_as_pivots
        its_start_behind_another_one_is_found_too
        its_own_completion_completes_all_else
        pivot_complete_itself_is_completed
        its_stages_are_completed
        its_stages_are_those_of_the_directory_it_is_given
        doctor_knows_a_subshell_from_another_shell
        doctor_says_whether_the_shell_asks
        what_doctor_says_of_the_rc_file_helps
        a_program_that_does_not_know_its_own_completion_is_silent
        without_one_of_its_own_files_are_completed
        names_for_pivot_are_completed_as_what_they_stand_for
        what_is_more_than_a_name_for_pivot_is_not_asked_about
        a_name_that_comes_behind_the_first_prompt_is_one_too
        the_environment_that_it_runs_in_is_asked
        a_broken_pipeline_leaves_the_last_good_names
        a_broken_pipeline_offers_no_stray_files
        a_prompt_tells_once_that_the_pipeline_fails;
    elvish_nushell_and_xonsh:
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
        real::the_first_tab_discovers_and_later_ones_hit;
}
