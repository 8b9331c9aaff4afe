//! Limits that are tiny, no descriptors, a reader that is gone, output that is closed: nothing is said,
//! and a TAB ends with 0, at a hit and at a miss; an explicit command says what it lacks.

use std::fs;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::resource::{Resource, setrlimit};

use crate::support::aftermath::{assert_no_litter, assert_nothing_is_alive, ran_within};
use crate::support::stub::{self, Asked, NEW_NAMES, write_config};
use crate::support::{Ran, Sandbox, soak, start, tally};

const BOUNDED_S: u64 = 60;

/// Limits below which programs begin to fail, up to where they work; the least of each is what the front
/// itself needs to be started by the kernel.
const LIMITS: &[(Resource, &str, &[u64])] = &[
    (Resource::RLIMIT_NOFILE, "-n", &[3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20]),
    (
        Resource::RLIMIT_AS,
        "-v",
        &[2 << 20, 3 << 20, 5 << 20, 9 << 20, 16 << 20, 24 << 20, 64 << 20],
    ),
    (Resource::RLIMIT_DATA, "-d", &[3 << 19, 2 << 20, 5 << 19, 3 << 20, 4 << 20, 8 << 20]),
    (Resource::RLIMIT_STACK, "-s", &[64 << 10, 100 << 10, 128 << 10, 256 << 10, 1 << 20]),
    (Resource::RLIMIT_FSIZE, "-f", &[0, 1, 100, 4096]),
    (Resource::RLIMIT_CORE, "-c", &[0]),
];

/// `command` with a limit of its own.
pub(super) fn limited(mut command: Command, which: Resource, limit: u64) -> Command {
    // SAFETY: between fork and exec only a system call is made.
    unsafe { command.pre_exec(move || Ok(setrlimit(which, limit, limit)?)) };
    command
}

#[test]
fn tiny_limits_are_silent_at_a_tab_and_told_to_a_command() {
    let (mut refused, mut tried) = (0, 0);
    let limits = LIMITS.iter().flat_map(|(which, _, limits)| limits.iter().map(|it| (*which, *it)));
    for (which, limit) in soak::share(2, limits) {
        for (is_hit, asked) in [(false, Asked::Tab), (false, Asked::Stages), (true, Asked::Tab)] {
            let sandbox = stub::sandbox();
            if is_hit {
                assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
            }
            let ran = ran_within(BOUNDED_S, limited(asked.command(&sandbox), which, limit));
            let what = format!("{which:?} {limit}, hit {is_hit}, {asked:?}: {ran:?}");
            assert!(is_answered_or_refused(asked, &ran), "{what}");
            refused += usize::from(!asked.is_answered(&ran));
            tried += 1;
            assert_nothing_is_alive(&sandbox);
            // A passing lack is no fact about the project.
            assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES, "after {what}");
            assert_no_litter(&sandbox, "project");
        }
    }
    assert!(refused > soak::count(8, 20), "hardly any limit was felt: {refused}");
    tally::survived(tried);
}

/// The right names, or at a TAB nothing, and else what is lacking.
fn is_answered_or_refused(asked: Asked, ran: &Ran) -> bool {
    if ran.code == 0 && ran.stderr.is_empty() {
        return asked.is_answered(ran) || asked == Asked::Tab && ran.stdout == "\n";
    }
    let is_told =
        (1..500).contains(&ran.stderr.len()) && ran.stderr.starts_with("pivot-complete: ");
    asked == Asked::Stages && ran.code == 1 && ran.stdout.is_empty() && is_told
}

/// The limits that only the front can tell of, by the option that raises them.
#[test]
fn a_command_that_cannot_become_the_engine_names_the_limits() {
    for (which, option, limits) in &LIMITS[..4] {
        let sandbox = stub::sandbox();
        let ran = ran_within(
            BOUNDED_S,
            limited(sandbox.front_in("project", &["refresh"]), *which, limits[0]),
        );
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{which:?}: {ran:?}");
        assert!(ran.stderr.contains(option), "{which:?}: {ran:?}");
    }
}

/// The end of a pipe that nobody reads any more; a closed descriptor; a full device.
#[test]
fn a_reader_that_goes_away_ends_nothing_badly() {
    let names: String = (0..20_000).map(|number| format!("stage_number_{number}\n")).collect();
    for is_long in [false, true] {
        for is_hit in [false, true] {
            for asked in Asked::ALL {
                let sandbox = stub::sandbox();
                if is_long {
                    write_config(&sandbox, &names);
                }
                if is_hit {
                    assert_eq!(sandbox.run(&["stages"]).code, 0);
                }
                let (reader, writer) = std::io::pipe().unwrap();
                let mut command = asked.command(&sandbox);
                command.stdout(writer);
                let child = start(command);
                drop(reader);
                let ran = Ran::from(child.wait_with_output().unwrap());
                let what = format!("long {is_long}, hit {is_hit}, {asked:?}: {ran:?}");
                assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{what}");
                assert_nothing_is_alive(&sandbox);
                assert_no_litter(&sandbox, "project");
            }
        }
    }
}

#[test]
fn output_that_is_closed_or_full_is_silent_at_a_tab() {
    for is_hit in [false, true] {
        for asked in Asked::ALL {
            for redirection in [">&-", ">&- 2>&-", "<&- >&-", ">/dev/full"] {
                let sandbox = stub::sandbox();
                if is_hit {
                    assert_eq!(sandbox.run(&["stages"]).lines(), NEW_NAMES);
                }
                let ran = redirected(&sandbox, asked, redirection);
                let what = format!("{redirection}, hit {is_hit}, {asked:?}: {ran:?}");
                match asked {
                    Asked::Tab => assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{what}"),
                    // Whoever looks at the code is told that nobody got the answer.
                    Asked::Stages => {
                        assert!(ran.code == 0 || ran.code == 1, "{what}");
                        assert!(ran.stderr.lines().count() <= 1, "{what}");
                    }
                }
                assert_nothing_is_alive(&sandbox);
                // What took the number of a closed descriptor got nothing of ours.
                let cached = sandbox.run(&["stages"]);
                assert_eq!(cached.lines(), NEW_NAMES, "{what}");
                assert_no_litter(&sandbox, "project");
                let config = fs::read_to_string(sandbox.path("project/pipeline.py")).unwrap();
                assert_eq!(config, stub::NEW_CONFIG);
            }
        }
    }
}

fn redirected(sandbox: &Sandbox, asked: Asked, redirection: &str) -> Ran {
    let command = asked.command(sandbox);
    let mut shell = sandbox.command("/bin/sh", "project");
    shell.args(["-c", &format!("exec \"$@\" {redirection}"), "sh"]);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        if let Some(value) = value {
            shell.env(name, value);
        }
    }
    ran_within(BOUNDED_S, shell)
}
