//! What explicit commands say while they wait: on a terminal, elsewhere, and after Ctrl-C.

use std::process::Command;

use crate::support::pty::{Pty, without_escapes};
use crate::support::{Sandbox, is_alive, pipeline_0511, ran, wait_until};

/// A project whose pipeline takes the time until the file `go` is there.
fn slow() -> Sandbox {
    let sandbox = Sandbox::project("");
    let [begun, go] = ["begun", "go"].map(|name| sandbox.path(name).display().to_string());
    let waits = format!(
        "import os, time\nprint(os.getpid(), file=open('{begun}', 'a'))\n\
         while not os.path.exists('{go}'): time.sleep(0.01)\n"
    );
    sandbox.write("project/pipeline.py", waits + &pipeline_0511("demo", &["train"]));
    sandbox
}

/// The shell's part: runs the command in the foreground, and says how it ended.
fn on_terminal(sandbox: &Sandbox, arguments: &str, terminal: &str) -> Pty {
    let front = crate::support::front();
    let run = format!("trap : INT; '{}' {arguments}; echo ENDED-$?", front.display());
    let mut command = sandbox.command("/bin/sh", "project");
    command.args(["-c", &run]).env("TERM", terminal);
    Pty::spawn(command)
}

fn discovering(sandbox: &Sandbox) -> i32 {
    wait_until(100, "the pipeline is imported", || sandbox.path("begun").exists());
    let id = || std::fs::read_to_string(sandbox.path("begun")).unwrap().trim().parse().ok();
    wait_until(100, "its number", || id().is_some());
    id().unwrap()
}

/// What a terminal shows of `printed`: each line as it was written over last.
fn shown(printed: &str) -> Vec<String> {
    let row = |line: &str| {
        let mut row: Vec<char> = Vec::new();
        for piece in line.split('\r') {
            for (place, char) in piece.chars().enumerate() {
                if place < row.len() { row[place] = char } else { row.push(char) }
            }
        }
        row.into_iter().collect::<String>().trim_end().to_owned()
    };
    printed.split('\n').map(row).collect()
}

#[test]
fn a_terminal_shows_what_runs_and_for_how_long() {
    for (arguments, words, answer) in [
        ("refresh", "computing manifests: ", "1 stage in "),
        ("stages", "discovering stages: ", "demo/train"),
    ] {
        let sandbox = slow();
        let mut pty = on_terminal(&sandbox, arguments, "xterm");
        pty.wait_for(words);
        let first: f32 = pty.wait_for(" s").parse().unwrap();
        pty.wait_for(words);
        let second: f32 = pty.wait_for(" s").parse().unwrap();
        assert!(first <= second, "{first} {second}");
        sandbox.write("go", "");
        let printed = pty.wait_for("ENDED-0");
        assert!(!printed.contains('\x1b'), "{printed:?}");
        let shown = shown(&printed);
        assert!(shown.iter().any(|line| line.starts_with(answer)), "{shown:?}");
        assert!(!shown.iter().any(|line| line.contains(words)), "{shown:?}");
    }
}

#[test]
fn a_terminal_that_only_goes_on_has_a_plain_line() {
    let sandbox = slow();
    let mut pty = on_terminal(&sandbox, "stages", "dumb");
    let before = pty.wait_for("pivot-complete: discovering stages\r\n");
    assert_eq!(before, "");
    sandbox.write("go", "");
    assert_eq!(pty.wait_for("ENDED-0"), "demo/train\r\n");
}

#[test]
fn ctrl_c_ends_it_and_leaves_a_clean_terminal() {
    for arguments in ["refresh", "manifest --json", "targets", "status"] {
        let sandbox = slow();
        let mut pty = on_terminal(&sandbox, arguments, "xterm");
        let python = discovering(&sandbox);
        pty.wait_for(" s");
        // To the terminal's foreground: the shell goes on to its next command.
        pty.send("\x03");
        let printed = without_escapes(&pty.wait_for("ENDED-130"));
        let shown = shown(&printed);
        assert!(
            shown.iter().all(|line| line.is_empty() || line.contains("interrupted")),
            "{shown:?}"
        );
        wait_until(100, "no orphan", || !is_alive(python));
    }
}

#[test]
fn another_program_reads_a_line_where_most_of_the_time_is_over() {
    let mut sandbox = slow();
    sandbox.set("PIVOT_COMPLETE_TIMEOUT", "4");
    let said = ran(sandbox.front_in("project", &["stages"]));
    assert_eq!(said.code, 1);
    let (first, rest) = said.stderr.split_once('\n').unwrap();
    assert!(first.starts_with("pivot-complete: discovering stages for "), "{first}");
    assert!(first.ends_with(" s; ends after 4 s (PIVOT_COMPLETE_TIMEOUT)"), "{first}");
    assert!(rest.contains("was ended after 4 s"), "{rest}");
}

#[test]
fn a_short_wait_says_nothing_elsewhere() {
    let sandbox = slow();
    sandbox.write("go", "");
    let mut command: Command = sandbox.front_in("project", &["stages"]);
    command.env("PIVOT_COMPLETE_TIMEOUT", "1000");
    let said = ran(command);
    assert_eq!((said.stdout.as_str(), said.stderr.as_str()), ("demo/train\n", ""));
}
