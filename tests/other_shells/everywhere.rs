//! What is the same in each of them.

use super::*;

pub fn ambiguous_names_are_listed(shell: Shell) {
    const NAMES: [&str; 4] = ["zeta", "alpha", "mid", "end"];
    let sandbox = Sandbox::offering(shell, &NAMES.map(plain));
    let mut session = Session::start(shell, &sandbox);
    // Elvish and xonsh sort them; nushell keeps Pivot's order.
    let order = match shell {
        Shell::Elvish | Shell::Xonsh => ["alpha", "end", "mid", "zeta"],
        Shell::Nushell => NAMES,
        other => other.is_not_asked(),
    };
    let listed = session.list("pivot repro ", order[3]);
    let names = listed.split_whitespace().filter(|word| NAMES.contains(word));
    // Elvish shows the first one in the line, too.
    let names: Vec<&str> = names.skip(usize::from(shell == Shell::Elvish)).collect();
    assert_eq!(names, order[..3]);
    assert_eq!(sandbox.calls().len(), 1);
}

pub fn descriptions_stand_beside_names(shell: Shell) {
    let described = |value, help| Item { kind: "plain", value, help };
    let sandbox = Sandbox::offering(
        shell,
        &[
            described("alpha", "one, two: 'three'"),
            plain("beta"),
            described("com,ma", "\x1b[31mred"),
            plain("zzzz"),
        ],
    );
    let mut session = Session::start(shell, &sandbox);
    let listed = session.list("pivot config get ", "zzzz");
    for name in match shell {
        Shell::Elvish => ["alpha (one, two: 'three')", "beta ", "com,ma ( [31mred)"],
        Shell::Nushell | Shell::Xonsh => ["alpha one, two: 'three'", "beta ", "com,ma [31mred"],
        other => other.is_not_asked(),
    } {
        let words = |text: &str| text.split_whitespace().collect::<Vec<&str>>().join(" ");
        assert!(words(&listed).contains(&words(name)), "{name:?} in {listed:?}");
    }
}

pub fn quoted_words_are_asked_without_their_quotes(shell: Shell) {
    // The word typed, what the program must read.
    let cases: &[(&str, &str)] = match shell {
        Shell::Elvish => &[
            ("'a b'", "a b"),
            ("\"a b", "a b"),
            ("'it''s", "it's"),
            (r#""\x41\\""#, r"A\"),
            ("'a'@\"b", "a@b"),
            ("--x='a b", "--x=a b"),
        ],
        Shell::Nushell => &[
            ("'a b'", "a b"),
            ("\"a b", "a b"),
            ("\"it's", "it's"),
            ("`it's", "it's"),
            (r#""\u{41}\\""#, r"A\"),
            ("--x='a b", "--x=a b"),
            (r#"--x="a\"b""#, "--x=a\"b"),
        ],
        Shell::Xonsh => &[
            ("'a b'", "a b"),
            ("\"a b", "a b"),
            (r"'it\'s", "it's"),
            (r#""\x41\\""#, r"A\"),
            (r"r'a\b", r"a\b"),
            (r"'a\d", r"a\d"),
            ("'''it's", "it's"),
        ],
        other => other.is_not_asked(),
    };
    let sandbox = Sandbox::new();
    let mut session = Session::start(shell, &sandbox);
    for (typed, read) in cases {
        sandbox.answer_bytes(&format!("none:\n{read} $x*y\n"));
        let line = session.type_line(&format!("pivot -C 'a b' repro {typed}"), TAB);
        assert_silent(&session);
        assert_asked(&sandbox, shell, &["pivot", "-C", "a b", "repro", read]);
        assert_eq!(session.run()[3..], [format!("[{read} $x*y]")], "from {line:?}");
    }
}

pub fn values_and_files_are_listed_together(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/zeta.csv", "");
    sandbox.answer(shell, &[Item { kind: "file", value: "", help: "" }, plain("dasher")]);
    let mut session = Session::start(shell, &sandbox);
    let listed = session.list("pivot track ", "zeta.csv");
    assert!(listed.contains("dasher"), "{listed:?}");
}

pub fn ten_thousand_names_are_taken(shell: Shell) {
    let names: Vec<String> = (0..10_000).map(|number| format!("stage_{number:05}")).collect();
    let sandbox = Sandbox::answering(&format!("none:\n{}\n", names.join("\n")));
    let mut session = Session::start(shell, &sandbox);
    // What all names have in common tells that all were read. Xonsh reads a thousand.
    let common = if shell == Shell::Xonsh { "stage_00" } else { "stage_0" };
    assert_eq!(session.type_line("pivot repro ", TAB), format!("pivot repro {common}"));
    assert_silent(&session);
}

pub fn a_choice_in_other_letters_is_inserted_as_it_is(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer_behind(shell, "--mode=", &[plain("symlink")]);
    let mut session = Session::start(shell, &sandbox);
    let line = session.type_line("pivot get --mode=SYM", TAB);
    // Elvish's own matcher wants the letters that are typed.
    let mode = if shell == Shell::Elvish { "SYM" } else { "symlink " };
    assert_eq!(line, format!("pivot get --mode={mode}"));
}
