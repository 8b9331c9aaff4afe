//! What zsh alone has.

use super::*;

/// Names with and without helps, two of them equal; `end` is the last.
const HELPED: [Item; 7] = [
    helped("zeta", "one, two: three"),
    plain("alpha"),
    helped("mid:dle", "100% of %B and $(touch PWNED)"),
    helped("com,ma", "one, two: three"),
    helped("größe→大", "中文 wide"),
    plain("longer_than_those_with_help"),
    plain("end"),
];

const fn helped(value: &'static str, help: &'static str) -> Item {
    Item { kind: "plain", value, help }
}

#[test]
fn helps_stand_beside_names_in_pivots_order() {
    let sandbox = Sandbox::new();
    sandbox.answer(Shell::Zsh, &HELPED);
    let listed = Session::start(Shell::Zsh, &sandbox).list("pivot config get ", "end");
    let rows: Vec<&str> = listed.lines().map(str::trim).collect();
    let expected = [
        "zeta      -- one, two: three",
        "alpha",
        "mid:dle   -- 100% of %B and $(touch PWNED)",
        "com,ma    -- one, two: three",
        "größe→大  -- 中文 wide",
        "longer_than_those_with_help",
    ];
    assert_eq!(rows[1..], expected);
}

#[test]
fn a_described_name_with_a_colon_is_inserted_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.answer(Shell::Zsh, &[helped(r"fit:a\b", "help")]);
    let mut session = Session::start(Shell::Zsh, &sandbox);
    session.type_line("pivot get fit:", TAB);
    assert_eq!(session.run(), ["[get]", r"[fit:a\b]"]);
}

#[test]
fn matchers_and_correction_do_not_ask_again() {
    let sandbox = Sandbox::new();
    sandbox.answer(Shell::Zsh, &[]);
    let settings = "zstyle ':completion:*' completer _expand _complete _ignored _approximate
        zstyle ':completion:*' matcher-list '' 'm:{a-z}={A-Z}' 'r:|[._-]=* r:|=*'";
    let mut session = Session::start_with(Shell::Zsh, &sandbox, &Shell::Zsh.rc(settings));
    assert_eq!(session.type_line("pivot repro train", TAB), "pivot repro train");
    assert_eq!(sandbox.calls().len(), 1);
}

#[test]
fn a_choice_in_other_letters_is_inserted_as_it_is() {
    let sandbox = Sandbox::new();
    sandbox.answer_behind(Shell::Zsh, "--mode=", &[plain("symlink")]);
    let mut session = Session::start(Shell::Zsh, &sandbox);
    assert_eq!(session.type_line("pivot x --mode=SYM", TAB), "pivot x --mode=symlink ");
}

#[test]
fn it_loads_before_and_without_the_completion_system() {
    let script = format!(". {}\n", Shell::Zsh.script());
    let later = format!("{script}autoload -Uz compinit && compinit -D -u\n");
    let autoloaded =
        "fpath=($HOME/functions $fpath)\nautoload -Uz compinit && compinit -D -u\n".into();
    for rc in [script, later, autoloaded] {
        let sandbox = Sandbox::new();
        sandbox.answer(Shell::Zsh, &[plain("train")]);
        let text = fs::read_to_string(Shell::Zsh.script()).expect("the script");
        sandbox.write("home/functions/_pivot", &text);
        let mut session = Session::start_with(Shell::Zsh, &sandbox, &rc);
        let line = session.type_line("pivot repro tr", TAB);
        assert_eq!(line, "pivot repro train ", "with {rc:?}");
        session.clear();
        session.type_line("pivot repro tr", TAB);
        assert_eq!(sandbox.calls().len(), 2);
    }
}
