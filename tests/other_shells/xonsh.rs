//! What xonsh alone has.

use super::*;

#[test]
fn a_quote_that_is_closed_behind_the_cursor_stays_there() {
    let sandbox = Sandbox::new();
    let mut session = Session::start(Shell::Xonsh, &sandbox);
    for quote in ["'", "\"", "'''"] {
        for name in ["train", "it is", "$HOME", "\"quoted\""] {
            sandbox.answer(Shell::Xonsh, &[plain(name)]);
            let line = session.type_line(&format!("pivot repro {quote}‸{quote} test"), TAB);
            let argv = session.run();
            // Within the quotes that are there, one name cannot be written.
            let name = if (quote, name) == ("\"", "\"quoted\"") { "" } else { name };
            assert_eq!(argv, ["[repro]", &format!("[{name}]"), "[test]"], "from {line:?}");
        }
    }
}

#[test]
fn readline_inserts_the_same() {
    let sandbox = Sandbox::new();
    let rc = format!("$SHELL_TYPE = 'readline'\n{}", Shell::Xonsh.load());
    let mut session = Session::start_with(Shell::Xonsh, &sandbox, &rc);
    for name in crate::shells::all::hostile(Shell::Xonsh) {
        sandbox.answer(Shell::Xonsh, &[plain(name)]);
        session.send("pivot repro \t");
        assert_eq!(session.run(), ["[repro]".into(), format!("[{name}]")], "with {name:?}");
    }
    sandbox.answer(Shell::Xonsh, &[plain("train test")]);
    session.send("pivot repro tr\t");
    assert_eq!(session.run(), ["[repro]", "[train test]"]);
}

#[test]
fn the_command_may_be_a_path() {
    let sandbox = Sandbox::offering(Shell::Xonsh, &[plain("repro")]);
    sandbox.install_pivot("home/bin/pivot");
    sandbox.install_pivot("work/pivot");
    let mut session = Session::start(Shell::Xonsh, &sandbox);
    let absolute = sandbox.path("work/pivot").display().to_string();
    for command in ["~/bin/pivot", "./pivot", &absolute] {
        let line = session.type_line(&format!("{command} re"), TAB);
        assert_eq!(line, format!("{command} repro "));
        assert_asked(&sandbox, Shell::Xonsh, &[command, "re"]);
        assert_eq!(session.run(), ["[repro]"]);
    }
}
