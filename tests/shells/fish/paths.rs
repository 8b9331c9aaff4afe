//! Files and directories, which fish completes itself.

use super::*;

/// Makes each row a test: the answer, the line typed, what a TAB makes of it, its last argument.
macro_rules! a_path {
    ($($name:ident: $answer:expr, $typed:expr => $line:expr, $argument:expr;)*) => {
        $(#[test] fn $name() { check_path($answer, $typed, $line, $argument); })*
    };
}

a_path! {
    a_file_with_a_blank_is_escaped:
        "file:\n", "pivot track dat" => r"pivot track data\ one.csv ", "data one.csv";
    a_file_in_quotes_is_quoted:
        "file:\n", "pivot track \"dat" => "pivot track \"data one.csv\" ", "data one.csv";
    a_file_behind_an_option_keeps_it:
        "file:--out=\n", "pivot run --out=dat" => r"pivot run --out=data\ one.csv ",
        "--out=data one.csv";
    a_quoted_file_behind_an_option_is_quoted:
        "file:--out=\n", "pivot run --out='dat" => "pivot run --out='data one.csv' ",
        "--out=data one.csv";
    a_file_behind_an_option_in_quotes_is_quoted:
        "file:--out=\n", "pivot run '--out=dat" => "pivot run '--out=data one.csv' ",
        "--out=data one.csv";
    a_file_below_the_parent_is_completed:
        "file:\n", "pivot track ../work/dat" => r"pivot track ../work/data\ one.csv ",
        "../work/data one.csv";
    a_hostile_file_is_one_argument:
        "file:\n", r"pivot track \$" => r"pivot track \$\(touch\ PWNED\)\* ", "$(touch PWNED)*";
    a_hidden_file_is_completed:
        "file:\n", "pivot track .hid" => "pivot track .hidden ", ".hidden";
    a_file_beside_values_is_completed:
        "file:\nstage\n", "pivot track dat" => r"pivot track data\ one.csv ", "data one.csv";
    a_value_beside_files_is_completed:
        "file:\nstage one\n", "pivot track st" => r"pivot track stage\ one ", "stage one";
    a_directory_gets_no_blank:
        "dir:\n", "pivot track dar" => "pivot track darkroom/", "darkroom/";
    a_directory_below_another_is_completed:
        "dir:\n", "pivot track darkroom/pi" => "pivot track darkroom/pictures/",
        "darkroom/pictures/";
    a_file_is_no_directory:
        "dir:\n", "pivot track dat" => "pivot track dat", "dat";
    a_value_beside_directories_is_completed:
        "dir:\nstage\n", "pivot track st" => "pivot track stage ", "stage";
    no_file_is_completed_where_none_is_asked_for:
        "none:\n", "pivot track dat" => "pivot track dat", "dat";
}

/// A working directory with paths of many kinds.
fn files(answer: &str) -> Sandbox {
    let sandbox = Sandbox::answering(answer);
    for file in ["data one.csv", "darkroom/pictures/one", ".hidden", "$(touch PWNED)*"] {
        sandbox.write(&format!("work/{file}"), "");
    }
    sandbox
}

fn check_path(answer: &str, typed: &str, line: &str, argument: &str) {
    let sandbox = files(answer);
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(session.type_line(typed, TAB), line);
    assert_silent(&session);
    assert_eq!(session.run().last(), Some(&format!("[{argument}]")));
    assert_eq!(sandbox.calls().len(), 1);
    assert!(!sandbox.path("work/PWNED").exists());
}

#[test]
fn paths_stand_behind_values() {
    let sandbox = files("file:\nzoo\tA stage\ndata_stage\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let candidates = candidates(&mut session, &sandbox, "pivot track ");
    assert_eq!(candidates[..2], ["zoo\tA stage", "data_stage"]);
    for path in ["data one.csv", "darkroom/"] {
        assert!(candidates[2..].iter().any(|name| name == path), "{candidates:?}");
    }
}

#[test]
fn directories_alone_stand_behind_values() {
    let sandbox = files("dir:\nzoo\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let candidates = candidates(&mut session, &sandbox, "pivot track ");
    assert_eq!(candidates, ["zoo", "darkroom/"]);
}

#[test]
fn no_path_begins_behind_a_colon_or_an_equals_sign() {
    let sandbox = files("file:\n");
    sandbox.write("work/a:b=c", "");
    let mut session = Session::start(Shell::Fish, &sandbox);
    assert_eq!(candidates(&mut session, &sandbox, "pivot track train:"), [""; 0]);
    assert_eq!(candidates(&mut session, &sandbox, "pivot track x=dar"), [""; 0]);
    assert_eq!(candidates(&mut session, &sandbox, "pivot track a:"), ["a:b=c"]);
    assert_eq!(candidates(&mut session, &sandbox, "pivot track a:b="), ["a:b=c"]);
}

#[test]
fn a_home_and_a_variable_stay_as_they_are_typed() {
    let sandbox = files("file:\n");
    sandbox.write("home/notes.txt", "");
    let mut session = Session::start(Shell::Fish, &sandbox);
    let notes = format!("[{}]", sandbox.path("home/notes.txt").display());
    for start in ["~", "$HOME", "\"$HOME"] {
        let quote = if start.starts_with('"') { "\"" } else { "" };
        let line = session.type_line(&format!("pivot track {start}/no"), TAB);
        assert_eq!(line, format!("pivot track {start}/notes.txt{quote} "));
        assert_eq!(session.run(), ["[track]", &notes]);
    }
}

#[test]
fn nothing_typed_is_executed_to_list_files() {
    let sandbox = files("file:\n");
    let mut session = Session::start(Shell::Fish, &sandbox);
    for typed in ["(touch PWNED)dat", "$(touch PWNED)dat", "\"$(touch PWNED)dat"] {
        session.type_line(&format!("pivot track {typed}"), TAB);
        session.clear();
    }
    assert!(!sandbox.path("work/PWNED").exists());
    session.type_line("pivot track dat", TAB);
    assert_eq!(session.run(), ["[track]", "[data one.csv]"]);
}
