//! What is the same in bash, zsh and fish.

mod broken;
mod directories;
mod own;
mod redirections;
mod runners;
mod watching;

use super::*;

pub use super::program::{
    a_program_that_is_broken_is_silent, a_prompt_whose_program_is_broken_is_silent,
    another_program_of_that_name_on_path_is_none_of_it, the_prompt_hook_calls_the_same_program,
};
pub use broken::*;
pub use directories::*;
pub use own::*;
pub use redirections::*;
pub use runners::*;
pub use watching::*;

pub fn ambiguous_names_are_listed_in_pivots_order(shell: Shell) {
    const NAMES: [&str; 4] = ["zeta", "alpha", "mid", "end"];
    let sandbox = Sandbox::offering(shell, &NAMES.map(plain));
    let mut session = Session::start(shell, &sandbox);
    let listed = session.list("pivot repro ", NAMES[3]);
    let names: Vec<&str> = listed.split_whitespace().filter(|word| NAMES.contains(word)).collect();
    assert_eq!(names, NAMES[..3]);
    assert_eq!(sandbox.calls().len(), 1);
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
    let sandbox = Sandbox::offering(shell, &[plain("-rf /")]);
    let mut session = Session::start(shell, &sandbox);
    session.type_line("pivot repro -", TAB);
    assert_eq!(session.run(), ["[repro]", "[-rf /]"]);
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

pub fn a_cursor_within_a_word_is_where_the_shell_has_it(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    // Zsh and fish move it to the end of the word first.
    let word = if shell == Shell::Bash { "tr" } else { "trai" };
    session.type_line("pivot repro tr‸ai", TAB);
    assert_eq!(sandbox.question(), question(shell, &["pivot", "repro", word]));
}

pub fn the_command_is_asked_as_it_is_typed(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("repro")]);
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
    let sandbox = Sandbox::offering(shell, &[plain("train"), plain("tracks")]);
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
    // Behind it, the mark that doctor looks for.
    let printed = without_early_mark(&front.stdout);
    let mark = printed.strip_prefix(&script).unwrap_or_else(|| panic!("{printed}"));
    assert!(mark.contains("PIVOT_COMPLETE_INIT") && mark.trim().lines().count() == 1, "{mark}");
}

pub fn the_first_tab_discovers_and_later_ones_hit(shell: Shell) {
    let sandbox = real_project(PIPELINE);
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
    let sandbox = real_project("");
    let pid_file = sandbox.path("pid").display().to_string();
    sandbox.write(
        "work/pipeline.py",
        format!(
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
