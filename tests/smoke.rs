//! The smoke test that users have: it counts, says what cannot be counted, and what grew.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use crate::support::{Ran, Sandbox, front, ran};

/// Of one kind of hit, with the programs that are tested.
fn smoke(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("wheel/scripts/pivot-complete-smoke");
    let mut command = sandbox.command(script, "home");
    command.args(["--only", "store"]).args(arguments).arg(front().parent().unwrap());
    command
}

/// The budget that is measured now, and where it lies.
fn measured(sandbox: &Sandbox) -> String {
    let written = ran(smoke(sandbox, &["--write"]));
    assert_eq!((written.code, written.stderr.as_str()), (0, ""), "{written:?}");
    assert!(written.stdout.contains("store-instructions "), "{written:?}");
    written.stdout
}

fn compared(sandbox: &Sandbox, budget: &str) -> Command {
    let file = sandbox.write("budget", budget);
    smoke(sandbox, &["--budget", file.to_str().unwrap()])
}

#[test]
fn what_grew_is_said() {
    let sandbox = Sandbox::empty();
    let budget = measured(&sandbox);
    let line = budget.lines().find(|line| line.starts_with("store-system-calls ")).unwrap();
    let count: usize = line.split(' ').nth(1).unwrap().parse().unwrap();
    let stats: usize =
        line.split("stat=").last().unwrap().split(',').next().unwrap().parse().unwrap();
    // As where the front made two calls fewer before, both of one kind, and half of its instructions.
    let before = line
        .replace(&format!(" {count} "), &format!(" {} ", count - 2))
        .replace(&format!(",stat={stats}"), &format!(",stat={}", stats - 2));
    let said = ran(compared(&sandbox, &format!("{before}\nstore-instructions 5000\n")));
    assert_eq!(said.code, 1, "{said:?}");
    let calls = format!(
        "smoke: over budget: store-system-calls: {count}, which are 2 more than {}, stat {stats} \
         times instead of {}\n",
        count - 2,
        stats - 2
    );
    assert!(said.stderr.contains(&calls), "{said:?}");
    assert!(said.stderr.contains("store-instructions: "), "{said:?}");
}

#[test]
fn what_cannot_be_counted_is_said() {
    let mut sandbox = Sandbox::empty();
    let some = sandbox.make_directory("some");
    for program in fs::read_dir("/usr/bin").unwrap().flatten() {
        if program.file_name() != "valgrind" {
            let _ = symlink(program.path(), some.join(program.file_name()));
        }
    }
    sandbox.set("PATH", some);
    let written: Ran = ran(smoke(&sandbox, &["--write"]));
    assert_eq!(written.code, 0, "{written:?}");
    assert!(written.stderr.contains("no valgrind: instructions are not counted"), "{written:?}");
    assert!(!written.stdout.contains("instructions"), "{written:?}");
    let said = ran(compared(&sandbox, &written.stdout));
    assert_eq!(said.code, 0, "{said:?}");
    assert!(said.stdout.contains("  ok\n"), "{said:?}");
}

#[test]
fn whoever_counts_nothing_is_told() {
    let sandbox = Sandbox::empty();
    let said = ran(smoke(&sandbox, &["--only", "stores"]));
    let expected = (1, "smoke: there is no stores that could be counted\n");
    assert_eq!((said.code, said.stderr.as_str()), expected, "{said:?}");
    let mut said = smoke(&sandbox, &[]);
    said.arg("--only");
    let said = ran(said);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(said.stderr.contains("pivot-complete-smoke [--only KIND]"), "{said:?}");
}

#[test]
fn what_a_shell_exports_of_itself_is_nothing_to_it() {
    let sandbox = Sandbox::empty();
    let mut command = smoke(&sandbox, &["--write"]);
    command.env("SHELLOPTS", "noclobber:noglob");
    let said = ran(command);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{said:?}");
}
