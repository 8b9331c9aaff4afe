//! Redirections: none of their words is one of the command's, and their files are completed by the
//! shell itself.

use super::*;

/// What may stand before a redirection's file in every shell, with and without a blank between.
const ARROWS: [&str; 7] = [">", "> ", ">>", "2>", "2>> ", "<", "< "];

/// The same in this shell alone. From a `&` on, bash takes what follows for another command.
fn own_arrows(shell: Shell) -> &'static [&'static str] {
    match shell {
        Shell::Bash => &[">|", ">| ", "<>", "<<<", "<<< ", "{fd}>", "12> "],
        Shell::Zsh => &[
            ">|", ">!", ">>|", "<>", "<<<", "<<< ", "{fd}>", "&>", "&> ", "&>>", ">&", ">>&", "&>|",
        ],
        Shell::Fish => &["&>", "&> ", "&>>", ">?", "2>? ", "&>?", "12>", "<?"],
        other => other.is_not_asked(),
    }
}

/// Redirections of more than an arrow and a file.
fn own_redirections(shell: Shell) -> &'static [&'static str] {
    match shell {
        Shell::Bash => &[">\"$HOME/x\"", ">$(echo a b)"],
        Shell::Zsh => &["2>&1", "<&0", "2>&-", ">$HOME/x", ">x 2>&1 <y"],
        Shell::Fish => &["2>&1", "<&0", "2>&-", ">$HOME/x", ">x 2>&1 <y", ">(echo a b)", ">{a,b}"],
        other => other.is_not_asked(),
    }
}

pub fn redirections_are_no_words_of_the_command(shell: Shell) {
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    let files = ["train", "'a b'", r"a\ b", "\"it's\""];
    let arrows = ARROWS.iter().chain(own_arrows(shell));
    let redirections =
        arrows.zip(files.iter().cycle()).map(|(arrow, file)| format!("{arrow}{file}"));
    for redirection in redirections.chain(own_redirections(shell).iter().map(|it| it.to_string())) {
        for line in [
            format!("pivot repro {redirection} tr"),
            format!("pivot {redirection} repro tr"),
            // Of two `>|` bash takes the second for a pipe.
            format!("pivot {redirection} repro >x tr"),
        ] {
            let becomes = session.type_line(&line, TAB);
            assert_eq!(becomes, format!("{line}ain "));
            assert_eq!(sandbox.question(), question(shell, &["pivot", "repro", "tr"]), "{line:?}");
            session.clear();
        }
    }
}

pub fn words_that_only_look_like_redirections_are_words(shell: Shell) {
    // What is typed, and the words that it stands for.
    let mut cases = vec![
        ("'>x'", vec![">x"]),
        (r"2\>x", vec!["2>x"]),
        ("\"2> x\"", vec!["2> x"]),
        ("'it >' \"'>x\"", vec!["it >", "'>x"]),
        ("a>x", vec!["a"]),
        ("a2>x", vec!["a2"]),
        (r"a\'>x", vec!["a'"]),
        ("2 3>x", vec!["2"]),
        ("a >x b>y c", vec!["a", "b", "c"]),
    ];
    cases.extend(match shell {
        Shell::Bash => vec![
            ("<(echo a >b)", vec!["<(echo a >b)"]),
            (">(cat <b c) >d", vec![">(cat <b c)"]),
            ("$(echo a >b) >c", vec!["$(echo a >b)"]),
            ("{a}", vec!["{a}"]),
            ("$'a b'", vec!["a b"]),
        ],
        Shell::Zsh => vec![
            ("<(echo a >b)", vec!["<(echo a >b)"]),
            ("=(echo a >b) >d", vec!["=(echo a >b)"]),
            ("$(echo a >b) >c", vec!["$(echo a >b)"]),
            ("{a}", vec!["{a}"]),
            ("12>x", vec!["12"]),
        ],
        Shell::Fish => vec![
            ("(echo a >b)", vec!["(echo a >b)"]),
            ("(echo (a '>' b) >c) >d", vec!["(echo (a > b) >c)"]),
            ("{a, b} >c", vec!["{a, b}"]),
            // What is not read for certain is left as fish has it.
            ("$x[1 2] >c", vec!["$x[1 2]", "c"]),
        ],
        other => other.is_not_asked(),
    });
    let sandbox = Sandbox::offering(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    for (typed, words) in cases {
        session.type_line(&format!("pivot repro {typed} tr"), TAB);
        let asked = shlex(&sandbox.question().words);
        let expected = [&["pivot", "repro"], &words[..], &["tr"]].concat();
        assert_eq!(asked, expected, "from {typed:?}");
        session.clear();
    }
}

pub fn the_file_of_a_redirection_is_the_shells_own(shell: Shell) {
    let sandbox = Sandbox::new();
    sandbox.write("work/trainings.csv", "");
    sandbox.answer(shell, &[plain("train")]);
    let mut session = Session::start(shell, &sandbox);
    let arrows = ARROWS.iter().chain(own_arrows(shell)).filter(|arrow| **arrow != "<?");
    let arrows: Vec<String> =
        arrows.flat_map(|arrow| [arrow.to_string(), format!("{arrow}'")]).collect();
    for arrow in &arrows {
        for before in ["repro ", "", "repro a"] {
            // With a name before it, a number is a part of that.
            if before.ends_with('a') && arrow.starts_with(['1', '2', '{', '&']) {
                continue;
            }
            let line = session.type_line(&format!("pivot {before}{arrow}tr"), TAB);
            let quote = if arrow.ends_with('\'') { "'" } else { "" };
            assert_eq!(line, format!("pivot {before}{arrow}trainings.csv{quote} "));
            session.clear();
        }
    }
    assert_eq!(sandbox.calls(), [""; 0]);
}
