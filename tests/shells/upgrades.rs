//! Shells that stay open while the program is upgraded, or is put back: the script of one version, the
//! program of another. There is an answer, or nothing.

use super::*;
use crate::support::stub::{MTIME_S, fresh_cache};

/// Where a script says the number of the protocol: the first one behind its question.
fn place_of_number(script: &str) -> usize {
    let asks = script.find("complete --rich").or_else(|| script.find("\"--rich\""));
    let asks = asks.expect("the script asks");
    asks + script[asks..].find(|char: char| char.is_ascii_digit()).expect("a number")
}

/// The script of a version that named no number yet.
fn without_number(script: &str) -> String {
    let at = place_of_number(script);
    let (before, behind) = (&script[..at], &script[at + 1..]);
    match before.strip_suffix(", \"") {
        Some(before) => format!("{before}{}", behind.strip_prefix('"').expect("a quote")),
        None => format!("{}{behind}", before.trim_end()),
    }
}

/// The script of a version that asks by this number.
fn with_number(script: &str, number: &str) -> String {
    let at = place_of_number(script);
    format!("{}{number}{}", &script[..at], &script[at + 1..])
}

/// A session with this text as the script.
fn session<'a>(shell: Shell, sandbox: &'a Sandbox, script: &str) -> Session<'a> {
    let file = sandbox.write("home/init", script).display().to_string();
    let load = match shell {
        Shell::Xonsh => format!("execx(open('{file}').read())\n"),
        _ => shell.load().replace(&shell.script(), &file),
    };
    Session::start_with(shell, sandbox, &(shell.completion_system() + &load))
}

/// A project that needs no Pivot, and the real program.
fn project() -> Sandbox {
    let sandbox = Sandbox::new();
    let config = sandbox.write("work/pipeline.py", "");
    crate::support::set_mtime(&config, MTIME_S, 0);
    sandbox.make_directory("work/.pivot/cache");
    sandbox.write("work/.pivot/cache/stages.cache", fresh_cache(&["train", "evaluate"]));
    let front = crate::support::front();
    std::os::unix::fs::symlink(front, sandbox.path("bin/pivot-complete")).expect("a link");
    sandbox
}

pub fn scripts_of_other_versions_get_an_answer_or_nothing(shell: Shell) {
    let script = fs::read_to_string(shell.script()).expect("the script");
    let answered = "pivot repro train ";
    let nothing = "pivot repro tr";
    for (script, line) in [
        (without_number(&script), answered),
        (script.clone(), answered),
        (with_number(&script, "2"), nothing),
        (with_number(&script, "17 --later"), nothing),
    ] {
        let sandbox = project();
        let mut session = session(shell, &sandbox, &script);
        for _ in 0..2 {
            assert_eq!(session.type_line("pivot repro tr", TAB), line);
            assert_silent(&session);
            session.clear();
        }
    }
}

pub fn an_older_program_is_silent(shell: Shell) {
    let script = fs::read_to_string(shell.script()).expect("the script");
    let sandbox = project();
    let mut session = session(shell, &sandbox, &script);
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro train ");
    session.clear();
    // What programs without a number say to a word that they do not know.
    fs::remove_file(sandbox.path("bin/pivot-complete")).expect("it goes");
    sandbox.program(
        "bin/pivot-complete",
        "echo \"pivot-complete: one word too many: $4\" >&2\n\
         echo \"Try 'pivot-complete --help'.\" >&2\nexit 2\n",
    );
    assert_eq!(session.type_line("pivot repro tr", TAB), "pivot repro tr");
    assert_silent(&session);
}
