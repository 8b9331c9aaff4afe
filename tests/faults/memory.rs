//! Both programs under valgrind: nothing is decided by a byte that nobody wrote, and none is touched that is
//! not theirs. What can be asked without a kernel is asked of Miri (scripts/unsafe).

use std::fs;
use std::process::Command;

use super::cost::under;
use crate::support::aftermath::assert_nothing_is_alive;
use crate::support::stub::{self, Asked, NEW_NAMES};
use crate::support::{Ran, Sandbox, engine, ran};

/// Runs `command` with all that it starts of ours, each of which must be without a fault.
#[track_caller]
fn run_faultless(sandbox: &Sandbox, command: &Command, what: &str) -> Ran {
    let logs = sandbox.make_directory("memory");
    let log = format!("--log-file={}/%p", logs.display());
    // What is asked is not ours to judge; nor is sled, where an optimised build looks at bytes before it
    // knows that they count, which a debug build does not.
    let skipped = "--trace-children-skip=*/bin/*,*/python*";
    let but_sled = "--trace-children-skip-by-arg=--state-db";
    let ran = ran(under(
        sandbox,
        command,
        &["valgrind", "--tool=memcheck", "--trace-children=yes", skipped, but_sled, &log],
    ));
    assert_nothing_is_alive(sandbox);
    let mut programs = 0;
    for log in fs::read_dir(&logs).unwrap().flatten() {
        let text = fs::read_to_string(log.path()).unwrap();
        // Who was killed, as one who watches over another one is, has no sum; nor had it anything to say.
        let has_sum = text.contains("ERROR SUMMARY: 0 errors");
        assert!(has_sum || text.lines().count() < 8, "{what}:\n{text}");
        programs += usize::from(has_sum);
    }
    fs::remove_dir_all(&logs).unwrap();
    assert!(programs > 0, "valgrind, if it is installed: {ran:?}");
    ran
}

#[test]
fn the_front_touches_nothing_that_is_not_its_own() {
    let sandbox = stub::sandbox();
    assert_eq!(sandbox.run(&["refresh"]).code, 0);
    for asked in Asked::ALL {
        let ran = run_faultless(&sandbox, &asked.command(&sandbox), "a hit");
        assert!(asked.is_answered(&ran), "{asked:?}: {ran:?}");
    }
    for arguments in [&["targets"][..], &["prewarm"], &["stages", "--json"], &["manifest", "none"]]
    {
        let cached = [arguments, &["--cached"]].concat();
        let arguments = if arguments == ["prewarm"] { arguments } else { &cached };
        let ran = run_faultless(&sandbox, &sandbox.front_in("project", arguments), "a hit");
        assert!([0, 3].contains(&ran.code), "{arguments:?}: {ran:?}");
    }
}

#[test]
fn the_engine_touches_nothing_that_is_not_its_own() {
    for arguments in [&["stages"][..], &["complete", "bash"], &["refresh"], &["doctor"], &["clear"]]
    {
        let sandbox = stub::sandbox();
        let mut command = sandbox.command(engine(), "project");
        command.args(arguments).env("COMP_WORDS", "pivot\nrepro\n").env("COMP_CWORD", "2");
        let ran = run_faultless(&sandbox, &command, &arguments.join(" "));
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{arguments:?}: {ran:?}");
        assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES, "{arguments:?}");
    }
}
