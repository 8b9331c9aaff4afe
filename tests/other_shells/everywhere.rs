//! What is the same in each shell.

use super::*;

pub fn a_unique_name_is_inserted_with_a_blank(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
    assert_eq!(sandbox.calls(), [format!("complete --rich {}", shell.name())]);
}

pub fn ambiguous_names_are_listed(shell: Shell) {
    const NAMES: [&str; 4] = ["zeta", "alpha", "mid", "end"];
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &NAMES.map(plain));
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
    let sandbox = Sandbox::new();
    sandbox.answer(
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

pub fn what_the_names_have_in_common_is_inserted(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("demo/fit:model_a"), plain("demo/fit:model_b")]);
    let mut session = Session::start(shell, &sandbox);
    let line = session.type_line("pivot get demo/fit:", TAB);
    assert_eq!(line, "pivot get demo/fit:model_");
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
        assert_eq!(asked(&sandbox), ["pivot", "repro", typed]);
        assert_eq!(session.run(), ["[repro]".into(), format!("[{word}]")]);
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
        assert_eq!(asked(&sandbox), ["pivot", "-C", "a b", "repro", read]);
        assert_eq!(session.run()[3..], [format!("[{read} $x*y]")], "from {line:?}");
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
    for (line, words, argv) in CASES {
        session.type_line(line, TAB);
        assert_eq!(asked(&sandbox), words, "at {line:?}");
        assert_eq!(session.run(), argv, "at {line:?}");
    }
}

pub fn other_commands_on_the_line_are_not_asked(shell: Shell) {
    let befores = match shell {
        Shell::Elvish => ["nop; ", "nop | ", "echo 'a b'; "],
        Shell::Nushell => ["ls; ", "null | ", "print 'a b'; "],
        Shell::Xonsh => ["true; ", "true | ", "true && "],
        other => other.is_not_asked(),
    };
    let sandbox = Sandbox::new();
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for before in befores {
        let line = session.type_line(&format!("{before}pivot repro tr"), TAB);
        assert_eq!(line, format!("{before}pivot repro train "));
        assert_eq!(asked(&sandbox), ["pivot", "repro", "tr"]);
        assert_eq!(session.run(), ["[repro]", "[train]"]);
    }
}

pub fn files_and_directories_are_the_shells_own(shell: Shell) {
    let file = Item { kind: "file", value: "", help: "" };
    let directory = Item { kind: "dir", value: "", help: "" };
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
        assert_eq!(session.run(), ["[track]", argument], "from {line:?}");
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
    let sandbox = Sandbox::new();
    sandbox.answer_bytes(&format!("none:\n{}\n", names.join("\n")));
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
