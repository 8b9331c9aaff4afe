//! The session around the script: readonly names, traps, restrictions, expansions.

use super::*;

/// A TAB after `settings` completes a name, a quoted one and a path, and says nothing.
fn completes_under(settings: &str) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train files/one", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(settings));
    for (answer, typed, line) in [
        (names(&["train a *"]), "pivot repro tr", r"pivot repro train\ a\ \* "),
        (names(&["it's b"]), "pivot repro \"it's ", "pivot repro \"it's b\" "),
        (names(&["a b1", "a b2"]), "pivot repro 2>'x y' a", r"pivot repro 2>'x y' a\ b"),
        ("file:--x=\n".into(), "pivot repro --x=tr", r"pivot repro --x=train\ files/"),
        ("dir:\ntrain files/\n".into(), "pivot repro tr", r"pivot repro train\ files/"),
    ] {
        sandbox.answer_bytes(&answer);
        assert_eq!(session.type_line(typed, TAB), line, "under {settings:?}");
        assert_silent(&session);
        session.clear();
    }
    assert_eq!(sandbox.calls().len(), 5);
}

#[test]
fn names_of_the_sessions_own_do_not_matter() {
    // Plain words: the names of locals, now or once, and what others might call theirs.
    let names = "answer apostrophe before char cword entries expanded failglob files first from \
         in_word kept line lines named nested open_quote path paths piece program quote quoted \
         redirected rest run slash start status to typed typed_path value values word words";
    for declare in
        ["readonly $name=x", "declare -rA $name", "declare -ri $name=1", "declare -n $name=IFS"]
    {
        completes_under(&format!("for name in {names}; do {declare}; done; readonly name"));
    }
}

#[test]
fn all_names_of_the_script_are_its_own() {
    for file in [BASH.script(), BASH.script().replace("pivot.bash", "prewarm.bash")] {
        let script = fs::read_to_string(file).expect("the script");
        let mut names = vec![];
        for line in script.lines().map(str::trim_start) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if let ["for", name, ..] | [.., "-t", name, _] = words[..] {
                names.push(name);
            }
            // Of `local a='' b=$c` the words in front of an equals sign.
            let declared = words.iter().take_while(|word| !word.starts_with('#'));
            names.extend(declared.filter_map(|word| {
                let (name, _) = word.split_once('=')?;
                let name = name.trim_end_matches('+').split('[').next()?;
                let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
                (!name.is_empty() && name.chars().all(plain)).then_some(name)
            }));
        }
        assert!(!names.is_empty(), "{script}");
        let allowed = ["COMPREPLY", "COMP_WORDS", "COMP_CWORD", "IFS", "PROMPT_COMMAND"];
        for name in names {
            assert!(name.starts_with("_pivot_") || allowed.contains(&name), "{name}");
        }
    }
}

#[test]
fn no_option_of_the_shell_matters() {
    for settings in [
        "set -k",
        "set -aefhkuCET -o pipefail",
        "set -k -o posix",
        "set -x",
        "echo() { :; }; bind() { :; }; alias echo=false bind=false",
        "IFS=train; set -k",
        "shopt -s failglob nullglob dotglob; shopt -u extglob",
        "shopt -s nocasematch extdebug inherit_errexit lastpipe",
        "shopt -s compat44 localvar_inherit localvar_unset assoc_expand_once",
        "readonly COMP_WORDS; readonly -a COMP_WORDBREAKS",
        "declare -x COMP_LINE; declare -i COMP_POINT",
    ] {
        completes_under(settings);
    }
}

/// A program of another's that runs others, and a session that is traced.
const TRACED: &str = "_own() { COMPREPLY=(theirs); }; complete -F _own nohup; set -x";

#[test]
fn of_a_program_that_runs_pivot_only_its_own_completion_is_traced() {
    let sandbox = Sandbox::answering(&names(&["train"]));
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(TRACED));
    assert_eq!(session.type_line("nohup pivot repro tr", TAB), "nohup pivot repro train ");
    assert_silent(&session);
    session.clear();
    assert_eq!(session.type_line("nohup other th", TAB), "nohup other theirs ");
    assert!(session.shown().contains("+ COMPREPLY=(theirs)"), "{:?}", session.shown());
    assert_silent(&session);
}

#[test]
fn the_programs_own_line_is_completed_whatever_words_are_split_at() {
    let sandbox = Sandbox::new();
    let front = crate::support::front();
    std::os::unix::fs::symlink(front, sandbox.path("bin/pivot-complete")).expect("a link");
    for settings in ["IFS=/", "IFS=", "unset IFS", "readonly IFS"] {
        let rc = format!("{}{settings}\n", BASH.rc_with_init());
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        let line = session.type_line("pivot-complete doct", TAB);
        assert_eq!(line, "pivot-complete doctor ", "{settings}");
        assert!(!session.shown().contains("bash:"), "{:?}", session.shown());
    }
}

#[test]
fn a_prompt_under_any_option_is_silent_and_keeps_the_status() {
    let hook = BASH.script().replace("pivot.bash", "prewarm.bash");
    for settings in ["set -k", "set -k -o posix", "set -fu", "ulimit -n 7", "ulimit -n 6"] {
        let sandbox = Sandbox::answering(&names(&["train"]));
        // With so few descriptors bash itself could not read the files.
        let is_limit = settings.starts_with("ulimit");
        let (before, behind) = if is_limit { (":", settings) } else { (settings, ":") };
        let rc = format!("{before}\n{}. {hook}\n", BASH.rc(""));
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        assert_eq!(session.shown(), "", "{settings:?}");
        let calls = sandbox.calls().len();
        assert_eq!(output_of(&mut session, behind), "", "{settings:?}");
        assert_eq!(output_of(&mut session, "false"), "", "{settings:?}");
        let status = output_of(&mut session, "echo status $?");
        assert_eq!(status, "status 1\r\n", "{settings:?}");
        assert_eq!(sandbox.calls().len() > calls, !is_limit, "{settings:?}");
    }
}

#[test]
fn where_descriptors_are_used_up_a_tab_is_silent() {
    let sandbox = Sandbox::answering(&names(&["train"]));
    // The terminal's side of these tests leaves some open here. With the limit set before the
    // script, bash itself could not read that.
    for limit in 7..16 {
        let rc = format!("{}ulimit -n {limit}\n", BASH.rc(""));
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        let line = session.type_line("pivot repro tr", TAB);
        assert!(["pivot repro tr", "pivot repro train "].contains(&&*line), "{line:?}");
        let shown = session.shown().to_string();
        assert!(!shown.contains("bash:"), "{limit}: {shown:?}");
    }
}

#[test]
fn a_line_that_bash_could_not_assign_is_not_completed() {
    // Bash tells of it itself, before anybody's function runs.
    for settings in [
        "readonly COMP_LINE='pivot status tr'",
        "readonly COMP_LINE='pivot repro tr' COMP_POINT=14",
        "COMP_POINT=14; readonly COMP_POINT",
        "declare -u COMP_LINE",
        "declare -l COMP_LINE",
    ] {
        let sandbox = Sandbox::answering(&names(&["train"]));
        let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(settings));
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr", "{settings:?}");
        assert!(!session.shown().contains("_pivot"), "{:?}", session.shown());
        assert_eq!(sandbox.calls(), [""; 0], "{settings:?}");
    }
}

#[test]
fn ifs_may_be_readonly() {
    for settings in [
        "readonly IFS",
        "readonly IFS=train,",
        "readonly IFS=",
        "unset IFS; readonly IFS",
        "set -euo posix; readonly IFS=e",
    ] {
        completes_under(settings);
    }
}

#[test]
fn a_reply_that_cannot_be_given_is_silent() {
    let sandbox = Sandbox::answering(&names(&["train"]));
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc("readonly COMPREPLY"));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}

#[test]
fn a_variable_is_bashs_own() {
    // What is typed, and what bash alone makes of it.
    const CASES: [(&str, &str); 8] = [
        ("pivot repro $PIVOT_TES", "pivot repro $PIVOT_TEST "),
        ("pivot $PIVOT_TES", "pivot $PIVOT_TEST "),
        ("pivot repro ${PIVOT_TES", "pivot repro ${PIVOT_TEST} "),
        ("pivot repro \"$PIVOT_TES", "pivot repro \"$PIVOT_TEST\" "),
        ("pivot repro --x=$PIVOT_TES", "pivot repro --x=$PIVOT_TEST "),
        ("pivot repro fit:$PIVOT_TES", "pivot repro fit:$PIVOT_TEST "),
        ("pivot repro >$PIVOT_TES", "pivot repro >$PIVOT_TEST "),
        ("pivot repro $HOME/not", "pivot repro $HOME/notes.txt "),
    ];
    let sandbox = Sandbox::new();
    sandbox.write("home/notes.txt", "");
    sandbox.answer_bytes(&names(&["train"]));
    for rc in [BASH.rc("PIVOT_TEST=value"), "PIVOT_TEST=value".into()] {
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        for (typed, line) in CASES {
            assert_eq!(session.type_line(typed, TAB), line);
            session.clear();
        }
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn a_dollar_that_is_only_a_character_is_asked() {
    let sandbox = Sandbox::answering(&names(&["$x y"]));
    let mut session = Session::start(BASH, &sandbox);
    for (typed, line) in [
        (r"\$x", r"pivot repro \$x\ y "),
        ("'$x", "pivot repro '$x y' "),
        (r#""\$x"#, r#"pivot repro "\$x y" "#),
    ] {
        assert_eq!(session.type_line(&format!("pivot repro {typed}"), TAB), line);
        assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "$x"]));
        session.clear();
    }
}

#[test]
fn a_trap_that_sees_functions_prints_only_that_one_begins() {
    let sandbox = Sandbox::answering(&names(&["train@a *"]));
    let hook = BASH.script().replace("pivot.bash", "prewarm.bash");
    let rc = format!("{}. {hook}\n", BASH.rc(""));
    let mut session = Session::start_with(BASH, &sandbox, &rc);
    session.command("trap 'echo TRAP; echo TRAP >&2' DEBUG; set -T");
    // Bash itself runs it where a function begins, before any command of that; then for the one
    // that none sees, and for the key that shows the line.
    for answer in [names(&["train@a *"]), names(&[])] {
        sandbox.answer_bytes(&answer);
        session.type_line("pivot repro train@", TAB);
        assert_eq!(session.shown().matches("TRAP").count(), 6, "{:?}", session.shown());
        assert_silent(&session);
        session.clear();
    }
    // Before a prompt it runs for what is in PROMPT_COMMAND, and where each of the two functions begins.
    let printed = output_of(&mut session, "true");
    assert_eq!(printed.matches("TRAP").count(), 2 + 2 * 6, "{printed:?}");
}

#[test]
fn a_hashed_path_of_a_program_that_has_moved_is_not_followed() {
    let sandbox = Sandbox::answering(&names(&["train"]));
    let hashed = "hash -p /gone/pivot-complete pivot-complete";
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(hashed));
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_silent(&session);
}

/// Makes each way into a restricted shell a test: it completes as any other, and says nothing.
macro_rules! restricted {
    ($($name:ident: $rc:expr, $line:expr;)*) => {
        $(#[test] fn $name() {
            let sandbox = Sandbox::answering(&names(&["train@a *"]));
            let hook = BASH.script().replace("pivot.bash", "prewarm.bash");
            let rc = format!("{}. {hook}\n{}\n", BASH.rc(""), $rc);
            let mut session = Session::start_with(BASH, &sandbox, &rc);
            let printed = output_of(&mut session, $line);
            assert_eq!(printed, "", "restricted already");
            let calls = sandbox.calls().len();
            assert_eq!(session.type_line("pivot repro train@", TAB), r"pivot repro train@a\ \* ");
            assert_silent(&session);
            assert_eq!(session.run(), ["[repro]", "[train@a *]"]);
            assert_eq!(sandbox.calls()[calls..], ["complete --rich bash 1", "prewarm"]);
            // It is one, and without the program it is as silent.
            assert!(output_of(&mut session, "cd /").contains("restricted"));
            fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
            sandbox.program("work/pivot-complete", "echo none:; echo PWNED");
            assert_eq!(output_of(&mut session, "hash -r; true"), "");
            assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
            assert_silent(&session);
        })*
    };
}

restricted! {
    a_shell_that_restricts_itself: "PATH=$PATH:", "set -r";
    a_shell_that_is_restricted_by_its_file: "PATH=:$PATH:; PATH=${PATH#:}; set -r", "";
    a_shell_that_is_started_restricted: "PATH=$PATH:", "bash --noprofile --rcfile ~/.zshrc -r -i";
}

#[test]
fn a_readonly_prompt_command_has_no_hook_and_says_nothing() {
    let hook = BASH.script().replace("pivot.bash", "prewarm.bash");
    for (settings, printed) in [
        ("readonly PROMPT_COMMAND", ""),
        ("set -u; readonly PROMPT_COMMAND='echo mine'", "mine\r\n"),
        ("readonly -a PROMPT_COMMAND=('echo mine')", "mine\r\n"),
    ] {
        let sandbox = Sandbox::answering(&names(&["train"]));
        let rc = format!("{settings}\n. {}\n. {hook}\necho on > ../on\n", BASH.script());
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        assert_silent(&session);
        assert_eq!(sandbox.read("on"), "on\n", "{settings:?} ended the file");
        assert_eq!(output_of(&mut session, "true"), printed);
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
        assert_eq!(sandbox.calls(), ["complete --rich bash 1"]);
    }
}

#[test]
fn what_is_typed_right_behind_ctrl_c_is_kept() {
    let sandbox = Sandbox::new();
    let root = sandbox.path("").display().to_string();
    let mut session = Session::start(BASH, &sandbox);
    // What the program does then; it may also have answered in the same moment.
    for end in [
        "trap - INT; kill -INT $$",
        "exit 130",
        "exit 0",
        "echo; exit 0",
        "echo none:; exit 0",
        "echo none:; echo train; exit 0",
        "echo file:; exit 0",
    ] {
        sandbox.program(
            "bin/pivot-complete",
            &format!(
                "trap '{end}' INT\nsleep 1000 >/dev/null 2>&1 &\n\
                 echo $! > {root}pid.new; mv {root}pid.new {root}pid; wait\n"
            ),
        );
        let _ = fs::remove_file(sandbox.path("pid"));
        session.type_line("pivot repro tr", "");
        session.pty().send(TAB);
        wait_until("the program runs", || !sandbox.read("pid").is_empty());
        session.pty().send("\x03");
        session.pty().wait_for("READY> ");
        session.type_line("pivot typed", "");
        assert_eq!(session.run(), ["[typed]"], "after {end:?}");
    }
}
