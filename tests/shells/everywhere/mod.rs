//! What is the same in each shell.

mod program;
mod readme;
mod redirections;

use super::*;

pub use program::*;
pub use readme::*;
pub use redirections::*;

/// Makes each fact a test of its own for each shell, named `everywhere::bash::fact` and so on.
macro_rules! in_each_shell {
    ($($fact:ident)*) => {
        mod bash { $(#[test] fn $fact() { super::$fact(super::Shell::Bash); })* }
        mod zsh { $(#[test] fn $fact() { super::$fact(super::Shell::Zsh); })* }
        mod fish { $(#[test] fn $fact() { super::$fact(super::Shell::Fish); })* }
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

pub fn a_unique_name_is_inserted_with_a_blank(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    assert_eq!(sandbox.calls(), [format!("complete --rich {}", shell.name())]);
}

pub fn ambiguous_names_are_listed_in_pivots_order(shell: Shell) {
    const NAMES: [&str; 4] = ["zeta", "alpha", "mid", "end"];
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &NAMES.map(plain));
    let mut session = Session::start(shell, &sandbox);
    let listed = session.list("pivot repro ", NAMES[3]);
    let names: Vec<&str> = listed.split_whitespace().filter(|word| NAMES.contains(word)).collect();
    assert_eq!(names, NAMES[..3]);
    assert_eq!(sandbox.calls().len(), 1);
}

pub fn what_the_names_have_in_common_is_inserted(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("demo/fit:model_a"), plain("demo/fit:model_b")]);
    let mut session = Session::start(shell, &sandbox);
    session.list("pivot get demo/fit:", "model_b");
    assert_eq!(session.line(), "pivot get demo/fit:model_");
}

pub fn no_candidates_leave_the_line_as_it_is(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let mut session = Session::start(shell, &sandbox);
    // All but the first are none of pivot-complete's.
    for answer in ["none:\n", "\n", "", "nonsense\n", "other:\ntrain\n", "\n\n\n\n", "none\n"] {
        sandbox.answer_bytes(answer);
        for line in ["pivot repro tr", "pivot repro ", "pivot repro train@", "pivot"] {
            session.type_line(&format!("{line} "), TAB);
            assert_eq!(session.line(), format!("{line} "), "with {answer:?}");
            session.clear();
        }
    }
}

pub fn a_missing_program_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    let handler = match shell {
        Shell::Bash => "command_not_found_handle() { echo NOISE; }",
        Shell::Zsh => "command_not_found_handler() { echo NOISE; }",
        Shell::Fish => "function fish_command_not_found; echo NOISE; end",
        other => other.is_not_asked(),
    };
    let mut session = Session::start_with(shell, &sandbox, &shell.rc(handler));
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
        assert_eq!(line, format!("pivot repro {word} "), "after {typed:?}");
        assert_eq!(sandbox.question(), question(shell, &["pivot", "repro", typed]));
        assert_eq!(session.run(), ["[repro]".into(), format!("[{word}]")]);
    }
}

/// Names that a shell would split, expand, or take for something else.
const HOSTILE: [&str; 25] = [
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

pub fn hostile_names_arrive_as_one_argument(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let mut session = Session::start(shell, &sandbox);
    for name in HOSTILE {
        sandbox.answer(shell, &[plain(name)]);
        let line = session.type_line("pivot repro ", TAB);
        assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
        assert!(!sandbox.path("work/PWNED").exists(), "{name:?} was executed");
    }
}

pub fn names_with_control_characters_are_dropped(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for name in ["\x1b[31mred", "a\rb", "bell\x07", "del\x7f", "csi\u{9b}31m"] {
        sandbox.answer(shell, &[plain(name)]);
        assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro ", "with {name:?}");
        session.clear();
    }
    sandbox.answer(shell, &[plain("\x1b[31mred"), plain("train")]);
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro train ");
}

pub fn names_with_a_leading_tilde_are_quoted_or_dropped(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for name in ["~", "~/train", "~root"] {
        sandbox.answer(shell, &[plain(name)]);
        session.type_line("pivot repro ", TAB);
        let argv = session.run();
        // Fish would expand it.
        let arrived = if shell == Shell::Fish { vec![] } else { vec![format!("[{name}]")] };
        assert_eq!(argv[1..], arrived);
    }
}

pub fn names_that_look_like_options_are_one_argument(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("-rf /")]);
    let mut session = Session::start(shell, &sandbox);
    session.type_line("pivot repro -", TAB);
    assert_eq!(session.run(), ["[repro]", "[-rf /]"]);
}

pub fn quotes_opened_before_the_tab_are_kept_and_closed(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for quote in ["'", "\""] {
        for name in HOSTILE {
            sandbox.answer(shell, &[plain(name)]);
            let line = session.type_line(&format!("pivot repro {quote}"), TAB);
            assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "from {line:?}");
        }
    }
}

pub fn quoted_words_are_asked_without_their_quotes(shell: Shell) {
    // The word typed, what the program must read, the name that completes it.
    const CASES: [(&str, &str, &str); 7] = [
        (r"a\ b", "a b", "a b@c"),
        ("'a b'", "a b", "a b@c"),
        ("\"a b", "a b", "a b@c"),
        ("'it is", "it is", "it is @ once"),
        ("'a'@\"b", "a@b", "a@b c"),
        (r"\$x", "$x", "$x*y"),
        (r#""\$x"#, "$x", "$x*y"),
    ];
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for (typed, read, name) in CASES {
        sandbox.answer(shell, &[plain(name)]);
        let line = session.type_line(&format!("pivot -C 'a b' repro {typed}"), TAB);
        let asked = sandbox.question();
        assert_eq!(shlex(&asked.words), ["pivot", "-C", "a b", "repro", read], "{asked:?}");
        match shell {
            Shell::Fish => assert_eq!(shlex(&asked.cword), [read]),
            _ => assert_eq!(asked.cword, "4"),
        }
        assert_eq!(session.run()[3..], [format!("[{name}]")], "from {line:?}");
    }
}

pub fn words_right_of_the_cursor_are_not_asked(shell: Shell) {
    // The line, the words of it that are asked, the arguments after the TAB.
    const CASES: [(&str, &[&str], &[&str]); 2] = [
        ("pivot repro tr‸ --all", &["pivot", "repro", "tr"], &["[repro]", "[train]", "[--all]"]),
        ("pivot repro ‸ test", &["pivot", "repro", ""], &["[repro]", "[train]", "[test]"]),
    ];
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for (line, asked, argv) in CASES {
        session.type_line(line, TAB);
        assert_eq!(sandbox.question(), question(shell, asked), "at {line:?}");
        assert_eq!(session.run(), argv, "at {line:?}");
    }
}

pub fn a_cursor_within_a_word_is_where_the_shell_has_it(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    // Zsh and fish move it to the end of the word first.
    let word = if shell == Shell::Bash { "tr" } else { "trai" };
    session.type_line("pivot repro tr‸ai", TAB);
    assert_eq!(sandbox.question(), question(shell, &["pivot", "repro", word]));
}

pub fn the_command_is_asked_as_it_is_typed(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("repro")]);
    sandbox.install_pivot("home/bin/pivot");
    sandbox.install_pivot("work/pivot");
    let mut session = Session::start(shell, &sandbox);
    let absolute = sandbox.path("work/pivot").display().to_string();
    for command in ["~/bin/pivot", "./pivot", &absolute] {
        assert_eq!(session.type_line(&format!("{command} re"), TAB), format!("{command} repro "));
        assert_eq!(shlex(&sandbox.question().words), [command, "re"]);
        assert_eq!(session.run(), ["[repro]"]);
    }
}

pub fn other_commands_on_the_line_are_not_asked(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for before in ["true; ", "true | ", "true && ", "KEY=value ", "echo 'a b'; "] {
        let line = session.type_line(&format!("{before}pivot repro tr"), TAB);
        assert_eq!(line, format!("{before}pivot repro train "));
        assert_eq!(sandbox.question(), question(shell, &["pivot", "repro", "tr"]));
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

pub fn settings_of_the_session_change_nothing(shell: Shell) {
    let settings: &[&str] = match shell {
        Shell::Bash => &[
            "set -eu",
            "set -euo pipefail",
            "shopt -s failglob",
            "shopt -s nullglob",
            "shopt -s nocasematch nocaseglob extglob dotglob",
            "set -f",
            "set -o posix",
            "IFS=train,",
            "IFS=",
            "COMP_WORDBREAKS=' '",
            "COMP_WORDBREAKS=${COMP_WORDBREAKS//:}",
            "shopt -u patsub_replacement",
        ],
        Shell::Zsh => &[
            "setopt err_return no_unset",
            "setopt ksh_arrays sh_word_split",
            "setopt null_glob",
            "setopt csh_null_glob",
            "setopt no_glob",
            "setopt glob_subst extended_glob ksh_glob sh_glob",
            "setopt no_short_loops ignore_braces",
            "setopt rc_quotes rc_expand_param warn_create_global",
            "setopt complete_in_word always_to_end",
            "setopt menu_complete",
            "setopt hist_verify no_bang_hist",
            "IFS=train,",
            "IFS=",
        ],
        Shell::Fish => &["set -g IFS train,", "set -g fish_trace_off 1"],
        other => other.is_not_asked(),
    };
    for setting in settings {
        let sandbox = Sandbox::new();
        sandbox.write("work/train*", "");
        sandbox.answer(shell, &[plain("train@a *")]);
        let mut session = Session::start_with(shell, &sandbox, &shell.rc(setting));
        session.type_line("pivot repro train@", TAB);
        assert_silent(&session);
        let asked = question(shell, &["pivot", "repro", "train@"]);
        assert_eq!(sandbox.question(), asked, "under {setting:?}");
        assert_eq!(session.run(), ["[repro]", "[train@a *]"], "under {setting:?}");
    }
}

pub fn nothing_of_the_session_is_changed(shell: Shell) {
    let snapshot = match shell {
        Shell::Bash => {
            "{ set -o; shopt; compgen -v | grep -v '^BASH_\\|^_$'; echo \"$-\"; \
             printf %q \"$IFS$COMP_WORDBREAKS\"; } > "
        }
        Shell::Zsh => {
            "{ setopt; print -r - ${(q)IFS} ${+answer} ${+current} ${+help} ${+helps} ${+i} \
             ${+line} ${+next} ${+typed} ${+value}; } > "
        }
        Shell::Fish => "set --names | string match --invert 'history*' > ",
        other => other.is_not_asked(),
    };
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train"), plain("tracks")]);
    let mut session = Session::start(shell, &sandbox);
    let before = sandbox.path("before").display().to_string();
    let after = sandbox.path("after").display().to_string();
    session.command(&format!("{snapshot}{before}"));
    session.type_line("pivot repro tr", TAB);
    session.clear();
    session.command(&format!("{snapshot}{after}"));
    assert_ne!(sandbox.read("before"), "");
    assert_eq!(sandbox.read("before"), sandbox.read("after"));
}

pub fn a_tab_is_one_call_and_no_other_process(shell: Shell) {
    let sandbox = Sandbox::new();
    let items = [plain("train"), Item { kind: "plain", value: "trains", help: "many" }];
    sandbox.answer(shell, &items);
    // With nothing else on PATH, any other program would be missing.
    let bin = sandbox.path("bin").display().to_string();
    let setting = match shell {
        Shell::Fish => format!("set -gx PATH '{bin}'"),
        _ => format!("PATH='{bin}'"),
    };
    let mut session = Session::start_with(shell, &sandbox, &shell.rc(&setting));
    session.list("pivot repro tr", "trains");
    assert_eq!(sandbox.calls().len(), 1);
    assert_silent(&session);
}

pub fn loading_twice_still_asks_once(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let rc = shell.rc(&format!(". {}", shell.script()));
    let mut session = Session::start_with(shell, &sandbox, &rc);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(sandbox.calls().len(), 1);
}

pub fn sourcing_is_silent(shell: Shell) {
    let script = shell.script();
    let ways: &[&[&str]] = match shell {
        Shell::Bash => &[
            &["--norc", "-eu"],
            &["--norc", "--posix", "-eu"],
            &["--norc", "-eu", "-O", "failglob"],
        ],
        Shell::Zsh => &[&["-f", "-eu"], &["-f", "-eu", "-o", "ksh_arrays", "-o", "sh_word_split"]],
        Shell::Fish => &[&["--no-config"]],
        other => other.is_not_asked(),
    };
    for options in ways {
        let guard = no_fork_meanwhile();
        let run = Command::new(shell.name()).args(*options).arg(&script).output().expect("it runs");
        drop(guard);
        assert!(run.status.success(), "{options:?}: {run:?}");
        assert_eq!((run.stdout, run.stderr), (vec![], vec![]), "{options:?}");
    }
}

pub fn init_prints_the_script(shell: Shell) {
    let guard = no_fork_meanwhile();
    let front = Command::new(crate::support::front())
        .args(["init", shell.name()])
        .output()
        .expect("the front runs");
    drop(guard);
    assert!(front.status.success());
    let program = format!("'{}'", crate::support::front().display());
    let script = with_program(&fs::read_to_string(shell.script()).expect("the script"), &program);
    assert_eq!(String::from_utf8_lossy(&front.stdout), script);
}

/// The stages of this pipeline, in Pivot's order.
const STAGES: [&str; 4] = ["demo/train@a", "demo/evaluate@a", "demo/train@b", "demo/evaluate@b"];
const PIPELINE: &str = r#"
from pivot import Pipeline, stage

@stage
def train() -> dict:
    return {"a": 1}

@stage
def evaluate(m: dict) -> dict:
    return {"b": 1}

pipeline = Pipeline("demo")
with pipeline:
    for v in ("a", "b"):
        with pipeline.variant(v):
            evaluate(train())
"#;

pub fn the_first_tab_discovers_and_later_ones_hit(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.install_real(&pivot_0511());
    fs::create_dir(sandbox.path("work/.pivot")).expect("mkdir");
    let note = format!("print(1, file=open('{}', 'a'))\n", sandbox.path("imports").display());
    sandbox.write("work/pipeline.py", &(note + PIPELINE));
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());

    let listed = session.list("pivot repro demo/", STAGES[3]);
    let names: Vec<&str> = listed.split_whitespace().filter(|word| STAGES.contains(word)).collect();
    assert_eq!(names, STAGES[..3]);
    session.clear();
    assert_eq!(session.type_line("pivot repro demo/ev@", TAB), "pivot repro demo/ev@");
    session.clear();
    let line = session.type_line("pivot repro demo/evaluate@b", TAB);
    assert_eq!(line, "pivot repro demo/evaluate@b ");
    session.clear();
    // All names share one prefix: Pivot offers them without it, too.
    assert_eq!(session.type_line("pivot repro evaluate@b", TAB), "pivot repro evaluate@b ");
    assert_eq!(sandbox.read("imports"), "1\n", "the pipeline is imported once");
}

pub fn ctrl_c_ends_the_discovery_and_keeps_the_session(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.install_real(&pivot_0511());
    fs::create_dir(sandbox.path("work/.pivot")).expect("mkdir");
    let pid_file = sandbox.path("pid").display().to_string();
    sandbox.write(
        "work/pipeline.py",
        &format!(
            "import os, time\n\
             open('{pid_file}.new', 'w').write(str(os.getpid()))\n\
             os.rename('{pid_file}.new', '{pid_file}')\n\
             time.sleep(3600)\n"
        ),
    );
    let mut session = Session::start_with(shell, &sandbox, &shell.rc_with_init());
    session.type_line("pivot repro demo/", "");
    session.pty().send(TAB);
    wait_until("the pipeline is imported", || !sandbox.read("pid").is_empty());
    let python: u32 = sandbox.read("pid").parse().expect("a process id");
    let discovery = ancestors(python, session.pty().pid());
    assert!(discovery.len() >= 2, "python and the engine: {discovery:?}");

    session.interrupt();
    session.command("true");
    for pid in discovery {
        wait_until("the process has ended", || !Path::new(&format!("/proc/{pid}")).exists());
    }
}
