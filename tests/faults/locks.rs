//! File systems that know no locks.

use std::process::Command;

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive};
use crate::support::fake_pivot::{self, cached};
use crate::support::stub::Asked;
use crate::support::{Ran, Sandbox, several_at_a_time, start};

/// What such file systems say.
const ERRORS: [&str; 4] = ["ENOLCK", "EOPNOTSUPP", "ENOSYS", "EINVAL"];

/// `command` with all its children, for whom every lock fails with `error`.
fn without_locks(sandbox: &Sandbox, command: &Command, error: &str, log: &str) -> Command {
    let mut strace = sandbox.command("strace", ".");
    strace.current_dir(command.get_current_dir().unwrap());
    strace.args(["-f", "--quiet=all", "-e", "trace=flock"]);
    strace.args(["-e", &format!("inject=flock:error={error}"), "-o"]).arg(sandbox.path(log));
    strace.arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    strace
}

fn was_refused_a_lock(sandbox: &Sandbox, log: &str) -> bool {
    let text = std::fs::read(sandbox.path(log)).unwrap();
    String::from_utf8_lossy(&text).contains("(INJECTED)")
}

#[test]
fn it_runs_without_a_lock_where_there_are_none() {
    let project = || fake_pivot::project("train\nevaluate\n");
    let cases = ERRORS.iter().flat_map(|error| Asked::ALL.map(|asked| (*error, asked, project())));
    several_at_a_time(cases.collect(), |(error, asked, sandbox)| {
        let run = |command: &Command| -> Ran {
            let mut command = without_locks(&sandbox, command, error, "strace.log");
            command.output().unwrap().into()
        };
        let ran = run(&asked.command(&sandbox));
        assert!(asked.is_answered(&ran), "{asked:?} {error}: {ran:?}");
        assert!(was_refused_a_lock(&sandbox, "strace.log"), "{asked:?} {error}");
        assert_nothing_is_alive(&sandbox);
        assert_eq!(cached(&sandbox).as_deref(), Some("train evaluate"), "{asked:?} {error}");
        // Manifests too, whatever keeps them.
        for arguments in [&["refresh"][..], &["manifest", "train"], &["status"], &["clear"]] {
            let ran = run(&sandbox.front_in("project", arguments));
            assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?} {error}");
        }
        assert_nothing_is_alive(&sandbox);
        assert_no_litter(&sandbox, "project");
    });
}

/// Several at once, each on its own: whole files, right answers.
#[test]
fn many_without_locks_do_not_harm_each_other() {
    let sandbox = fake_pivot::project("train\nevaluate\n");
    let crowd: Vec<_> = (0..12)
        .map(|number| {
            let is_refresh = number % 3 == 0;
            let arguments: &[&str] = if is_refresh { &["refresh"] } else { &["stages"] };
            let command = sandbox.front_in("project", arguments);
            let command = without_locks(&sandbox, &command, "ENOLCK", &format!("log-{number}"));
            (is_refresh, start(command))
        })
        .collect();
    for (is_refresh, child) in crowd {
        let ran = Ran::from(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert!(is_refresh || ran.stdout == "train\nevaluate\n", "{ran:?}");
    }
    assert_nothing_is_alive(&sandbox);
    assert_eq!(cached(&sandbox).as_deref(), Some("train evaluate"));
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    assert_no_litter(&sandbox, "project");
}
