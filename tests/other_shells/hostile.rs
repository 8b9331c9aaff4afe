//! Answers that a shell could stumble over: hostile names, garbage, none at all.

use super::*;
use crate::shells::all::hostile;

/// Names that these shells would split, expand, or take for something else; not those of all shells.
pub const NAMES: [&str; 19] = [
    "(touch PWNED)",
    "@(open('PWNED', 'w'))",
    "$env.HOME",
    "both ' and \"",
    r#"all of '''\' """ $HOME"#,
    r"$HOME\",
    "~",
    "~/train",
    "~root",
    "...",
    "a/.../b",
    "and",
    "or",
    "true",
    "0x10",
    "1e3",
    "-rf /",
    "--",
    "--x=$HOME",
];

pub fn names_behind_an_option_arrive_with_it(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for name in hostile(shell) {
        sandbox.answer_behind(shell, "--only=", &[plain(name)]);
        let line = session.type_line("pivot repro --only=", TAB);
        let argv = session.run();
        assert_eq!(argv, ["[repro]".into(), format!("[--only={name}]")], "from {line:?}");
    }
}

pub fn lines_that_are_no_candidates_are_dropped(shell: Shell) {
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for line in ["\x1b[31mred", "a\rb", "bell\x07", "del\x7f", "csi\u{9b}31m", "", "\thelp"] {
        sandbox.answer_bytes(&format!("none:\n{line}\ntrain\n{line}\n"));
        let completed = session.type_line("pivot repro ", TAB);
        assert_eq!(completed, "pivot repro train ", "with {line:?}");
        assert_silent(&session);
        session.clear();
    }
}

pub fn a_failing_program_is_silent(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/train", "");
    let mut session = Session::start(shell, &sandbox);
    // A status, a signal, a file that nothing can execute, bytes that are no text.
    for text in [
        "#!/bin/sh\necho NOISE >&2; exit 7\n",
        "#!/bin/sh\nkill -9 $$\n",
        "\x7fELF",
        "#!/bin/sh\nprintf '\\377\\376:\\nNOISE\\n'\n",
    ] {
        install(&sandbox, "pivot-complete", text);
        assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr", "with {text:?}");
        assert_silent(&session);
        session.clear();
    }
}
