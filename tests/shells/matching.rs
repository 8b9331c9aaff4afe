//! How zsh and fish match: whatever they do for files of some names, they do for candidates of the
//! same names, for they have all of them.

use super::*;

/// Names in the order in which files are listed.
const NAMES: [&str; 6] =
    ["eval_final", "report-one", "test_boosted", "train_data", "train_model", "zeta"];

/// What is typed, and the keys then: prefixes, other case, parts of a name, a part of each word of it,
/// letters left out, mistaken and exchanged; menus.
const TYPED: [(&str, &str); 13] = [
    ("tr", TAB),
    ("TR", TAB),
    ("Train_M", TAB),
    ("boost", TAB),
    ("model", TAB),
    ("t_b", TAB),
    ("rep-o", TAB),
    ("zta", TAB),
    ("ezta", TAB),
    ("ev", TAB),
    ("train_", "\t\t"),
    ("train_", "\t\t\t"),
    ("", "\t\t\t\t"),
];

/// Asserts it under each of these settings.
fn assert_as_files(shell: Shell, settings: &[&str]) {
    for setting in settings {
        let head = if shell == Shell::Zsh { "none/stages:" } else { "none:" };
        let sandbox = Sandbox::answering(&format!("{head}\n{}\n", NAMES.join("\n")));
        for name in NAMES {
            sandbox.write(&format!("work/{name}"), "");
        }
        let mut session = Session::start_with(shell, &sandbox, &shell.rc(setting));
        for (typed, keys) in TYPED {
            let files = session.type_line(&format!("cat {typed}"), keys);
            empty(&mut session);
            let names = session.type_line(&format!("pivot repro {typed}"), keys);
            empty(&mut session);
            let files = files.replacen("cat ", "pivot repro ", 1);
            assert_eq!(names, files, "{typed:?} {keys:?} under {setting:?}");
        }
    }
}

/// Leaves a menu, and the line.
fn empty(session: &mut Session<'_>) {
    while !session.line().is_empty() {
        session.send("\x03");
        session.send("\x05\x15");
    }
}

/// The settings for matching and menus that zsh's manual (zshcompsys) and guides have most.
#[test]
fn zsh_matches_candidates_as_it_does_files() {
    assert_as_files(
        Shell::Zsh,
        &[
            "",
            "zstyle ':completion:*' matcher-list 'm:{a-zA-Z}={A-Za-z}'",
            "zstyle ':completion:*' matcher-list 'm:{a-z}={A-Z}' 'r:|[._-]=* r:|=*' 'l:|=* r:|=*'",
            "zstyle ':completion:*' completer _complete _approximate",
            "zstyle ':completion:*' completer _complete _correct\n\
             zstyle ':completion:*' max-errors 2",
            "zstyle ':completion:*' menu select",
            "setopt menu_complete",
            "setopt no_auto_menu complete_in_word always_to_end",
            "zstyle ':completion:*' group-name ''\n\
             zstyle ':completion:*:descriptions' format '-- %d --'",
            "zstyle ':completion:*' list-colors ${(s.:.)LS_COLORS}\n\
             zstyle ':completion:*' insert-unambiguous true",
            "zstyle ':completion:*' completer _complete _ignored\n\
             zstyle ':completion:*' ignored-patterns 'train_d*'",
        ],
    );
}

/// What fish's documentation has to be set of it, and what it does without a setting.
#[test]
fn fish_matches_candidates_as_it_does_files() {
    assert_as_files(
        Shell::Fish,
        &[
            "",
            "bind \\t complete-and-search",
            "bind \\t complete",
            "set -g fish_autosuggestion_enabled 0",
            "set -g fish_pager_color_prefix red; set -g fish_pager_color_description blue",
            "set -g fish_escape_delay_ms 10",
            "bind \\e\\t complete; bind \\t 'commandline -f complete'",
            "set -g fish_sequence_key_delay_ms 10",
            "set -g fish_color_search_match --background=blue",
            "set -g fish_pager_color_progress green; set -g fish_pager_color_selected_background -r",
        ],
    );
}

#[test]
fn parts_of_a_name_find_it_where_a_setting_says_so() {
    let sandbox = real_project(PIPELINE);
    let substrings = "zstyle ':completion:*' matcher-list 'l:|=* r:|=*'\n";
    for (shell, settings) in [(Shell::Fish, ""), (Shell::Zsh, substrings)] {
        let rc = shell.rc_with_init() + settings;
        let mut session = Session::start_with(shell, &sandbox, &rc);
        for (typed, becomes) in [("uate@b", "demo/evaluate@b "), ("train@b", "train@b ")] {
            let line = session.type_line(&format!("pivot repro {typed}"), TAB);
            assert_eq!(line, format!("pivot repro {becomes}"), "{shell:?}");
            session.clear();
        }
    }
}

#[test]
fn bash_ignores_case_where_readline_does() {
    let sandbox = real_project(PIPELINE);
    for (setting, becomes) in [("off", "pivot repro DEMO/EV"), ("on", "pivot repro demo/evaluate@")]
    {
        let rc = format!("bind 'set completion-ignore-case {setting}'\n");
        let rc = rc + &Shell::Bash.rc_with_init();
        let mut session = Session::start_with(Shell::Bash, &sandbox, &rc);
        for _ in 0..2 {
            assert_eq!(session.type_line("pivot repro DEMO/EV", TAB), becomes, "{setting}");
            session.clear();
        }
        // It may be set at any time.
        session.command("bind 'set completion-ignore-case on'");
        let line = session.type_line("pivot REP", TAB);
        assert_eq!(line, "pivot repro ");
        session.clear();
        // Files beside the outputs in `data/demo/`.
        sandbox.write("work/data/one.csv", "");
        let line = session.type_line("pivot checkout DAT", TAB);
        assert_eq!(line, "pivot checkout data/");
    }
}
