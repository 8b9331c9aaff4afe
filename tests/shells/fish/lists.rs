//! What a TAB lists: descriptions, order, and lists that do not fit.

use super::*;

/// The answer to `pivot config get `, its last name `last`.
const DESCRIBED: &str = "none:\nzeta\tone, two: three\nalpha\nmid:dle\tfirst line\n\
    com,ma\tone, two: three\nlonger_than_those_with_help\nlast\n";

/// The rows that a TAB behind `line` lists before `last`.
fn rows(session: &mut Session, line: &str, last: &str) -> Vec<String> {
    let listed = session.list(line, last);
    let rows = listed.split(['\r', '\n']).map(str::trim_end);
    // Fish may print the line again before it lists.
    rows.filter(|row| !line.contains(row)).map(String::from).collect()
}

#[test]
fn descriptions_stand_beside_names_in_columns() {
    let sandbox = Sandbox::answering(DESCRIBED);
    let mut session = Session::start(Shell::Fish, &sandbox);
    let rows = rows(&mut session, "pivot config get ", "last");
    let described = [
        "zeta  (one, two: three)  mid:dle      (first line)  longer_than_those_with_help",
        "alpha                    com,ma  (one, two: three)",
    ];
    assert_eq!(rows, described);
}

#[test]
fn names_stay_in_pivots_order_with_their_helps() {
    let sandbox = Sandbox::answering(DESCRIBED);
    let mut session = Session::start(Shell::Fish, &sandbox);
    let candidates = candidates(&mut session, &sandbox, "pivot config get ");
    assert_eq!(candidates, DESCRIBED.lines().skip(1).collect::<Vec<&str>>());
}

#[test]
fn names_with_the_same_help_are_each_listed() {
    let sandbox = Sandbox::answering("none:\nzoo\tsame\nbar\tsame\nant\tsame\nlast\tsame\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let rows = rows(&mut session, "pivot repro ", "last");
    let names = rows[0].split("  ").filter(|name| !name.is_empty() && *name != "(same)");
    assert_eq!(names.collect::<Vec<&str>>(), ["zoo", "bar", "ant"]);
}

#[test]
fn options_with_the_same_help_are_each_listed() {
    let sandbox =
        Sandbox::answering("none:\n--force\tRuns all\n-f\tRuns all\n--help\tShows this\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let listed = session.list("pivot repro -", "Shows this");
    for option in ["--force", "-f", "--help", "(Runs all)"] {
        assert!(listed.contains(option), "{option}: {listed:?}");
    }
}

#[test]
fn a_help_is_shown_as_it_is() {
    let sandbox = Sandbox::new();
    let help = "$(touch PWNED) `touch PWNED` %s \\n * ~ 'a' \"b\" ; d:e, f";
    sandbox.answer_bytes(&format!("none:\ntrain\t{help}\nlast\n"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    let listed = session.list("pivot repro ", "last");
    assert!(listed.contains(&format!("train  ({help})")), "{listed:?}");
    assert!(!sandbox.path("work/PWNED").exists());
}

#[test]
fn helps_of_two_columns_a_character_are_aligned() {
    let sandbox = Sandbox::new();
    // As many columns as `train` has.
    sandbox.answer_bytes("none:\n学习x\t学习: 模型\ntrain\t日本語: ab\nlast\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let rows = rows(&mut session, "pivot repro ", "last");
    assert_eq!(rows[0], "学习x  (学习: 模型)  train  (日本語: ab)");
}

#[test]
fn a_help_of_the_other_direction_is_listed() {
    let sandbox = Sandbox::answering("none:\ntrain\ta\u{202e}b\u{2066}c\nlast\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.list("pivot repro ", "last");
    session.clear();
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    assert_eq!(session.run(), ["[repro]", "[train]"]);
}

#[test]
fn forty_columns_are_not_exceeded() {
    let sandbox = Sandbox::new();
    let help = "word ".repeat(40);
    sandbox.answer_bytes(&format!("none:\ntrain@a\t{help}\nevaluate@a\t{help}\nlast\tend\n"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.command("stty cols 40");
    let rows = rows(&mut session, "pivot repro ", "last");
    let names: Vec<&str> = rows.iter().filter_map(|row| row.split(' ').next()).collect();
    assert_eq!(names, ["train@a", "evaluate@a"]);
    for row in &rows {
        assert!(row.chars().count() <= 40, "{row:?}");
    }
    assert!(rows[0].contains("(word "), "{rows:?}");
}

#[test]
fn a_name_wider_than_the_terminal_is_inserted_whole() {
    let sandbox = Sandbox::new();
    let name = "demo/train@".to_string() + &"a_long_variant_".repeat(10);
    sandbox.answer_bytes(&format!("none:\n{name}\thelp\n"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.command("stty cols 40");
    assert_eq!(session.type_line("pivot repro de", TAB), format!("pivot repro {name} "));
    assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")]);
}

#[test]
fn names_chosen_in_the_list_are_quoted() {
    let sandbox = Sandbox::answering("none:\n$(touch PWNED)\tone\nb c\ttwo\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.list("pivot repro ", "two");
    // The first is chosen, and then the one to its right.
    assert_eq!(session.type_line("", TAB), r"pivot repro \$\(touch\ PWNED\) ");
    assert_eq!(session.type_line("", TAB), r"pivot repro b\ c ");
    // Enter leaves the list first.
    assert_eq!(session.type_line("", "\r"), r"pivot repro b\ c ");
    assert_eq!(session.run(), ["[repro]", "[b c]"]);
    assert!(!sandbox.path("work/PWNED").exists());
}

/// The answer of a large pipeline.
fn ten_thousand_stages() -> String {
    (0..10_000).fold("none:\n".into(), |all, i| format!("{all}demo/stage_{i:04}@variant\thelp\n"))
}

#[test]
fn ten_thousand_stages_are_listed_in_order() {
    let sandbox = Sandbox::answering(&ten_thousand_stages());
    let mut session = Session::start(Shell::Fish, &sandbox);
    session.list("pivot repro ", "more rows");
    assert_eq!(session.line(), "pivot repro demo/stage_");
    session.clear();
    let candidates = candidates(&mut session, &sandbox, "pivot repro demo");
    assert!(candidates.iter().map(|c| &c[..]).eq(ten_thousand_stages().lines().skip(1)));
}

#[test]
fn one_of_ten_thousand_stages_is_inserted() {
    let sandbox = Sandbox::answering(&ten_thousand_stages());
    let mut session = Session::start(Shell::Fish, &sandbox);
    let line = session.type_line("pivot repro demo/stage_9999", TAB);
    assert_eq!(line, "pivot repro demo/stage_9999@variant ");
}

#[test]
fn a_name_of_a_megabyte_is_inserted_whole() {
    let sandbox = Sandbox::new();
    let name = "x".repeat(1 << 20);
    sandbox.answer_bytes(&format!("none:\n{name}\n"));
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert!(session.type_line("pivot repro ", TAB) == format!("pivot repro {name} "));
    session.clear();
    sandbox.answer_bytes("none:\ntrain\n");
    assert_eq!(session.type_line("pivot repro ", TAB), "pivot repro train ");
}
