//! Where Pivot may stand on a line that bash takes for another command's.

use super::*;

/// What stands before `pivot repro tr`, whatever else the session has.
const ALWAYS: [&str; 19] = [
    ">../out ",
    "> ../out ",
    "2>/dev/null ",
    "1> ../out ",
    "<pipeline.py ",
    "A=B >../out ",
    "echo $(",
    "echo `",
    "echo $(git log) $(",
    "echo $((1 + 2)) $(",
    "echo '$(' $(",
    "echo \"$(git log \")\")\" $(",
    "echo $(cd ..; ",
    "echo $(cd .. && ",
    "echo $(echo 2>&1 >|../out | ",
    "for stage in $(",
    "export STAGES=`",
    "[[ -n $(A=B ",
    "case x in x) ",
];

/// And what does where something loads completions, as bash-completion does.
const LOADED: [&str; 7] = [
    "case x in (x) ",
    "case x in y) true;; x) ",
    "vim $(",
    "diff <(pivot list) <(",
    "10>../out ",
    "{fd}>../out ",
    "stages=(a $(",
];

/// A loader that completes all as files, and what it is called for.
const LOADER: &str = "load() { echo \"$1\" >> ../loads; return 1; }
complete -o bashdefault -o default -F load -D
";

#[test]
fn it_is_found_there() {
    let sandbox = Sandbox::offering(BASH, &[plain("train")]);
    for (settings, places) in [("", &ALWAYS[..]), (LOADER, &ALWAYS), (LOADER, &LOADED)] {
        let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(settings));
        for place in places {
            let line = format!("{place}pivot repro tr");
            assert_eq!(session.type_line(&line, TAB), format!("{line}ain "));
            assert_eq!(sandbox.question(), question(BASH, &["pivot", "repro", "tr"]), "{line:?}");
            assert_silent(&session);
            session.clear();
        }
    }
}

#[test]
fn another_command_there_is_completed_as_before() {
    let sandbox = Sandbox::offering(BASH, &[plain("train")]);
    sandbox.write("work/notes.txt", "");
    for settings in ["", LOADER] {
        let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(settings));
        for line in [
            "echo pivot no",
            "echo $(pivot list) no",
            "pivot repro $(ls no",
            "vim pivot no",
            "vim $(ls pivot no",
            "case x in x) vim pivot no",
            ">../out vim pivot no",
            "2>../out vim pivot no",
            "if vim pivot no",
            "vim pivot $PWD/no",
        ] {
            assert_eq!(session.type_line(line, TAB), format!("{line}tes.txt "), "{settings}");
            assert_silent(&session);
            session.clear();
        }
        // A blank line lists commands.
        assert_eq!(session.type_line("", TAB), "");
        assert!(session.shown().contains("alias"), "{:?}", session.shown());
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}

#[test]
fn a_line_of_several_lines_is_read_as_bash_reads_it() {
    let sandbox = Sandbox::offering(BASH, &[plain("train")]);
    sandbox.write("work/notes.txt", "");
    let mut session = Session::start_with(BASH, &sandbox, &BASH.rc(LOADER));
    // Ctrl-V Ctrl-J is a newline in the line. What is asked about is Pivot's line.
    const CASES: [(&str, &str); 6] = [
        ("true\x16\npivot repro tr", "pivot repro tr"),
        ("pivot status a\x16\npivot repro tr", "pivot repro tr"),
        ("pivot \\\x16\n repro \\\x16\n tr", "pivot repro tr"),
        ("pivot repro \\\x16\ntr", "pivot repro tr"),
        ("pivot re\\\x16\npro tr", "pivot repro tr"),
        ("uv run \\\x16\n pivot repro tr", "uv run pivot repro tr"),
    ];
    for (typed, asked) in CASES {
        let line = session.type_line(typed, TAB).replace('‸', "");
        assert!(line.ends_with("train "), "{line:?} from {typed:?}");
        assert_eq!(shlex(&sandbox.question().words), asked.split(' ').collect::<Vec<_>>());
        session.clear();
    }
    let line = session.type_line("pivot repro train\x16\nvim no", TAB).replace('‸', "");
    assert!(line.ends_with("notes.txt "), "{line:?}");
}

#[test]
fn what_loads_completions_goes_on_to_do_so() {
    let sandbox = Sandbox::offering(BASH, &[plain("train")]);
    // As bash-completion does: it registers one, and has bash ask that.
    let loader = "offer() { COMPREPLY=(offered); }
        load() { echo \"$1\" >> ../loads; complete -F offer \"$1\"; return 124; }
        complete -F load -D\n";
    for options in ["", "set -e\n", "set -u -o pipefail\n"] {
        let rc = BASH.rc(loader) + options;
        let mut session = Session::start_with(BASH, &sandbox, &rc);
        for line in ["tool of", "tool of", "other pivot of", "nohup nice of"] {
            assert_eq!(session.type_line(line, TAB), format!("{line}fered "));
            assert_silent(&session);
            session.clear();
        }
    }
    assert_eq!(sandbox.read("loads"), "tool\nother\nnohup\n".repeat(3));
}

#[test]
fn a_pattern_is_expanded_where_files_are_wanted() {
    let sandbox = Sandbox::answering("file:\n");
    sandbox.write("work/notes.txt", "");
    let mut session = Session::start(BASH, &sandbox);
    for [typed, becomes] in [
        ["pivot track n*.txt", "pivot track notes.txt "],
        ["uv run pivot track no[t]es.*", "uv run pivot track notes.txt "],
        ["pivot track 'n*", "pivot track 'n*"],
    ] {
        assert_eq!(session.type_line(typed, TAB), becomes);
        session.clear();
    }
}
