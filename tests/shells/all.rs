//! What is the same in all six shells.

use super::*;

pub use super::program::{
    a_link_on_path_is_called_by_its_own_path, the_program_that_printed_the_script_is_called,
    where_it_is_gone_absolute_entries_of_path_are_searched, where_there_is_none_a_tab_is_silent,
};
pub use super::readme::{
    the_readmes_lines_load_the_script, without_the_program_the_readmes_lines_are_silent,
};
pub use super::upgrades::{
    an_older_program_is_silent, scripts_of_other_versions_get_an_answer_or_nothing,
};

pub fn a_unique_name_is_inserted_with_a_blank(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    assert_eq!(sandbox.calls(), [format!("complete --rich {} 1", shell.reader())]);
}

pub fn what_the_names_have_in_common_is_inserted(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("demo/fit:model_a"), plain("demo/fit:model_b")]);
    let mut session = Session::start(shell, &sandbox);
    let line = session.type_line("pivot get demo/fit:", TAB);
    assert_eq!(line, "pivot get demo/fit:model_");
}

pub fn no_candidates_leave_the_line_as_it_is(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let mut session = Session::start(shell, &sandbox);
    // All but the first are none of pivot-complete's.
    for answer in ["none:\n", "\n", "", "nonsense\n", "other:\ntrain\n", "\n\n\n\n", "none\n"] {
        sandbox.answer_bytes(answer);
        for line in ["pivot repro tr ", "pivot repro ", "pivot repro train@ ", "pivot "] {
            assert_eq!(session.type_line(line, TAB), line, "with {answer:?}");
            assert_silent(&session);
            session.clear();
        }
    }
}

pub fn a_missing_program_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let handler = match shell {
        Shell::Bash => "command_not_found_handle() { echo NOISE; }\n",
        Shell::Zsh => "command_not_found_handler() { echo NOISE; }\n",
        Shell::Fish => "function fish_command_not_found; echo NOISE; end\n",
        Shell::Elvish => "",
        Shell::Nushell => "$env.config.hooks.command_not_found = {|| print NOISE }\n",
        Shell::Xonsh => "@events.on_command_not_found\ndef _noise(**_): print('NOISE')\n",
    };
    let mut session = Session::start_with(shell, &sandbox, &(shell.rc("") + handler));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}

pub fn words_with_breaks_are_asked_and_completed_whole(shell: Shell) {
    // The word typed, its candidate, the word it becomes.
    const CASES: [(&str, &str, &str); 9] = [
        ("train@", "train@a", "train@a"),
        ("train@a", "train@a", "train@a"),
        ("demo/train@", "demo/train@a", "demo/train@a"),
        ("demo/fit:", "demo/fit:model", "demo/fit:model"),
        ("demo/fit@a:mo", "demo/fit@a:model", "demo/fit@a:model"),
        ("--checkout-mode=", "symlink", "--checkout-mode=symlink"),
        ("--checkout-mode=sym", "symlink", "--checkout-mode=symlink"),
        ("--set=a=", "a=b@c:d", "--set=a=b@c:d"),
        ("key=va", "key=value", "key=value"),
    ];
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for (typed, candidate, word) in CASES {
        sandbox.answer_behind(shell, start_of(typed), &[plain(candidate)]);
        let line = session.type_line(&format!("pivot repro {typed}"), TAB);
        // Elvish quotes what has a `=`.
        let quote = if shell == Shell::Elvish && word.contains('=') { "'" } else { "" };
        assert_eq!(line, format!("pivot repro {quote}{word}{quote} "), "after {typed:?}");
        assert_asked(&sandbox, shell, &["pivot", "repro", typed]);
        assert_eq!(session.run(), ["[repro]".into(), format!("[{word}]")]);
    }
}

/// Names that a shell would split, expand, or take for something else.
pub const HOSTILE: [&str; 25] = [
    "a b",
    "  two  blanks  ",
    "$(touch PWNED)",
    "`touch PWNED`",
    "x;touch PWNED",
    "x&touch PWNED",
    "x|touch PWNED",
    "x>PWNED",
    "$HOME",
    "${HOME}",
    "*",
    "t[r]ain?",
    "{a,b}",
    "it's",
    "'quoted'",
    "say \"hi\"",
    "\"quoted\"",
    "back\\slash",
    "ends\\",
    "#comment",
    "wow!",
    "!!",
    "=ls",
    "a^b%c",
    "größe→大",
];

/// All of them for this shell.
pub fn hostile(shell: Shell) -> impl Iterator<Item = &'static str> {
    let more: &[&str] = match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish => &[],
        Shell::Elvish | Shell::Nushell | Shell::Xonsh => &crate::other_shells::hostile::NAMES,
    };
    HOSTILE.into_iter().chain(more.iter().copied())
}

pub fn hostile_names_arrive_as_one_argument(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let mut session = Session::start(shell, &sandbox);
    for name in hostile(shell) {
        sandbox.answer(shell, &[plain(name)]);
        let line = session.type_line("pivot repro ", TAB);
        assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
        assert!(!sandbox.path("work/PWNED").exists(), "{name:?} was executed");
    }
}

pub fn quotes_opened_before_the_tab_are_kept_and_closed(shell: Shell) {
    let quotes: &[&str] = match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish | Shell::Elvish => &["'", "\""],
        Shell::Nushell => &["'", "\"", "`"],
        Shell::Xonsh => &["'", "\"", "r'", "'''"],
    };
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for quote in quotes {
        for name in hostile(shell) {
            sandbox.answer(shell, &[plain(name)]);
            let line = session.type_line(&format!("pivot repro {quote}"), TAB);
            assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
        }
    }
}

pub fn words_right_of_the_cursor_are_not_asked(shell: Shell) {
    // The line, the words of it that are asked, the arguments after the TAB.
    const CASES: [(&str, &[&str], &[&str]); 2] = [
        ("pivot repro tr‸ --all", &["pivot", "repro", "tr"], &["[repro]", "[train]", "[--all]"]),
        ("pivot repro ‸ test", &["pivot", "repro", ""], &["[repro]", "[train]", "[test]"]),
    ];
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for (line, words, argv) in CASES {
        session.type_line(line, TAB);
        assert_asked(&sandbox, shell, words);
        assert_eq!(session.run(), argv, "at {line:?}");
    }
}

pub fn other_commands_on_the_line_are_not_asked(shell: Shell) {
    let befores: &[&str] = match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish => {
            &["true; ", "true | ", "true && ", "KEY=value ", "echo 'a b'; "]
        }
        Shell::Elvish => &["nop; ", "nop | ", "echo 'a b'; "],
        Shell::Nushell => &["ls; ", "null | ", "print 'a b'; "],
        Shell::Xonsh => &["true; ", "true | ", "true && "],
    };
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for before in befores {
        let line = session.type_line(&format!("{before}pivot repro tr"), TAB);
        assert_eq!(line, format!("{before}pivot repro train "));
        assert_asked(&sandbox, shell, &["pivot", "repro", "tr"]);
        assert_eq!(session.run(), ["[repro]", "[train]"]);
    }
}

pub fn files_and_directories_are_the_shells_own(shell: Shell) {
    let file = Item { kind: "file", value: "da", help: "" };
    let directory = Item { kind: "dir", value: "da", help: "" };
    let sandbox = Sandbox::new();
    sandbox.write("work/data one.csv", "");
    sandbox.write("work/darkroom/pictures/one", "");
    sandbox.write("home/notes.txt", "");
    let home_file = format!("[{}]", sandbox.path("home/notes.txt").display());
    let mut session = Session::start(shell, &sandbox);
    for (item, typed, argument) in [
        (file, "dat", "[data one.csv]"),
        (file, "'dat", "[data one.csv]"),
        (file, "--out=dat", "[--out=data one.csv]"),
        (file, "darkroom/pictures/o", "[darkroom/pictures/one]"),
        (file, "~/no", &home_file),
        (directory, "da", "[darkroom/]"),
        (directory, "--out=da", "[--out=darkroom/]"),
    ] {
        sandbox.answer_behind(shell, start_of(typed), &[item]);
        let line = session.type_line(&format!("pivot track {typed}"), TAB);
        let argv = session.run();
        // Zsh takes the slash back at Enter.
        let slash = if shell == Shell::Zsh { "/" } else { "" };
        let argument = argument.replace("/]", &format!("{}]", &"/"[slash.len()..]));
        assert_eq!(argv, ["[track]", &argument], "from {line:?}");
    }
}

pub fn a_tab_is_one_call_and_no_other_process(shell: Shell) {
    let sandbox = Sandbox::new();
    let items = [plain("train"), Item { kind: "plain", value: "zeta", help: "many" }];
    sandbox.answer(shell, &items);
    // With nothing else on PATH, any other program would be missing.
    let bin = sandbox.path("bin").display().to_string();
    let setting = match shell {
        Shell::Bash | Shell::Zsh => format!("PATH='{bin}'\n"),
        Shell::Fish => format!("set -gx PATH '{bin}'\n"),
        Shell::Elvish => format!("set paths = ['{bin}']\n"),
        Shell::Nushell => format!("$env.PATH = ['{bin}']\n"),
        Shell::Xonsh => format!("$PATH = ['{bin}']\n"),
    };
    // What a shell loads first may start programs.
    let rc = match shell {
        Shell::Bash | Shell::Zsh | Shell::Fish => shell.rc(&setting),
        Shell::Elvish | Shell::Nushell | Shell::Xonsh => shell.load() + &setting,
    };
    let mut session = Session::start_with(shell, &sandbox, &rc);
    session.list("pivot repro ", "zeta");
    assert_eq!(sandbox.calls().len(), 1);
    assert_silent(&session);
}

pub fn loading_twice_still_asks_once(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start_with(shell, &sandbox, &(shell.rc("") + &shell.load()));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls().len(), 1);
}
